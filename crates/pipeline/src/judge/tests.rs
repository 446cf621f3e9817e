//! The rules of judging as tables, minute by minute.
//!
//! A table's columns: minute; the elapsed times of the calls in it (ms; `x3`: three calls without one; `-`: no calls);
//! the state after it; what was told, in order (`firing`, `pending`, `resolved`).

use std::collections::BTreeMap;
use std::sync::Arc;

use magpie_model::completeness::Completeness;
use magpie_model::config::{Config, Monitor, Retention};
use magpie_model::time::{DAY, HOUR, MINUTE};
use magpie_model::{
    Aggregate, Alert, AlertState, Column, Condition, FieldSpec, Key, Partial, PartialRow, PartialTable, Threshold, Timestamp,
};

use super::{BucketRows, Combination, JudgeState, Rules};

fn threshold(field: &str, aggregate: Option<Aggregate>, condition: Condition, hold: i64) -> Threshold {
    Threshold {
        monitor: "calls".into(),
        field: field.into(),
        aggregate,
        condition,
        hold,
        severity: Default::default(),
        labels: [("team".to_owned(), "video".to_owned())].into(),
    }
}

fn slow(limit: f64, hold: i64) -> Threshold {
    threshold("elapsed_ms", Some(Aggregate::Avg), Condition::Above(limit), hold)
}

fn config(thresholds: Vec<Threshold>) -> Config {
    Config {
        fields: vec![FieldSpec::elapsed()],
        monitors: vec![Monitor { thresholds, ..Monitor::plain("calls", &[Column::TargetModule]) }],
        ..Config::default()
    }
}

/// The rows of one minute: module and calls, as in the tables.
fn table(minute: i64, cells: &[(&str, &str)]) -> PartialTable {
    let specs: Arc<[FieldSpec]> = Arc::new([FieldSpec::elapsed()]);
    let mut table = PartialTable::new("calls".into(), vec![Column::TargetModule], specs.clone());
    for &(module, calls) in cells.iter().filter(|(_, calls)| *calls != "-") {
        let mut partial = Partial::new(&specs);
        for call in calls.split_whitespace() {
            match call.strip_prefix('x') {
                Some(number) => partial.records += number.parse::<u64>().unwrap(),
                None => {
                    partial.records += 1;
                    partial.fields[0].add(specs[0].parse(call).unwrap());
                }
            }
        }
        let mut key = Key::default();
        key.codes[0] = table.dictionaries[0].intern(module);
        table.rows.push(PartialRow { bucket: Timestamp(minute * MINUTE), key, partial });
    }
    table
}

fn complete() -> Completeness {
    Completeness { parsed: 97, unparsed: 3, ..Completeness::default() }
}

fn state_of(rules: &Rules, state: &JudgeState) -> String {
    rules.open_alerts(state).first().map_or("calm", |alert| alert.state.name()).to_owned()
}

fn told(alerts: &[Alert]) -> String {
    alerts.iter().map(|alert| alert.state.name()).collect::<Vec<_>>().join(" ")
}

fn check(threshold: Threshold, text: &str) {
    let rules = Rules::new(&config(vec![threshold]));
    let mut state = JudgeState::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let minute: i64 = cells[0].parse().unwrap();
        let alerts = rules.judge_bucket(&mut state, Timestamp(minute * MINUTE), &[table(minute, &[("video", cells[1])])], &complete());
        assert_eq!((state_of(&rules, &state), told(&alerts)), (cells[2].to_owned(), cells[3].to_owned()), "at {line}");
        let stored = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<JudgeState>(&stored).unwrap(), state, "the state survives being stored");
    }
}

#[test]
fn above_100_does_not_fire_at_100() {
    check(
        slow(100.0, 0),
        "0 | 100           | calm   |
         1 | 100.000001    | firing | firing
         2 | 100           | calm   | resolved
         3 | 99 101        | calm   |
         4 | 99 101.000001 | firing | firing
         5 | 200           | firing |
         6 | 0             | calm   | resolved",
    );
}

#[test]
fn below_is_strict_too() {
    check(
        threshold("elapsed_ms", Some(Aggregate::Min), Condition::Below(0.3), 0),
        "0 | 0.3 1     | calm   |
         1 | 0.299999 9 | firing | firing
         2 | 0.3       | calm   | resolved",
    );
}

