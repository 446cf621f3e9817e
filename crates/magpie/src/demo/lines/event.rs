//! Lines as programs write them through a logging library: logfmt, pino, Elastic Common Schema JSON and log4j.
//! Here a request is one event among others, levels and threads appear, and a stack trace makes one event of many lines.
//! What web servers and proxies write is next door.

use std::net::SocketAddr;

use axum::http::Method;
use jiff::Timestamp;
use serde::Serialize;

use super::super::caller::Outcome;
use super::super::server::Exchange;
use super::super::trace::Trace;
use super::{rfc3339_millis, utc};

/// An outgoing call that was made, as its caller logs it.
#[derive(Debug)]
pub(in crate::demo) struct OutgoingCall<'a> {
    pub(in crate::demo) method: Method,
    pub(in crate::demo) peer: SocketAddr,
    pub(in crate::demo) target: &'a str,
    pub(in crate::demo) trace: Trace,
    pub(in crate::demo) outcome: &'a Outcome,
}

impl OutgoingCall<'_> {
    fn ended(&self) -> Timestamp {
        let Outcome { started, elapsed, .. } = self.outcome;
        started.checked_add(*elapsed).unwrap_or(*started)
    }
}

/// Go's `log/slog` text handler: a served request. Logged time: the request's end.
///
/// Source: Go `log/slog`, `TextHandler`: `time`, `level`, `msg`, then the attributes in the order given; a value with a space, `=`, `"` or a
/// control character is quoted.
pub(in crate::demo) fn slog_request(exchange: &Exchange, warning: bool) -> String {
    let (request, answer) = (&exchange.request, &exchange.answer);
    format!(
        "time={} level={} msg=\"request served\" method={} path={} status={} bytes={} duration_ms={:.3} client={} warn={} trace_id={}\n",
        rfc3339_millis(exchange.ended()),
        slog_level(answer.status.is_server_error(), warning),
        request.method,
        slog_value(&request.target),
        answer.status.as_u16(),
        answer.body.len(),
        exchange.elapsed.as_secs_f64() * 1e3,
        request.client,
        u8::from(warning),
        request.trace.trace_id(),
    )
}

/// Go's `log/slog` text handler: a call that this program made. Logged time: the call's end.
pub(in crate::demo) fn slog_call(call: &OutgoingCall<'_>) -> String {
    let answered = match &call.outcome.result {
        Ok(reply) => format!("status={} bytes={}", reply.status.as_u16(), reply.body.len()),
        Err(error) => format!("error={}", slog_value(&error.to_string())),
    };
    let failed = call.outcome.status().is_none_or(|status| status.is_server_error());
    format!(
        "time={} level={} msg=\"upstream call\" method={} peer={} path={} {answered} duration_ms={:.3} trace_id={}\n",
        rfc3339_millis(call.ended()),
        slog_level(failed, false),
        call.method,
        call.peer,
        slog_value(call.target),
        call.outcome.elapsed.as_secs_f64() * 1e3,
        call.trace.trace_id(),
    )
}

fn slog_level(error: bool, warning: bool) -> &'static str {
    match (error, warning) {
        (true, _) => "ERROR",
        (false, true) => "WARN",
        (false, false) => "INFO",
    }
}

fn slog_value(value: &str) -> String {
    let needs_quotes = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '=' | '"');
    if value.is_empty() || value.contains(needs_quotes) { format!("{value:?}") } else { value.to_owned() }
}

/// pino with pino-http's standard serializers. Logged time: the request's end, as milliseconds since the epoch.
///
/// Source: pino-http, `customSuccessMessage` and `pino-std-serializers`; level 30 is info, 40 warn, 50 error; `responseTime` in milliseconds.
pub(in crate::demo) fn pino(exchange: &Exchange, host: &str, pid: u32) -> String {
    let (request, answer) = (&exchange.request, &exchange.answer);
    let failed = answer.status.is_server_error();
    json_line(&PinoRequest {
        level: match (failed, answer.warning) {
            (true, _) => 50,
            (false, true) => 40,
            (false, false) => 30,
        },
        time: exchange.ended().as_millisecond(),
        pid,
        hostname: host,
        req: PinoReq {
            id: request.number,
            method: request.method.as_str(),
            url: &request.target,
            query: PinoEmpty {},
            params: PinoEmpty {},
            headers: PinoReqHeaders {
                host: &request.authority,
                user_agent: request.user_agent.as_deref(),
                traceparent: request.trace.to_string(),
            },
            remote_address: request.client.ip().to_string(),
            remote_port: request.client.port(),
        },
        res: PinoRes {
            status_code: answer.status.as_u16(),
            headers: PinoResHeaders { content_type: "application/json", content_length: answer.body.len().to_string() },
        },
        response_time: u64::try_from(exchange.elapsed.as_millis()).unwrap_or(u64::MAX),
        msg: if failed { "request errored" } else { "request completed" },
    })
}

