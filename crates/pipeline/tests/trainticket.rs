//! The recorded Train Ticket system: the calls made of its spans are the edges its own reference prints.
//!
//! The tool that ships with the data writes the OTLP/JSON requests and, from the same tables by another way, the edges;
//! nobody here wrote either. Skipped when the data or Python is absent.

use std::collections::BTreeMap;

use magpie_model::{Column, OUTSIDE, Record, Timestamp};
use magpie_pipeline::normalise::spans::{Ceilings, Decoded, Naming, Pairer, Span, decode};
use magpie_testkit::train_ticket;

/// (caller, callee, operation) → calls, nanoseconds of all together.
type Edges = BTreeMap<(String, String, String), (u64, i128)>;

fn requests() -> Option<String> {
    let path = std::env::temp_dir().join(format!("magpie-trainticket-{}.jsonl", std::process::id()));
    train_ticket(&["otlp", path.to_str()?])?;
    let requests = std::fs::read_to_string(&path).expect("the tool wrote its file");
    std::fs::remove_file(&path).expect("it is ours to remove");
    Some(requests)
}

fn edges_of(spans: impl IntoIterator<Item = Span>) -> Edges {
    let (mut pairer, mut calls) = (Pairer::new(0, Ceilings::default()), Vec::<Record>::new());
    spans.into_iter().for_each(|span| pairer.offer(span, Timestamp::EPOCH, &mut calls));
    pairer.finish(&mut calls);
    let mut edges = Edges::new();
    for call in calls.iter().filter(|call| call.text(Column::SourceModule) != Some(OUTSIDE)) {
        assert_eq!(call.marks, 0, "nothing is one-sided here: {call:?}");
        let word = |column| call.text(column).unwrap_or_default().to_owned();
        let edge = edges.entry((word(Column::SourceModule), word(Column::TargetModule), word(Column::Service))).or_default();
        edge.0 += 1;
        edge.1 += i128::from(call.fields["elapsed_ms"]);
    }
    edges
}

fn check_edges(edges: &Edges, reference: &str, how: &str) {
    let rows: Vec<Vec<&str>> = reference.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(edges.len(), rows.len(), "{how}");
    for row in rows {
        let key = (row[0].to_owned(), row[1].to_owned(), row[2].to_owned());
        let &(calls, nanos) = edges.get(&key).unwrap_or_else(|| panic!("{how}: no edge {key:?}"));
        assert_eq!(calls.to_string(), row[3], "{how}: calls of {key:?}");
        let mean = nanos as f64 / calls as f64 / 1e6;
        assert!((mean - row[4].parse::<f64>().unwrap()).abs() <= 1e-6, "{how}: mean of {key:?} is {mean}, not {}", row[4]);
    }
}

#[test]
fn calls_are_the_reference_edges_in_any_order_and_twice() {
    let (Some(requests), Some(reference)) = (requests(), train_ticket(&["edges"])) else { return };
    let mut decoded = Decoded::default();
    for line in requests.lines() {
        decode(line, &Naming::default(), &mut decoded).expect("the tool writes OTLP/JSON");
    }
    assert_eq!((decoded.refused, decoded.logs.len()), (0, 0));
    let spans = decoded.spans;
    assert!(spans.len() > 70_000 && reference.lines().count() > 60);

    check_edges(&edges_of(spans.clone()), &reference, "in order");
    check_edges(&edges_of(spans.iter().rev().cloned()), &reference, "backwards");
    check_edges(&edges_of(spans.iter().chain(&spans).cloned()), &reference, "every line twice");
    let mut shuffled = spans.clone();
    shuffled.sort_by_key(|span| span.key.span);
    check_edges(&edges_of(shuffled), &reference, "in the order of random ids");
    for operators in [2, 7] {
        let parts = (0..operators).flat_map(|part| spans.iter().skip(part).step_by(operators).cloned());
        check_edges(&edges_of(parts), &reference, "from several operators");
    }
}