#[test]
fn for_must_pass_before_it_fires() {
    check(
        slow(200.0, 3 * MINUTE),
        "0 | 100 | calm    |
         1 | 250 | pending | pending
         2 | 250 | pending |
         3 | 250 | firing  | firing
         4 | 250 | firing  |
         5 | 200 | calm    | resolved",
    );
    check(
        slow(200.0, 3 * MINUTE),
        "1 | 250 | pending | pending
         2 | 250 | pending |
         3 | 200 | calm    | resolved
         4 | 250 | pending | pending",
    );
    check(
        slow(200.0, 90 * magpie_model::time::SECOND),
        "1 | 250 | pending | pending
         2 | 250 | firing  | firing",
    );
}

#[test]
fn no_data_holds_the_state_for_one_bucket_then_resolves() {
    check(
        slow(200.0, 0),
        "0 | 250 | firing | firing
         1 | -   | firing |
         2 | 250 | firing |
         3 | -   | firing |
         4 | -   | calm   | resolved
         5 | -   | calm   |",
    );
    check(
        slow(200.0, 2 * MINUTE),
        "0 | 250 | pending | pending
         1 | -   | pending |
         2 | -   | calm    | resolved",
    );
    // Calls without the field are no data either.
    check(
        slow(200.0, 0),
        "0 | 250 | firing | firing
         1 | x5  | firing |
         2 | x5  | calm   | resolved",
    );
}

#[test]
fn an_alert_without_data_keeps_the_last_known_value_and_says_so() {
    let rules = Rules::new(&config(vec![slow(200.0, 0)]));
    let mut state = JudgeState::default();
    let mut judge = |minute: i64, rows: &[(&str, &str)]| {
        rules.judge_bucket(&mut state, Timestamp(minute * MINUTE), &[table(minute, rows)], &complete());
        rules.open_alerts(&state).first().map(|alert| (alert.state, alert.value, alert.no_data))
    };
    assert_eq!(judge(0, &[("video", "250")]), Some((AlertState::Firing, Some(250.0), false)));
    assert_eq!(judge(1, &[]), Some((AlertState::Firing, Some(250.0), true)));
    assert_eq!(judge(2, &[("video", "260")]), Some((AlertState::Firing, Some(260.0), false)));
    assert_eq!(judge(3, &[]), Some((AlertState::Firing, Some(260.0), true)));
    let over = rules.judge_bucket(&mut state, Timestamp(4 * MINUTE), &[table(4, &[])], &complete());
    let told: Vec<_> = over.iter().map(|alert| (alert.state, alert.value, alert.no_data)).collect();
    assert_eq!(told, [(AlertState::Resolved, Some(260.0), true)]);
}

#[test]
fn minutes_that_nobody_wrote_in_are_judged_too() {
    check(
        slow(200.0, 0),
        "0  | 250 | firing | firing
         90 | 250 | firing | resolved firing",
    );
}

#[test]
fn went_silent() {
    // Fewer than one record a minute, of an interaction that was there.
    check(
        threshold("records", None, Condition::Below(1.0), 0),
        "0 | x3  | calm   |
         1 | -   | firing | firing
         2 | -   | firing |
         3 | x1  | calm   | resolved",
    );
    check(
        threshold("records", None, Condition::Below(1.0), 2 * MINUTE),
        "0 | x3  | calm    |
         1 | -   | pending | pending
         2 | -   | firing  | firing",
    );
}

#[test]
fn after_a_day_nobody_misses_it() {
    let rules = Rules::new(&config(vec![threshold("records", None, Condition::Below(1.0), 0)]));
    let mut state = JudgeState::default();
    let minute = |state: &mut JudgeState, minute: i64, calls| {
        told(&rules.judge_bucket(state, Timestamp(minute * MINUTE), &[table(minute, &[("video", calls)])], &complete()))
    };
    let outcome =
        [(0, "x3"), (1, "-"), (1440, "-"), (1441, "-"), (1442, "-"), (9_000, "-")].map(|(at, calls)| minute(&mut state, at, calls));
    // Seen at 0: absent within the day until 1440, no data at 1441 (held), resolved at 1442.
    assert_eq!(outcome, ["", "firing", "", "", "resolved", ""]);
}

