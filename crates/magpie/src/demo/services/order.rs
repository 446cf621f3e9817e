//! The order service: asks `user` who orders and `stock` whether there is any. It writes three files: HAProxy in front of it logs the
//! requests, the program logs its calls as ECS JSON, and what happens inside goes to a log4j file with stack traces.
//! When stock stops answering, a circuit breaker opens and orders are accepted without it. The fault "order errors" is here.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;

use super::super::caller::{Call, Caller};
use super::super::fault::{Fault, FaultSwitch};
use super::super::lines::access;
use super::super::lines::event::{OutgoingCall, ecs_call, log4j};
use super::super::log_file::LogFile;
use super::super::server::{Answer, Exchange, HEALTH_PATH, Request, Service};
use super::{Hosts, chance, document, work};

/// How long a call may take before it counts as failed.
const PATIENCE: Duration = Duration::from_millis(300);

/// Failed calls in a row after which stock is no longer called.
const BREAKER_FAILURES: u32 = 3;

/// How often an open breaker asks whether stock is well again.
const BREAKER_PROBE: Duration = Duration::from_secs(2);

/// The files that order writes.
#[derive(Debug)]
pub(in crate::demo) struct OrderLogs {
    pub(in crate::demo) proxy: LogFile,
    pub(in crate::demo) called: LogFile,
    pub(in crate::demo) application: LogFile,
}

/// The order service.
#[derive(Debug)]
pub(in crate::demo) struct Order {
    caller: Caller,
    user: Hosts,
    stock: Hosts,
    logs: OrderLogs,
    faults: Arc<FaultSwitch>,
    host: &'static str,
    next_order: AtomicU32,
    breaker: Mutex<Breaker>,
}

/// What a client sends to order something.
#[derive(Deserialize)]
struct Wish {
    user: String,
    sku: String,
}

/// Why an order was not placed.
enum Refusal {
    OutOfStock,
    UnknownUser,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::OutOfStock => "out of stock",
            Refusal::UnknownUser => "no such user",
        })
    }
}

impl Order {
    /// An order service that has taken no orders yet.
    pub(in crate::demo) fn start(
        caller: Caller,
        user: Hosts,
        stock: Hosts,
        logs: OrderLogs,
        faults: Arc<FaultSwitch>,
        host: &'static str,
    ) -> Order {
        let order = Order { caller, user, stock, logs, faults, host, next_order: AtomicU32::new(80_000), breaker: Mutex::default() };
        order.tell("INFO", "main", "OrderApplication", "Started OrderApplication", &[]);
        order
    }

    /// Log events that could not be written.
    pub(in crate::demo) fn lost_events(&self) -> u64 {
        self.logs.proxy.lost() + self.logs.called.lost() + self.logs.application.lost()
    }

    fn tell(&self, level: &str, thread: &str, class: &str, message: &str, stack: &[String]) {
        let logger = format!("com.example.order.{class}");
        let event = log4j(Timestamp::now(), level, thread, &logger, message, stack);
        self.logs.application.append(&event);
    }

    async fn place(&self, request: &Request, thread: &str) -> Answer {
        let Ok(wish) = serde_json::from_slice::<Wish>(&request.body) else {
            self.tell("WARN", thread, "OrderController", "Rejected an order that is not JSON", &[]);
            return Answer::error(StatusCode::BAD_REQUEST, "not an order");
        };
        let number = self.next_order.fetch_add(1, Ordering::Relaxed);
        let user = self.call(Method::GET, self.user.next(), format!("/users/{}", wish.user), request, thread);
        if user.await == Some(StatusCode::NOT_FOUND) {
            return self.refuse(number, &Refusal::UnknownUser, thread);
        }
        let path = format!("/stock/{}/reservations", wish.sku);
        if self.ask_stock(Method::POST, path, request, thread).await == Some(StatusCode::CONFLICT) {
            return self.refuse(number, &Refusal::OutOfStock, thread);
        }
        work(10.0).await;
        if self.database_fails() {
            return self.fail(number, thread);
        }
        let message = format!("Order {number} placed: user={} sku={}", wish.user, wish.sku);
        self.tell("INFO", thread, "OrderService", &message, &[]);
        Answer::json(StatusCode::CREATED, document("order", &number.to_string(), 160))
    }

    async fn show(&self, number: &str, request: &Request, thread: &str) -> Answer {
        let Ok(number) = number.parse::<u32>() else {
            return Answer::error(StatusCode::NOT_FOUND, "no such order");
        };
        let path = format!("/stock/SKU-{}", 1000 + number % 300);
        self.ask_stock(Method::GET, path, request, thread).await;
        work(8.0).await;
        if self.database_fails() {
            return self.fail(number, thread);
        }
        Answer::json(StatusCode::OK, document("order", &number.to_string(), 420))
    }

    fn database_fails(&self) -> bool {
        let probability = if self.faults.is_on(Fault::OrderErrors) { 0.5 } else { 0.002 };
        chance(probability)
    }

    fn refuse(&self, number: u32, refusal: &Refusal, thread: &str) -> Answer {
        let message = format!("Order {number} refused: {refusal}");
        self.tell("WARN", thread, "OrderService", &message, &[]);
        Answer::error(StatusCode::CONFLICT, &refusal.to_string())
    }

