//! The user service: profiles by UUID. Logs as a Node service with pino-http does, one nested JSON object per request.
//! It is called by the gateway and by order.
//! An answer that came from a stale replica is logged at level warn.

use axum::http::StatusCode;

use super::super::lines::event;
use super::super::log_file::LogFile;
use super::super::server::{Answer, Exchange, Request, Service};
use super::{chance, document, work};

/// The user service.
#[derive(Debug)]
pub(in crate::demo) struct User {
    pub(in crate::demo) log: LogFile,
    pub(in crate::demo) host: &'static str,
}

impl Service for User {
    async fn answer(&self, request: &Request) -> Answer {
        let id = match request.segments()[..] {
            ["users", id] | ["users", id, "profile"] => id,
            _ => return Answer::error(StatusCode::NOT_FOUND, "no such page"),
        };
        work(6.0).await;
        if chance(0.004) {
            return Answer::error(StatusCode::NOT_FOUND, "no such user");
        }
        let mut answer = Answer::json(StatusCode::OK, document("user", id, fastrand::usize(150..900)));
        answer.warning = chance(0.01);
        answer
    }

    fn log(&self, exchange: &Exchange) {
        self.log.append(&event::pino(exchange, self.host, std::process::id()));
    }
}
