//! What reading once makes of all kinds of files.

use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use magpie_collect::{CHUNK, FileSummary, ReadOnce, Reading, find, peek, read_file};
use magpie_model::origin::Chunk;

fn read(path: &Path, options: &ReadOnce) -> (Vec<Chunk>, FileSummary) {
    let mut chunks = Vec::new();
    let summary = read_file(path, options, &mut |chunk| {
        chunks.push(chunk);
        ControlFlow::Continue(())
    });
    (chunks, summary)
}

fn text(chunks: &[Chunk]) -> String {
    String::from_utf8_lossy(&chunks.iter().flat_map(|chunk| chunk.bytes.clone()).collect::<Vec<u8>>()).into_owned()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).expect("compresses");
    encoder.finish().expect("compresses")
}

fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(to_bytes).collect()
}

fn numbered(count: usize) -> String {
    (0..count).map(|number| format!("line {number} {}\n", "x".repeat(number % 90))).collect()
}

#[test]
fn whatever_the_packing_and_encoding_the_same_text_comes_out() {
    let content = format!("größe\r\n行\n\n{}no line end", numbered(30_000));
    let (one, two) = content.split_at(1000);
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes, start) in [
        ("plain", content.clone().into_bytes(), 0),
        ("gzip", gzip(&content), 0),
        ("gzip of two members", [gzip(one), gzip(two)].concat(), 0),
        ("zstd", zstd::encode_all(content.as_bytes(), 1).expect("compresses"), 0),
        ("zstd of two frames", [one, two].map(|part| zstd::encode_all(part.as_bytes(), 1).expect("compresses")).concat(), 0),
        ("byte order mark", format!("\u{FEFF}{content}").into_bytes(), 3),
        ("gzip with byte order mark", gzip(&format!("\u{FEFF}{content}")), 3),
        ("UTF-16, little end first", utf_16(&content, u16::to_le_bytes), 0),
        ("UTF-16, big end first", utf_16(&content, u16::to_be_bytes), 0),
    ] {
        let path = folder.path().join("file");
        fs::write(&path, bytes).expect("writes");
        let (chunks, summary) = read(&path, &ReadOnce { count_lines: true, ..ReadOnce::default() });
        assert!(summary.error.is_none(), "{name}: {summary:?}");
        assert!(text(&chunks) == content, "{name}");
        assert_eq!(chunks[0].offset, start, "{name}");
        assert_eq!(summary.bytes, start + content.len() as u64, "{name}");
        let mut line = 1;
        for chunk in &chunks {
            assert_eq!(chunk.first_line, line, "{name}");
            line += chunk.bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        for pair in chunks.windows(2) {
            assert_eq!(pair[0].end, pair[1].offset, "{name}");
            assert!(pair[0].bytes.ends_with(b"\n"), "{name}");
        }
        assert!(content.as_bytes().starts_with(&peek(&path).expect("peeks")), "{name}");
    }
}

#[test]
fn bytes_that_are_not_text_pass_unchanged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let mut random = fastrand::Rng::with_seed(3);
    let bytes: Vec<u8> = std::iter::once(b'a').chain((0..3 * CHUNK).map(|_| random.u8(..))).collect();
    fs::write(&path, &bytes).expect("writes");
    let (chunks, _) = read(&path, &ReadOnce::default());
    assert!(chunks.iter().flat_map(|chunk| &chunk.bytes).eq(&bytes));
}

#[test]
fn a_huge_line_without_end_is_cut_and_said_to_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(&path, "first\n".to_owned() + &"x".repeat(20 * CHUNK) + "\nlast").expect("writes");
    for limit in [100, CHUNK, 3 * CHUNK] {
        let (chunks, summary) = read(&path, &ReadOnce { max_line: limit, ..ReadOnce::default() });
        assert!(text(&chunks) == format!("first\n{}\nlast", "x".repeat(limit)), "limit {limit}");
        assert_eq!(summary.cut_lines, 1);
        let dropped: u64 = chunks.iter().flat_map(|chunk| &chunk.cuts).map(|cut| cut.dropped).sum();
        assert_eq!(dropped, (20 * CHUNK - limit) as u64);
        assert_eq!(summary.bytes, fs::metadata(&path).expect("is there").len());
        assert!(chunks.iter().all(|chunk| chunk.bytes.len() <= limit + 2 * CHUNK), "memory is bounded");
    }
}

#[test]
fn a_truncated_compressed_file_gives_what_it_has_and_an_error() {
    let content = numbered(50_000);
    let folder = tempfile::tempdir().expect("a folder");
    for (name, packed) in [("gz", gzip(&content)), ("zst", zstd::encode_all(content.as_bytes(), 1).expect("compresses"))] {
        let path = folder.path().join(name);
        fs::write(&path, &packed[..packed.len() / 2]).expect("writes");
        let (chunks, summary) = read(&path, &ReadOnce::default());
        assert!(!chunks.is_empty() && content.starts_with(&text(&chunks)), "{name}");
        assert!(summary.error.is_some(), "{name}");
        assert!(!peek(&path).expect("peeks").is_empty(), "{name}");
    }
}

