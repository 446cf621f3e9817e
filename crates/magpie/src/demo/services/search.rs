//! The search service: looks a word up in its index, then asks `video` for a summary of each hit.
//! It logs what it serves and what it calls, in two files of logfmt: the second is a caller's view of calls that `video` logs too, which is
//! what shows that one call with two logs is counted once. The fault "slow search" is here.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, StatusCode};

use super::super::caller::{Call, Caller};
use super::super::fault::{Fault, FaultSwitch};
use super::super::lines::event::{OutgoingCall, slog_call, slog_request};
use super::super::log_file::LogFile;
use super::super::server::{Answer, Exchange, HEALTH_PATH, Request, Service};
use super::{Hosts, chance, document, work};

/// A search that takes longer than this is logged with a warning.
const SLOW: Duration = Duration::from_millis(250);

const PATIENCE: Duration = Duration::from_secs(1);

/// The files that search writes.
#[derive(Debug)]
pub(in crate::demo) struct SearchLogs {
    pub(in crate::demo) served: LogFile,
    pub(in crate::demo) called: LogFile,
}

/// The search service.
#[derive(Debug)]
pub(in crate::demo) struct Search {
    pub(in crate::demo) caller: Caller,
    pub(in crate::demo) video: Hosts,
    pub(in crate::demo) logs: SearchLogs,
    pub(in crate::demo) faults: Arc<FaultSwitch>,
}

impl Search {
    /// Log events that could not be written.
    pub(in crate::demo) fn lost_events(&self) -> u64 {
        self.logs.served.lost() + self.logs.called.lost()
    }

    /// Reads the index; returns whether it had to go to disk for it.
    async fn read_index(&self) -> bool {
        if self.faults.is_on(Fault::SlowSearch) {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(350..700))).await;
        } else if chance(0.001) {
            // Once in a while the index is merged, which no caller waits for.
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        let from_disk = chance(0.06);
        work(if from_disk { 45.0 } else { 18.0 }).await;
        from_disk
    }

    async fn summary(&self, request: &Request) -> bool {
        let target = format!("/videos/{}/summary", fastrand::u32(1..20_000));
        let call = Call {
            method: Method::GET,
            peer: self.video.next(),
            target,
            authority: "video.internal".to_owned(),
            user_agent: "search/2.3".to_owned(),
            referer: None,
            forwarded_for: None,
            trace: request.trace.child(),
            body: Bytes::new(),
            patience: PATIENCE,
        };
        let outcome = self.caller.call(&call).await;
        self.logs.called.append(&slog_call(&OutgoingCall {
            method: call.method,
            peer: call.peer,
            target: &call.target,
            trace: call.trace,
            outcome: &outcome,
        }));
        outcome.status().is_some_and(|status| status.is_success())
    }
}

impl Service for Search {
    async fn answer(&self, request: &Request) -> Answer {
        if request.path() == HEALTH_PATH {
            return Answer::json(StatusCode::OK, "{}".to_owned());
        }
        let Some(word) = request.query_value("q").filter(|word| !word.is_empty()) else {
            return Answer::error(StatusCode::BAD_REQUEST, "nothing to search for");
        };
        let from_disk = self.read_index().await;
        let mut hits = 0;
        for _ in 0..fastrand::usize(1..=3) {
            hits += usize::from(self.summary(request).await);
        }
        let mut answer = Answer::json(StatusCode::OK, document("query", word, 400 + 900 * hits));
        answer.warning = from_disk;
        answer
    }

    fn log(&self, exchange: &Exchange) {
        let warning = exchange.answer.warning || exchange.elapsed > SLOW;
        self.logs.served.append(&slog_request(exchange, warning));
    }
}
