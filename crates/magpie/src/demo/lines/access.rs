//! Lines as reverse proxies and web servers write them: nginx, Apache, Envoy and HAProxy.
//! They are the commonest logs from which interactions can be read, and no two of them agree on a spelling of time, address or duration.
//! Lines that programs write about themselves are next door.

use std::net::IpAddr;

use super::super::caller::CallError;
use super::super::server::{Exchange, Upstream};
use super::{or_dash, rfc3339_millis, utc};

/// nginx, `combined` extended as is common with what is known of the upstream. Logged time: the request's end.
///
/// ```text
/// log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
///                 '"$http_user_agent" rt=$request_time ua="$upstream_addr" us="$upstream_status" ut="$upstream_response_time"';
/// ```
/// Source: nginx `ngx_http_log_module` and `ngx_http_upstream_module`; times in seconds with milliseconds.
pub(in crate::demo) fn nginx(exchange: &Exchange) -> String {
    let (request, answer) = (&exchange.request, &exchange.answer);
    format!(
        "{} - - [{}] \"{} {} HTTP/1.1\" {} {} \"{}\" \"{}\" rt={:.3} {}\n",
        request.client.ip(),
        utc(exchange.ended(), "%d/%b/%Y:%H:%M:%S %z"),
        request.method,
        request.target,
        answer.status.as_u16(),
        answer.body.len(),
        or_dash(request.referer.as_deref()),
        or_dash(request.user_agent.as_deref()),
        exchange.elapsed.as_secs_f64(),
        nginx_upstream(answer.upstream),
    )
}

