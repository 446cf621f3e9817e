//! Fills the disk queues: standard input and syslog over UDP and TCP. The journal has a module of its own.
//!
//! Each feed is a thread that never holds more than a block. While its queue is full it waits, and so does whoever writes to
//! the pipe or the connection; only a datagram cannot wait: it is dropped and counted.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::spool::Spool;
use crate::Error;

/// How often a waiting feed looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(200);
/// How long a feed rests while its queue is full or its disk refuses.
const REST: Duration = Duration::from_millis(50);
/// Syslog connections at once; more are closed.
const MOST_CONNECTIONS: usize = 256;
/// Longest syslog message; what is longer comes as several lines.
const LONGEST_MESSAGE: usize = 1 << 20;

/// What all feeds of an agent share.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(super) fn ask(&self) {
        self.0.store(true, Relaxed);
    }

    pub(super) fn asked(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// Appends until it is taken; false if the feed is to stop.
pub(super) fn append(spool: &Spool, bytes: &[u8], stop: &Stop) -> bool {
    let mut told = false;
    loop {
        match spool.append(bytes) {
            Ok(true) => return true,
            Ok(false) => {}
            Err(error) if !std::mem::replace(&mut told, true) => tracing::error!(%error, "the disk queue cannot be written; trying again"),
            Err(_) => {}
        }
        if stop.asked() {
            return false;
        }
        std::thread::sleep(REST);
    }
}

pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    let started = crate::spawn_task(name.to_owned(), work);
    started.map_err(|source| Error::Start { source_name: name.to_owned(), source })
}

/// Reads standard input to its end.
pub(super) fn stdin(spool: Arc<Spool>, stop: Stop) -> Result<JoinHandle<()>, Error> {
    spawn("stdin", move || {
        let (input, mut block, mut held) = (io::stdin(), vec![0; 64 << 10], Vec::new());
        while !stop.asked() {
            if !readable(&input) {
                continue;
            }
            match input.lock().read(&mut block) {
                Ok(0) => break,
                Ok(count) => held.extend_from_slice(&block[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::error!(%error, "standard input cannot be read");
                    break;
                }
            }
            // Whole lines, as far as there is an end to them.
            let whole = memchr::memrchr(b'\n', &held).map_or(if held.len() > LONGEST_MESSAGE { held.len() } else { 0 }, |last| last + 1);
            if whole > 0 && !append(&spool, &held[..whole], &stop) {
                return;
            }
            held.drain(..whole);
        }
        if !held.is_empty() {
            held.push(b'\n');
            append(&spool, &held, &stop);
        }
    })
}

/// Whether there is something to read now or soon.
fn readable(from: &impl AsFd) -> bool {
    let wait = Timespec { tv_sec: 0, tv_nsec: LOOK.subsec_nanos().into() };
    poll(&mut [PollFd::new(from, PollFlags::IN)], Some(&wait)).is_ok_and(|ready| ready > 0)
}

/// Takes datagrams, each a message.
pub(super) fn udp(address: SocketAddr, spool: Arc<Spool>, dropped: Arc<AtomicU64>, stop: Stop) -> Result<JoinHandle<()>, Error> {
    let failed = |source| Error::Listen { address, source };
    let socket = UdpSocket::bind(address).map_err(failed)?;
    socket.set_read_timeout(Some(LOOK)).map_err(failed)?;
    spawn("syslog-udp", move || {
        let mut datagram = vec![0; 64 << 10];
        while !stop.asked() {
            let Ok((count, _)) = socket.recv_from(&mut datagram) else { continue };
            let line = one_line(&datagram[..count]);
            if !matches!(spool.append(&line), Ok(true)) {
                dropped.fetch_add(1, Relaxed);
            }
        }
    })
}

/// A message as a line: line ends within it become spaces, those after it and NULs go.
fn one_line(message: &[u8]) -> Vec<u8> {
    let end = message.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r' | 0)).map_or(0, |last| last + 1);
    let mut line: Vec<u8> = message[..end].iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }).collect();
    line.push(b'\n');
    line
}

