//! Syslog from the network: datagrams (RFC 5426), and streams in either framing of RFC 6587, message by message.
//!
//! A message becomes a line; what it says is read by the format `syslog`. A stream is not read while its messages cannot be
//! kept, so its sender waits; a datagram's sender cannot be told, so one that finds no room in time is dropped and counted.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::listen::Stream;
use super::{Common, Delivery, Refusal, Sent, lines};

/// Bytes that are read at once, and kept together.
const READ: usize = 256 << 10;
/// Largest datagram.
const DATAGRAM: usize = 64 << 10;
/// Datagrams that are kept together.
const MOST_DATAGRAMS: usize = 4_096;
/// How long datagrams wait for room before they are dropped.
const DATAGRAM_PATIENCE: Duration = Duration::from_secs(5);

/// Takes the messages of one connection until it ends.
pub(super) async fn serve_stream(mut stream: Stream, peer: IpAddr, common: Common, mut closing: watch::Receiver<bool>) {
    let mut framing = Framing::new(common.max_line);
    let mut buffer = vec![0; READ];
    loop {
        let read = tokio::select! {
            read = stream.read(&mut buffer) => read,
            _ = closing.wait_for(|closing| *closing) => Ok(0),
        };
        let mut messages = Vec::new();
        let ended = match read {
            Ok(0) | Err(_) => {
                framing.finish(&mut messages);
                true
            }
            Ok(length) => framing.take(&buffer[..length], &mut messages).is_err(),
        };
        if !messages.is_empty() && !keep_patiently(&common, peer, messages, None, &mut closing).await {
            return;
        }
        if ended {
            return;
        }
    }
}

/// Takes datagrams until told to close.
pub(super) async fn serve_datagrams(socket: UdpSocket, common: Common, mut closing: watch::Receiver<bool>) {
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let first = tokio::select! {
            first = socket.recv_from(&mut buffer) => first,
            _ = closing.wait_for(|closing| *closing) => return,
        };
        let mut senders: BTreeMap<IpAddr, Vec<u8>> = BTreeMap::new();
        let (mut bytes, mut datagrams) = (0, 0);
        let mut next = first;
        while let Ok((length, peer)) = next {
            push_message(&buffer[..length], senders.entry(peer.ip()).or_default());
            bytes += length;
            datagrams += 1;
            if bytes >= READ || datagrams >= MOST_DATAGRAMS {
                break;
            }
            // What is there already comes along; an error says that nothing is.
            next = socket.try_recv_from(&mut buffer);
        }
        for (peer, messages) in senders {
            let until = Instant::now() + DATAGRAM_PATIENCE;
            keep_patiently(&common, peer, messages, Some(until), &mut closing).await;
        }
    }
}

/// Keeps messages, trying again while there is no room; `false` when it was told to close before that.
async fn keep_patiently(
    common: &Common,
    peer: IpAddr,
    messages: Vec<u8>,
    until: Option<Instant>,
    closing: &mut watch::Receiver<bool>,
) -> bool {
    let count = messages.iter().filter(|&&byte| byte == b'\n').count() as u64;
    let messages = Arc::new(messages);
    loop {
        let (common_too, messages) = (common.clone(), Arc::clone(&messages));
        let kept = tokio::task::spawn_blocking(move || keep(&common_too, peer, &messages)).await;
        let pause = match kept {
            Ok(Ok(())) => return true,
            Ok(Err(refusal)) => {
                common.traffic.refuse(format!("{peer}: {refusal:?}"));
                refusal.retry_after()
            }
            Err(_) => None,
        };
        let pause = pause.filter(|_| until.is_none_or(|until| Instant::now() < until));
        let Some(pause) = pause else {
            common.traffic.dropped.fetch_add(count, Ordering::Relaxed);
            return true;
        };
        tokio::select! {
            () = tokio::time::sleep(pause.min(Duration::from_millis(500))) => {}
            _ = closing.wait_for(|closing| *closing) => {
                common.traffic.dropped.fetch_add(count, Ordering::Relaxed);
                return false;
            }
        }
    }
}

fn keep(common: &Common, peer: IpAddr, messages: &[u8]) -> Result<(), Refusal> {
    let mut messages = messages.to_vec();
    common.redaction.mask(&mut messages);
    let bytes = messages.len() as u64;
    let delivery: Delivery = lines::delivery(messages, common.max_line);
    common.keeper.keep(Sent { input: common.input, peer }, delivery)?;
    common.traffic.kept(bytes);
    Ok(())
}

/// Appends a message as a line. Line feeds within it become `#012`, as syslog daemons write them.
fn push_message(message: &[u8], lines: &mut Vec<u8>) {
    let mut message = message;
    while let [rest @ .., b'\n' | b'\r' | 0] = message {
        message = rest;
    }
    if message.is_empty() {
        return;
    }
    let mut parts = message.split(|&byte| byte == b'\n');
    lines.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        lines.extend_from_slice(b"#012");
        lines.extend_from_slice(part);
    }
    lines.push(b'\n');
}

