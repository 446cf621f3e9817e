//! The network between an agent and the server: it can be slow, and cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the network between an agent and the server does.
pub(crate) const OPEN: u8 = 0;
pub(crate) const SLOW: u8 = 1;
pub(crate) const CUT: u8 = 2;

/// A connection to the server that can be cut and slowed down.
pub(crate) struct Wire {
    pub(crate) address: String,
    state: Arc<AtomicU8>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    pub(crate) fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Self { address: listener.local_addr().unwrap().to_string(), state: Arc::default(), open: Arc::default() };
        let (state, open) = (Arc::clone(&wire.state), Arc::clone(&wire.open));
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if state.load(Relaxed) == CUT {
                    continue;
                }
                let Ok(far) = TcpStream::connect(&server) else { continue };
                let mut streams = open.lock().unwrap();
                streams.extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                for (from, to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                    let state = Arc::clone(&state);
                    std::thread::spawn(move || pass(from, to, &state));
                }
            }
        });
        wire
    }

    pub(crate) fn set(&self, state: u8) {
        self.state.store(state, Relaxed);
        let mut open = self.open.lock().unwrap();
        if state == CUT {
            for stream in open.drain(..) {
                // It may be closed already.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, state: &AtomicU8) {
    let mut bytes = vec![0; 16 << 10];
    while let Ok(count) = from.read(&mut bytes) {
        if count == 0 || state.load(Relaxed) == CUT || to.write_all(&bytes[..count]).is_err() {
            break;
        }
        if state.load(Relaxed) == SLOW {
            std::thread::sleep(Duration::from_millis(40));
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
