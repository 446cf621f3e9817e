//! What is a call: spans in a small notation → the calls that must come of them, in any order and however often.
//!
//! A span is written `id<parent kind module service start-end`, times in ms; `<-` is a root and `<x` a parent that never
//! comes. A call is written `source → target service callee's ms / caller's ms`, with `!` when it is one-sided and `late`
//! when it is the second half of a call that was counted.

use std::sync::Arc;

use magpie_model::record::mark;
use magpie_model::{Column, Record, Side, Timestamp, time};
use magpie_pipeline::normalise::spans::{Ceilings, Pairer, Resource, Span, SpanKey, SpanKind, StateError};
use proptest::prelude::*;

const WAIT: i64 = 30 * time::SECOND;
const START: Timestamp = Timestamp(1_700_000_000 * time::SECOND);

fn key(id: &str) -> SpanKey {
    let mut span = [0; 8];
    span[..id.len()].copy_from_slice(id.as_bytes());
    SpanKey { trace: [7; 16], span }
}

fn span(text: &str) -> Span {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [ids, kind, module, service, times] = parts[..] else { panic!("not a span: {text}") };
    let (id, parent) = ids.split_once('<').unwrap();
    let (start, end) = times.split_once('-').unwrap();
    let at = |ms: &str| START.0 + ms.parse::<i64>().unwrap() * time::MILLISECOND;
    Span {
        key: key(id),
        parent: (parent != "-").then(|| key(parent)),
        kind: match kind {
            "server" => SpanKind::Server,
            "client" => SpanKind::Client,
            "producer" => SpanKind::Producer,
            "consumer" => SpanKind::Consumer,
            "internal" => SpanKind::Internal,
            other => panic!("no kind: {other}"),
        },
        resource: Arc::new(Resource::of_module(module)),
        start: at(start),
        end: at(end),
        service: service.into(),
        ..Span::default()
    }
}

fn spans(texts: &[&str]) -> Vec<Span> {
    texts.iter().map(|text| span(text)).collect()
}

fn shown(call: &Record) -> String {
    let word = |column| call.text(column).unwrap_or("?");
    let ms = |field| call.fields.get(field).map_or("-".to_owned(), |ns| (ns / time::MILLISECOND).to_string());
    let mut text = format!(
        "{} → {} {} {}/{}",
        word(Column::SourceModule),
        word(Column::TargetModule),
        word(Column::Service),
        ms("elapsed_ms"),
        ms("client_elapsed_ms")
    );
    if call.marks & mark::ONE_SIDED != 0 {
        text.push('!');
    }
    if call.marks & mark::LATE_PAIR != 0 {
        text.push_str(" late");
    }
    text
}

fn sorted(calls: &[Record]) -> Vec<String> {
    let mut texts: Vec<String> = calls.iter().map(shown).collect();
    texts.sort();
    texts
}

fn calls_of(spans: impl IntoIterator<Item = Span>) -> Vec<Record> {
    let (mut pairer, mut calls) = (Pairer::new(WAIT, Ceilings::default()), Vec::new());
    spans.into_iter().for_each(|span| pairer.offer(span, START, &mut calls));
    pairer.finish(&mut calls);
    assert_eq!(pairer.counts().calls as usize, calls.len());
    calls
}

