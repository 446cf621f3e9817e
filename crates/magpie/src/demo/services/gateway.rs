//! The gateway: the only service that clients outside can reach. It passes requests on and logs as nginx does.
//! It forwards the client's address in `X-Forwarded-For`, gives an upstream 1.5 s, and answers 504 or 502 in its stead when it fails.
//! It does no work of its own, so its times show what a client feels.

use std::time::Duration;

use axum::http::StatusCode;
use jiff::Timestamp;

use super::super::caller::{Call, CallError, Caller, Outcome};
use super::super::lines::access;
use super::super::log_file::LogFile;
use super::super::server::{Answer, Exchange, Request, Service, Upstream};
use super::Hosts;

/// nginx's `proxy_read_timeout`, short so that a person need not wait to see it.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Where the gateway's routes lead.
#[derive(Debug)]
pub(in crate::demo) struct Upstreams {
    pub(in crate::demo) search: Hosts,
    pub(in crate::demo) video: Hosts,
    pub(in crate::demo) user: Hosts,
    pub(in crate::demo) order: Hosts,
}

/// The gateway service.
#[derive(Debug)]
pub(in crate::demo) struct Gateway {
    caller: Caller,
    upstreams: Upstreams,
    access_log: LogFile,
    error_log: LogFile,
}

impl Gateway {
    /// A gateway that has just started its workers, as its error log says.
    pub(in crate::demo) fn start(caller: Caller, upstreams: Upstreams, access_log: LogFile, error_log: LogFile) -> Gateway {
        error_log.append(&access::nginx_started(Timestamp::now(), std::process::id()));
        Gateway { caller, upstreams, access_log, error_log }
    }

    /// Log events that could not be written.
    pub(in crate::demo) fn lost_events(&self) -> u64 {
        self.access_log.lost() + self.error_log.lost()
    }

    fn upstream(&self, request: &Request) -> Option<&Hosts> {
        match *request.segments().first()? {
            "search" => Some(&self.upstreams.search),
            "videos" => Some(&self.upstreams.video),
            "users" => Some(&self.upstreams.user),
            "orders" => Some(&self.upstreams.order),
            _ => None,
        }
    }
}

impl Service for Gateway {
    async fn answer(&self, request: &Request) -> Answer {
        let Some(hosts) = self.upstream(request) else {
            return Answer::error(StatusCode::NOT_FOUND, "no such page");
        };
        let peer = hosts.next();
        let outcome = self.caller.call(&forwarded(request, peer)).await;
        proxied(peer, outcome)
    }

    fn log(&self, exchange: &Exchange) {
        self.access_log.append(&access::nginx(exchange));
        if let Some(upstream) = exchange.answer.upstream
            && let Some(failure) = upstream.failure
        {
            self.error_log.append(&access::nginx_upstream_error(exchange, upstream, failure, std::process::id()));
        }
    }
}

fn forwarded(request: &Request, peer: std::net::SocketAddr) -> Call {
    Call {
        method: request.method.clone(),
        peer,
        target: request.target.clone(),
        authority: request.authority.clone(),
        user_agent: request.user_agent.clone().unwrap_or_default(),
        referer: request.referer.clone(),
        forwarded_for: Some(request.client.ip().to_string()),
        trace: request.trace.child(),
        body: request.body.clone(),
        patience: PATIENCE,
    }
}

fn proxied(peer: std::net::SocketAddr, outcome: Outcome) -> Answer {
    let (elapsed, failure) = (outcome.elapsed, outcome.result.as_ref().err().copied());
    let mut answer = match outcome.result {
        Ok(reply) => Answer { status: reply.status, body: reply.body, warning: false, upstream: None },
        Err(CallError::TimedOut) => Answer::error(StatusCode::GATEWAY_TIMEOUT, "upstream timed out"),
        Err(_) => Answer::error(StatusCode::BAD_GATEWAY, "upstream failed"),
    };
    answer.upstream = Some(Upstream { server: peer, status: answer.status, elapsed, failure });
    answer
}
