//! The video service, which runs on two hosts: descriptions of videos from a cache that sometimes misses. Logs as Apache does.
//! It is called by the gateway and by search, so its hosts are the shared callees of the demo.
//! An unknown video is an ordinary 404, so that not every failure is an error.

use axum::http::StatusCode;

use super::super::lines::access;
use super::super::log_file::LogFile;
use super::super::server::{Answer, Exchange, Request, Service};
use super::{chance, document, work};

/// The video service on one host.
#[derive(Debug)]
pub(in crate::demo) struct Video {
    pub(in crate::demo) access_log: LogFile,
}

impl Service for Video {
    async fn answer(&self, request: &Request) -> Answer {
        let (id, bytes) = match request.segments()[..] {
            ["videos", id] => (id, fastrand::usize(2_000..12_000)),
            ["videos", id, "summary"] => (id, fastrand::usize(300..900)),
            _ => return Answer::error(StatusCode::NOT_FOUND, "no such page"),
        };
        let missed = chance(0.05);
        work(if missed { 28.0 } else { 8.0 }).await;
        let mut answer = if id.parse::<u32>().is_ok() && !chance(0.005) {
            Answer::json(StatusCode::OK, document("video", id, bytes))
        } else {
            Answer::error(StatusCode::NOT_FOUND, "no such video")
        };
        answer.warning = missed;
        answer
    }

    fn log(&self, exchange: &Exchange) {
        self.access_log.append(&access::apache(exchange));
    }
}