#[test]
fn records_above_resolve_at_once_when_nothing_comes() {
    check(
        threshold("records", None, Condition::Above(2.0), 0),
        "0 | x2 | calm   |
         1 | x3 | firing | firing
         2 | -  | calm   | resolved",
    );
}

#[test]
fn counts_rates_sums_and_percentiles_are_judged_as_they_are_shown() {
    let above = |aggregate, limit| threshold("elapsed_ms", Some(aggregate), Condition::Above(limit), 0);
    check(above(Aggregate::Sum, 300.0), "0 | 100 200 | calm | \n 1 | 100 200.5 | firing | firing");
    check(above(Aggregate::Count, 2.0), "0 | 1 1 x7 | calm | \n 1 | 1 1 1 | firing | firing");
    check(above(Aggregate::Max, 7.0), "0 | 7 | calm | \n 1 | 1 7.1 | firing | firing");
    // Three in a minute are 0.05 per second.
    check(above(Aggregate::Rate, 0.05), "0 | 1 1 1 | calm | \n 1 | 1 1 1 1 | firing | firing");
    check(above(Aggregate::P95, 100.0), "0 | 90 90 90 | calm | \n 1 | 110 110 | firing | firing");
}

#[test]
fn what_was_never_seen_raises_an_alert() {
    let new = |within, hold| threshold("records", None, Condition::New { within }, hold);
    let outcome = |threshold: Threshold, seeds: &[(&str, i64)], minutes: &[(i64, &[&str])]| -> Vec<String> {
        let rules = Rules::new(&config(vec![threshold]));
        let mut state = JudgeState::default();
        for &(module, minute) in seeds {
            rules.seed(&mut state, "calls", Combination(vec![module.to_owned()]), Timestamp(minute * MINUTE));
        }
        let judge = |&(minute, modules): &(i64, &[&str])| {
            let cells: Vec<(&str, &str)> = modules.iter().map(|&module| (module, "x1")).collect();
            let alerts = rules.judge_bucket(&mut state, Timestamp(minute * MINUTE), &[table(minute, &cells)], &complete());
            alerts
                .iter()
                .map(|alert| format!("{} {}", alert.state.name(), alert.dimensions["target_module"]))
                .collect::<Vec<_>>()
                .join(", ")
        };
        minutes.iter().map(judge).collect()
    };
    // The first minute has no past; `stock` is new in the second, and known afterwards.
    assert_eq!(
        outcome(new(HOUR, 0), &[], &[(0, &["user", "video"]), (1, &["user", "stock"]), (2, &["stock"]), (59, &["video"]), (60, &["user"])]),
        ["", "firing stock", "resolved stock", "", ""]
    );
    // Seen 61 minutes ago is new again; seen 60 minutes ago is not.
    assert_eq!(outcome(new(HOUR, 0), &[], &[(0, &["a", "b"]), (1, &["b"]), (61, &["a", "b"])]), ["", "", "firing a"]);
    // What the store knows is the past: also the first minute can then hold something new.
    assert_eq!(outcome(new(7 * DAY, 0), &[("user", -60)], &[(0, &["user", "stock"])]), ["firing stock"]);
    // With `for: 2m` it must stay.
    assert_eq!(
        outcome(new(HOUR, 2 * MINUTE), &[], &[(0, &["a"]), (1, &["a", "b", "c"]), (2, &["a", "b"]), (3, &["a", "b"])]),
        ["", "pending b, pending c", "firing b, resolved c", "resolved b"]
    );
}