/// Name of the case, its spans, its calls.
const CASES: &[(&str, &[&str], &[&str])] = &[
    (
        "both halves are one call: service and time from the callee, the caller's time beside it",
        &["r<- server web /buy 0-100", "c<r client web POST 10-60", "s<c server order /order 20-50"],
        &["(outside) → web /buy 100/-", "web → order /order 30/50"],
    ),
    (
        "parent and child in two modules need no kinds",
        &["r<- internal job run 0-100", "a<r internal stock reserve 10-20"],
        &["job → stock reserve 10/-"],
    ),
    ("work within a module is no call", &["r<- internal job run 0-100", "a<r internal job step 10-20"], &[]),
    (
        "a client alone makes one call to what nobody can name",
        &["r<- server web /buy 0-100", "c<r client web POST 10-60"],
        &["(outside) → web /buy 100/-", "web → (unknown) POST -/50!"],
    ),
    (
        "a server whose parent never comes is called by nobody known",
        &["s<x server order /order 20-50"],
        &["(unknown) → order /order 30/-!"],
    ),
    ("an internal span whose parent never comes is nothing", &["s<x internal order step 20-50"], &[]),
    (
        "a client whose parent never comes is still one call",
        &["c<x client web POST 10-60", "s<c server order /order 20-50"],
        &["web → order /order 30/50"],
    ),
    (
        "a retry is as many calls as were served",
        &["c<- client web POST 0-90", "s<c server order /order 10-20", "t<c server order /order 60-80"],
        &["web → order /order 10/90", "web → order /order 20/90"],
    ),
    (
        "a message taken by two modules is two calls",
        &["p<- producer order send 0-2", "a<p consumer mail orders 10-20", "b<p consumer stock orders 11-31"],
        &["order → mail orders 10/2", "order → stock orders 20/2"],
    ),
    (
        "a server seen by its proxy and its framework is one call",
        &["c<- client web POST 0-90", "s<c server order /order 10-50", "t<s server order /order 12-48"],
        &["web → order /order 40/90"],
    ),
    (
        "a client seen by two layers is one call",
        &["d<- client web query 0-90", "c<d client web POST 5-80", "s<c server order /order 10-50"],
        &["web → order /order 40/75"],
    ),
    ("and so it is when it stays alone", &["d<- client web query 0-90", "c<d client web POST 5-80"], &["web → (unknown) POST -/75!"]),
    ("a module may call itself", &["c<- client order POST 0-90", "s<c server order /order 10-50"], &["order → order /order 40/90"]),
    (
        "also with a client that makes no spans",
        &["r<- internal order job 0-90", "s<r server order /order 10-50"],
        &["order → order /order 40/-"],
    ),
    (
        "a client span in another module than its parent is called and calls",
        &["r<- server web /buy 0-100", "c<r client proxy POST 10-60", "s<c server order /order 20-50"],
        &["(outside) → web /buy 100/-", "web → proxy POST 50/-", "proxy → order /order 30/50"],
    ),
    ("a span that ends before it starts has no time", &["s<- server web /buy 50-20"], &["(outside) → web /buy -/-"]),
    ("a span that is its own parent waits in vain", &["s<s server web /buy 0-20"], &["(unknown) → web /buy 20/-!"]),
];

#[test]
fn spans_become_calls() {
    for (name, given, expected) in CASES {
        let mut expected: Vec<String> = expected.iter().map(|&call| call.to_owned()).collect();
        expected.sort();
        assert_eq!(sorted(&calls_of(spans(given))), expected, "{name}");
        assert_eq!(sorted(&calls_of(spans(given).into_iter().rev())), expected, "{name}, backwards");
        let twice = spans(given).into_iter().chain(spans(given));
        assert_eq!(sorted(&calls_of(twice)), expected, "{name}, twice");
    }
}

#[test]
fn a_lone_caller_is_the_callers_side() {
    let calls = calls_of(spans(&["c<- client web POST 10-60"]));
    assert_eq!((calls[0].side, calls[0].time), (Side::Caller, Timestamp(START.0 + 60 * time::MILLISECOND)));
}

/// Step by step: seconds after the start, the span that comes, the calls that are made by then.
fn timeline(steps: &[(i64, Option<&str>, &[&str])]) -> Pairer {
    let mut pairer = Pairer::new(WAIT, Ceilings::default());
    for (seconds, given, expected) in steps {
        let (now, mut calls) = (START.plus(seconds * time::SECOND), Vec::new());
        pairer.expire(now, &mut calls);
        if let Some(text) = given {
            pairer.offer(span(text), now, &mut calls);
        }
        assert_eq!(calls.iter().map(shown).collect::<Vec<_>>(), *expected, "at {seconds} s");
    }
    pairer
}

#[test]
fn halves_wait_and_late_ones_are_linked_not_counted_again() {
    let pairer = timeline(&[
        (0, Some("c<- client web POST 0-90"), &[]),
        (29, None, &[]),
        (30, None, &["web → (unknown) POST -/90!"]),
        (40, Some("s<c server order /order 10-50"), &["web → order /order 40/90 late"]),
        (41, Some("s<c server order /order 10-50"), &[]),
        (42, Some("t<c server order /order 60-80"), &["web → order /order 20/90"]),
    ]);
    let counts = pairer.counts();
    assert_eq!((counts.calls, counts.one_sided, counts.late_pairs, counts.duplicates), (2, 1, 1, 1));
}

#[test]
fn a_late_caller_is_linked_too() {
    let pairer = timeline(&[
        (0, Some("s<c server order /order 10-50"), &[]),
        (30, None, &["(unknown) → order /order 40/-!"]),
        (31, Some("c<- client web POST 0-90"), &["web → order POST -/90 late"]),
        (99, None, &[]),
    ]);
    assert_eq!((pairer.counts().calls, pairer.counts().late_pairs, pairer.pending()), (1, 1, 0));
}