#[derive(Serialize)]
struct PinoRequest<'a> {
    level: u8,
    time: i64,
    pid: u32,
    hostname: &'a str,
    req: PinoReq<'a>,
    res: PinoRes,
    #[serde(rename = "responseTime")]
    response_time: u64,
    msg: &'a str,
}

#[derive(Serialize)]
struct PinoReq<'a> {
    id: u64,
    method: &'a str,
    url: &'a str,
    query: PinoEmpty,
    params: PinoEmpty,
    headers: PinoReqHeaders<'a>,
    #[serde(rename = "remoteAddress")]
    remote_address: String,
    #[serde(rename = "remotePort")]
    remote_port: u16,
}

#[derive(Serialize)]
struct PinoEmpty {}

#[derive(Serialize)]
struct PinoReqHeaders<'a> {
    host: &'a str,
    #[serde(rename = "user-agent", skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    traceparent: String,
}

#[derive(Serialize)]
struct PinoRes {
    #[serde(rename = "statusCode")]
    status_code: u16,
    headers: PinoResHeaders,
}

#[derive(Serialize)]
struct PinoResHeaders {
    #[serde(rename = "content-type")]
    content_type: &'static str,
    #[serde(rename = "content-length")]
    content_length: String,
}

/// `ecs-logging-java`: a call that this program made. Logged time: the call's end; `event.duration` in nanoseconds.
///
/// Source: ecs-logging-java `EcsJsonSerializer` (the level is padded so that messages line up) and the Elastic Common Schema's field names.
pub(in crate::demo) fn ecs_call(call: &OutgoingCall<'_>, service: &str, thread: &str) -> String {
    let outcome = call.outcome;
    let level = match outcome.status() {
        Some(status) if !status.is_server_error() => " \"INFO\"",
        Some(_) => " \"WARN\"",
        None => "\"ERROR\"",
    };
    let answered = match &outcome.result {
        Ok(reply) => format!(
            r#""http.response.status_code":{},"http.response.body.bytes":{},"event.outcome":"{}""#,
            reply.status.as_u16(),
            reply.body.len(),
            if reply.status.is_server_error() { "failure" } else { "success" },
        ),
        Err(error) => format!(r#""error.message":"{error}","event.outcome":"failure""#),
    };
    format!(
        r#"{{"@timestamp":"{}","log.level":{level},"message":"{} {} {}","ecs.version": "1.2.0","service.name":"{service}","event.dataset":"{service}.client","process.thread.name":"{thread}","log.logger":"com.example.{service}.client.HttpCalls","trace.id":"{}","span.id":"{}","http.request.method":"{}","url.path":"{}","destination.ip":"{}","destination.port":{},{answered},"event.duration":{}}}"#,
        rfc3339_millis(call.ended()),
        call.method,
        call.target,
        outcome.status().map_or_else(|| "failed".to_owned(), |status| status.as_u16().to_string()),
        call.trace.trace_id(),
        call.trace.span_id(),
        call.method,
        call.target,
        call.peer.ip(),
        call.peer.port(),
        outcome.elapsed.as_nanos(),
    ) + "\n"
}

/// log4j's usual `PatternLayout`, `%d{ISO8601} %-5p [%t] %c - %m%n`, whose time has no zone (it is UTC here).
///
/// `stack` holds the lines of a stack trace, which log4j puts below the message.
pub(in crate::demo) fn log4j(now: Timestamp, level: &str, thread: &str, logger: &str, message: &str, stack: &[String]) -> String {
    let time = utc(now, "%Y-%m-%d %H:%M:%S,%3f");
    let mut event = format!("{time} {level:<5} [{thread}] {logger} - {message}\n");
    for line in stack {
        event.push_str(line);
        event.push('\n');
    }
    event
}

fn json_line(event: &impl Serialize) -> String {
    // Serializing structs of strings and numbers cannot fail; an empty line would show it if it did.
    serde_json::to_string(event).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::StatusCode;

    use super::super::super::caller::{CallError, Reply};
    use super::super::tests::{exchange, fixed_trace};
    use super::*;

    fn outcome(result: Result<Reply, CallError>) -> Outcome {
        Outcome { started: "2026-11-22T10:15:03.123456Z".parse().unwrap(), elapsed: Duration::from_micros(12_500), result }
    }

    fn call<'a>(target: &'a str, outcome: &'a Outcome) -> OutgoingCall<'a> {
        OutgoingCall { method: Method::GET, peer: "127.0.6.1:40006".parse().unwrap(), target, trace: fixed_trace(), outcome }
    }

    fn answered(status: StatusCode) -> Result<Reply, CallError> {
        Ok(Reply { status, body: "{}".into() })
    }

    #[test]
    fn slog_request_lines() {
        let mut exchange = exchange(Method::GET, "/search?q=abc", StatusCode::OK);
        assert_eq!(
            slog_request(&exchange, true),
            "time=2026-11-22T10:15:03.166Z level=WARN msg=\"request served\" method=GET path=\"/search?q=abc\" status=200 \
             bytes=512 duration_ms=43.211 client=127.0.1.1:43562 warn=1 trace_id=4bf92f3577b34da6a3ce929d0e0e4736\n"
        );
        exchange.answer.status = StatusCode::INTERNAL_SERVER_ERROR;
        assert!(slog_request(&exchange, false).contains(" level=ERROR "));
    }

    #[test]
    fn slog_call_lines() {
        let ok = outcome(answered(StatusCode::OK));
        assert_eq!(
            slog_call(&call("/videos/7/summary", &ok)),
            "time=2026-11-22T10:15:03.135Z level=INFO msg=\"upstream call\" method=GET peer=127.0.6.1:40006 \
             path=/videos/7/summary status=200 bytes=2 duration_ms=12.500 trace_id=4bf92f3577b34da6a3ce929d0e0e4736\n"
        );
        let failed = outcome(Err(CallError::TimedOut));
        let line = slog_call(&call("/videos/7/summary", &failed));
        assert!(line.contains(" level=ERROR "), "{line}");
        assert!(line.contains(" error=\"timed out\" duration_ms="), "{line}");
    }

    #[test]
    fn slog_quotes_as_go_does() {
        let cases = [("plain", "plain"), ("", "\"\""), ("a b", "\"a b\""), ("a=b", "\"a=b\""), ("\"", "\"\\\"\"")];
        for (value, expected) in cases {
            assert_eq!(slog_value(value), expected);
        }
    }

    #[test]
    fn pino_lines() {
        let mut exchange = exchange(Method::GET, "/users/42", StatusCode::OK);
        assert_eq!(
            pino(&exchange, "user-1", 42),
            concat!(
                r#"{"level":30,"time":1795342503166,"pid":42,"hostname":"user-1","req":{"id":17,"method":"GET","#,
                r#""url":"/users/42","query":{},"params":{},"headers":{"host":"shop.example","user-agent":"gateway/1.4","#,
                r#""traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},"#,
                r#""remoteAddress":"127.0.1.1","remotePort":43562},"res":{"statusCode":200,"headers":"#,
                r#"{"content-type":"application/json","content-length":"512"}},"responseTime":43,"msg":"request completed"}"#,
                "\n"
            )
        );
        exchange.answer.warning = true;
        assert!(pino(&exchange, "user-1", 42).starts_with(r#"{"level":40,"#));
        exchange.answer.status = StatusCode::INTERNAL_SERVER_ERROR;
        let line = pino(&exchange, "user-1", 42);
        assert!(line.starts_with(r#"{"level":50,"#) && line.ends_with("\"msg\":\"request errored\"}\n"), "{line}");
    }

    #[test]
    fn ecs_lines() {
        let ok = outcome(answered(StatusCode::OK));
        assert_eq!(
            ecs_call(&call("/stock/SKU-1042", &ok), "order", "http-nio-8080-exec-3"),
            concat!(
                r#"{"@timestamp":"2026-11-22T10:15:03.135Z","log.level": "INFO","message":"GET /stock/SKU-1042 200","#,
                r#""ecs.version": "1.2.0","service.name":"order","event.dataset":"order.client","#,
                r#""process.thread.name":"http-nio-8080-exec-3","log.logger":"com.example.order.client.HttpCalls","#,
                r#""trace.id":"4bf92f3577b34da6a3ce929d0e0e4736","span.id":"00f067aa0ba902b7","http.request.method":"GET","#,
                r#""url.path":"/stock/SKU-1042","destination.ip":"127.0.6.1","destination.port":40006,"#,
                r#""http.response.status_code":200,"http.response.body.bytes":2,"event.outcome":"success","#,
                r#""event.duration":12500000}"#,
                "\n"
            )
        );
        let failed = outcome(Err(CallError::TimedOut));
        let line = ecs_call(&call("/stock/SKU-1042", &failed), "order", "main");
        assert!(line.contains(r#""log.level":"ERROR","message":"GET /stock/SKU-1042 failed""#), "{line}");
        assert!(line.contains(r#""error.message":"timed out","event.outcome":"failure""#), "{line}");
        serde_json::from_str::<serde_json::Value>(&line).unwrap();
    }

    #[test]
    fn log4j_events() {
        let now = "2026-11-22T10:15:03.123456Z".parse().unwrap();
        let stack = ["java.lang.IllegalStateException: no".to_owned(), "\tat com.example.A.b(A.java:1)".to_owned()];
        assert_eq!(
            log4j(now, "INFO", "exec-3", "com.example.A", "placed", &[]),
            "2026-11-22 10:15:03,123 INFO  [exec-3] com.example.A - placed\n"
        );
        assert_eq!(
            log4j(now, "ERROR", "exec-3", "com.example.A", "failed", &stack),
            "2026-11-22 10:15:03,123 ERROR [exec-3] com.example.A - failed\n\
             java.lang.IllegalStateException: no\n\tat com.example.A.b(A.java:1)\n"
        );
    }
}
