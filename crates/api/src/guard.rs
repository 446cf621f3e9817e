//! The door: a web page in the same browser must not be able to drive Magpie (design 15).
//!
//! A page of another site can make a browser send requests to a loopback port. It cannot choose `Host` (so DNS rebinding
//! shows), cannot hide its `Origin` or `Sec-Fetch-Site`, and cannot send JSON without asking first by a preflight, which is
//! never granted: there are no CORS headers. What passes here is measured and gets its security headers.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::endpoint::AnsweredBy;
use crate::meters::Answered;
use crate::problem::Problem;
use crate::shared::Shared;

/// On every response. The pages of a web UI bring a content policy of their own, which then stays.
const SECURITY: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Where webhooks are called.
const HOOKS: &str = "/api/v1/hooks/";

/// Lets a request through, or says why not.
pub(crate) async fn guard(shared: Arc<Shared>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = method_label(request.method());
    let limit = shared.api.limits.body_of(request.uri().path());
    let mut response = match check(&request, shared.port, limit) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    for (name, value) in SECURITY {
        response.headers_mut().entry(name).or_insert(value);
    }
    let endpoint = response.extensions().get::<AnsweredBy>().map_or("(none)", |by| by.0);
    let status = response.status().as_u16();
    shared.meters.answered(Answered { endpoint, method, status }, started.elapsed());
    response
}

fn check(request: &Request, port: u16, body_limit: usize) -> Result<(), Problem> {
    let headers = request.headers();
    check_host(request, port)?;
    check_origin(headers, port)?;
    check_site(request)?;
    if !is_read(request.method()) && !is_bare_hook(request) {
        check_json(headers)?;
    }
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > body_limit as u64) {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is longer than {body_limit} bytes"),
            "send less at once",
        ));
    }
    Ok(())
}

fn check_host(request: &Request, port: u16) -> Result<(), Problem> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).unwrap_or("");
    let authority = request.uri().authority().map_or(host, |authority| authority.as_str());
    if hosts.next().is_none() && is_ours(host, port) && is_ours(authority, port) {
        return Ok(());
    }
    Err(refused(format!("Host `{host}` is not this machine"), format!("use http://127.0.0.1:{port} or http://localhost:{port}")))
}

fn check_origin(headers: &HeaderMap, port: u16) -> Result<(), Problem> {
    for origin in headers.get_all(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or("");
        if !origin.strip_prefix("http://").is_some_and(|host| is_ours(host, port)) {
            return Err(refused(format!("Origin `{origin}` is another site"), "only Magpie's own pages and programs may ask".to_owned()));
        }
    }
    Ok(())
}

/// Browsers name a foreign page also where they send no `Origin`: for images, scripts and links. A link may lead to a page,
/// but not to the API.
fn check_site(request: &Request) -> Result<(), Problem> {
    let value = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let site = value("sec-fetch-site").unwrap_or("none");
    let followed_link =
        value("sec-fetch-mode") == Some("navigate") && is_read(request.method()) && !request.uri().path().starts_with("/api/");
    if matches!(site, "same-origin" | "none") || followed_link {
        return Ok(());
    }
    Err(refused(format!("the request was made by another site ({site})"), "only Magpie's own pages and programs may ask".to_owned()))
}

fn check_json(headers: &HeaderMap) -> Result<(), Problem> {
    let written = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = written.split(';').next().unwrap_or("").trim();
    // CloudEvents in their structured form are JSON, too; a form of a foreign page can send neither.
    if ["application/json", "application/cloudevents+json"].iter().any(|json| essence.eq_ignore_ascii_case(json)) {
        return Ok(());
    }
    let detail = format!("a write must be JSON, not `{written}`");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail, "send the header `Content-Type: application/json`"))
}

/// Whether this calls a webhook and says nothing: what only wants to start a flow has no reason to name a kind of content. A form of a foreign page
/// always names one, and its scripts cannot hide their `Origin`.
fn is_bare_hook(request: &Request) -> bool {
    let headers = request.headers();
    let has_body =
        headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0") || headers.contains_key(header::TRANSFER_ENCODING);
    request.uri().path().starts_with(HOOKS) && !has_body && !headers.contains_key(header::CONTENT_TYPE)
}

fn refused(detail: String, fix: String) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, detail, fix)
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether `host:port` is a loopback name or address at our port.
fn is_ours(authority: &str, port: u16) -> bool {
    let (host, given) = match authority.rsplit_once(':') {
        Some((host, given)) if !given.ends_with(']') => (host, Some(given)),
        _ => (authority, None),
    };
    let right_port = match given {
        Some(given) => !given.is_empty() && given.bytes().all(|byte| byte.is_ascii_digit()) && given.parse() == Ok(port),
        None => port == 80,
    };
    right_port && is_loopback(host)
}