#[test]
fn a_late_inner_client_stands_for_the_outer_that_was_counted() {
    timeline(&[
        (0, Some("d<- client web query 0-90"), &[]),
        (30, None, &["web → (unknown) query -/90!"]),
        (31, Some("c<d client web POST 5-80"), &[]),
        (32, Some("s<c server order /order 10-50"), &["web → order /order 40/75 late"]),
        (99, None, &[]),
    ]);
}

#[test]
fn a_parent_that_was_waited_for_again_gets_its_full_wait() {
    timeline(&[
        (0, Some("s<c server order /order 10-50"), &[]),
        (20, Some("t<x server order /other 10-50"), &[]),
        (30, None, &["(unknown) → order /order 40/-!"]),
        (49, None, &[]),
        (50, None, &["(unknown) → order /other 40/-!"]),
    ]);
}

#[test]
fn a_clock_that_goes_back_only_stops_the_waiting() {
    timeline(&[
        (0, Some("c<- client web POST 0-90"), &[]),
        (20, None, &[]),
        (-5000, None, &[]),
        (-4991, None, &[]),
        (-4990, None, &["web → (unknown) POST -/90!"]),
    ]);
}

#[test]
fn memory_is_bounded_and_what_it_costs_is_counted() {
    let ceilings = Ceilings { pending: 10, recent: 50, ..Ceilings::default() };
    let (mut pairer, mut calls) = (Pairer::new(WAIT, ceilings), Vec::new());
    for n in 0..1_000 {
        pairer.offer(span(&format!("c{n}<- client web POST 0-90")), START, &mut calls);
        assert!(pairer.pending() <= 10);
    }
    assert_eq!((calls.len(), pairer.counts().hurried, pairer.counts().crowded_out), (990, 990, 950));
    assert!(pairer.to_bytes().len() < 50 * 120);
    pairer.finish(&mut calls);
    assert_eq!(calls.len(), 1_000);
}

#[test]
fn large_halves_are_bounded_by_their_bytes() {
    let ceilings = Ceilings { pending_bytes: 100_000, ..Ceilings::default() };
    let (mut pairer, mut calls) = (Pairer::new(WAIT, ceilings), Vec::new());
    for n in 0..100 {
        let large = Span { message: "x".repeat(10_000).into(), ..span(&format!("c{n}<- client web POST 0-90")) };
        pairer.offer(large, START, &mut calls);
        assert!(pairer.pending() < 10);
    }
    assert_eq!(pairer.pending() + calls.len(), 100);
}

#[test]
fn resources_beyond_the_ceiling_are_other() {
    let ceilings = Ceilings { resources: 3, ..Ceilings::default() };
    let (mut pairer, mut calls) = (Pairer::new(WAIT, ceilings), Vec::new());
    for n in 0..10 {
        pairer.offer(span(&format!("s{n}<- server module-{n} /buy 0-90")), START, &mut calls);
    }
    assert_eq!((shown(&calls[2]), shown(&calls[3])), ("(outside) → module-2 /buy 90/-".into(), "(outside) → (other) /buy 90/-".into()));
    assert_eq!(pairer.counts().folded, 7);
}

#[test]
fn foreign_bytes_are_refused() {
    let read = |bytes: &[u8]| Pairer::from_bytes(bytes, WAIT, Ceilings::default()).map(|_| ());
    let stored = {
        let (mut pairer, mut calls) = (Pairer::new(WAIT, Ceilings::default()), Vec::new());
        pairer.offer(span("c<- client web POST 0-90"), START, &mut calls);
        pairer.to_bytes()
    };
    assert_eq!(read(&stored), Ok(()));
    assert_eq!(read(&[]), Err(StateError::Damaged("empty")));
    assert_eq!(read(&[9, 0]), Err(StateError::Version(9)));
    assert_eq!(read(&stored[..stored.len() - 1]), Err(StateError::Damaged("not readable")));
    assert_eq!(read(&[&stored[..], &[0]].concat()), Err(StateError::Damaged("too long")));
}

/// What version 1 wrote for a server that was counted alone, the parent it is awaited from, and a client that waits.
const VERSION_1: &str = include_str!("fixtures/spans/pairer-v1.hex");

#[test]
fn version_1_is_what_is_written() {
    let pairer = timeline(&[
        (0, Some("q<x server order /other 10-50"), &[]),
        (30, Some("c<- client web POST 0-90"), &["(unknown) → order /other 40/-!"]),
    ]);
    let written: String = pairer.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(written, VERSION_1.trim());
}

