//! Due times with their rows, and the watchdog.

use super::*;

#[test]
fn every_due_time_has_a_row_and_a_pause_is_a_reason() {
    let world = World::new(|_| {});
    let id = world.publish(&flow("tick", "", "schedule: {every: {seconds: 1}}\ndo: [{a: {set: {b: 1}}}]"));
    let rows = || world.api.store.due_rows(Some(&id), TimeRange::ALL).unwrap();
    wait_for("two runs", || (rows().iter().filter(|row| row.outcome == DueOutcome::Ran).count() >= 2).then_some(()));
    world.api.backend.pause(&id, signed("maintenance")).unwrap();
    wait_for("a time that passed while it was paused", || (rows().first()?.outcome == DueOutcome::Paused).then_some(()));
    let rows = rows();
    for pair in rows.windows(2) {
        assert_eq!(pair[0].due.since(pair[1].due), SECOND, "none is left out");
    }
    let row = world.api.store.flow(&id).unwrap().unwrap();
    assert_eq!((row.paused.unwrap().reason.as_str(), row.schedule.unwrap().next), ("maintenance", None));
    world.api.backend.resume(&id, signed("")).unwrap();
    wait_for("the next time", || world.api.store.flow(&id).unwrap().unwrap().schedule.unwrap().next);
    let to_come = world.api.backend.due_times(&id, TimeRange { from: now(), to: now().plus(DAY) }, 3);
    assert_eq!(to_come.due.len(), 3);
}

#[test]
fn a_schedule_that_missed_is_an_alert_until_it_runs_again() {
    let world = World::new(|_| {});
    let id = world.publish(&flow("yearly", ", schedule: {missed: skip}", "schedule: {cron: '0 0 1 1 *'}\ndo: [{a: {set: {b: 1}}}]"));
    let note = magpie_store::runs::DueNote {
        flow: id.clone(),
        due: now().minus(60 * SECOND),
        decision: magpie_model::run::DueDecision::Missed,
        reason: Some("down".to_owned()),
        shift: None,
    };
    world.api.store.note_due(vec![note]).unwrap();
    let firing = || {
        let query = AlertQuery { monitor: Some(watchdog::MONITOR.to_owned()), ..AlertQuery::now() };
        world.state.alerts(&query).unwrap()
    };
    let alert = wait_for("an alert", || firing().into_iter().next());
    assert_eq!((alert.dimensions["flow"].as_str(), alert.field.as_str()), (id.as_str(), "missed_s"));
    wait_for("a word on the flow", || world.api.store.flow(&id).unwrap().unwrap().watchdog);
    let ran = magpie_store::runs::DueNote {
        flow: id.clone(),
        due: now().minus(SECOND),
        decision: magpie_model::run::DueDecision::Run,
        reason: None,
        shift: None,
    };
    world.api.store.note_due(vec![ran]).unwrap();
    wait_for("the end of the alert", || firing().is_empty().then_some(()));
}

/// A due time each second would have been made up for, as if Magpie had been away.
#[test]
fn a_schedule_has_missed_nothing_that_lies_before_it_was_published() {
    let world = World::new(|_| {});
    let (each_second, each_year) = ("schedule: {cron: '* * * * * *'}", "schedule: {cron: '0 0 1 1 *'}");
    let source = |schedule: &str| flow("late", "", &format!("{schedule}\ndo: [{{a: {{set: {{b: 1}}}}}}]"));
    let save = |source: String, publish: bool, new: bool| FlowSave {
        flow: (!new).then(|| "t.late".to_owned()),
        source,
        publish,
        expected: None,
        signature: Signature { at: if new { now().minus(DAY) } else { now() }, ..signed("") },
    };
    let backend = &world.api.backend;
    let id = backend.save_flow(save(source(each_second), false, true)).unwrap().flow;
    let published = now();
    let first = backend.save_flow(save(source(each_second), true, false)).unwrap();
    let rows = || world.api.store.due_rows(Some(&id), TimeRange::ALL).unwrap();
    wait_for("a run", || rows().iter().find(|row| row.outcome == DueOutcome::Ran).map(drop));
    assert_eq!(rows().iter().find(|row| row.due < published), None, "what was a draft had not been due");
    let row = backend.save_flow(save(source(each_second), true, false)).unwrap();
    assert_eq!(row.enabled_at, first.enabled_at, "another document with the same schedule goes on");
    let other = backend.save_flow(save(source(each_year), true, false)).unwrap();
    assert!(other.enabled_at > first.enabled_at, "another schedule begins when it is published");
}
