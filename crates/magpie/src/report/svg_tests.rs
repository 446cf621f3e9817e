//! What the drawn graph contains, and that no name breaks it.

use proptest::prelude::*;
use quick_xml::events::Event;

use super::*;
use crate::report::sample;

fn drawn(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &sample::view(80), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Names of the elements, if the text is well-formed XML with all attributes quoted and all ends in place.
pub(crate) fn elements(text: &str) -> Result<Vec<String>, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut names, mut depth) = (Vec::new(), 0i64);
    loop {
        match reader.read_event().map_err(|error| format!("{error}"))? {
            Event::Eof if depth == 0 => return Ok(names),
            Event::Eof => return Err(format!("{depth} elements are open at the end")),
            Event::Start(start) | Event::Empty(start) if start.attributes().any(|attribute| attribute.is_err()) => {
                return Err(format!("attributes of {start:?}"));
            }
            Event::Start(start) => {
                depth += 1;
                names.push(String::from_utf8_lossy(start.name().as_ref()).into_owned());
            }
            Event::Empty(start) => names.push(String::from_utf8_lossy(start.name().as_ref()).into_owned()),
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
}

#[test]
fn the_legend_says_whether_what_fired_is_over() {
    let mut report = sample::shop();
    assert!(drawn(&report).contains(">firing</text>"));
    (report.alerts[0].state, report.alerts[0].resolved) = (AlertState::Resolved, Some(report.alerts[0].judged));
    assert!(drawn(&report).contains(">fired</text>"));
}

#[test]
fn the_firing_edge_is_dashed_red_with_bell_service_and_value() {
    let picture = drawn(&sample::shop()).replace('\u{202f}', " ");
    for said in [
        "marker-end=\"url(#head-firing)\"",
        "<g class=\"label firing\"><title>order → payment\nPOST /v2/charge  5,220 calls, 709 ms</title>",
        "elapsed_ms: 400 <tspan class=\"value\" dx=\"3\">1.24 s</tspan>",
        "<use href=\"#icon-firing\"",
        "@media (prefers-color-scheme:dark)",
    ] {
        assert!(picture.contains(said), "{said}\n{picture}");
    }
    assert_eq!(picture.matches("<path class=\"edge ").count(), 16 + 3, "every interaction and the legend's three lines");
    assert_eq!(picture, drawn(&sample::shop()).replace('\u{202f}', " "), "the same input, the same picture");
}

#[test]
fn hosts_sit_inside_their_modules() {
    let picture = drawn(&sample::hosts());
    assert_eq!(picture.matches("<rect class=\"card").count(), 2);
    assert_eq!(picture.matches("<text class=\"mono host\"").count(), 4);
    assert!(picture.contains("10.0.1.1 → 10.0.1.2"), "a call between two hosts of one module names both");
}

#[test]
fn what_is_merged_or_left_out_is_counted() {
    let mut report = sample::shop();
    let edge = report.graph.edges.iter().find(|edge| edge.target == "payment/").unwrap().clone();
    for service in 0..30 {
        report.graph.edges.push(Edge { service: Some(format!("GET /s{service}")), alert: None, records: 1, ..edge.clone() });
    }
    assert!(drawn(&report).contains("27 more services"));
    let node = report.graph.nodes[0].clone();
    for caller in 0..300 {
        let id = format!("caller{caller}/");
        report.graph.nodes.push(Node { id: id.clone(), module: Some(format!("caller{caller}")), ..node.clone() });
        report.graph.edges.push(Edge { source: id, alert: None, records: 1, ..edge.clone() });
    }
    let picture = drawn(&report);
    assert!(picture.contains("more edges not drawn, the quietest"));
    assert!(picture.contains("label firing"), "trouble is never what is left out");
}

#[test]
fn hostile_names_stay_text() {
    let picture = drawn(&sample::hostile("</text><script>alert(1)</script>\" onload=\"x\u{1b}\u{202e}"));
    let names = elements(&picture).unwrap();
    assert!(!names.iter().any(|name| name == "script"));
    assert!(!picture.contains('\u{1b}') && !picture.contains('\u{202e}'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_name_breaks_the_picture(name in "(\\PC|[<>&\"'\\x00-\\x1f]){1,60}") {
        let picture = drawn(&sample::hostile(&name));
        prop_assert!(elements(&picture).is_ok_and(|names| !names.iter().any(|name| name == "script")), "{picture}");
    }
}