    fn fail(&self, number: u32, thread: &str) -> Answer {
        let stack = [
            "com.example.order.OrderStoreException: could not write order".to_owned(),
            "\tat com.example.order.OrderStore.write(OrderStore.java:88)".to_owned(),
            "\tat com.example.order.OrderService.place(OrderService.java:41)".to_owned(),
            "\tat com.example.order.OrderController.post(OrderController.java:27)".to_owned(),
            format!(
                "Caused by: java.sql.SQLTransientConnectionException: orders-pool - Connection is not available, request timed out after {}ms.",
                fastrand::u32(20..30)
            ),
            "\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)".to_owned(),
            "\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:197)".to_owned(),
            "\t... 12 more".to_owned(),
        ];
        self.tell("ERROR", thread, "OrderController", &format!("Order {number} failed"), &stack);
        Answer::error(StatusCode::INTERNAL_SERVER_ERROR, "order could not be written")
    }

    /// Calls stock if it is thought to be well. `None`: it was not called, or did not answer.
    async fn ask_stock(&self, method: Method, path: String, request: &Request, thread: &str) -> Option<StatusCode> {
        let peer = self.stock.next();
        match self.breaker(|breaker| breaker.advice(Instant::now())) {
            Advice::Call => {}
            Advice::Skip => return None,
            Advice::Probe => {
                let probe = Self::request(Method::GET, peer, HEALTH_PATH.to_owned(), request);
                self.caller.call(&probe).await.status()?;
                self.breaker(Breaker::close);
                self.tell("INFO", thread, "StockClient", "Circuit breaker 'stock' changed from OPEN to CLOSED", &[]);
            }
        }
        let status = self.call(method, peer, path, request, thread).await;
        if self.breaker(|breaker| breaker.note(status.is_some(), Instant::now())) {
            let message = "Circuit breaker 'stock' changed from CLOSED to OPEN, orders are accepted unchecked";
            self.tell("WARN", thread, "StockClient", message, &[]);
        }
        status
    }

    fn breaker<T>(&self, act: impl FnOnce(&mut Breaker) -> T) -> T {
        act(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn call(
        &self,
        method: Method,
        peer: std::net::SocketAddr,
        target: String,
        request: &Request,
        thread: &str,
    ) -> Option<StatusCode> {
        let call = Self::request(method, peer, target, request);
        let outcome = self.caller.call(&call).await;
        let line = ecs_call(
            &OutgoingCall { method: call.method, peer: call.peer, target: &call.target, trace: call.trace, outcome: &outcome },
            "order",
            thread,
        );
        self.logs.called.append(&line);
        outcome.status()
    }

    fn request(method: Method, peer: std::net::SocketAddr, target: String, request: &Request) -> Call {
        let module = if target.starts_with("/users") { "user" } else { "stock" };
        Call {
            method,
            peer,
            target,
            authority: format!("{module}.internal"),
            user_agent: "order/3.0 Java-http-client/21".to_owned(),
            referer: None,
            forwarded_for: None,
            trace: request.trace.child(),
            body: Bytes::new(),
            patience: PATIENCE,
        }
    }
}

impl Service for Order {
    async fn answer(&self, request: &Request) -> Answer {
        let thread = format!("http-nio-8080-exec-{}", request.number % 8 + 1);
        match (&request.method, &request.segments()[..]) {
            (&Method::POST, ["orders"]) => self.place(request, &thread).await,
            (&Method::GET, ["orders", number]) => self.show(number, request, &thread).await,
            _ => Answer::error(StatusCode::NOT_FOUND, "no such page"),
        }
    }

    fn log(&self, exchange: &Exchange) {
        let line = access::haproxy(exchange, self.host, "order", std::process::id());
        self.logs.proxy.append(&line);
    }
}

/// Stops calls to a service that does not answer, and finds out when it does again.
#[derive(Debug, Default)]
struct Breaker {
    failures: u32,
    /// Since when the breaker is open, or when it last advised a probe.
    open_since: Option<Instant>,
}

#[derive(Debug, PartialEq, Eq)]
enum Advice {
    Call,
    Skip,
    Probe,
}

impl Breaker {
    fn advice(&mut self, now: Instant) -> Advice {
        match self.open_since {
            None => Advice::Call,
            Some(since) if now.duration_since(since) < BREAKER_PROBE => Advice::Skip,
            Some(_) => {
                self.open_since = Some(now);
                Advice::Probe
            }
        }
    }

    /// Takes note of a call's outcome; says whether that opened the breaker.
    fn note(&mut self, answered: bool, now: Instant) -> bool {
        self.failures = if answered { 0 } else { self.failures + 1 };
        let opens = self.failures >= BREAKER_FAILURES && self.open_since.is_none();
        if opens {
            self.open_since = Some(now);
        }
        opens
    }

    fn close(&mut self) {
        *self = Breaker::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_in_a_row_open_the_breaker_until_a_probe_succeeds() {
        let start = Instant::now();
        let mut breaker = Breaker::default();
        assert!(!breaker.note(false, start));
        assert!(!breaker.note(false, start));
        assert!(!breaker.note(true, start), "an answer starts the count anew");
        assert!(!breaker.note(false, start));
        assert!(!breaker.note(false, start));
        assert_eq!(breaker.advice(start), Advice::Call);
        assert!(breaker.note(false, start));
        assert!(!breaker.note(false, start), "a call that was under way opens nothing");
        assert_eq!(breaker.advice(start), Advice::Skip);
        assert_eq!(breaker.advice(start + BREAKER_PROBE), Advice::Probe);
        assert_eq!(breaker.advice(start + BREAKER_PROBE), Advice::Skip, "one probe at a time");
        breaker.close();
        assert_eq!(breaker.advice(start + BREAKER_PROBE), Advice::Call);
    }
}
