//! Failures: retried by themselves, by hand, with another input; waived.

use super::*;

#[test]
fn a_run_that_fails_once_succeeds_by_itself_and_what_succeeded_is_not_done_again() {
    let (outside, world) = (Outside::start(), World::new(|_| {}));
    outside.answer("/flaky", &[503, 200]);
    let at = &outside.address;
    let source = flow(
        "flaky",
        QUICK,
        &format!(
            "do:\n  - post: {{call: http, with: {{method: post, endpoint: '{at}/order', body: {{a: 1}}}}}}\n  - flaky: {{call: http, with: {{method: post, endpoint: '{at}/flaky'}}}}\n"
        ),
    );
    let id = world.publish(&source);
    let run = world.trigger(&id, json!({"password": "x", "n": 1})).unwrap();
    let done = world.until(run.job_id, Status::Succeeded);
    assert_eq!((done.attempt, done.retries, done.first_try, done.open), (2, 1, false, false));
    assert_eq!((outside.asked("/order"), outside.asked("/flaky")), (1, 2), "the order is not placed again");
    let detail = world.api.store.run(run.job_id).unwrap().unwrap();
    assert_eq!(detail.attempts.iter().map(|attempt| attempt.status).collect::<Vec<_>>(), [Status::Failed, Status::Succeeded]);
    assert_eq!((&detail.input.value, detail.input.redacted.len()), (&json!({"password": "(hidden)", "n": 1}), 1));
    let steps = world.api.store.steps(run.job_id).unwrap();
    assert_eq!(steps.iter().map(|step| (step.name.as_str(), step.attempt)).collect::<Vec<_>>(), [("post", 1), ("flaky", 1), ("flaky", 2)]);
    assert_eq!(steps[0].operation.as_deref(), Some("POST /order"));
    let logged = world.logged();
    assert!(logged.contains("\"source_module\":\"t.flaky\"") && logged.contains(&run.job_id.to_string()), "{logged}");
    let superseded = world.api.store.superseded(&magpie_model::run::RunFilter::range(TimeRange::ALL)).unwrap();
    assert_eq!(superseded[0].attempt, 2);
}

#[test]
fn an_edited_input_keeps_what_is_hidden_in_it() {
    let (outside, world) = (Outside::start(), World::new(|_| {}));
    outside.answer("/1/hunter2", &[500]);
    let source = flow(
        "edited",
        QUICK,
        &format!("do: [{{a: {{call: http, with: {{method: get, endpoint: '{}/{{n}}/{{password}}'}}}}}}]", outside.address),
    );
    let id = world.publish(&source);
    let job_id = world.trigger(&id, json!({"password": "hunter2", "n": 1})).unwrap().job_id;
    world.until(job_id, Status::Failed);
    let edited = |input| RetryRequest { input: Some(input), ..retry(RetryFrom::Start) };
    let refused = world.api.backend.retry(job_id, edited(json!({"password": ["(hidden)"], "n": 2})));
    assert_eq!(refused.unwrap_err(), RunRefusal::Hidden("/password/0".to_owned()));
    world.api.backend.retry(job_id, edited(json!({"password": "(hidden)", "n": 2}))).unwrap();
    world.until(job_id, Status::Succeeded);
    assert_eq!(outside.asked("/2/hunter2"), 1);
    assert_eq!(world.api.store.run(job_id).unwrap().unwrap().input.value, json!({"password": "(hidden)", "n": 2}));
}