fn nginx_upstream(upstream: Option<Upstream>) -> String {
    match upstream {
        None => r#"ua="-" us="-" ut="-""#.to_owned(),
        Some(Upstream { server, status, elapsed, .. }) => {
            format!(r#"ua="{server}" us="{}" ut="{:.3}""#, status.as_u16(), elapsed.as_secs_f64())
        }
    }
}

/// nginx error log: an upstream that did not answer. Source: `ngx_log_error` and `ngx_http_log_error_handler`.
pub(in crate::demo) fn nginx_upstream_error(exchange: &Exchange, upstream: Upstream, failure: CallError, pid: u32) -> String {
    let what = match failure {
        CallError::TimedOut => "upstream timed out (110: Connection timed out) while reading response header from upstream",
        CallError::Refused => "connect() failed (111: Connection refused) while connecting to upstream",
        CallError::Broken => "upstream prematurely closed connection while reading response header from upstream",
    };
    let request = &exchange.request;
    format!(
        "{} [error] {pid}#{pid}: *{} {what}, client: {}, server: {host}, request: \"{} {target} HTTP/1.1\", \
         upstream: \"http://{}{target}\", host: \"{host}\"\n",
        utc(exchange.ended(), "%Y/%m/%d %H:%M:%S"),
        request.number,
        request.client.ip(),
        request.method,
        upstream.server,
        host = request.authority,
        target = request.target,
    )
}

/// nginx error log: the notice written when its workers start.
pub(in crate::demo) fn nginx_started(now: jiff::Timestamp, pid: u32) -> String {
    let time = utc(now, "%Y/%m/%d %H:%M:%S");
    format!("{time} [notice] {pid}#{pid}: start worker processes\n")
}

/// Apache, `combined` with the duration in microseconds and a cache header. Logged time: the request's begin.
///
/// ```text
/// LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" %D %{X-Cache}o"
/// ```
/// Source: Apache `mod_log_config`; `%b` is `-` for an empty body. A warning of the answer means that the cache missed.
pub(in crate::demo) fn apache(exchange: &Exchange) -> String {
    let (request, answer) = (&exchange.request, &exchange.answer);
    let bytes = match answer.body.len() {
        0 => "-".to_owned(),
        bytes => bytes.to_string(),
    };
    format!(
        "{} - - [{}] \"{} {} HTTP/1.1\" {} {bytes} \"{}\" \"{}\" {} {}\n",
        request.client.ip(),
        utc(exchange.started, "%d/%b/%Y:%H:%M:%S %z"),
        request.method,
        request.target,
        answer.status.as_u16(),
        or_dash(request.referer.as_deref()),
        or_dash(request.user_agent.as_deref()),
        exchange.elapsed.as_micros(),
        if answer.warning { "MISS" } else { "HIT" },
    )
}

/// Envoy's default access log. Logged time: the request's begin; durations in milliseconds.
///
/// ```text
/// [%START_TIME%] "%REQUEST_METHOD% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%
/// %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%"
/// "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"
/// ```
/// Source: Envoy, "Access logging", default format string. As with `use_remote_address`, the direct caller ends `X-Forwarded-For`.
pub(in crate::demo) fn envoy(exchange: &Exchange) -> String {
    let (request, answer) = (&exchange.request, &exchange.answer);
    let millis = exchange.elapsed.as_millis();
    format!(
        "[{}] \"{} {} HTTP/1.1\" {} - {} {} {millis} {millis} \"{}\" \"{}\" \"{}\" \"{}\" \"{}\"\n",
        rfc3339_millis(exchange.started),
        request.method,
        request.target,
        answer.status.as_u16(),
        request.body.len(),
        answer.body.len(),
        forwarded_for(request.forwarded_for.as_deref(), request.client.ip()),
        or_dash(request.user_agent.as_deref()),
        request.trace.request_id(),
        request.authority,
        request.server,
    )
}

fn forwarded_for(before: Option<&str>, client: IpAddr) -> String {
    match before {
        None => client.to_string(),
        Some(before) => format!("{before},{client}"),
    }
}

/// HAProxy's HTTP log behind an RFC 3164 header. Logged time: the request's begin (in brackets); durations in milliseconds.
///
/// ```text
/// %ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r
/// ```
/// Source: HAProxy configuration manual, 8.2.3 "HTTP log format"; no captured headers, so `%hr %hs` leave no trace.
pub(in crate::demo) fn haproxy(exchange: &Exchange, host: &str, module: &str, pid: u32) -> String {
    let (request, answer) = (&exchange.request, &exchange.answer);
    let millis = exchange.elapsed.as_millis();
    let busy = request.in_flight;
    format!(
        "{} {host} haproxy[{pid}]: {} [{}] {module}-in {module}/{host} 0/0/0/{millis}/{millis} {} {} - - ---- \
         {busy}/{busy}/{busy}/{busy}/0 0/0 \"{} {} HTTP/1.1\"\n",
        utc(exchange.ended(), "%b %e %H:%M:%S"),
        request.client,
        utc(exchange.started, "%d/%b/%Y:%H:%M:%S.%3f"),
        answer.status.as_u16(),
        answer.body.len(),
        request.method,
        request.target,
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::{Method, StatusCode};

    use super::super::tests::exchange;
    use super::*;

    fn timed_out() -> Upstream {
        Upstream {
            server: "127.0.2.1:40001".parse().unwrap(),
            status: StatusCode::GATEWAY_TIMEOUT,
            elapsed: Duration::from_millis(1500),
            failure: Some(CallError::TimedOut),
        }
    }

    #[test]
    fn nginx_lines() {
        let mut exchange = exchange(Method::GET, "/search?q=abc", StatusCode::OK);
        assert_eq!(
            nginx(&exchange),
            "127.0.1.1 - - [22/Nov/2026:10:15:03 +0000] \"GET /search?q=abc HTTP/1.1\" 200 512 \"-\" \"gateway/1.4\" \
             rt=0.043 ua=\"-\" us=\"-\" ut=\"-\"\n"
        );
        exchange.answer.status = StatusCode::GATEWAY_TIMEOUT;
        exchange.answer.upstream = Some(timed_out());
        exchange.request.referer = Some("http://shop.example/".to_owned());
        assert_eq!(
            nginx(&exchange),
            "127.0.1.1 - - [22/Nov/2026:10:15:03 +0000] \"GET /search?q=abc HTTP/1.1\" 504 512 \"http://shop.example/\" \
             \"gateway/1.4\" rt=0.043 ua=\"127.0.2.1:40001\" us=\"504\" ut=\"1.500\"\n"
        );
    }

    #[test]
    fn nginx_error_lines() {
        let exchange = exchange(Method::GET, "/search?q=abc", StatusCode::GATEWAY_TIMEOUT);
        assert_eq!(
            nginx_upstream_error(&exchange, timed_out(), CallError::TimedOut, 42),
            "2026/11/22 10:15:03 [error] 42#42: *17 upstream timed out (110: Connection timed out) while reading response \
             header from upstream, client: 127.0.1.1, server: shop.example, request: \"GET /search?q=abc HTTP/1.1\", \
             upstream: \"http://127.0.2.1:40001/search?q=abc\", host: \"shop.example\"\n"
        );
        assert_eq!(nginx_started(exchange.started, 42), "2026/11/22 10:15:03 [notice] 42#42: start worker processes\n");
    }

    #[test]
    fn apache_lines() {
        let mut exchange = exchange(Method::GET, "/videos/7", StatusCode::OK);
        exchange.answer.warning = true;
        assert_eq!(
            apache(&exchange),
            "127.0.1.1 - - [22/Nov/2026:10:15:03 +0000] \"GET /videos/7 HTTP/1.1\" 200 512 \"-\" \"gateway/1.4\" 43211 MISS\n"
        );
        exchange.answer.body = Default::default();
        exchange.answer.warning = false;
        assert!(apache(&exchange).contains(" 200 - \"-\" "));
        assert!(apache(&exchange).ends_with(" 43211 HIT\n"));
    }

    #[test]
    fn envoy_lines() {
        let mut exchange = exchange(Method::POST, "/stock/SKU-1042/reservations", StatusCode::CREATED);
        assert_eq!(
            envoy(&exchange),
            "[2026-11-22T10:15:03.123Z] \"POST /stock/SKU-1042/reservations HTTP/1.1\" 201 - 18 512 43 43 \"127.0.1.1\" \
             \"gateway/1.4\" \"4bf92f35-77b3-4da6-a3ce-929d0e0e4736\" \"shop.example\" \"127.0.2.1:40001\"\n"
        );
        exchange.request.forwarded_for = Some("127.0.9.3".to_owned());
        assert!(envoy(&exchange).contains(" \"127.0.9.3,127.0.1.1\" "));
    }

    #[test]
    fn haproxy_lines() {
        let exchange = exchange(Method::POST, "/orders", StatusCode::CREATED);
        assert_eq!(
            haproxy(&exchange, "order-1", "order", 42),
            "Nov 22 10:15:03 order-1 haproxy[42]: 127.0.1.1:43562 [22/Nov/2026:10:15:03.123] order-in order/order-1 \
             0/0/0/43/43 201 512 - - ---- 2/2/2/2/0 0/0 \"POST /orders HTTP/1.1\"\n"
        );
    }
}
