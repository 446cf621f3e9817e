//! Interruptions: the journal breaks after every possible write, and the run goes on as if nothing had happened.
//!
//! An outside service counts what it was asked to do. A step whose end was stored is never repeated; a step whose end was
//! not is repeated only if that does no harm, else a person is asked.

mod world;

use std::sync::{Arc, Mutex};

use magpie_flows::run::{Ending, HttpRequest, Order, RetryFrom, Runner, carry_over};
use magpie_flows::run::{JobId, Replay};
use magpie_model::Timestamp;
use serde_json::{Value, json};
use world::{Answering, Bench, Memory, flow, json_response};

const TASKS: &str = "  - first: {set: {n: 1, list: [10, 20]}}
  - put: {call: http, with: {method: put, endpoint: 'https://h/put', body: '${ .n }'}, output: {as: '$input'}}
  - loop:
      for: {each: it, in: .list}
      do:
        - add: {set: {n: '${ .n + $it }', list: '${ .list }'}, export: {as: '{ last: $it }'}}
  - post: {call: http, with: {method: post, endpoint: 'https://h/post', body: '${ .n }'}, output: {as: '$input'}}
  - guarded:
      try:
        - fails: {call: http, with: {method: post, endpoint: 'https://h/fail'}}
      catch:
        errors: {with: {status: 500}}
        do:
          - handled: {set: {n: '${ .n }', caught: true, last: '${ $context.last }'}}
  - both:
      fork:
        branches:
          - one: {call: http, with: {method: post, endpoint: 'https://h/one'}}
          - two: {wait: PT1S}
";

type Seen = Arc<Mutex<Vec<String>>>;

fn service(
    seen: &Seen,
) -> impl Fn(HttpRequest) -> Result<magpie_flows::run::HttpResponse, magpie_flows::run::CallError> + Send + Sync + use<> {
    let seen = Arc::clone(seen);
    move |request| {
        let path = request.uri.rsplit('/').next().unwrap_or_default().to_owned();
        seen.lock().unwrap().push(path.clone());
        Ok(json_response(if path == "fail" { 500 } else { 200 }, &json!(path)))
    }
}

fn expected() -> Value {
    json!(["one", {"n": 31, "caught": true, "last": 20}])
}

#[tokio::test]
async fn after_every_write_the_run_goes_on_and_nothing_finished_is_repeated() {
    let definition = flow(TASKS);
    let whole = Bench::new(Answering(service(&Seen::default())));
    assert_eq!(whole.run(&definition, json!({})).await, Ending::Succeeded(expected()));
    let writes = whole.journal.begun.lock().unwrap().len() + whole.journal.finished.lock().unwrap().len();
    assert!(writes > 20, "{writes} writes");

    let mut asked_a_person = 0;
    for breaks in 0..writes {
        let seen = Seen::default();
        let bench = Bench::with_journal(Answering(service(&seen)), Memory::breaking_after(breaks as i64));
        let order = Order { job: JobId::new(Timestamp(0), 1), ..bench.order(&definition, json!({})) };
        let first = Runner::new(bench.world.clone()).run(order.clone()).await;
        assert!(matches!(first, Ending::Suspended(_)), "after {breaks} writes: {first:?}");

        let replay = bench.journal.replay();
        let stored: Vec<String> = bench.journal.finished.lock().unwrap().iter().map(|step| step.name.clone()).collect();
        let doubtful: Vec<String> = replay.doubtful().iter().map(|step| step.name.clone()).collect();
        let again = Bench::new(Answering(service(&seen)));
        let resumed = Order { replay, ..order };
        let second = Runner::new(again.world.clone()).run(resumed.clone()).await;
        let done_twice = |name: &str, path: &str| {
            stored.iter().any(|stored| stored == name) && seen.lock().unwrap().iter().filter(|seen| *seen == path).count() > 1
        };
        for (name, path) in [("put", "put"), ("post", "post"), ("fails", "fail"), ("one", "one")] {
            assert!(!done_twice(name, path), "after {breaks} writes `{name}` was stored as ended, and was repeated");
        }
        match second {
            Ending::Succeeded(output) => assert_eq!((output, doubtful.len()), (expected(), 0), "after {breaks} writes"),
            Ending::Doubtful(step) => {
                asked_a_person += 1;
                let count = |path: &str| seen.lock().unwrap().iter().filter(|seen| *seen == path).count();
                assert!(count("post") <= 1 && count("fail") <= 1 && count("one") <= 1, "after {breaks} writes: {:?}", seen.lock().unwrap());
                assert!(doubtful.iter().any(|name| step.pointer.ends_with(name)), "{step:?} of {doubtful:?}");
                let third =
                    Runner::new(Bench::new(Answering(service(&seen))).world).run(Order { repeat_interrupted: true, ..resumed }).await;
                assert_eq!(third, Ending::Succeeded(expected()), "after {breaks} writes and a person's decision");
            }
            other => panic!("after {breaks} writes: {other:?}"),
        }
    }
    assert!(asked_a_person >= 3, "a POST that was interrupted is never repeated by itself; {asked_a_person} times");
}