fn is_loopback(host: &str) -> bool {
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let address = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(six) => six.parse().map(IpAddr::V6),
        None => host.parse().map(IpAddr::V4),
    };
    address.is_ok_and(|address| address.is_loopback())
}

fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "(other)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn status(method: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
        let mut request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        for (name, value) in headers {
            request.headers_mut().append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        check(&request, 6247, 100).err().map_or(200, |problem| problem.status)
    }

    #[test]
    fn only_loopback_hosts_at_our_port() {
        for (host, expected) in [
            ("127.0.0.1:6247", 200),
            ("localhost:6247", 200),
            ("LOCALHOST:6247", 200),
            ("127.9.9.9:6247", 200),
            ("[::1]:6247", 200),
            ("127.0.0.1", 403),
            ("127.0.0.1:80", 403),
            ("127.0.0.1:06247x", 403),
            ("127.0.0.1:+6247", 403),
            ("localhost:", 403),
            ("evil.example:6247", 403),
            ("localhost.evil.example:6247", 403),
            ("127.0.0.1.evil.example:6247", 403),
            ("10.0.0.1:6247", 403),
            ("0.0.0.0:6247", 403),
            ("[::]:6247", 403),
            ("::1:6247", 403),
            ("user@127.0.0.1:6247", 403),
            ("", 403),
        ] {
            assert_eq!(status("GET", "/api/v1/records", &[("host", host)]), expected, "{host}");
        }
        assert_eq!(status("GET", "/", &[]), 403);
        assert_eq!(status("GET", "/", &[("host", "localhost:6247"), ("host", "evil.example")]), 403);
        assert_eq!(status("GET", "http://evil.example/", &[("host", "localhost:6247")]), 403);
        assert!(is_ours("localhost", 80) && is_ours("[::1]", 80));
    }

    #[test]
    fn foreign_sites_are_refused_for_reading_too() {
        let host = ("host", "127.0.0.1:6247");
        for (method, path, header, expected) in [
            ("GET", "/api/v1/records", ("origin", "http://127.0.0.1:6247"), 200),
            ("GET", "/api/v1/records", ("origin", "http://localhost:6247"), 200),
            ("GET", "/api/v1/records", ("origin", "http://localhost:3000"), 403),
            ("GET", "/api/v1/records", ("origin", "https://localhost:6247"), 403),
            ("GET", "/api/v1/records", ("origin", "https://evil.example"), 403),
            ("GET", "/api/v1/stream", ("origin", "https://evil.example"), 403),
            ("GET", "/api/v1/records", ("origin", "null"), 403),
            ("GET", "/api/v1/records", ("origin", ""), 403),
            ("GET", "/api/v1/records", ("sec-fetch-site", "same-origin"), 200),
            ("GET", "/api/v1/records", ("sec-fetch-site", "none"), 200),
            ("GET", "/api/v1/records", ("sec-fetch-site", "cross-site"), 403),
            ("GET", "/api/v1/records", ("sec-fetch-site", "same-site"), 403),
        ] {
            assert_eq!(status(method, path, &[host, header]), expected, "{method} {path} {header:?}");
        }
        let link = [host, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert_eq!((status("GET", "/", &link), status("GET", "/api/v1/records", &link), status("POST", "/", &link)), (200, 403, 403));
    }

    #[test]
    fn writes_must_be_json_and_short() {
        let host = ("host", "127.0.0.1:6247");
        for (content_type, expected) in [
            ("application/json", 200),
            ("Application/JSON; charset=utf-8", 200),
            ("application/cloudevents+json", 200),
            ("text/plain", 415),
            ("application/x-www-form-urlencoded", 415),
            ("multipart/form-data", 415),
            ("text/plain; application/json", 415),
            ("application/json-patch+json", 415),
            ("", 415),
        ] {
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                assert_eq!(status(method, "/api/v1/parse", &[host, ("content-type", content_type)]), expected, "{method} {content_type}");
            }
        }
        assert_eq!(status("POST", "/api/v1/parse", &[host]), 415);
        let bare = |more: &[(&str, &str)]| status("POST", "/api/v1/hooks/shop.sync", &[&[host], more].concat());
        for (headers, expected) in [
            (&[][..], 200),
            (&[("content-length", "0")][..], 200),
            (&[("content-length", "2")][..], 415),
            (&[("transfer-encoding", "chunked")][..], 415),
            (&[("content-type", "application/x-www-form-urlencoded"), ("content-length", "0")][..], 415),
            (&[("content-type", "")][..], 415),
            (&[("origin", "https://evil.example")][..], 403),
            (&[("sec-fetch-site", "cross-site")][..], 403),
        ] {
            assert_eq!(bare(headers), expected, "a webhook with {headers:?}");
        }
        let json = ("content-type", "application/json");
        assert_eq!(status("POST", "/api/v1/parse", &[host, json, ("content-length", "101")]), 413);
    }
}
