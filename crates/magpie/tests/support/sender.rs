//! Senders of a test: requests with any bytes over HTTP/1, calls of gRPC over HTTP/2, and messages as an agent writes them.
//!
//! Protocol Buffers are put together by hand here, on purpose not by the code that is tested.
#![allow(dead_code, reason = "each test program uses its part")]

use std::io::{Read, Write};
use std::net::TcpStream;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::support::{Answer, PATIENCE, text};

/// A request over a connection of its own; `None` when the connection breaks. Also gives the head of the answer.
pub(crate) fn post(address: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<(Answer, String)> {
    let mut connection = TcpStream::connect(address).ok()?;
    connection.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    connection.write_all(format!("{head}\r\n").as_bytes()).ok()?;
    // A server that refuses early closes before it has read all.
    let _ = connection.write_all(body);
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    let answer = text(&answer);
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let head = head.to_ascii_lowercase();
    Some((Answer { status, head: head.clone(), body: body.to_owned() }, head))
}

/// What a call of gRPC came to.
#[derive(Debug)]
pub(crate) struct Called {
    /// `grpc-status`.
    pub(crate) status: String,
    /// The message of the answer.
    pub(crate) message: Vec<u8>,
}

/// Calls a method; the message is sent as it is, or packed as `encoding` says.
pub(crate) fn call(address: &str, path: &str, headers: &[(&str, &str)], is_packed: bool, message: &[u8]) -> Called {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        let driver = tokio::spawn(connection);
        let mut framed = vec![u8::from(is_packed)];
        framed.extend((message.len() as u32).to_be_bytes());
        framed.extend(message);
        let mut request = Request::post(format!("http://{address}{path}")).header("content-type", "application/grpc");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = sender.send_request(request.body(Full::new(hyper::body::Bytes::from(framed))).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        let in_head = response.headers().get("grpc-status").cloned();
        let body = response.into_body().collect().await.unwrap();
        let in_trailers = body.trailers().and_then(|trailers| trailers.get("grpc-status").cloned());
        let status = in_head.or(in_trailers).expect("an outcome").to_str().unwrap().to_owned();
        let bytes = body.to_bytes();
        driver.abort();
        Called { status, message: bytes.get(5..).unwrap_or_default().to_vec() }
    })
}

pub(crate) fn varint(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// A message of fields that hold bytes.
pub(crate) fn message(fields: &[(u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (field, value) in fields {
        varint(&mut bytes, u64::from(*field) << 3 | 2);
        varint(&mut bytes, value.len() as u64);
        bytes.extend_from_slice(value);
    }
    bytes
}

pub(crate) fn attribute(key: &str, value: &[u8]) -> Vec<u8> {
    message(&[(1, key.as_bytes()), (2, value)])
}

pub(crate) fn word(text: &str) -> Vec<u8> {
    message(&[(1, text.as_bytes())])
}

pub(crate) fn number(number: i64) -> Vec<u8> {
    let mut bytes = vec![3 << 3];
    varint(&mut bytes, number as u64);
    bytes
}

/// A request of an agent: one file, runs of lines with the offset of the first byte of each.
pub(crate) fn agent_request(source: &str, generation: i64, runs: &[(u64, &[String])]) -> Vec<u8> {
    let pairs = [
        attribute("magpie.agent", &word("agent-1")),
        attribute("magpie.source", &word(source)),
        attribute("log.file.path", &word("/var/log/shop/access.log")),
        attribute("host.name", &word("web-7")),
        attribute("magpie.file.generation", &number(generation)),
        attribute("service.name", &word("cart")),
    ];
    let attributes: Vec<u8> = pairs.iter().flat_map(|pair| message(&[(1, pair)])).collect();
    let mut block = message(&[(1, &attributes)]);
    for (offset, lines) in runs {
        let place = attribute("magpie.offset", &number(*offset as i64));
        let mut scope = message(&[(1, &message(&[(1, b"magpie.lines"), (3, &place)]))]);
        for line in *lines {
            scope.extend(message(&[(2, &message(&[(5, &word(line))]))]));
        }
        block.extend(message(&[(2, &scope)]));
    }
    message(&[(1, &block)])
}

/// A request of one log record without an agent.
pub(crate) fn log_request(module: &str, body: &str) -> Vec<u8> {
    let resource = message(&[(1, &attribute("service.name", &word(module)))]);
    let scope = message(&[(2, &message(&[(5, &word(body))]))]);
    message(&[(1, &message(&[(1, &resource), (2, &scope)]))])
}