#[test]
fn an_alert_says_what_where_how_much_since_when_and_how_complete() {
    let rules = Rules::new(&config(vec![slow(200.0, 2 * MINUTE)]));
    let mut state = JudgeState::default();
    let mut last = Vec::new();
    for minute in 5..=6 {
        last =
            rules.judge_bucket(&mut state, Timestamp(minute * MINUTE), &[table(minute, &[("video", "250.5"), ("user", "3")])], &complete());
    }
    let [alert] = last.as_slice() else { panic!("one alert, not {last:?}") };
    assert_eq!(
        *alert,
        Alert {
            id: alert.id.clone(),
            monitor: "calls".into(),
            dimensions: [("target_module".to_owned(), "video".to_owned())].into(),
            field: "elapsed_ms".into(),
            aggregate: Some(Aggregate::Avg),
            condition: Condition::Above(200.0),
            state: AlertState::Firing,
            severity: Default::default(),
            labels: [("team".to_owned(), "video".to_owned())].into(),
            value: Some(250.5),
            since: Timestamp(5 * MINUTE),
            fired: Some(Timestamp(7 * MINUTE)),
            resolved: None,
            judged: Timestamp(6 * MINUTE),
            complete: 0.97,
            no_data: false,
            provisional: false,
        }
    );
    assert_eq!(alert.id, "b40f13a82f8b30e9", "ids are stored: they may never change");
}

/// Open looks and closings in turn: minute, `open` or `close`, calls so far, what was told (`?` marks provisional).
fn check_open(threshold: Threshold, text: &str) {
    let rules = Rules::new(&config(vec![threshold]));
    let mut state = JudgeState::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let minute: i64 = cells[0].parse().unwrap();
        let tables = [table(minute, &[("video", cells[2])])];
        let judge = if cells[1] == "open" { Rules::judge_open } else { Rules::judge_bucket };
        let alerts = judge(&rules, &mut state, Timestamp(minute * MINUTE), &tables, &complete());
        let told: Vec<String> =
            alerts.iter().map(|alert| format!("{}{}", alert.state.name(), if alert.provisional { "?" } else { "" })).collect();
        assert_eq!(told.join(" "), cells[3], "at {line}");
    }
}

#[test]
fn an_open_bucket_is_judged_by_what_can_only_grow() {
    check_open(
        threshold("records", None, Condition::Above(2.0), 0),
        "0 | open  | x2 |
         0 | open  | x3 | firing?
         0 | open  | x4 |
         0 | close | x5 | firing
         1 | open  | x9 |
         1 | close | x9 |
         2 | close | x1 | resolved",
    );
    let sum = threshold("elapsed_ms", Some(Aggregate::Sum), Condition::Above(10.0), 0);
    check_open(sum.clone(), "0 | open | 6 5 | firing?");
    // A negative value has been there: the sum may fall again.
    check_open(sum, "0 | open | 60 -5 | \n 0 | close | 60 -5 | firing");
    // An average may fall again.
    check_open(slow(10.0, 0), "0 | open | 60 | \n 0 | close | 60 | firing");
    check_open(threshold("records", None, Condition::Below(5.0), 0), "0 | open | x1 | \n 0 | close | x9 |");
}

#[test]
fn an_open_bucket_completes_for_only_after_an_unbroken_past() {
    check_open(
        threshold("records", None, Condition::Above(2.0), 2 * MINUTE),
        "0 | close | x3 | pending
         1 | open  | x3 | firing?
         1 | close | x3 | firing",
    );
    check_open(
        threshold("records", None, Condition::Above(2.0), 2 * MINUTE),
        "0 | close | x3 | pending
         2 | open  | x3 |
         1 | close | x3 | firing
         2 | close | x3 |",
    );
}

#[test]
fn what_fired_too_early_is_taken_back() {
    // The callee's log came and tells of fewer calls than the caller's did.
    check_open(
        threshold("records", None, Condition::Above(2.0), 0),
        "0 | open  | x3 | firing?
         0 | close | x1 | resolved",
    );
}

