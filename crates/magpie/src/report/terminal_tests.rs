//! What the terminal form says, as a reader sees it.

use proptest::prelude::*;

use super::*;
use crate::report::sample;

fn shown(report: &Report, view: &View) -> String {
    let mut out = Vec::new();
    write(report, view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn spans_of(text: &str, start: &str, end: &str) -> String {
    let from = text.find(start).unwrap();
    text[from..].split(end).next().unwrap().trim_end().to_owned()
}

#[test]
fn the_tree_tells_every_interaction_and_marks_the_one_that_fired() {
    let text = shown(&sample::shop(), &sample::view(100));
    assert_eq!(
        spans_of(&text, "  └──▶ gateway ", "\n\n").lines().map(str::trim_end).collect::<Vec<_>>().join("\n"),
        TREE.trim_matches('\n')
    );
}

#[test]
fn an_alert_that_is_over_is_not_told_to_fire() {
    let mut report = sample::shop();
    let mut over = report.alerts[0].clone();
    (over.state, over.resolved) = (AlertState::Resolved, Some(over.judged));
    report.alerts[0] = over.clone();
    let text = shown(&report, &sample::view(100));
    assert_eq!(spans_of(&text, "▲ elapsed_ms: 400 (", "\n"), "▲ elapsed_ms: 400 (709 ms) fired 14:20:00 – 14:31:00");
    over.fired = over.fired.map(|fired| fired.minus(7 * 60 * 1_000_000_000));
    report.alerts.push(over);
    let text = shown(&report, &sample::view(100));
    assert_eq!(spans_of(&text, "▲ elapsed_ms: 400 (", "\n"), "▲ elapsed_ms: 400 (709 ms) fired 2 times, last 14:20:00 – 14:31:00");
}

const TREE: &str = "
  └──▶ gateway             GET /api/{path}                24,600           201 ms           60
     ├──▶ order            GET /v2/orders/{id}             2,880          43.7 ms            0
     ├──▶ order            POST /v2/orders                 5,430           389 ms          285
     │  ├──▶ order ↺       retry                             270           113 ms            0
     │  ├──▶ orders-db     SELECT orders                  16,200             9 ms            0
     │  ├╌╌▶ payment       POST /v2/charge                 5,220           709 ms          810
     │  │                ▲ elapsed_ms: 400 (1.24 s) firing
     │  └──▶ stock         PUT /stock/{sku}                5,040          17.9 ms            0
     │     ├──▶ order ↻    POST /v2/orders/{id}/reserved     330            31 ms            0
     │     └──▶ orders-db  UPDATE stock                    4,800          13.9 ms            0
     ├──▶ search           GET /search/{term}             12,300          85.8 ms            0
     ├──▶ search           GET /suggest                    3,660            12 ms            0
     │  └──▶ index         query                          15,000          30.9 ms            0
     ├──▶ user             GET /users/{id}                 9,900            22 ms            0
     └──▶ video            GET /video/{id}                 8,040           280 ms           15
        │                △ elapsed_ms: 400 (455 ms) pending
        └──▶ cdn-origin    GET /{object}                   3,600          73.8 ms            0
  web
  └──▶ gateway ↑           GET /api/{path}                19,200           184 ms           45
  ↑ its calls are above   ↻ cycle   ↺ calls itself
";

#[test]
fn lines_fit_the_width_in_any_script() {
    for columns in [60, 80, 140] {
        for report in [sample::shop(), sample::hosts(), sample::pure_log(), sample::hostile("支付网关服务的一个非常长的名字 /路由/{编号}")]
        {
            let text = shown(&report, &sample::view(columns));
            for line in text.lines() {
                assert!(width(line) <= columns, "{} columns at {columns}: {line}", width(line));
            }
        }
    }
}

#[test]
fn a_pure_log_shows_severities_and_components() {
    let text = shown(&sample::pure_log(), &sample::view(80));
    assert!(text.contains("Severity") && text.contains("dfs.FSNamesystem") && !text.contains("──▶"));
}

#[test]
fn colour_is_only_there_when_allowed_and_never_the_only_sign() {
    let mut view = sample::view(100);
    assert!(!shown(&sample::shop(), &view).contains('\u{1b}'));
    view.color = true;
    let text = shown(&sample::shop(), &view);
    assert!(text.contains("\u{1b}[1m\u{1b}[31m├╌╌▶ "));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_name_reaches_the_terminal_as_a_command(name in "(\\PC|[\\x00-\\x1f\\x7f-\\x9f\\u{202a}-\\u{202e}]){1,40}") {
        let text = shown(&sample::hostile(&name), &sample::view(80));
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    }
}