/// Takes connections, each a stream of messages.
pub(super) fn tcp(address: SocketAddr, spool: Arc<Spool>, stop: Stop) -> Result<JoinHandle<()>, Error> {
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let open = Arc::new(AtomicUsize::new(0));
    spawn("syslog-tcp", move || {
        while !stop.asked() {
            if !readable(&listener) {
                continue;
            }
            let Ok((connection, _)) = listener.accept() else { continue };
            if open.load(Relaxed) >= MOST_CONNECTIONS {
                tracing::warn!(%address, "too many syslog connections; one is closed");
                continue;
            }
            open.fetch_add(1, Relaxed);
            let (spool, stop, closing) = (Arc::clone(&spool), stop.clone(), Arc::clone(&open));
            let started = spawn("syslog-connection", move || {
                take_messages(connection, &spool, &stop);
                closing.fetch_sub(1, Relaxed);
            });
            if started.is_err() {
                open.fetch_sub(1, Relaxed);
            }
        }
    })
}

fn take_messages(mut connection: TcpStream, spool: &Spool, stop: &Stop) {
    if connection.set_nonblocking(false).is_err() || connection.set_read_timeout(Some(LOOK)).is_err() {
        return;
    }
    let (mut held, mut block) = (Vec::new(), vec![0; 16 << 10]);
    while !stop.asked() {
        match connection.read(&mut block) {
            Ok(0) => break,
            Ok(count) => held.extend_from_slice(&block[..count]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted) => {
                continue;
            }
            Err(_) => break,
        }
        let mut lines = Vec::new();
        let taken = frames(&held, &mut lines);
        held.drain(..taken);
        if !lines.is_empty() && !append(spool, &lines, stop) {
            return;
        }
    }
    if !held.is_empty() {
        append(spool, &one_line(&held), stop);
    }
}

/// Cuts whole messages off the front (RFC 6587: counted in octets, or ended by a line end), as lines; gives the bytes taken.
fn frames(held: &[u8], lines: &mut Vec<u8>) -> usize {
    let mut at = 0;
    while let Some(message) = held.get(at..).filter(|rest| !rest.is_empty()) {
        let counted = message[0].is_ascii_digit().then(|| octets(message)).flatten();
        let (from, to, next) = match counted {
            Some(Some((head, length))) if message.len() >= head + length => (head, head + length, head + length),
            Some(Some(_) | None) => break,
            None => match memchr::memchr(b'\n', message) {
                Some(newline) => (0, newline, newline + 1),
                None if message.len() >= LONGEST_MESSAGE => (0, message.len(), message.len()),
                None => break,
            },
        };
        lines.extend(one_line(&message[from..to]));
        at += next;
    }
    at
}

/// Of a message that begins with a digit: length of its head and of the rest; `Some(None)` while the head is not all there,
/// `None` if it is no head.
fn octets(message: &[u8]) -> Option<Option<(usize, usize)>> {
    const MOST_DIGITS: usize = 7;
    let digits = message.iter().take(MOST_DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
    match message.get(digits) {
        None if digits <= MOST_DIGITS => Some(None),
        Some(b' ') => {
            let length: usize = std::str::from_utf8(&message[..digits]).ok()?.parse().ok()?;
            (length <= LONGEST_MESSAGE).then_some(Some((digits + 1, length)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_by_length_or_by_line_end() {
        for (held, lines, left) in [
            ("<13>a\n<13>b\n", "<13>a\n<13>b\n", ""),
            ("<13>a\n<13>b", "<13>a\n", "<13>b"),
            ("5 <13>a6 <13>bc", "<13>a\n<13>bc\n", ""),
            ("5 <13>a6 <13>b", "<13>a\n", "6 <13>b"),
            ("8 <13>a\nbc<13>d\n", "<13>a bc\n<13>d\n", ""),
            ("12", "", "12"),
            ("2026-11-28 plain\n", "2026-11-28 plain\n", ""),
            ("99999999 x\n", "99999999 x\n", ""),
            ("\n", "\n", ""),
        ] {
            let mut out = Vec::new();
            let taken = frames(held.as_bytes(), &mut out);
            assert_eq!((String::from_utf8_lossy(&out).as_ref(), &held[taken..]), (lines, left), "{held:?}");
        }
    }

    #[test]
    fn an_endless_message_does_not_grow_without_bound() {
        let mut out = Vec::new();
        assert_eq!(frames(&vec![b'x'; LONGEST_MESSAGE], &mut out), LONGEST_MESSAGE);
    }

    #[test]
    fn a_datagram_is_one_line() {
        for (message, line) in [("<13>a", "<13>a\n"), ("<13>a\n", "<13>a\n"), ("<13>a\nb\0", "<13>a b\n"), ("", "\n")] {
            assert_eq!(String::from_utf8(one_line(message.as_bytes())).unwrap(), line);
        }
    }
}