#[test]
fn chunks_end_before_the_start_of_an_event() {
    let content: String = (0..40_000).map(|number| format!("E {number}\n  at one\n  at two {}\n", "x".repeat(60))).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(&path, &content).expect("writes");
    let (chunks, _) = read(&path, &ReadOnce { starts: Some(Arc::new(|line| line.starts_with(b"E"))), ..ReadOnce::default() });
    assert!(chunks.len() > 2);
    assert!(chunks.iter().all(|chunk| chunk.bytes.starts_with(b"E")));
    assert!(text(&chunks) == content);

    let (chunks, _) = read(&path, &ReadOnce { starts: Some(Arc::new(|_| false)), ..ReadOnce::default() });
    assert!(text(&chunks) == content, "events longer than the reach are split, not lost");
}

#[test]
fn a_file_is_taken_from_disk_to_its_last_byte_packed_or_not() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in [("plain", numbered(50_000).into_bytes()), ("packed", gzip(&numbered(50_000))), ("empty", Vec::new())] {
        let path = folder.path().join(name);
        fs::write(&path, &content).expect("writes");
        let mut reading = Reading::open(&path, ReadOnce::default()).expect("opens");
        let mut before = 0;
        while reading.next().is_some() {
            assert!(reading.taken() >= before, "{name}");
            before = reading.taken();
        }
        assert_eq!(reading.taken(), content.len() as u64, "{name}");
        assert!(reading.summary().error.is_none(), "{name}");
    }
}

#[test]
fn what_is_no_file_is_an_error_with_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().join("missing"), folder.path().to_owned()] {
        let summary = read_file(&path, &ReadOnce::default(), &mut |_| ControlFlow::Continue(()));
        assert!(summary.error.expect("cannot be read").to_string().contains(&*path.to_string_lossy()));
    }
}

#[test]
fn a_sink_that_has_enough_ends_reading() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(&path, numbered(100_000)).expect("writes");
    let mut chunks = 0;
    let summary = read_file(&path, &ReadOnce::default(), &mut |_| {
        chunks += 1;
        ControlFlow::Break(())
    });
    assert_eq!(chunks, 1);
    assert!(summary.bytes < fs::metadata(&path).expect("is there").len());
}

fn fifo() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&path).status().expect("runs").success());
    (folder, path)
}

#[test]
fn a_fifo_is_read_as_a_stream_packed_or_not() {
    for content in [numbered(30_000).into_bytes(), gzip(&numbered(30_000))] {
        let (_folder, path) = fifo();
        let writer = path.clone();
        let writing = std::thread::spawn(move || fs::write(writer, content));
        let (chunks, summary) = read(&path, &ReadOnce::default());
        writing.join().expect("no panic").expect("writes");
        assert!(summary.error.is_none());
        assert!(text(&chunks) == numbered(30_000));
    }
}

#[test]
fn a_slow_stream_is_handed_out_promptly_and_can_be_stopped_while_silent() {
    let (_folder, path) = fifo();
    let options = ReadOnce { prompt: true, ..ReadOnce::default() };
    let stop = Arc::clone(&options.stop);
    let (sender, chunks) = std::sync::mpsc::channel();
    let reader = path.clone();
    let reading = std::thread::spawn(move || {
        read_file(&reader, &options, &mut |chunk| {
            sender.send(chunk.bytes).expect("is taken");
            ControlFlow::Continue(())
        })
    });
    let mut writer = fs::OpenOptions::new().write(true).open(&path).expect("opens");
    for line in ["one line\n", "another\n"] {
        writer.write_all(line.as_bytes()).expect("writes");
        assert_eq!(chunks.recv_timeout(Duration::from_secs(20)).expect("comes before the stream ends"), line.as_bytes());
    }
    stop.store(true, Ordering::Relaxed);
    let summary = reading.join().expect("no panic");
    assert!(summary.error.is_none());
    drop(writer);
}

#[test]
fn folders_that_match_are_left_out_and_named_ones_are_problems() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("b.log")).expect("creates");
    fs::write(folder.path().join("a.log"), "").expect("writes");
    let glob = format!("{}/*.log", folder.path().display());
    let named = format!("{}/b.log", folder.path().display());
    let found = find(&[glob], &[]);
    assert_eq!((found.files.len(), found.problems.len()), (1, 0));
    let found = find(&[named], &[]);
    assert_eq!((found.files.len(), found.problems.len()), (0, 1));
}