/// Judges minutes 0 to n by the first row of cells, then again from a minute with the second row. Expects the states of the
/// corrected history's alerts as `since-resolved state`, the number of withdrawn ones, and what is told.
fn check_late(threshold: Threshold, first: &[&str], from: usize, then: &[&str], history: &[&str], withdrawn: usize, changed: &str) {
    let rules = Rules::new(&config(vec![threshold]));
    let mut state = JudgeState::default();
    let rows = |cells: &[&str]| -> Vec<BucketRows> {
        let rows = cells.iter().enumerate().map(|(minute, cell)| BucketRows {
            bucket: Timestamp(minute as i64 * MINUTE),
            tables: vec![table(minute as i64, &[("video", cell)])],
            completeness: complete(),
        });
        rows.collect()
    };
    for rows in rows(first) {
        rules.judge_bucket(&mut state, rows.bucket, &rows.tables, &rows.completeness);
    }
    let correction = rules.rejudge(&mut state, Timestamp(from as i64 * MINUTE), &rows(then));
    let minute = |time: Timestamp| time.0 / MINUTE;
    let mut shown: Vec<String> = correction
        .alerts
        .iter()
        .map(|alert| {
            format!("{}-{} {}", minute(alert.since), alert.resolved.map_or("".into(), |at| minute(at).to_string()), alert.state.name())
        })
        .collect();
    shown.sort();
    assert_eq!((shown.iter().map(String::as_str).collect::<Vec<_>>(), correction.withdrawn.len()), (history.to_vec(), withdrawn));
    assert_eq!(told(&correction.changed), changed);
    // The state is what it would be had everything come in time.
    let mut fresh = JudgeState::default();
    for rows in rows(then) {
        rules.judge_bucket(&mut fresh, rows.bucket, &rows.tables, &rows.completeness);
    }
    assert_eq!(rules.open_alerts(&state), rules.open_alerts(&fresh));
}

#[test]
fn late_lines_correct_history_and_tell_only_of_a_changed_present() {
    // An alert in the past that nobody saw then: history changes, the present does not.
    check_late(slow(200.0, 0), &["1", "1", "1"], 1, &["1", "300", "1"], &["1-3 resolved"], 0, "");
    // It never was: withdrawn.
    check_late(slow(200.0, 0), &["1", "300", "1"], 1, &["1", "300 1 1 1", "1"], &[], 1, "");
    // Still firing, but since earlier: another episode, and nobody needs to be told.
    check_late(slow(200.0, 0), &["1", "1", "300"], 1, &["1", "300", "300"], &["1- firing"], 1, "");
    // Firing after all.
    check_late(slow(200.0, 2 * MINUTE), &["1", "1", "300"], 1, &["1", "300", "300"], &["1- firing"], 1, "firing");
    // Not firing after all.
    check_late(slow(200.0, 0), &["1", "1", "300"], 2, &["1", "1", "300 1 1"], &[], 1, "resolved");
    // It was silent only because its lines were late.
    check_late(threshold("records", None, Condition::Below(1.0), 0), &["x1", "-", "-"], 1, &["x1", "x1", "-"], &["2- firing"], 1, "");
    // It was not new: it had been there before.
    let new = threshold("records", None, Condition::New { within: HOUR }, 0);
    check_late(new, &["-", "-", "x1", "x1"], 1, &["-", "x1", "x1", "x1"], &["1-3 resolved"], 1, "");
}

#[test]
fn judgements_older_than_what_is_kept_stay() {
    let kept = Config { retention: Retention { age: 3 * DAY, ..Retention::default() }, ..config(vec![slow(200.0, 0)]) };
    let rules = Rules::new(&kept);
    let mut state = JudgeState::default();
    let days = 3 * DAY / MINUTE;
    for (minute, calls) in [(0, "300"), (1, "1"), (days + 10, "1")] {
        rules.judge_bucket(&mut state, Timestamp(minute * MINUTE), &[table(minute, &[("video", calls)])], &complete());
    }
    assert_eq!(rules.reach(&state), Some(Timestamp(10 * MINUTE)));
    let calm: Vec<BucketRows> =
        vec![BucketRows { bucket: Timestamp(0), tables: vec![table(0, &[("video", "1")])], completeness: complete() }];
    let correction = rules.rejudge(&mut state, Timestamp(0), &calm);
    assert_eq!((correction.withdrawn.len(), correction.alerts.len()), (0, 0));
}

#[test]
fn late_lines_of_others_do_not_tell_again_what_fires_in_the_open_bucket() {
    let rules = Rules::new(&config(vec![threshold("elapsed_ms", Some(Aggregate::Max), Condition::Above(100.0), 0)]));
    let mut state = JudgeState::default();
    let minute = |minute: i64| Timestamp(minute * MINUTE);
    rules.judge_bucket(&mut state, minute(0), &[table(0, &[("video", "1")])], &complete());
    let open = [table(1, &[("video", "200")])];
    assert_eq!(told(&rules.judge_open(&mut state, minute(1), &open, &complete())), "firing");
    let late = BucketRows { bucket: minute(0), tables: vec![table(0, &[("video", "1"), ("search", "2")])], completeness: complete() };
    let correction = rules.rejudge(&mut state, minute(0), &[late]);
    assert_eq!((told(&correction.changed), correction.withdrawn), (String::new(), Vec::new()), "it stands, with who acknowledged it");
    assert_eq!(told(&rules.judge_open(&mut state, minute(1), &open, &complete())), "");
}

