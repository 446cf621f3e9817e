//! The stock service: how many of an article there are, and reservations. Logs as Envoy does, since it sits behind a sidecar.
//! The fault "silent stock" is here: while it is on, requests hang until their caller gives up, and so nothing is logged.
//! It is called by order only, so that its silence is the silence of one edge.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};

use super::super::fault::{Fault, FaultSwitch};
use super::super::lines::access;
use super::super::log_file::LogFile;
use super::super::server::{Answer, Exchange, HEALTH_PATH, Request, Service};
use super::{chance, document, work};

/// The stock service.
#[derive(Debug)]
pub(in crate::demo) struct Stock {
    pub(in crate::demo) access_log: LogFile,
    pub(in crate::demo) faults: Arc<FaultSwitch>,
}

impl Stock {
    async fn hang_while_silent(&self) {
        while self.faults.is_on(Fault::SilentStock) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Service for Stock {
    async fn answer(&self, request: &Request) -> Answer {
        self.hang_while_silent().await;
        if request.path() == HEALTH_PATH {
            return Answer::json(StatusCode::OK, "{}".to_owned());
        }
        match (&request.method, &request.segments()[..]) {
            (&Method::GET, ["stock", sku]) => {
                work(4.0).await;
                Answer::json(StatusCode::OK, document("sku", sku, 80))
            }
            (&Method::POST, ["stock", _, "reservations"]) if chance(0.02) => {
                work(4.0).await;
                Answer::error(StatusCode::CONFLICT, "out of stock")
            }
            (&Method::POST, ["stock", sku, "reservations"]) => {
                work(7.0).await;
                Answer::json(StatusCode::CREATED, document("sku", sku, 120))
            }
            _ => Answer::error(StatusCode::NOT_FOUND, "no such page"),
        }
    }

    fn log(&self, exchange: &Exchange) {
        self.access_log.append(&access::envoy(exchange));
    }
}
