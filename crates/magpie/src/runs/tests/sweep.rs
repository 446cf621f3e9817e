//! What is removed when it is old.

use super::*;
use crate::runs::sweep::Sweep;

#[test]
fn a_time_of_day_that_leaps_ahead_removes_no_run_within_the_hour() {
    let world = World::new(|_| ());
    let flow = world.publish(&flow("short", "", "do: [{a: {set: {b: 1}}}]"));
    let run = world.trigger(&flow, json!({})).unwrap();
    world.until(run.job_id, Status::Succeeded);
    let shared = &world.runs.as_ref().unwrap().shared;
    let (start, today) = (Instant::now(), now());
    let sweep = Sweep::new(shared, start, today);
    let is_there = || world.api.store.run(run.job_id).unwrap().is_some();
    let later =
        |seconds: u64, days: i64| sweep.look(start + Duration::from_secs(seconds), today.plus(days * DAY + seconds as i64 * SECOND));
    later(60, 400);
    assert!(is_there(), "the clock is wrong, perhaps");
    later(3_600, 400);
    assert!(is_there());
    later(3_661, 400);
    assert!(!is_there(), "it is not");
}
