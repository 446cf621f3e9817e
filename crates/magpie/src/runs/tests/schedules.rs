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
