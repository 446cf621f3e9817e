//! Due times as tables: ordinary days, gaps, overlaps, leap days, ends of months.

use magpie_model::time::{HOUR, MINUTE, SECOND};

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone")
}

fn due(cron: &str, zone_name: &str, after: &str, count: usize) -> Vec<String> {
    let schedule = Schedule::Cron(Cron::parse(cron).expect("a cron expression"));
    let zone = zone(zone_name);
    let found = schedule.between(at(after), Timestamp::MAX, &zone, at(after), count);
    found
        .into_iter()
        .map(|due| {
            let local = instant(due.at).expect("in range").to_zoned(zone.clone());
            let shift = due.shift.map_or(String::new(), |shift| format!(" {shift:?}"));
            format!("{}{shift}", local.strftime("%m-%d %H:%M:%S%:z"))
        })
        .collect()
}

#[test]
fn by_the_wall_a_gap_moves_the_run_to_its_end_and_an_overlap_runs_once() {
    // Berlin skips 02:00 to 03:00 on 2026-03-29 and has 02:00 to 03:00 twice on 2026-10-25.
    for (cron, after, expected) in [
        ("30 2 * * *", "2026-03-28T00:00:00Z", vec!["03-28 02:30:00+01:00", "03-29 03:00:00+02:00 Gap", "03-30 02:30:00+02:00"]),
        ("0 3 * * *", "2026-03-28T12:00:00Z", vec!["03-29 03:00:00+02:00", "03-30 03:00:00+02:00"]),
        ("15,45 2 * * *", "2026-03-28T12:00:00Z", vec!["03-29 03:00:00+02:00 Gap", "03-30 02:15:00+02:00"]),
        ("30 2 * * *", "2026-10-24T12:00:00Z", vec!["10-25 02:30:00+02:00 Overlap", "10-26 02:30:00+01:00"]),
        ("30 2 * * *", "2026-10-25T01:10:00Z", vec!["10-26 02:30:00+01:00"]),
        ("0 12 29 2 *", "2026-01-01T00:00:00Z", vec!["02-29 12:00:00+01:00", "02-29 12:00:00+01:00"]),
        ("0 0 31 * *", "2026-01-31T12:00:00Z", vec!["03-31 00:00:00+02:00", "05-31 00:00:00+02:00"]),
        ("0 0 L * *", "2026-01-31T12:00:00Z", vec!["02-28 00:00:00+01:00", "03-31 00:00:00+02:00", "04-30 00:00:00+02:00"]),
    ] {
        assert_eq!(due(cron, "Europe/Berlin", after, expected.len()), expected, "{cron} after {after}");
    }
}

#[test]
fn by_elapsed_time_a_gap_has_no_run_and_an_overlap_has_both() {
    for (cron, after, expected) in [
        ("30 * * * *", "2026-03-29T00:00:00Z", vec!["03-29 01:30:00+01:00", "03-29 03:30:00+02:00"]),
        ("0 * * * *", "2026-03-29T00:00:00Z", vec!["03-29 03:00:00+02:00", "03-29 04:00:00+02:00"]),
        ("30 * * * *", "2026-10-24T23:45:00Z", vec!["10-25 02:30:00+02:00", "10-25 02:30:00+01:00", "10-25 03:30:00+01:00"]),
        ("0 */2 * * *", "2026-10-24T22:30:00Z", vec!["10-25 02:00:00+02:00", "10-25 02:00:00+01:00", "10-25 04:00:00+01:00"]),
        ("*/20 * * * * *", "2026-11-22T10:00:05Z", vec!["11-22 11:00:20+01:00", "11-22 11:00:40+01:00", "11-22 11:01:00+01:00"]),
    ] {
        assert_eq!(due(cron, "Europe/Berlin", after, expected.len()), expected, "{cron} after {after}");
    }
}

#[test]
fn zones_of_other_shapes() {
    for (zone, cron, after, expected) in [
        // Lord Howe Island changes by half an hour.
        ("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00:00Z", vec!["10-04 02:30:00+11:00 Gap", "10-05 02:15:00+11:00"]),
        // Samoa left out 2011-12-30.
        ("Pacific/Apia", "0 12 * * *", "2011-12-29T23:00:00Z", vec!["12-31 00:00:00+14:00 Gap", "12-31 12:00:00+14:00"]),
        ("Asia/Shanghai", "0 9 * * mon", "2026-11-22T00:00:00Z", vec!["11-23 09:00:00+08:00", "11-30 09:00:00+08:00"]),
        ("UTC", "30 2 * * *", "2026-03-28T12:00:00Z", vec!["03-29 02:30:00+00:00"]),
    ] {
        assert_eq!(due(cron, zone, after, expected.len()), expected, "{zone} {cron}");
    }
}

#[test]
fn an_interval_counts_from_its_anchor_and_a_pause_from_the_end_of_the_run() {
    let utc = TimeZone::UTC;
    let anchor = at("2026-11-22T10:00:07Z");
    let every = Schedule::Every(Every { nanos: 15 * MINUTE });
    for (after, expected) in [
        ("2026-11-22T09:00:00Z", "2026-11-22T10:15:07Z"),
        ("2026-11-22T10:00:07Z", "2026-11-22T10:15:07Z"),
        ("2026-11-22T10:15:06Z", "2026-11-22T10:15:07Z"),
        ("2026-11-22T10:15:07Z", "2026-11-22T10:30:07Z"),
    ] {
        assert_eq!(every.next(at(after), &utc, anchor, None).map(|due| due.at), Some(at(expected)), "after {after}");
    }
    let pause = Schedule::After(30 * SECOND);
    assert_eq!(pause.next(anchor, &utc, anchor, None), None);
    assert_eq!(pause.next(anchor, &utc, anchor, Some(anchor)).map(|due| due.at), Some(anchor.plus(30 * SECOND)));
    assert_eq!(pause.next(anchor.plus(HOUR), &utc, anchor, Some(anchor)).map(|due| due.at), Some(anchor.plus(HOUR)), "overdue is due now");
    assert!(pause.between(anchor, Timestamp::MAX, &utc, anchor, 10).is_empty());
    assert_eq!(Schedule::Every(Every { nanos: i64::MAX }).next(Timestamp(i64::MAX), &utc, Timestamp(0), None), None);
}

#[test]
fn the_next_changes_of_a_zone_are_shown() {
    let found = transitions(&zone("Europe/Berlin"), at("2026-01-01T00:00:00Z"), 2);
    assert_eq!(found[0], Transition { at: at("2026-03-29T01:00:00Z"), before: 3600, after: 7200 });
    assert_eq!(found[1], Transition { at: at("2026-10-25T01:00:00Z"), before: 7200, after: 3600 });
    assert!(transitions(&zone("Asia/Shanghai"), at("2026-01-01T00:00:00Z"), 2).is_empty());
}