/// Judges busy minutes with long quiet stretches between them in time; and late, weeks after, again slice by slice.
#[test]
fn lines_that_are_weeks_late_correct_history_as_if_they_had_come_in_time() {
    let new = threshold("records", None, Condition::New { within: 2 * HOUR }, 0);
    let silent = threshold("records", None, Condition::Below(1.0), 0);
    let rules = Rules::new(&config(vec![slow(200.0, 2 * MINUTE), silent, new]));
    let day = DAY / MINUTE;
    // Of these, the ones marked come three weeks late.
    let minutes = [(0, "1", false), (1, "300", true), (2, "300", true), (3, "1", false), (5 * day, "x1", true), (5 * day + 1, "x1", false)];
    let minutes: Vec<(i64, &str, bool)> = minutes.into_iter().chain([(20 * day, "1", false), (20 * day + 1, "300", false)]).collect();
    let rows = |minute: i64, cell: &str| BucketRows {
        bucket: Timestamp(minute * MINUTE),
        tables: vec![table(minute, &[("video", cell)])],
        completeness: complete(),
    };
    let mut history: BTreeMap<String, Alert> = BTreeMap::new();
    let (mut fresh, mut state) = (JudgeState::default(), JudgeState::default());
    for &(minute, cell, _) in &minutes {
        let rows = rows(minute, cell);
        let alerts = rules.judge_bucket(&mut fresh, rows.bucket, &rows.tables, &rows.completeness);
        history.extend(alerts.into_iter().map(|alert| (alert.id.clone(), alert)));
    }
    let mut stored: BTreeMap<String, Alert> = BTreeMap::new();
    for &(minute, cell, _) in minutes.iter().filter(|(.., late)| !late) {
        let rows = rows(minute, cell);
        let alerts = rules.judge_bucket(&mut state, rows.bucket, &rows.tables, &rows.completeness);
        stored.extend(alerts.into_iter().map(|alert| (alert.id.clone(), alert)));
    }
    assert_ne!(history, stored, "what is late matters");

    let mut again = rules.begin_again(&mut state, Timestamp(MINUTE)).unwrap();
    rules.seed(&mut state, "calls", Combination(vec!["video".into()]), Timestamp(0));
    for slice in 0..25 {
        let to = Timestamp((slice + 1) * DAY);
        let within = |minute: i64| (slice * DAY..to.0).contains(&(minute * MINUTE)) && minute > 0;
        let rows: Vec<BucketRows> =
            minutes.iter().filter(|&&(minute, ..)| within(minute)).map(|&(minute, cell, _)| rows(minute, cell)).collect();
        rules.judge_again(&mut again, &mut state, to, &rows);
    }
    let correction = rules.end_again(again, &mut state);
    correction.withdrawn.iter().for_each(|id| drop(stored.remove(id)));
    stored.extend(correction.alerts.into_iter().map(|alert| (alert.id.clone(), alert)));
    assert_eq!(stored, history);
    assert_eq!((rules.open_alerts(&state), state.last_judged()), (rules.open_alerts(&fresh), fresh.last_judged()));
}

#[test]
fn a_report_in_memory_judges_as_a_server_does_bucket_by_bucket() {
    let rules = Rules::new(&config(vec![slow(200.0, 2 * MINUTE), threshold("records", None, Condition::Below(1.0), 0)]));
    let minutes: Vec<PartialTable> = (0..40)
        .map(|minute| {
            let busy = ["1", "300", "-", "250 250", "x2"][(minute * 7 % 5) as usize];
            table(minute, &[("video", busy), ("user", if minute % 11 < 4 { "-" } else { "500" })])
        })
        .collect();
    let mut served = (JudgeState::default(), Vec::new());
    for (minute, table) in minutes.iter().enumerate() {
        served.1.extend(rules.judge_bucket(&mut served.0, Timestamp(minute as i64 * MINUTE), std::slice::from_ref(table), &complete()));
    }
    let mut whole = minutes[0].clone();
    minutes[1..].iter().rev().for_each(|table| whole.append(table));
    let mut reported = JudgeState::default();
    let alerts = rules.judge_all(&mut reported, &mut [whole], |_| complete());
    assert!(alerts.len() > 10);
    assert_eq!(alerts, served.1);
    assert_eq!(reported, served.0);
}

