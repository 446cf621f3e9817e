//! The doors of a running Magpie: whoever is too slow, too large, too deep or too many is refused in its own language and
//! counted, memory stays bounded, and everybody else is served meanwhile.

#[path = "support/receiving.rs"]
mod receiving;
#[path = "support/sender.rs"]
mod sender;
mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use receiving::{Receiving, TOKEN, metric, records, refused};
use sender::{call, log_request, message, post};
use support::{PATIENCE, Running, text, wait_for};

const PROTOBUF: (&str, &str) = ("Content-Type", "application/x-protobuf");
const JSON: (&str, &str) = ("Content-Type", "application/json");
const GZIP: (&str, &str) = ("Content-Encoding", "gzip");
const EXPORT_LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
/// With which HTTP/2 begins, and a frame of settings without any.
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// Connections of a port.
const CONNECTIONS: usize = 512;

/// What a client hears that says `begin`, then a byte at a time, or nothing more, for as long as the other side listens.
fn heard_slowly(address: &str, begin: &str, goes_on: bool) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(Duration::from_millis(250))).unwrap();
    connection.write_all(begin.as_bytes()).unwrap();
    let (mut heard, mut buffer) = (Vec::new(), [0; 1_024]);
    wait_for("end of a slow connection", PATIENCE, || {
        match connection.read(&mut buffer) {
            Ok(0) => return Some(()),
            Ok(read) => heard.extend_from_slice(&buffer[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return Some(()),
        }
        if goes_on {
            let _ = connection.write(b"x");
        }
        None
    });
    text(&heard)
}

#[test]
fn slow_clients_are_ended_and_counted_while_others_are_served() {
    let receiving = Receiving::new("");
    let running = receiving.place.serve();
    let head = "POST /v1/logs HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    let body = "POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{";
    std::thread::scope(|scope| {
        let http = receiving.http.as_str();
        let slow: Vec<_> = [(head, true, ""), (body, true, "408"), ("", false, ""), ("PRI * HT", false, "")]
            .into_iter()
            .map(|(begin, goes_on, status)| (begin, status, scope.spawn(move || heard_slowly(http, begin, goes_on))))
            .collect();
        let message = "<13>Nov 28 09:00:02 mymachine su: byte by byte";
        let mut syslog = TcpStream::connect(&receiving.syslog).unwrap();
        for byte in message.bytes() {
            syslog.write_all(&[byte]).unwrap();
            assert_eq!(post(&receiving.http, "/v1/logs", &[PROTOBUF], &log_request("cart", "meanwhile")).unwrap().0.status, 200);
        }
        drop(syslog);
        assert_eq!(records(&running, "daemons", 1).len(), 1, "a slow message is a message");
        for (begin, status, client) in slow {
            let heard = client.join().unwrap();
            assert!(heard.split(' ').nth(1).unwrap_or_default() == status, "{begin:?} heard {heard:?}");
        }
    });
    wait_for("count of the slow", PATIENCE, || (refused(&running, "traces", "slow") == 4).then_some(()));
}

#[test]
fn connections_beyond_the_bound_are_turned_away_and_counted() {
    let receiving = Receiving::new("");
    let running = receiving.place.serve();
    let open = |input: &str| metric(&running, "magpie_receiver_connections", &format!("input=\"{input}\""));
    for (input, address, begin, answer) in [("traces", &receiving.http, HTTP2, "503"), ("daemons", &receiving.syslog, b"", "")] {
        let connections: Vec<TcpStream> = (0..CONNECTIONS)
            .map(|_| {
                let mut connection = TcpStream::connect(address).unwrap();
                connection.write_all(begin).unwrap();
                connection
            })
            .collect();
        wait_for("so many connections", PATIENCE, || (open(input) == CONNECTIONS as u64).then_some(()));
        let mut heard = String::new();
        let mut one_more = TcpStream::connect(address).unwrap();
        let _ = one_more.write_all(b"POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        let _ = one_more.read_to_string(&mut heard);
        assert_eq!(heard.split(' ').nth(1).unwrap_or_default(), answer, "{heard:?}");
        assert_eq!(heard.contains("retry-after: 1"), !answer.is_empty(), "{heard:?}");
        assert_eq!(refused(&running, input, "connections"), 1);
        drop(connections);
        wait_for("room again", PATIENCE, || (open(input) == 0).then_some(()));
    }
    assert_eq!(post(&receiving.http, "/v1/logs", &[PROTOBUF], &log_request("cart", "after")).unwrap().0.status, 200);
}

#[test]
fn what_is_too_large_or_too_deep_is_refused_and_counted_by_reason() {
    let receiving = Receiving::new("");
    let running = receiving.place.serve();
    let bomb = gzip_of(&vec![b' '; 40 << 20]);
    let deep_json = format!("{{\"x\":{}1{}}}", "[".repeat(300), "]".repeat(300));
    let deep = (0..200).fold(message(&[(1, b"x")]), |value, _| message(&[(5, &message(&[(1, &value)]))]));
    let record = message(&[(5, &deep)]);
    let deep = message(&[(1, &message(&[(2, &message(&[(2, &record)]))]))]);
    let long = "x".repeat(40 << 10);
    let many: Vec<(String, &str)> = (0..100).map(|number| (format!("X-{number}"), "x")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), *value)).chain([JSON]).collect();
    let traces = |headers: &[(&str, &str)], body: &[u8]| post(&receiving.http, "/v1/logs", headers, body).map(|(answer, _)| answer.status);
    for (headers, body, status, reason) in [
        (&[PROTOBUF, GZIP][..], bomb.as_slice(), 413, "too_large"),
        (&[JSON], deep_json.as_bytes(), 400, "malformed"),
        (&[PROTOBUF], deep.as_slice(), 400, "malformed"),
        (&[JSON, ("X-Long", &long)], b"{}", 431, "head_too_large"),
        (&many, b"{}", 431, "head_too_large"),
        (&[JSON, ("Origin", "http://evil.example")], b"{}", 403, "forbidden"),
        (&[("Content-Type", "text/csv")], b"{}", 415, "wrong_type"),
    ] {
        let before = refused(&running, "traces", reason);
        assert_eq!(traces(headers, body), Some(status), "{reason}");
        wait_for(reason, PATIENCE, || (refused(&running, "traces", reason) == before + 1).then_some(()));
    }
    for (headers, is_packed, body, status, reason) in [
        (&[("grpc-encoding", "gzip")][..], true, bomb.as_slice(), "8", "too_large"),
        (&[], false, deep.as_slice(), "3", "malformed"),
        (&[("x-long", &long)], false, b"", "8", "head_too_large"),
        (&[("grpc-encoding", "snappy")], true, b"", "12", "not_found"),
    ] {
        let before = refused(&running, "traces", reason);
        assert_eq!(call(&receiving.grpc, EXPORT_LOGS, headers, is_packed, body).status, status, "{reason}");
        assert_eq!(refused(&running, "traces", reason), before + 1, "{reason}");
    }
    assert_eq!(post(&receiving.push, "/", &[], b"{}").unwrap().0.status, 401);
    assert_eq!(refused(&running, "lines", "no_token"), 1);
    syslog_that_is_none(&receiving, &running);
    assert!(running.records("from=now-9000d&input=traces").is_empty(), "nothing of it is stored");
}

/// A stream that is no syslog is closed and counted; a message that is too long loses its end, and its record says so.
fn syslog_that_is_none(receiving: &Receiving, running: &Running) {
    let mut none = TcpStream::connect(&receiving.syslog).unwrap();
    none.write_all(b"99999999999999 <13>x").unwrap();
    assert_eq!(none.read(&mut [0; 1]).unwrap_or(0), 0, "the connection is closed");
    assert_eq!(refused(running, "daemons", "malformed"), 1);
    let mut long = TcpStream::connect(&receiving.syslog).unwrap();
    let message = format!("<13>Nov 28 09:00:02 mymachine su: {}\n<13>Nov 28 09:00:03 mymachine su: short\n", "x".repeat(3 << 20));
    long.write_all(message.as_bytes()).unwrap();
    let found = records(running, "daemons", 2);
    assert!(found.iter().any(|record| record["message"].as_str().unwrap().ends_with("short")), "what follows is read");
    let cut = found.iter().find(|record| record["message"].as_str().unwrap().contains("xxx")).unwrap();
    assert!(cut.to_string().len() < 2 << 20 && cut.to_string().contains("cut"), "{}", &cut.to_string()[..500]);
}

#[test]
fn many_zip_bombs_at_once_take_no_more_memory_than_a_few() {
    let receiving = Receiving::new("");
    let running = receiving.place.serve();
    let bomb = gzip_of(&vec![b' '; 40 << 20]);
    let statuses: Vec<Option<u16>> = std::thread::scope(|scope| {
        let send = || post(&receiving.http, "/v1/logs", &[PROTOBUF, GZIP], &bomb).map(|(answer, _)| answer.status);
        let clients: Vec<_> = (0..48).map(|_| scope.spawn(send)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    // What finds no room is told to come again.
    assert!(statuses.iter().all(|status| matches!(status, Some(413 | 429))), "{statuses:?}");
    let told = refused(&running, "traces", "too_large") + refused(&running, "traces", "busy");
    assert_eq!(told, 48);
    let peak = std::fs::read_to_string(format!("/proc/{}/status", running.pid())).unwrap_or_default();
    let peak = peak.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    // 48 bodies of 32 MiB would be 1.5 GiB.
    assert!(peak.is_none_or(|kib| kib < 700 << 10), "{peak:?} KiB");
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(post(&receiving.push, "/", &[("Authorization", &bearer)], b"{\"msg\":\"x\"}").unwrap().0.status, 204);
}

fn gzip_of(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
