//! Syslog from the network: datagrams (RFC 5426), and streams in either framing of RFC 6587, message by message.
//!
//! A message becomes a line; what it says is read by the format `syslog`. A stream is not read while its messages cannot be
//! kept, so its sender waits; a datagram's sender cannot be told, so one that finds no room in time is dropped and counted.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use magpie_model::origin::Cut;
use tokio::io::AsyncReadExt;
use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::listen::Stream;
use super::traffic::Reason;
use super::{Common, Delivery, Refusal, Sent};

/// Bytes that are read at once, and kept together. Every connection may hold as many.
const READ: usize = 64 << 10;
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
        let mut messages = Delivery::default();
        let ended = match read {
            Ok(0) | Err(_) => {
                framing.finish(&mut messages);
                true
            }
            Ok(length) => framing.take(&buffer[..length], &mut messages).is_err_and(|NoSyslog| {
                common.traffic.refuse(Reason::Malformed, format!("{peer}: a stream that is no syslog; its connection is closed"));
                true
            }),
        };
        if !messages.lines.is_empty() && !keep_patiently(&common, peer, messages, None, &mut closing).await {
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
        let mut senders: BTreeMap<IpAddr, Delivery> = BTreeMap::new();
        let (mut bytes, mut datagrams) = (0, 0);
        let mut next = first;
        while let Ok((length, peer)) = next {
            push_message(&buffer[..length], 0, common.max_line, senders.entry(peer.ip()).or_default());
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
    messages: Delivery,
    until: Option<Instant>,
    closing: &mut watch::Receiver<bool>,
) -> bool {
    let count = messages.lines.iter().filter(|&&byte| byte == b'\n').count() as u64;
    let messages = Arc::new(messages);
    let mut has_waited = false;
    loop {
        let (common_too, messages) = (common.clone(), Arc::clone(&messages));
        let kept = tokio::task::spawn_blocking(move || keep(&common_too, peer, &messages)).await;
        let pause = match kept {
            Ok(Ok(())) => return true,
            Ok(Err(refusal)) => {
                common.traffic.waited.fetch_add(u64::from(!has_waited), Ordering::Relaxed);
                has_waited = true;
                common.traffic.tell(format!("{peer}: {refusal}"));
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

fn keep(common: &Common, peer: IpAddr, messages: &Delivery) -> Result<(), Refusal> {
    let mut delivery = Delivery { lines: messages.lines.clone(), cuts: messages.cuts.clone(), runs: Vec::new() };
    common.redaction.mask(&mut delivery.lines);
    let bytes = delivery.lines.len() as u64;
    common.keeper.keep(Sent { input: common.input, peer }, delivery)?;
    common.traffic.kept(bytes);
    Ok(())
}

/// Appends a message as a line of at most `longest` bytes; `dropped` of its bytes are gone already. Line feeds within it become
/// `#012`, as syslog daemons write them.
fn push_message(message: &[u8], dropped: u64, longest: usize, into: &mut Delivery) {
    let mut message = message;
    while let [rest @ .., b'\n' | b'\r' | 0] = message {
        message = rest;
    }
    if message.is_empty() {
        return;
    }
    let at = into.lines.len();
    let lines = &mut into.lines;
    let mut parts = message.split(|&byte| byte == b'\n');
    lines.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        lines.extend_from_slice(b"#012");
        lines.extend_from_slice(part);
    }
    let dropped = dropped + (lines.len() - at).saturating_sub(longest) as u64;
    lines.truncate(at + longest);
    if dropped > 0 {
        into.cuts.push(Cut { at, dropped });
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
    /// An over-long line whose end has not come: what is kept of it, and how many bytes are not.
    long: Option<(Vec<u8>, u64)>,
}

/// A stream that is no syslog: nobody knows where its next message would begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSyslog;

/// Digits of the length of a message: up to a gigabyte.
const MOST_DIGITS: usize = 9;

impl Framing {
    /// Of messages up to `longest` bytes; what is longer loses its end.
    pub fn new(longest: usize) -> Self {
        Self { rest: Vec::new(), longest, skip: 0, long: None }
    }

    /// Appends the messages that are whole now, a line each.
    ///
    /// # Errors
    /// No message can begin here; the connection is of no use any more.
    pub fn take(&mut self, bytes: &[u8], messages: &mut Delivery) -> Result<(), NoSyslog> {
        self.rest.extend_from_slice(bytes);
        let mut at = 0;
        let result = loop {
            match self.next(at, messages) {
                Ok(0) => break Ok(()),
                Ok(length) => at += length,
                Err(error) => break Err(error),
            }
        };
        self.rest.drain(..at);
        result
    }

    /// The stream has ended: what is left is a message without its end.
    pub fn finish(&mut self, messages: &mut Delivery) {
        if let Some((line, dropped)) = self.long.take() {
            push_message(&line, dropped, self.longest, messages);
        }
        let rest = std::mem::take(&mut self.rest);
        let counted = rest.iter().position(|&byte| byte == b' ').filter(|&at| at > 0 && rest[..at].iter().all(u8::is_ascii_digit));
        push_message(&rest[counted.map_or(0, |at| at + 1)..], 0, self.longest, messages);
    }

    /// Takes one message at `at`; gives the bytes it took, none when it is not whole yet.
    fn next(&mut self, at: usize, messages: &mut Delivery) -> Result<usize, NoSyslog> {
        let rest = &self.rest[at..];
        if self.skip > 0 {
            let length = self.skip.min(rest.len());
            self.skip -= length;
            return Ok(length);
        }
        if self.long.is_none() && rest.first().is_some_and(|byte| (b'1'..=b'9').contains(byte)) {
            return self.counted(at, messages);
        }
        let end = memchr::memchr2(b'\n', 0, rest);
        match (end, self.long.take()) {
            (Some(end), Some((line, dropped))) => push_message(&line, dropped + end as u64, self.longest, messages),
            (Some(end), None) => {
                let kept = end.min(self.longest);
                push_message(&rest[..kept], (end - kept) as u64, self.longest, messages);
            }
            (None, Some((line, dropped))) => {
                self.long = Some((line, dropped + rest.len() as u64));
                return Ok(rest.len());
            }
            (None, None) if rest.len() > self.longest => {
                self.long = Some((rest[..self.longest].to_vec(), (rest.len() - self.longest) as u64));
                return Ok(rest.len());
            }
            (None, None) => return Ok(0),
        }
        Ok(end.map_or(0, |end| end + 1))
    }

    fn counted(&mut self, at: usize, messages: &mut Delivery) -> Result<usize, NoSyslog> {
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
            let (here, kept) = (length.min(message.len()), length.min(self.longest));
            push_message(&message[..kept], (length - kept) as u64, self.longest, messages);
            self.skip = length - here;
            return Ok(digits + 1 + here);
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages of a stream that comes in pieces of some size, what each of them lost, and whether it was one.
    fn messages(stream: &[u8], piece: usize) -> (String, Vec<(usize, u64)>, bool) {
        let (mut framing, mut found) = (Framing::new(20), Delivery::default());
        let sound = stream.chunks(piece).all(|bytes| framing.take(bytes, &mut found).is_ok());
        if sound {
            framing.finish(&mut found);
        }
        let cuts = found.cuts.iter().map(|cut| (cut.at, cut.dropped)).collect();
        (String::from_utf8(found.lines).unwrap(), cuts, sound)
    }

    #[test]
    fn both_framings_are_read_however_the_stream_is_cut() {
        for (stream, expected, cuts, sound) in [
            (&b"<13>a\n<13>b\r\n\n<13>c"[..], "<13>a\n<13>b\n<13>c\n", vec![], true),
            (b"5 <13>a6 <13>bc", "<13>a\n<13>bc\n", vec![], true),
            (b"10 <13>a\nb c\n<13>d\n", "<13>a#012b c\n<13>d\n", vec![], true),
            (b"<13>a\0<13>b\0", "<13>a\n<13>b\n", vec![], true),
            (b"12 <13>short", "<13>short\n", vec![], true),
            (b"25 <13>5678901234567890xxxxx5 <13>a", "<13>5678901234567890\n<13>a\n", vec![(0, 5)], true),
            (b"<13>a\n<13>5678901234567890xxxxxxxx\n<13>a\n", "<13>a\n<13>5678901234567890\n<13>a\n", vec![(6, 8)], true),
            (b"<13>5678901234567890xxx", "<13>5678901234567890\n", vec![(0, 3)], true),
            (b"20 <13>\n\n\n\n\n\n789012345x", "<13>#012#012#012#012\n", vec![(0, 18)], true),
            (b"1234567890123 <13>a", "", vec![], false),
            (b"12<13>a\n", "", vec![], false),
            (b"", "", vec![], true),
        ] {
            for piece in [1, 2, 3, 7, 100] {
                assert_eq!(messages(stream, piece), (expected.to_owned(), cuts.clone(), sound), "{stream:?} in pieces of {piece}");
            }
        }
    }
}
