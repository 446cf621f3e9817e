//! What is refused at the door, over a real socket: the table of headers is in the crate; here, that it is in force.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::{PATIENCE, exchange, get, send};
use crate::schema::check;
use crate::world::World;

/// Method, path, headers, body, status.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str, u16);

const JSON: (&str, &str) = ("Content-Type", "application/json");

#[tokio::test(flavor = "multi_thread")]
async fn every_door_is_guarded() {
    let world = World::new().await;
    let port = world.address.port();
    let (foreign, ours) = ("https://evil.example", format!("http://localhost:{port}"));
    let local = format!("localhost:{port}");
    for path in ["/", "/healthz", "/metrics", "/api/v1/records", "/api/v1/stream", "/api/v1/openapi.json", "/nothing"] {
        let known = if path == "/nothing" { 404 } else { 200 };
        assert_eq!(send(world.address, "GET", path, &[("Host", "evil.example")], "").await.status, 403, "{path}");
        assert_eq!(send(world.address, "GET", path, &[("Origin", foreign)], "").await.status, 403, "{path}");
        if path != "/api/v1/stream" {
            assert_eq!(send(world.address, "GET", path, &[("Host", &local), ("Origin", &ours)], "").await.status, known, "{path}");
        }
    }
    let cases: [Case; 14] = [
        // JSON by another name, as CloudEvents come.
        ("POST", "/api/v1/parse", &[("Content-Type", "application/cloudevents+json; charset=utf-8")], r#"{"text":"a"}"#, 200),
        ("POST", "/api/v1/parse", &[("Content-Type", "text/x+json")], r#"{"text":"a"}"#, 415),
        ("POST", "/api/v1/parse", &[], r#"{"text":"a"}"#, 415),
        ("POST", "/api/v1/parse", &[("Content-Type", "text/plain")], r#"{"text":"a"}"#, 415),
        ("POST", "/api/v1/parse", &[JSON], r#"{"text":"a"}"#, 200),
        ("POST", "/api/v1/parse", &[JSON, ("Origin", "https://evil.example")], r#"{"text":"a"}"#, 403),
        ("POST", "/api/v1/parse", &[JSON], r#"{"text":"#, 400),
        ("POST", "/api/v1/parse", &[JSON], r#"{"txt":"a"}"#, 422),
        ("POST", "/api/v1/records", &[JSON], "{}", 405),
        ("DELETE", "/api/v1/records", &[JSON], "{}", 405),
        ("OPTIONS", "/api/v1/parse", &[("Access-Control-Request-Method", "POST")], "", 405),
        ("TRACE", "/api/v1/records", &[JSON], "", 405),
        ("GET", "/api/v2/records", &[], "", 404),
        ("HEAD", "/api/v1/records", &[], "", 200),
    ];
    for (method, path, headers, body, status) in cases {
        let answer = send(world.address, method, path, headers, body).await;
        assert_eq!(answer.status, status, "{method} {path} {headers:?}: {}", answer.text());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert!(answer.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
        assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("access-control")), "no CORS: {:?}", answer.headers);
        if status == 405 {
            assert!(answer.header("allow").is_some_and(|allowed| !allowed.is_empty()), "{method} {path}");
        }
        if status >= 400 {
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            let problem = answer.json();
            assert_eq!(check(&serde_json::json!({"$ref": "#/components/schemas/Problem"}), &problem), Vec::<String>::new());
            assert!(!problem["fix"].as_str().unwrap().is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_is_refused() {
    let world = World::with(|api| api.limits.body = 1_000).await;
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(2_000));
    assert_eq!(send(world.address, "POST", "/api/v1/parse", &[JSON], &long).await.status, 413);
    // Without a length in front, it shows only while it is read.
    let chunk = "x".repeat(800);
    let head = format!(
        "POST /api/v1/parse HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        world.address
    );
    let chunked = format!("{head}320\r\n{chunk}\r\n320\r\n{chunk}\r\n0\r\n\r\n");
    assert_eq!(exchange(world.address, chunked.as_bytes()).await.status, 413);
    let header = "x".repeat(20_000);
    assert_eq!(send(world.address, "GET", "/", &[("X-Long", &header)], "").await.status, 431);
    let many: Vec<(String, String)> = (0..100).map(|nth| (format!("X-{nth}"), "1".to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(send(world.address, "GET", "/", &many, "").await.status, 431);
    let path = format!("/api/v1/records?contains={}", "x".repeat(20_000));
    assert!(matches!(get(world.address, &path).await.status, 414 | 431));
    assert_eq!(get(world.address, "/").await.status, 200, "and the next one is served");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_cut_off() {
    let quick = Duration::from_millis(200);
    let world = World::with(|api| {
        api.limits.head_timeout = quick;
        api.limits.body_timeout = quick;
        api.limits.connections = 2;
    })
    .await;
    let head = exchange(world.address, b"GET / HTTP/1.1\r\nHost: 12").await;
    assert!(matches!(head.status, 0 | 408), "{head:?}");
    let body = format!(
        "POST /api/v1/parse HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 50\r\nConnection: close\r\n\r\n{{",
        world.address
    );
    assert_eq!(exchange(world.address, body.as_bytes()).await.status, 408);
    // Clients that say nothing hold every connection, but not for long.
    let mut idle = Vec::new();
    for _ in 0..2 {
        idle.push(TcpStream::connect(world.address).await.unwrap());
    }
    let answer = tokio::time::timeout(PATIENCE, get(world.address, "/healthz")).await.expect("an answer");
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_nothing_is_cut_off() {
    let world = World::with(|api| {
        api.limits.write_timeout = Duration::from_millis(200);
        api.limits.connections = 1;
    })
    .await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let request = format!("GET /api/v1/openapi.json HTTP/1.1\r\nHost: {}\r\n\r\n", world.address);
    // Many answers fill the buffers on the way; the one connection there may be is free again when this one is dropped.
    for _ in 0..200 {
        if stream.write_all(request.as_bytes()).await.is_err() {
            break;
        }
    }
    let answer = tokio::time::timeout(PATIENCE, get(world.address, "/healthz")).await.expect("an answer");
    assert_eq!(answer.status, 200);
}
