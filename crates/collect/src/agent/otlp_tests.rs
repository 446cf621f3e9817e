//! What is written is read back by a reader that knows protobuf and nothing of the writer, and says every byte of the file.

use magpie_model::config::Redact;
use magpie_model::edge::{EdgeEvent, EdgeRecord};
use magpie_model::origin::Cut;
use magpie_model::{Column, Kind, Record, Severity, Side, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::Redaction;
use crate::receive::otlp::{Signal, read_protobuf};
use crate::receive::{Holds, Run};

fn chunk(input: usize, generation: u64, offset: u64, bytes: &[u8]) -> Chunk {
    let origin = Origin::new(input, "web-1".into(), "/log/a".into(), generation, Timestamp(5));
    Chunk {
        origin: Arc::new(origin),
        offset,
        bytes: bytes.to_vec(),
        cuts: vec![],
        first_line: 0,
        end: offset + bytes.len() as u64,
        events: Vec::new(),
        entries: vec![],
    }
}

fn labels(starts: Option<Starts>) -> Vec<Labels> {
    let of = |source: &str| Labels {
        source: source.into(),
        attributes: vec![("service.name", "shop".into())],
        of_path: |_| Vec::new(),
        path: None,
        starts: starts.clone(),
    };
    vec![of("app"), of("web")]
}

/// A message as text: `1{…}` for one that is nested at one of the given paths, `1="…"` for bytes, `1=5` for numbers.
fn told(bytes: &[u8], path: &str) -> String {
    const MESSAGES: [&str; 15] =
        ["1", "1.1", "1.1.1", "1.1.1.2", "1.2", "1.2.1", "1.2.1.3", "1.2.1.3.2", "1.2.2", "1.2.2.5", "1.2.2.6", "1.2.2.6.2", "", "-", "--"];
    let mut text = String::new();
    for (number, value) in fields(bytes) {
        let path = if path.is_empty() { number.to_string() } else { format!("{path}.{number}") };
        text += &match value {
            Value::Number(value) => format!("{number}={value} "),
            Value::Bytes(bytes) if MESSAGES.contains(&path.as_str()) => format!("{number}{{ {}}} ", told(bytes, &path)),
            Value::Bytes(bytes) => format!("{number}={:?} ", String::from_utf8_lossy(bytes)),
        };
    }
    text
}

fn encoded(chunks: &[Chunk], gaps: &[(Arc<Origin>, Hole)], starts: Option<Starts>) -> (Vec<u8>, u64) {
    let (mut out, labels) = (Vec::new(), labels(starts));
    let records = Content { agent: "id", labels: &labels, chunks, gaps }.encode(&mut out);
    (out, records)
}

#[test]
fn a_request_says_where_its_lines_are() {
    let chunks = [chunk(0, 7, 100, b"one\ntwo\r\n"), chunk(1, 9, 0, b"other\n"), chunk(0, 7, 109, b"three")];
    let gap = Hole { generation: 9, file: "/log/a".into(), from: 6, to: 30 };
    let (bytes, records) = encoded(&chunks, &[(Arc::clone(&chunks[1].origin), gap)], None);
    let resource = |source: &str, generation: u64| {
        format!(
            "1{{ 1{{ 1=\"magpie.agent\" 2{{ 1=\"id\" }} }} 1{{ 1=\"magpie.source\" 2{{ 1=\"{source}\" }} }} \
             1{{ 1=\"host.name\" 2{{ 1=\"web-1\" }} }} 1{{ 1=\"log.file.path\" 2{{ 1=\"/log/a\" }} }} \
             1{{ 1=\"magpie.file.generation\" 2{{ 3={generation} }} }} 1{{ 1=\"magpie.file.modified\" 2{{ 3=5 }} }} \
             1{{ 1=\"service.name\" 2{{ 1=\"shop\" }} }} }} "
        )
    };
    let scope = |name: &str, numbers: &[(&str, u64)]| {
        let numbers: String = numbers.iter().map(|(key, value)| format!("3{{ 1=\"{key}\" 2{{ 3={value} }} }} ")).collect();
        format!("1{{ 1=\"{name}\" {numbers}}} ")
    };
    let record = |body: &str| format!("2{{ 5{{ 1={body:?} }} }} ");
    let expected = format!(
        "1{{ {}2{{ {}{}{}2{{ 5{{ 1=\"three\" }} 6{{ 1=\"magpie.length\" 2{{ 3=5 }} }} }} }} }} 1{{ {}2{{ {}{}}} 2{{ {}}} }} ",
        resource("app", 7),
        scope("magpie.lines", &[("magpie.offset", 100)]),
        record("one"),
        record("two\r"),
        resource("web", 9),
        scope("magpie.lines", &[("magpie.offset", 0)]),
        record("other"),
        scope("magpie.gap", &[("magpie.offset", 6), ("magpie.length", 24)]),
    );
    assert_eq!(told(&bytes, ""), expected);
    assert_eq!(records, 4);
}

#[test]
fn what_is_not_text_is_bytes_and_what_was_cut_keeps_its_length() {
    let mut cut = chunk(0, 7, 0, b"long\n\xFF\xFE\nend\n");
    cut.cuts = vec![Cut { at: 0, dropped: 1_000 }];
    cut.end += 1_000;
    let events: Vec<_> = Events::of(&cut, None).map(|event| event.length).collect();
    assert_eq!(events, [1_005, 3, 4]);
    let (bytes, _) = encoded(&[cut], &[], None);
    assert!(told(&bytes, "").contains("2{ 5{ 7=\"\u{FFFD}\u{FFFD}\" } } "), "{}", told(&bytes, ""));
}

#[test]
fn lines_join_to_events_where_their_starts_are_known() {
    let starts: Starts = Arc::new(|line: &[u8]| line.starts_with(b"E"));
    let (bytes, records) = encoded(&[chunk(0, 7, 0, b"E1\n at\n at\nE2\nE3\n at\n")], &[], Some(starts));
    let text = told(&bytes, "");
    assert_eq!(records, 3);
    for body in ["E1\\n at\\n at", "E2", "E3\\n at"] {
        assert!(text.contains(&format!("5{{ 1=\"{body}\" }}")), "{text}");
    }
}

/// An event with everything that a record may say.
fn event(length: u64, words: &[&str]) -> EdgeEvent {
    let record = |word: &&str| {
        let mut record = Record {
            time: Timestamp(-7),
            kind: Kind::Call,
            severity: Severity::Warn,
            side: Side::Caller,
            marks: 9,
            message: (*word).into(),
            job_id: "j1".into(),
            trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
            span_id: "not hex".into(),
            attempt: 2,
            attributes: vec![("user".into(), "ann".into()), ("magpie.kind".into(), "odd".into()), ("user".into(), "bob".into())],
            ..Record::default()
        };
        record.set(Column::Service, "/cart");
        record.set(Column::ParseError, "no");
        EdgeRecord { record, measures: vec![("elapsed_ms".into(), "-0.000001".into()), ("a.b".into(), "7".into())] }
    };
    EdgeEvent { length, records: words.iter().map(record).collect() }
}

fn read_back(chunks: &[Chunk], redaction: Redaction) -> Vec<Run> {
    let (bytes, _) = encoded(chunks, &[], None);
    let request = read_protobuf(Signal::Logs, &bytes, &Arc::new(redaction)).unwrap();
    assert_eq!((request.lines.len(), request.rejected.count), (0, 0));
    request.runs
}

#[test]
fn events_are_read_as_they_were_made() {
    let lines = chunk(0, 7, 0, b"as it is\n");
    let skipped = Chunk { end: 20, ..chunk(0, 7, 9, b"") };
    let events = vec![event(5, &["one", "one more"]), event(6, &["", ""]), event(1, &["GET /\n at x"])];
    let made = Chunk { events: events.clone(), end: 32, ..chunk(0, 7, 20, b"") };
    let next = Chunk { events: vec![event(8, &["next"])], end: 40, ..chunk(0, 7, 32, b"") };
    let runs = read_back(&[lines, skipped, made, next.clone()], Redaction::default());
    let places: Vec<_> = runs.iter().map(|run| (run.holds, run.offset..run.end)).collect();
    assert_eq!(places, [(Holds::Lines, 0..9), (Holds::Nothing, 9..20), (Holds::Events, 20..40)]);
    assert_eq!(runs[2].events, [events, next.events].concat());
    assert!(!runs[1].is_gap() && runs[1].is_empty());
}

#[test]
fn the_receiver_masks_every_text_of_an_event() {
    let mut event = event(9, &["token=abcdefgh"]);
    event.records[0].record.set(Column::Service, "/pay/4111 1111 1111 1111");
    event.records[0].record.attributes = vec![("password".into(), "abcdefgh".into()), ("token".into(), "x".into())];
    let made = Chunk { events: vec![event], end: 9, ..chunk(0, 7, 0, b"") };
    let runs = read_back(&[made], Redaction::compile(&[Redact::Cards, Redact::Tokens]).unwrap());
    let record = &runs[0].events[0].records[0].record;
    assert_eq!((record.message.as_str(), record.text(Column::Service)), ("token=********", Some("/pay/*******************")));
    assert_eq!(record.attributes, [("password".into(), "********".into()), ("token".to_owned(), "x".to_owned())]);
}

#[test]
fn a_chunk_of_events_is_halved_between_them() {
    let made = Chunk { events: vec![event(5, &["a"]), event(6, &["b", "c"]), event(1, &["d"])], end: 32, ..chunk(0, 7, 20, b"") };
    let (one, two) = halves(&made).unwrap();
    assert_eq!([one.offset..one.end, two.offset..two.end], [20..25, 25..32]);
    assert_eq!([one.events, two.events].concat(), made.events);
    assert!(halves(&Chunk { events: vec![event(12, &["a"])], ..made }).is_none());
}

#[test]
fn a_message_may_be_longer_than_the_room_for_its_length() {
    let line = vec![b'x'; 3 << 20];
    let (bytes, _) = encoded(&[chunk(0, 7, 0, &line)], &[], None);
    let text = told(&bytes, "");
    assert!(text.contains(&"x".repeat(3 << 20)) && text.ends_with("} "), "{}", &text[..400]);
}

#[test]
fn the_answer_is_read() {
    let mut partial = Vec::new();
    nested(1, &mut partial, |out| {
        tag(1, VARINT, out);
        varint(3, out);
        bytes_field(2, b"no offset", out);
    });
    assert_eq!(rejected(&partial), Some((3, "no offset".into())));
    for nothing in [&[][..], &[0x0A, 0x00], &[0x0A, 0x05, 1], &[0xFF; 12]] {
        assert_eq!(rejected(nothing), None);
    }
}

proptest! {
    #[test]
    fn halves_are_the_whole(
        lines in proptest::collection::vec("[a-z]{0,12}", 1..20),
        ended in any::<bool>(),
        dropped in proptest::collection::vec(0_u64..5, 20),
    ) {
        let mut text = lines.join("\n");
        if ended { text.push('\n') }
        let mut whole = chunk(0, 7, 50, text.as_bytes());
        let mut at = 0;
        for (line, dropped) in lines.iter().zip(dropped) {
            if dropped > 0 && at < text.len() {
                whole.cuts.push(Cut { at, dropped });
                whole.end += dropped;
            }
            at += line.len() + 1;
        }
        let all = |chunk: &Chunk| Events::of(chunk, None).map(|event| (chunk.bytes[event.body.clone()].to_vec(), event.length)).collect::<Vec<_>>();
        match halves(&whole) {
            None => prop_assert!(all(&whole).len() <= 1),
            Some((one, two)) => {
                prop_assert!(one.end == two.offset && one.offset == whole.offset && two.end == whole.end);
                prop_assert_eq!([all(&one), all(&two)].concat(), all(&whole));
                for part in [&one, &two] {
                    prop_assert_eq!(all(part).iter().map(|(_, length)| length).sum::<u64>(), part.end - part.offset);
                }
            }
        }
    }
}
