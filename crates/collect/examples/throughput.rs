//! How fast files are cut into chunks, without anything being done with them: the ceiling for all that comes behind.
//!
//! `cargo run --release -p magpie-collect --example throughput -- FILE…` prints bytes and lines per second for plain
//! `read(2)` into one buffer, for `read_file` with used buffers given back, and the same with lines counted. Run it twice:
//! the first run fills the page cache.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use magpie_collect::{CHUNK, ReadOnce, read_file};

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        eprintln!("usage: throughput FILE…");
        return ExitCode::from(2);
    }
    for file in &files {
        let path = Path::new(file);
        let lines = cut(path, true, "chunks, lines counted", None);
        read_only(path, lines);
        cut(path, false, "chunks", Some(lines));
    }
    ExitCode::SUCCESS
}

fn read_only(path: &Path, lines: u64) {
    let began = Instant::now();
    let mut buffer = vec![0; CHUNK];
    let mut bytes = 0;
    if let Ok(mut file) = File::open(path) {
        while let Ok(read) = file.read(&mut buffer)
            && read > 0
        {
            bytes += read as u64;
        }
    }
    print("read(2) only", bytes, lines, began);
}

fn cut(path: &Path, count_lines: bool, what: &str, known_lines: Option<u64>) -> u64 {
    let options = ReadOnce { count_lines, ..ReadOnce::default() };
    let buffers = options.buffers.clone();
    let mut lines = 0;
    let began = Instant::now();
    let summary = read_file(path, &options, &mut |chunk| {
        lines = chunk.first_line;
        buffers.give_back(chunk.bytes);
        ControlFlow::Continue(())
    });
    let lines = known_lines.unwrap_or(lines);
    print(what, summary.bytes, lines, began);
    lines
}

fn print(what: &str, bytes: u64, lines: u64, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    let (rate, line_rate) = (bytes as f64 / seconds / 1e6, lines as f64 / seconds / 1e6);
    println!("{what:22} {seconds:8.3} s  {rate:8.0} MB/s  {line_rate:7.1} M lines/s");
}