/// Finds messages in a stream: each says how many bytes it has, or goes to the end of its line.
#[derive(Debug)]
pub struct Framing {
    rest: Vec<u8>,
    longest: usize,
    /// Bytes of an over-long message that are still to come.
    skip: usize,
    /// Whether the rest of an over-long line is passed over.
    skip_line: bool,
}

/// A stream that is no syslog: nobody knows where its next message would begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSyslog;

/// Digits of the length of a message: up to a gigabyte.
const MOST_DIGITS: usize = 9;

impl Framing {
    /// Of messages up to `longest` bytes; what is longer loses its end.
    pub fn new(longest: usize) -> Self {
        Self { rest: Vec::new(), longest, skip: 0, skip_line: false }
    }

    /// Appends the messages that are whole now, a line each.
    ///
    /// # Errors
    /// No message can begin here; the connection is of no use any more.
    pub fn take(&mut self, bytes: &[u8], lines: &mut Vec<u8>) -> Result<(), NoSyslog> {
        self.rest.extend_from_slice(bytes);
        let mut at = 0;
        let result = loop {
            match self.next(at, lines) {
                Ok(0) => break Ok(()),
                Ok(length) => at += length,
                Err(error) => break Err(error),
            }
        };
        self.rest.drain(..at);
        result
    }

    /// The stream has ended: what is left is a message without its end.
    pub fn finish(&mut self, lines: &mut Vec<u8>) {
        let rest = std::mem::take(&mut self.rest);
        let counted = rest.iter().position(|&byte| byte == b' ').filter(|&at| at > 0 && rest[..at].iter().all(u8::is_ascii_digit));
        if !self.skip_line {
            push_message(&rest[counted.map_or(0, |at| at + 1)..], lines);
        }
    }

    /// Takes one message at `at`; gives the bytes it took, none when it is not whole yet.
    fn next(&mut self, at: usize, lines: &mut Vec<u8>) -> Result<usize, NoSyslog> {
        let rest = &self.rest[at..];
        if self.skip > 0 {
            let length = self.skip.min(rest.len());
            self.skip -= length;
            return Ok(length);
        }
        if !self.skip_line && rest.first().is_some_and(|byte| (b'1'..=b'9').contains(byte)) {
            return self.counted(at, lines);
        }
        match memchr::memchr2(b'\n', 0, rest) {
            Some(end) => {
                if !std::mem::take(&mut self.skip_line) {
                    push_message(&rest[..end.min(self.longest)], lines);
                }
                Ok(end + 1)
            }
            None if self.skip_line => Ok(rest.len()),
            None if rest.len() > self.longest => {
                push_message(&rest[..self.longest], lines);
                self.skip_line = true;
                Ok(rest.len())
            }
            None => Ok(0),
        }
    }

    fn counted(&mut self, at: usize, lines: &mut Vec<u8>) -> Result<usize, NoSyslog> {
        let rest = &self.rest[at..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > MOST_DIGITS {
            return Err(NoSyslog);
        }
        match rest.get(digits) {
            None => return Ok(0),
            Some(b' ') => {}
            Some(_) => return Err(NoSyslog),
        }
        let length = rest[..digits].iter().fold(0usize, |length, byte| length * 10 + usize::from(byte - b'0'));
        let message = &rest[digits + 1..];
        if message.len() >= length.min(self.longest.saturating_add(1)) {
            let here = length.min(message.len());
            push_message(&message[..here.min(self.longest)], lines);
            self.skip = length - here;
            return Ok(digits + 1 + here);
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages of a stream that comes in pieces of some size.
    fn messages(stream: &[u8], piece: usize) -> (String, bool) {
        let (mut framing, mut lines) = (Framing::new(20), Vec::new());
        for bytes in stream.chunks(piece) {
            if framing.take(bytes, &mut lines).is_err() {
                return (String::from_utf8(lines).unwrap(), false);
            }
        }
        framing.finish(&mut lines);
        (String::from_utf8(lines).unwrap(), true)
    }

    #[test]
    fn both_framings_are_read_however_the_stream_is_cut() {
        for (stream, expected, sound) in [
            (&b"<13>a\n<13>b\r\n\n<13>c"[..], "<13>a\n<13>b\n<13>c\n", true),
            (b"5 <13>a6 <13>bc", "<13>a\n<13>bc\n", true),
            (b"10 <13>a\nb c\n<13>d\n", "<13>a#012b c\n<13>d\n", true),
            (b"<13>a\0<13>b\0", "<13>a\n<13>b\n", true),
            (b"12 <13>short", "<13>short\n", true),
            (b"25 <13>5678901234567890xxxxx5 <13>a", "<13>5678901234567890\n<13>a\n", true),
            (b"<13>5678901234567890xxxxxxxx\n<13>a\n", "<13>5678901234567890\n<13>a\n", true),
            (b"1234567890123 <13>a", "", false),
            (b"12<13>a\n", "", false),
            (b"", "", true),
        ] {
            for piece in [1, 2, 3, 7, 100] {
                assert_eq!(messages(stream, piece), (expected.to_owned(), sound), "{stream:?} in pieces of {piece}");
            }
        }
    }
}