#[test]
fn a_run_that_fails_for_good_waits_with_its_input_until_a_person_retries_it() {
    let (outside, world) = (Outside::start(), World::new(|_| {}));
    outside.answer("/broken", &[500]);
    let at = &outside.address;
    let source = flow(
        "broken",
        QUICK,
        &format!(
            "do:\n  - put: {{call: http, with: {{method: put, endpoint: '{at}/first'}}}}\n  - broken: {{call: http, with: {{method: post, endpoint: '{at}/broken'}}}}\n"
        ),
    );
    let id = world.publish(&source);
    let job_id = world.trigger(&id, json!({"n": 7})).unwrap().job_id;
    let failed = world.until(job_id, Status::Failed);
    assert_eq!((failed.attempt, failed.open, failed.fault.unwrap().status), (3, true, 500));
    assert_eq!(world.api.store.kept_input(job_id).unwrap().unwrap(), br#"{"n":7}"#);
    let preview = world.api.backend.retry_preview(job_id, &RetryFrom::Failed, RetryVersion::Same).unwrap();
    let steps: Vec<_> = preview.steps.iter().map(|step| (step.name.as_str(), step.again, step.effect)).collect();
    assert_eq!(steps, [("put", false, RetryEffect::Repeatable), ("broken", true, RetryEffect::Unsafe)]);
    let from = RetryFrom::Step { pointer: "/do/9/x".into(), iteration: String::new() };
    assert!(matches!(world.api.backend.retry(job_id, retry(from)), Err(RunRefusal::NoStep { .. })));

    outside.answer("/broken", &[200]);
    world.api.backend.retry(job_id, retry(RetryFrom::Failed)).unwrap();
    let done = world.until(job_id, Status::Succeeded);
    assert_eq!((done.attempt, done.by_hand, done.open, outside.asked("/first")), (4, true, false, 1));
    assert_eq!(world.api.backend.retry(job_id, retry(RetryFrom::Start)).unwrap_err(), RunRefusal::Succeeded(job_id.to_string()));
    let preview = world.api.backend.retry_preview(job_id, &RetryFrom::Start, RetryVersion::Same);
    assert_eq!(preview.unwrap_err(), RunRefusal::Succeeded(job_id.to_string()));
    let audit = world.api.store.audit(Some(&job_id.to_string()), None, 9).unwrap();
    assert_eq!((audit[0].action.as_str(), audit[0].comment.as_str()), ("retry run", "from the failed step: fixed"));
}

#[test]
fn a_retry_with_another_input_begins_anew_and_a_waived_run_leaves_the_inbox() {
    let (outside, world) = (Outside::start(), World::new(|_| {}));
    let at = &outside.address;
    let source = flow(
        "picky",
        ", retry: {limit: {attempt: {count: 0}}}",
        &format!(
            "do:\n  - look: {{call: http, with: {{method: get, endpoint: '{at}/look'}}, output: {{as: $workflow.input}}}}\n  - check: {{switch: [{{ok: {{when: .ok == true, then: end}}}}]}}\n  - no: {{raise: {{error: {{type: 'https://x/y', status: 400, title: no}}}}}}\n"
        ),
    );
    let id = world.publish(&source);
    let job_id = world.trigger(&id, json!({"ok": false})).unwrap().job_id;
    world.until(job_id, Status::Failed);
    let other = RetryRequest { input: Some(json!({"ok": true})), ..retry(RetryFrom::Failed) };
    world.api.backend.retry(job_id, other).unwrap();
    world.until(job_id, Status::Succeeded);
    assert_eq!(outside.asked("/look"), 2);

    let second = world.trigger(&id, json!({"ok": false})).unwrap().job_id;
    world.until(second, Status::Failed);
    assert!(matches!(world.api.backend.waive(second, signed(" ")), Err(RunRefusal::Wrong { .. })), "a reason is needed");
    let waived = world.api.backend.waive(second, signed("test data")).unwrap();
    assert_eq!((waived.open, waived.waived.unwrap().reason.as_str()), (false, "test data"));
}

#[test]
fn a_run_whose_own_time_is_over_has_failed_in_no_step_and_goes_on_after_what_it_has_done() {
    let (outside, world) = (Outside::start(), World::new(|_| {}));
    let at = &outside.address;
    let tasks =
        format!("do:\n  - put: {{call: http, with: {{method: put, endpoint: '{at}/first'}}}}\n  - nap: {{if: '${{ . }}', wait: PT1H}}\n");
    let once = ", retry: {limit: {attempt: {count: 0}}}";
    let id = world.publish(&flow("late", once, &format!("timeout: {{after: PT1S}}\n{tasks}")));
    let job_id = world.trigger(&id, json!({})).unwrap().job_id;
    let late = world.until(job_id, Status::TimedOut);
    assert_eq!((late.open, late.step, late.fault.unwrap().pointer.as_str()), (true, None, "/"));
    let preview = world.api.backend.retry_preview(job_id, &RetryFrom::Failed, RetryVersion::Same).unwrap();
    let steps: Vec<_> = preview.steps.iter().map(|step| (step.name.as_str(), step.again)).collect();
    assert_eq!(steps, [("put", false), ("nap", true)]);
    world.api.backend.retry(job_id, retry(RetryFrom::Failed)).unwrap();
    let again = wait_for("second attempt", || Some(world.run(job_id)).filter(|run| run.attempt == 2 && run.status == Status::TimedOut));
    assert_eq!((again.step, outside.asked("/first")), (None, 1));
}

#[test]
fn a_step_of_a_loop_that_may_do_something_twice_is_warned_of_once() {
    let (outside, world) = (Outside::start(), World::new(|_| {}));
    outside.answer("/broken", &[500]);
    let at = &outside.address;
    let source = flow(
        "loop",
        ", retry: {limit: {attempt: {count: 0}}}",
        &format!(
            "do:\n  - each:\n      for: {{each: n, in: '${{ [1, 2, 3] }}'}}\n      do:\n        - pay: {{call: http, with: {{method: post, endpoint: '{at}/pay'}}}}\n  - broken: {{call: http, with: {{method: post, endpoint: '{at}/broken'}}}}\n"
        ),
    );
    let job_id = world.trigger(&world.publish(&source), json!({})).unwrap().job_id;
    world.until(job_id, Status::Failed);
    let preview = world.api.backend.retry_preview(job_id, &RetryFrom::Start, RetryVersion::Same).unwrap();
    let warned: Vec<_> = preview.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(warned.len(), 2, "{warned:?}");
    assert!(warned[0].starts_with("`pay` ran before") && warned[1].starts_with("`broken` ran before"), "{warned:?}");
}