#[test]
fn version_1_still_opens() {
    let digits = VERSION_1.trim().as_bytes().chunks(2);
    let bytes: Vec<u8> = digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect();
    let mut pairer = Pairer::from_bytes(&bytes, WAIT, Ceilings::default()).unwrap();
    let mut calls = Vec::new();
    pairer.offer(span("s<c server order /order 10-50"), START, &mut calls);
    pairer.offer(span("x<- client mail POST 10-50"), START, &mut calls);
    pairer.finish(&mut calls);
    assert_eq!(calls.iter().map(shown).collect::<Vec<_>>(), ["web → order /order 40/90", "mail → order POST -/40 late"]);
    assert_eq!(pairer.counts().late_pairs, 1);
}

const KINDS: [SpanKind; 5] = [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];

/// A forest of spans: each has some earlier span as parent, or one that never comes, or none.
fn forest() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0..10u8, 0..5usize, 0..3usize, 0..100i64), 1..40).prop_map(|rows| {
        let mut spans: Vec<Span> = Vec::new();
        for (at, (parent, chance, kind, module, elapsed)) in rows.into_iter().enumerate() {
            let parent = match chance {
                0 => None,
                1 => Some(key("lost")),
                _ if at == 0 => None,
                _ => Some(spans[parent.index(at)].key),
            };
            spans.push(Span {
                key: key(&format!("s{at}")),
                parent,
                kind: KINDS[kind],
                resource: Arc::new(Resource::of_module(["web", "order", "stock"][module])),
                start: START.0,
                end: START.0 + elapsed,
                service: format!("service-{at}").into(),
                attributes: vec![("at".into(), at.to_string().into())],
                bytes: Some(at as i64),
                ..Span::default()
            });
        }
        spans
    })
}

fn in_order_of_id(mut calls: Vec<Record>) -> Vec<Record> {
    calls.sort_by_key(|call| call.id);
    calls
}

proptest! {
    #[test]
    fn calls_depend_on_no_order_no_copies_and_no_restart(
        spans in forest(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..120),
        restarts in prop::collection::vec(prop::bool::weighted(0.2), 160),
    ) {
        let expected = in_order_of_id(calls_of(spans.clone()));
        // Every span at least once, at a random place, and some more often.
        let mut offered: Vec<Span> = order.iter().map(|index| index.get(&spans).clone()).collect();
        for (at, span) in spans.iter().enumerate() {
            let place = order.get(at).map_or(0, |index| index.index(offered.len() + 1));
            offered.insert(place, span.clone());
        }
        let (mut pairer, mut calls) = (Pairer::new(WAIT, Ceilings::default()), Vec::new());
        for (at, span) in offered.into_iter().enumerate() {
            pairer.offer(span, START, &mut calls);
            if restarts[at % restarts.len()] {
                let bytes = pairer.to_bytes();
                pairer = Pairer::from_bytes(&bytes, WAIT, Ceilings::default()).unwrap();
                prop_assert_eq!(pairer.to_bytes(), bytes);
            }
        }
        pairer.finish(&mut calls);
        prop_assert_eq!(in_order_of_id(calls), expected);
    }

    #[test]
    fn whatever_the_times_every_callee_counts_at_most_once(spans in forest(), seconds in prop::collection::vec(0..40i64, 40), backwards in any::<bool>()) {
        let (mut pairer, mut calls, mut now) = (Pairer::new(WAIT, Ceilings::default()), Vec::new(), START);
        let offered: Vec<Span> = if backwards { spans.into_iter().rev().collect() } else { spans };
        for (span, seconds) in offered.into_iter().zip(seconds) {
            now = now.plus(seconds * time::SECOND);
            pairer.expire(now, &mut calls);
            pairer.offer(span, now, &mut calls);
            let bytes = pairer.to_bytes();
            pairer = Pairer::from_bytes(&bytes, WAIT, Ceilings::default()).unwrap();
            prop_assert_eq!(pairer.to_bytes(), bytes);
        }
        pairer.finish(&mut calls);
        prop_assert_eq!(pairer.pending(), 0);
        let counted = calls.iter().filter(|call| call.marks & mark::LATE_PAIR == 0);
        let mut ids: Vec<u64> = counted.map(|call| call.id).collect();
        let (all, counts) = (ids.len(), pairer.counts());
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), all);
        prop_assert_eq!((counts.calls, counts.late_pairs), (all as u64, (calls.len() - all) as u64));
    }

    #[test]
    fn damaged_bytes_never_panic(spans in forest(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (mut pairer, mut calls) = (Pairer::new(WAIT, Ceilings::default()), Vec::new());
        spans.into_iter().for_each(|span| pairer.offer(span, START, &mut calls));
        let mut bytes = pairer.to_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(mut pairer) = Pairer::from_bytes(&bytes, WAIT, Ceilings::default()) {
            pairer.expire(START.plus(time::HOUR), &mut calls);
            pairer.finish(&mut calls);
            prop_assert_eq!(pairer.pending(), 0);
        }
    }
}
