//! A service outside of Magpie that counts what is asked of it, so that "exactly once" is a comparison of numbers.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it answers: status and body, by method and path.
type Answering = dyn Fn(&str, u32) -> (u16, String) + Send + Sync;

/// The service; it ends with the test program.
#[derive(Clone)]
pub(crate) struct Outside {
    pub(crate) address: String,
    asked: Arc<Mutex<HashMap<String, u32>>>,
    answering: Arc<Answering>,
}

impl Outside {
    /// Starts it. It is given `METHOD /path` and how often that was asked before, this time included.
    pub(crate) fn start(answering: impl Fn(&str, u32) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let outside = Self { address, asked: Arc::default(), answering: Arc::new(answering) };
        let serving = outside.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(connection));
            }
        });
        outside
    }

    /// How often everything was asked.
    pub(crate) fn asked(&self) -> HashMap<String, u32> {
        self.asked.lock().unwrap().clone()
    }

    /// Answers until the other side closes, or is killed.
    fn serve(&self, mut connection: TcpStream) {
        let Ok(reading) = connection.try_clone() else { return };
        let mut reader = BufReader::new(reading);
        loop {
            let (mut head, mut length) = (String::new(), 0);
            if !reader.read_line(&mut head).is_ok_and(|read| read > 0) {
                return;
            }
            loop {
                let mut line = String::new();
                if !reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                    return;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line == "\r\n" {
                    break;
                }
            }
            if reader.read_exact(&mut vec![0; length]).is_err() {
                return;
            }
            let mut words = head.split(' ');
            let what = format!("{} {}", words.next().unwrap(), words.next().unwrap().split('?').next().unwrap());
            let times = {
                let mut asked = self.asked.lock().unwrap();
                let times = asked.entry(what.clone()).or_default();
                *times += 1;
                *times
            };
            let (status, body) = (self.answering)(&what, times);
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            if connection.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}