#[tokio::test]
async fn a_retry_from_the_failed_step_keeps_what_succeeded() {
    let definition = flow(
        "  - a: {call: http, with: {method: post, endpoint: 'https://h/a'}}\n  - b:\n      do:\n        - c: {call: http, with: {method: get, endpoint: 'https://h/fail'}}",
    );
    let seen = Seen::default();
    let bench = Bench::new(Answering(service(&seen)));
    let Ending::Failed(fault) = bench.run(&definition, json!({})).await else { panic!("it fails") };
    let finished = bench.journal.finished.lock().unwrap().clone();
    for (from, expected) in [
        (RetryFrom::FailedStep, vec!["fail"]),
        (RetryFrom::Start, vec!["a", "fail"]),
        (RetryFrom::Step(finished[0].key.clone()), vec!["a", "fail"]),
    ] {
        seen.lock().unwrap().clear();
        let replay = Replay::new([], carry_over(&finished, &from, Some(&fault)));
        let order = Order { attempt: 2, replay, ..bench.order(&definition, json!({})) };
        let ending = Runner::new(bench.world.clone()).run(order).await;
        assert!(matches!(ending, Ending::Failed(_)), "{from:?}: {ending:?}");
        assert_eq!(*seen.lock().unwrap(), expected, "{from:?}");
    }
}

#[tokio::test]
async fn cancelling_closes_calls_and_tells_the_journal_nothing_more() {
    let definition = flow("  - a: {listen: {to: {any: []}}}\n  - b: {set: {x: 1}}");
    let bench = Bench::alone();
    let run = bench.run(&definition, json!({}));
    assert!(tokio::time::timeout(std::time::Duration::from_millis(50), run).await.is_err());
    assert_eq!(bench.events.listeners(), 0, "the listener is gone");
    assert_eq!((bench.journal.begun.lock().unwrap().len(), bench.journal.finished.lock().unwrap().len()), (1, 0));
}

#[tokio::test]
async fn a_step_that_was_interrupted_and_runs_again_is_told() {
    let definition = flow("  - pause: {wait: PT1M}\n  - put: {call: http, with: {method: put, endpoint: 'https://h/put'}}");
    // The call has begun, and its end is not stored any more.
    let bench = Bench::with_journal(Answering(service(&Seen::default())), Memory::breaking_after(3));
    let order = Order { job: JobId::new(Timestamp(0), 1), ..bench.order(&definition, json!({})) };
    assert!(matches!(Runner::new(bench.world.clone()).run(order.clone()).await, Ending::Suspended(_)));
    let again = Bench::new(Answering(service(&Seen::default())));
    let ending = Runner::new(again.world.clone()).run(Order { replay: bench.journal.replay(), ..order }).await;
    assert!(matches!(ending, Ending::Succeeded(_)), "{ending:?}");
    let lines: Vec<String> = again.kept.lines.lock().unwrap().iter().map(|line| line.message.clone()).collect();
    assert_eq!(lines, ["put was interrupted and runs again", "PUT /put on h: 200", "put succeeded"]);
}