#[test]
fn a_flood_of_new_combinations_is_bounded_and_counted() {
    let rules = Rules::new(&config(vec![threshold("records", None, Condition::New { within: HOUR }, 0)]));
    let mut state = JudgeState::default();
    let words: Vec<String> = (0..25_000).map(|n| format!("module {n}")).collect();
    let cells: Vec<(&str, &str)> = words.iter().map(|word| (word.as_str(), "x1")).collect();
    rules.judge_bucket(&mut state, Timestamp(0), &[table(0, &[("video", "x1")])], &complete());
    let alerts = rules.judge_bucket(&mut state, Timestamp(MINUTE), &[table(1, &cells)], &complete());
    assert_eq!((alerts.len(), state.given_up().0), (super::state::MOST_EPISODES, 25_000 - super::state::MOST_EPISODES as u64));
}

#[test]
fn thresholds_that_are_gone_take_their_state_along() {
    let mut state = JudgeState::default();
    let rules = Rules::new(&config(vec![slow(200.0, 0)]));
    rules.judge_bucket(&mut state, Timestamp(0), &[table(0, &[("video", "300")])], &complete());
    assert_eq!(rules.open_alerts(&state).len(), 1);
    let changed = Rules::new(&config(vec![slow(100.0, 0)]));
    changed.retain(&mut state);
    assert_eq!((changed.open_alerts(&state), rules.open_alerts(&state)), (vec![], vec![]));
}

#[test]
fn a_monitor_that_is_judged_for_the_first_time_has_seen_nothing_new() {
    let old = threshold("records", None, Condition::Above(1e9), 0);
    let young = Threshold { monitor: "young".into(), ..threshold("records", None, Condition::New { within: HOUR }, 0) };
    let monitor = |threshold: &Threshold| Monitor {
        thresholds: vec![threshold.clone()],
        ..Monitor::plain(&threshold.monitor, &[Column::TargetModule])
    };
    let of = |thresholds: &[&Threshold]| {
        Rules::new(&Config { monitors: thresholds.iter().map(|&threshold| monitor(threshold)).collect(), ..config(vec![]) })
    };
    let young_table = |minute, modules: &[&str]| {
        let cells: Vec<(&str, &str)> = modules.iter().map(|&module| (module, "1")).collect();
        PartialTable { monitor: "young".into(), ..table(minute, &cells) }
    };
    let mut state = JudgeState::default();
    of(&[&old]).judge_bucket(&mut state, Timestamp(0), &[table(0, &[("video", "1")])], &complete());
    let both = of(&[&old, &young]);
    for (minute, modules, new) in
        [(1, &["video", "mail"][..], 0), (2, &["video", "user"], 1), (3, &["video", "user"], 1), (4, &["mail"], 0)]
    {
        let alerts = both.judge_bucket(&mut state, Timestamp(minute * MINUTE), &[young_table(minute, modules)], &complete());
        assert_eq!(alerts.len(), new, "in minute {minute}: {alerts:?}");
    }
    // What the store knows of before makes the first bucket one like any other.
    let mut state = JudgeState::default();
    of(&[&old]).judge_bucket(&mut state, Timestamp(0), &[table(0, &[("video", "1")])], &complete());
    both.seed(&mut state, "young", Combination(vec!["video".into()]), Timestamp(-5 * MINUTE));
    let alerts = both.judge_bucket(&mut state, Timestamp(MINUTE), &[young_table(1, &["video", "mail"])], &complete());
    assert_eq!(alerts.iter().map(|alert| alert.dimensions["target_module"].as_str()).collect::<Vec<_>>(), ["mail"]);
    assert_eq!((both.memory("young"), both.memory("calls")), (Some(DAY), None));
}
