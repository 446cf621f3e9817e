//! A server that does what `docs/agent.md` asks of one, and counts: what it has stored is compared with what was written.
//!
//! It reads requests by a decoder of its own that knows protobuf and none of the agent's code. As told it is busy, closes
//! the connection after storing (so the agent does not know), takes only small requests, or is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::free_address;

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Stored, and said so.
    Well,
    /// 429 with this Retry-After.
    Busy(u64),
    /// Stored, and the connection is closed without an answer.
    Silent,
    /// 413 above so many bytes of lines.
    Small(usize),
}

/// One line as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) body: String,
    pub(crate) length: u64,
    pub(crate) at: Instant,
}

#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// By source, generation and offset.
    pub(crate) lines: BTreeMap<(String, u64, u64), Line>,
    /// Source, offset and length of what was said to be lost.
    pub(crate) gaps: Vec<(String, u64, u64)>,
    /// Resource attributes of all blocks.
    pub(crate) attributes: BTreeSet<(String, String)>,
    /// Time and size of every request's body.
    pub(crate) requests: Vec<(Instant, usize)>,
    pub(crate) refused: usize,
    /// Contradictions: other bytes at a place that was stored, overlapping lines.
    pub(crate) wrong: Vec<String>,
}

impl Stored {
    /// Bodies of all lines of a source, by generation and offset.
    pub(crate) fn bodies(&self, source: &str) -> Vec<String> {
        self.lines.iter().filter(|((of, ..), _)| of == source).map(|(_, line)| line.body.clone()).collect()
    }
}

pub(crate) struct Receiver {
    pub(crate) address: String,
    pub(crate) stored: Arc<Mutex<Stored>>,
    mood: Arc<Mutex<Mood>>,
    stop: Arc<AtomicBool>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(&self.address);
    }
}

impl Receiver {
    pub(crate) fn start() -> Self {
        Self::start_at(&free_address(), Arc::default())
    }

    /// With what another one has stored.
    pub(crate) fn start_at(address: &str, stored: Arc<Mutex<Stored>>) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap().to_string(),
            stored,
            mood: Arc::new(Mutex::new(Mood::Well)),
            stop: Arc::default(),
        };
        let (stored, mood, stop) = (Arc::clone(&receiver.stored), Arc::clone(&receiver.mood), Arc::clone(&receiver.stop));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (stored, mood, stop) = (Arc::clone(&stored), Arc::clone(&mood), Arc::clone(&stop));
                std::thread::spawn(move || serve(connection, &stored, &mood, &stop));
            }
        });
        receiver
    }

    pub(crate) fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub(crate) fn stored<T>(&self, look: impl FnOnce(&Stored) -> T) -> T {
        look(&self.stored.lock().unwrap())
    }
}

fn serve(mut connection: TcpStream, stored: &Mutex<Stored>, mood: &Mutex<Mood>, stop: &AtomicBool) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    while let Some((head, body)) = request(&mut reader) {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let mood = *mood.lock().unwrap();
        let plain = if head.contains("content-encoding: zstd") {
            zstd::decode_all(&body[..]).unwrap()
        } else if head.contains("content-encoding: gzip") {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain).unwrap();
            plain
        } else {
            body.clone()
        };
        let answer = {
            let mut stored = stored.lock().unwrap();
            stored.requests.push((Instant::now(), body.len()));
            match mood {
                Mood::Busy(after) => {
                    stored.refused += 1;
                    format!("HTTP/1.1 429 Too Many Requests\r\nretry-after: {after}\r\ncontent-length: 0\r\n\r\n")
                }
                Mood::Small(most) if plain.len() > most => {
                    stored.refused += 1;
                    "HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n".to_owned()
                }
                Mood::Silent => {
                    store(&plain, &mut stored);
                    return;
                }
                Mood::Well | Mood::Small(_) => {
                    store(&plain, &mut stored);
                    "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n".to_owned()
                }
            }
        };
        if connection.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("post /v1/logs "), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

// ---- protobuf ----

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Value<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let value = match key & 7 {
            0 => Value::Number(varint(&mut bytes)),
            2 => {
                let length = varint(&mut bytes) as usize;
                let (value, rest) = bytes.split_at(length);
                bytes = rest;
                Value::Bytes(value)
            }
            other => panic!("wire type {other}"),
        };
        fields.push((key >> 3, value));
    }
    fields
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= u64::from(byte & 0x7F) << shift;
        shift += 7;
        if byte < 0x80 {
            return value;
        }
    }
}

fn messages(bytes: &[u8], wanted: u64) -> Vec<&[u8]> {
    fields(bytes)
        .into_iter()
        .filter_map(|(number, value)| match value {
            Value::Bytes(bytes) if number == wanted => Some(bytes),
            _ => None,
        })
        .collect()
}

/// Key and value of each `KeyValue` in field `number`.
fn attributes(bytes: &[u8], number: u64) -> BTreeMap<String, String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let of = |pair: &[u8]| {
        let key = text(messages(pair, 1)[0]);
        let value = match fields(messages(pair, 2)[0]).into_iter().next().unwrap().1 {
            Value::Bytes(bytes) => text(bytes),
            Value::Number(number) => number.to_string(),
        };
        (key, value)
    };
    messages(bytes, number).into_iter().map(of).collect()
}

fn store(request: &[u8], stored: &mut Stored) {
    for block in messages(request, 1) {
        let resource = attributes(messages(block, 1)[0], 1);
        let (source, generation) = (resource["magpie.source"].clone(), resource["magpie.file.generation"].parse().unwrap());
        stored.attributes.extend(resource);
        for scope_logs in messages(block, 2) {
            let scope = messages(scope_logs, 1)[0];
            let name = String::from_utf8_lossy(messages(scope, 1)[0]).into_owned();
            let numbers = attributes(scope, 3);
            let mut offset: u64 = numbers["magpie.offset"].parse().unwrap();
            if name == "magpie.gap" {
                stored.gaps.push((source.clone(), offset, numbers["magpie.length"].parse().unwrap()));
                continue;
            }
            assert_eq!(name, "magpie.lines");
            for record in messages(scope_logs, 2) {
                let Value::Bytes(body) = fields(messages(record, 5)[0]).into_iter().next().unwrap().1 else { panic!("a body") };
                let length = attributes(record, 6).get("magpie.length").map_or(body.len() as u64 + 1, |length| length.parse().unwrap());
                keep(stored, (source.clone(), generation, offset), String::from_utf8_lossy(body).into_owned(), length);
                offset += length;
            }
        }
    }
}

/// What is there already is left out.
fn keep(stored: &mut Stored, place: (String, u64, u64), body: String, length: u64) {
    if let Some(known) = stored.lines.get(&place) {
        if known.body != body || known.length != length {
            stored.wrong.push(format!("{place:?} is {:?} and then {body:?}", known.body));
        }
        return;
    }
    let before = stored.lines.range(..&place).next_back().filter(|(key, _)| (&key.0, key.1) == (&place.0, place.1));
    if before.is_some_and(|(key, line)| key.2 + line.length > place.2) {
        stored.wrong.push(format!("{place:?} overlaps {before:?}"));
    }
    stored.lines.insert(place, Line { body, length, at: Instant::now() });
}
