//! What every store of runs must do.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};

use magpie_model::query::TimeRange;
use magpie_model::run::{
    ABSENT, Attempt, Counted, DueDecision, DueOutcome, FaultFilter, FaultNote, FlowOrigin, FlowRow, JobId, OverviewQuery, Run, RunFilter,
    RunKind, RunQuery, Shown, Status, StepData, StepRow, StepStatus, Trigger, TriggerKind,
};
use magpie_model::time::{DAY, MILLISECOND, SECOND};
use magpie_model::{Signature, Timestamp};
use serde_json::json;

use crate::runs::{
    Admission, Advance, Cause, Change, DueNote, FlowChange, FlowChanged, HeldRun, Inserted, Lease, NewRun, Publish, StepId, StepWrite,
};
use crate::{Error, RunStore};

/// Checks new, empty stores; `open` opens one of its own.
pub(crate) fn check(open: &dyn Fn() -> Arc<dyn RunStore>) {
    flows_and_versions(&*open());
    a_run_is_leased_once(&open());
    flows_have_room(&*open());
    a_due_time_is_decided_once(&*open());
    an_event_is_consumed_once(&*open());
    the_journal_belongs_to_who_holds_the_lease(&*open());
    an_open_step_ends_with_its_attempt(&*open());
    dropped_steps_do_not_count(&*open());
    lists_and_filters(&*open());
    figures(&*open());
    the_inbox_has_a_group_for_each_kind_of_failure(&*open());
    what_is_kept_and_what_goes(&*open());
}

/// Checks two handles on one new, empty store, as two processes have them.
pub(crate) fn shared(one: &dyn RunStore, other: &dyn RunStore) {
    for number in 0..60 {
        one.insert(new(run(number, "a"))).unwrap();
    }
    let late = NOW.plus(SECOND);
    let lease = |store: &dyn RunStore, owner| -> Vec<JobId> {
        (0..10).flat_map(|_| ids(&store.lease(late, 5, leased_by(owner, late.plus(DAY))).unwrap())).collect()
    };
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| lease(one, "one"));
        (lease(other, "two"), first.join().unwrap())
    });
    let mut all: Vec<JobId> = first.into_iter().chain(second).collect();
    all.sort();
    assert_eq!(all, (0..60).map(job).collect::<Vec<_>>());
}

const NOW: Timestamp = Timestamp(1_800_000_000 * SECOND);

fn job(number: u64) -> JobId {
    JobId::new(NOW.plus(number as i64 * MILLISECOND), u128::from(number))
}

fn run(number: u64, flow: &str) -> Run {
    let trigger = Trigger { kind: TriggerKind::Manual, by: Some("ann".to_owned()), due: None };
    let run = Run::triggered(job(number), flow, RunKind::Flow, trigger, NOW.plus(number as i64 * MILLISECOND));
    Run { application: "shop".to_owned(), version: "1.0.0".to_owned(), revision: 1, ..run }
}

fn new(run: Run) -> NewRun {
    let due = Some(run.queued);
    NewRun {
        held: HeldRun { run, state: json!({}), due, lease: None, cancel: None },
        labels: BTreeMap::from([("team".to_owned(), "shop".to_owned())]),
        attempt: None,
        input: br#"{"card":"4711"}"#.to_vec(),
        shown: Shown { value: json!({"card": "***"}), cut: false, redacted: vec!["/card".to_owned()] },
        admission: Admission::Always,
        cause: Cause::None,
        signature: None,
    }
}

fn made() -> Inserted {
    Inserted::Made { replaced: Vec::new() }
}

fn signed(by: &str, comment: &str) -> Signature {
    Signature { by: by.to_owned(), at: NOW, comment: comment.to_owned() }
}

/// What leasing makes of a run.
fn leased_by(owner: &str, until: Timestamp) -> Advance {
    let owner = owner.to_owned();
    Arc::new(move |mut held: HeldRun| {
        held.run.status = Status::Running;
        held.run.attempt += 1;
        held.run.started = held.run.started.or(Some(held.run.queued));
        held.due = None;
        held.lease = Some(Lease { owner: owner.clone(), until });
        let attempt = Attempt { attempt: held.run.attempt, started: held.run.queued, ended: None, status: Status::Running, fault: None };
        Some(Change { attempt: Some(attempt), ..Change::to(held) })
    })
}

/// What leasing makes of one run once more; others stay as they are.
fn again_by(owner: &str, job_id: JobId) -> Advance {
    let lease = leased_by(owner, NOW.plus(3 * DAY));
    Arc::new(move |held: HeldRun| if held.run.job_id == job_id { lease(held) } else { None })
}

/// What an end makes of a run, a second later.
fn ended(status: Status) -> Advance {
    Arc::new(move |mut held: HeldRun| {
        held.run.status = status;
        held.run.ended = held.run.started.map(|started| started.plus(SECOND));
        held.run.first_try = status == Status::Succeeded && held.run.attempt == 1;
        held.run.open = status.is_failure();
        held.lease = None;
        let detail = Some("the disk is full".to_owned());
        held.run.fault =
            status.is_failure().then(|| FaultNote { kind: "urn:disk".into(), title: None, detail, status: 500, pointer: "/do/0/a".into() });
        Some(Change { output: Some(Shown { value: json!(7), ..Shown::default() }), ..Change::to(held) })
    })
}

fn failed_with(kind: &str, status: i64, pointer: &str) -> FaultFilter {
    FaultFilter { kind: Some(kind.to_owned()), status: Some(status), pointer: Some(pointer.to_owned()) }
}

/// Fails in a step with a status, so long after its start.
fn failed_in(pointer: &'static str, status: i64, after: i64) -> Advance {
    let end = ended(Status::Failed);
    Arc::new(move |held: HeldRun| {
        let mut change = end(held)?;
        change.held.run.ended = Some(NOW.plus(after * SECOND));
        let detail = Some(format!("after {after} s"));
        change.held.run.fault = Some(FaultNote { kind: "urn:disk".into(), title: None, detail, status, pointer: pointer.into() });
        Some(change)
    })
}

fn ids(runs: &[HeldRun]) -> Vec<JobId> {
    runs.iter().map(|held| held.run.job_id).collect()
}

fn change_flow(store: &dyn RunStore, flow: &str, save: Option<&str>, expected: Option<u64>, publish: Option<Publish>) -> FlowChanged {
    let made = FlowRow { application: "shop".to_owned(), ..FlowRow::new(flow, RunKind::Flow, FlowOrigin::Api, NOW) };
    let change = FlowChange {
        flow: flow.to_owned(),
        row: Box::new(move |row| Ok(Some(row.unwrap_or(made)))),
        save: save.map(|source| (source.to_owned(), "1.0.0".to_owned())),
        expected,
        publish,
        action: Some("save flow"),
        signature: signed("ann", "because"),
    };
    store.change_flow(change).unwrap()
}

fn flows_and_versions(store: &dyn RunStore) {
    let row = |changed: FlowChanged| match changed {
        FlowChanged::Done(Some(row)) => (row.revision, row.published, row.draft),
        other => panic!("{other:?}"),
    };
    assert_eq!(row(change_flow(store, "sync", Some("one"), Some(0), None)), (1, None, Some(1)), "a draft");
    assert_eq!(change_flow(store, "sync", Some("x"), Some(0), None), FlowChanged::Conflict, "it exists");
    assert_eq!(row(change_flow(store, "sync", None, Some(1), Some(Publish::Revision(1)))), (1, Some(1), None));
    assert_eq!(row(change_flow(store, "sync", Some("two"), Some(1), None)), (2, Some(1), Some(2)), "the old one stays live");
    assert_eq!(row(change_flow(store, "sync", Some("three"), None, Some(Publish::New))), (3, Some(3), None));
    let versions: Vec<(u64, bool)> = store.versions("sync").unwrap().iter().map(|version| (version.revision, version.live)).collect();
    assert_eq!(versions, [(3, true), (2, false), (1, false)]);
    let (version, source) = store.version("sync", 1).unwrap().unwrap();
    assert_eq!((source.as_str(), version.by.as_str(), version.published_at), ("one", "ann", Some(NOW)));
    assert_eq!(store.version("sync", 9).unwrap(), None);
    let refused = FlowChange {
        flow: "sync".to_owned(),
        row: Box::new(|_| Err("no".to_owned())),
        save: Some(("four".to_owned(), String::new())),
        expected: None,
        publish: None,
        action: Some("save flow"),
        signature: signed("ann", ""),
    };
    assert_eq!(store.change_flow(refused).unwrap(), FlowChanged::Refused("no".to_owned()));
    assert_eq!(store.flow("sync").unwrap().unwrap().revision, 3, "nothing is changed");
    let delete = FlowChange {
        flow: "sync".to_owned(),
        row: Box::new(|_| Ok(None)),
        save: None,
        expected: None,
        publish: None,
        action: Some("delete flow"),
        signature: signed("bob", ""),
    };
    assert_eq!(store.change_flow(delete).unwrap(), FlowChanged::Done(None));
    assert!(store.flow("sync").unwrap().is_none() && store.flows().unwrap().is_empty());
    assert_eq!(row(change_flow(store, "sync", Some("again"), Some(0), None)).0, 4, "numbers go on after a deletion");
    let kept = FlowChange {
        flow: "sync".to_owned(),
        row: Box::new(|row| Ok(row.map(|row| FlowRow { title: Some("late".to_owned()), ..row }))),
        save: None,
        expected: None,
        publish: None,
        action: None,
        signature: signed("magpie", ""),
    };
    assert!(matches!(store.change_flow(kept).unwrap(), FlowChanged::Done(Some(row)) if row.title.is_some()));
    let of_folder = FlowChange {
        flow: "sync".to_owned(),
        row: Box::new(Ok),
        save: None,
        expected: None,
        publish: None,
        action: Some("publish flow"),
        signature: signed("magpie", "`sync.yaml` changed"),
    };
    store.change_flow(of_folder).unwrap();
    let noted: Vec<String> =
        store.audit(Some("sync"), None, 3).unwrap().iter().map(|entry| format!("{} {}", entry.by, entry.action)).collect();
    assert_eq!(
        noted,
        ["magpie publish flow", "ann save flow", "bob delete flow"],
        "what Magpie keeps on a row is no change that somebody made"
    );
}

fn a_run_is_leased_once(store: &Arc<dyn RunStore>) {
    for number in 0..40 {
        assert_eq!(store.insert(new(run(number, "a"))).unwrap(), made());
    }
    let mut again = new(Run { flow: "b".to_owned(), ..run(7, "a") });
    again.held.due = None;
    assert_eq!(store.insert(again).unwrap(), Inserted::Known, "one id is one run, however often it is told");
    let late = NOW.plus(SECOND);
    let taken: Vec<Vec<JobId>> = std::thread::scope(|scope| {
        let one = |owner: &'static str| {
            let store = Arc::clone(store);
            scope.spawn(move || (0..4).flat_map(|_| ids(&store.lease(late, 5, leased_by(owner, late.plus(SECOND))).unwrap())).collect())
        };
        let owners = ["one", "two"].map(one);
        owners.map(|owner| owner.join().unwrap()).into()
    });
    let mut all: Vec<JobId> = taken.iter().flatten().copied().collect();
    all.sort();
    assert_eq!(all, (0..40).map(job).collect::<Vec<_>>(), "each once, whoever asks");
    assert!(store.lease(late, 5, leased_by("three-1", late)).unwrap().is_empty());

    // Who renews keeps its runs; what is not renewed is taken over, and then is not the first one's any more.
    let until = late.plus(10 * SECOND);
    let mine = taken[0][0];
    assert_eq!(store.renew("one", until, &taken[0][..1]).unwrap(), [(mine, None)]);
    let over = store.lease(late.plus(2 * SECOND), 100, leased_by("three-1", until)).unwrap();
    assert_eq!(over.len(), 39);
    assert!(over.iter().all(|held| held.run.attempt == 2 && held.run.job_id != mine));
    assert_eq!(store.renew("two", until, &taken[1]).unwrap(), []);
    assert_eq!(store.change(taken[1][0], Some("two"), ended(Status::Succeeded)).unwrap(), None, "somebody else's by now");
    assert!(store.change(mine, Some("one"), ended(Status::Succeeded)).unwrap().is_some());
    // An owner is a word for the data directory and one for the process. The process is gone, and its successor knows: it ends
    // the leases of all owners of its directory.
    assert_eq!(store.release("three-").unwrap(), 39);
    assert_eq!(store.lease(late.plus(3 * SECOND), 100, leased_by("four", until)).unwrap().len(), 39);
}

fn flows_have_room(store: &dyn RunStore) {
    change_flow(store, "narrow", Some("x"), None, Some(Publish::New));
    for number in 0..6 {
        store.insert(new(run(number, if number < 4 { "narrow" } else { "wide" }))).unwrap();
    }
    let late = NOW.plus(SECOND);
    let lease = || store.lease(late, 10, leased_by("one", late.plus(DAY))).unwrap();
    assert_eq!(ids(&lease()), [job(0), job(4), job(5)], "one of the narrow flow, all of the one without a limit");
    assert!(lease().is_empty());
    store.change(job(0), Some("one"), ended(Status::Failed)).unwrap();
    assert_eq!(ids(&lease()), [job(1)], "the next in its turn");

    let skipping = NewRun { admission: Admission::Below(1), ..new(run(7, "narrow")) };
    assert_eq!(store.insert(skipping).unwrap(), Inserted::Overlaps);
    let replacing = NewRun { admission: Admission::Replacing, ..new(run(8, "narrow")) };
    assert_eq!(store.insert(replacing).unwrap(), Inserted::Made { replaced: vec![job(1), job(2), job(3)] });
    let renewed = store.renew("one", late.plus(DAY), &[job(1)]).unwrap();
    assert!(renewed[0].1.is_some(), "who works on it hears that it is to end");
    assert_eq!(store.next_due(Timestamp(0)).unwrap(), Some(run(2, "narrow").queued));
}

fn a_due_time_is_decided_once(store: &dyn RunStore) {
    let due = |at: i64, decision| Cause::Due { due: NOW.plus(at), decision, reason: None, shift: None };
    let by = |number, cause| NewRun { cause, ..new(run(number, "nightly")) };
    assert_eq!(store.insert(by(1, due(0, DueDecision::Run))).unwrap(), made());
    assert_eq!(store.insert(by(2, due(0, DueDecision::Run))).unwrap(), Inserted::Settled, "another process was first");
    let overlapping = NewRun { admission: Admission::Below(1), ..by(3, due(1, DueDecision::Run)) };
    assert_eq!(store.insert(overlapping).unwrap(), Inserted::Overlaps);
    let note = |at: i64, decision, reason: &str| DueNote {
        flow: "nightly".to_owned(),
        due: NOW.plus(at),
        decision,
        reason: Some(reason.to_owned()),
        shift: None,
    };
    assert_eq!(store.note_due(vec![note(1, DueDecision::Missed, "down"), note(2, DueDecision::Paused, "paused")]).unwrap(), 1);
    let rows = |store: &dyn RunStore| -> Vec<(i64, DueOutcome, Option<String>)> {
        let range = TimeRange { from: NOW, to: NOW.plus(9) };
        store.due_rows(Some("nightly"), range).unwrap().into_iter().map(|row| (row.due.since(NOW), row.outcome, row.reason)).collect()
    };
    let word = |word: &str| Some(word.to_owned());
    let paused = (2, DueOutcome::Paused, word("paused"));
    assert_eq!(rows(store), [paused.clone(), (1, DueOutcome::Skipped, word("overlap")), (0, DueOutcome::Running, None)]);
    store.lease(NOW.plus(SECOND), 9, leased_by("one", NOW.plus(DAY))).unwrap();
    store.change(job(1), Some("one"), ended(Status::Succeeded)).unwrap();
    assert_eq!(rows(store)[2].1, DueOutcome::Ran);
    assert_eq!(store.last_due("nightly").unwrap(), Some(NOW.plus(2)));
    let tallies = |from, to| -> Vec<(i64, Counted, u64)> {
        let tallies = store.due_tallies(TimeRange { from, to }, 2 * MILLISECOND).unwrap();
        tallies.into_iter().map(|tally| (tally.at.since(NOW), tally.what, tally.count)).collect()
    };
    store.insert(NewRun { cause: Cause::None, ..new(run(5, "nightly")) }).unwrap();
    assert_eq!(
        tallies(NOW, NOW.plus(DAY)),
        [
            (0, Counted::Due(DueOutcome::Paused), 1),
            (0, Counted::Due(DueOutcome::Ran), 1),
            (0, Counted::Due(DueOutcome::Skipped), 1),
            (4 * MILLISECOND, Counted::Run(Status::Queued), 1),
        ],
        "a run that no due time made is counted for itself"
    );
    assert_eq!(tallies(NOW.plus(DAY), NOW.plus(2 * DAY)), []);

    // What passed because nothing was told is taken by a run that comes after all; other decisions stand.
    assert_eq!(store.note_due(vec![note(3, DueDecision::Missed, ABSENT)]).unwrap(), 1);
    assert_eq!(store.insert(by(6, due(3, DueDecision::Late))).unwrap(), made());
    assert_eq!(store.insert(by(7, due(3, DueDecision::Late))).unwrap(), Inserted::Settled);
    assert_eq!(store.note_due(vec![note(3, DueDecision::Missed, ABSENT)]).unwrap(), 0);
    assert_eq!(rows(store)[0], (3, DueOutcome::Running, None));
    assert_eq!(store.insert(by(8, due(2, DueDecision::Late))).unwrap(), Inserted::Settled);
    assert_eq!((store.last_due("other").unwrap(), store.due_rows(None, TimeRange::ALL).unwrap().len()), (None, 4));
}

fn an_event_is_consumed_once(store: &dyn RunStore) {
    let event = |id: &str| json!({"source": "shop", "id": id, "type": "order.placed"});
    assert_eq!(store.put_event(&event("1"), NOW).unwrap(), (1, true));
    assert_eq!(store.put_event(&event("1"), NOW).unwrap(), (1, false), "sent again");
    assert!(store.put_event(&event("2"), NOW.plus(5)).unwrap().1);
    let all = store.events(0, 10).unwrap();
    assert_eq!((all.len(), &all[1].event, all[1].at), (2, &event("2"), NOW.plus(5)));
    assert_eq!((store.event_before(NOW).unwrap(), store.event_before(NOW.plus(1)).unwrap()), (0, 1));
    assert_eq!(store.consumed("a").unwrap(), None);
    assert_eq!((store.begin_consuming("a", 0).unwrap(), store.begin_consuming("a", 9).unwrap()), (0, 0), "where it began");
    let by = |number, up_to| NewRun { cause: Cause::Events { up_to }, ..new(run(number, "a")) };
    assert_eq!(store.insert(by(1, 2)).unwrap(), made());
    assert_eq!(store.insert(by(2, 2)).unwrap(), Inserted::Settled);
    assert_eq!(store.consumed("a").unwrap(), Some(2));
}

fn step(number: u64, owner: &str, pointer: &str, attempt: u32, status: StepStatus) -> StepWrite {
    StepWrite {
        job_id: job(number),
        owner: owner.to_owned(),
        row: StepRow {
            pointer: pointer.to_owned(),
            iteration: String::new(),
            attempt,
            name: "a".to_owned(),
            kind: "set".to_owned(),
            depth: 0,
            parent: None,
            status,
            started: Some(NOW),
            ended: None,
            duration_ms: None,
            operation: None,
            target: None,
            target_module: None,
            fault: None,
        },
        kept: format!("{pointer} {attempt}").into_bytes(),
        data: StepData { input: Shown { value: json!(attempt), ..Shown::default() }, ..StepData::default() },
    }
}

/// Writes a step and waits for the answer.
fn written(store: &dyn RunStore, step: StepWrite) -> crate::Result<()> {
    let (done, answer) = mpsc::channel();
    store.write_step(step, Box::new(move |outcome| drop(done.send(outcome))));
    answer.recv().unwrap()
}

fn the_journal_belongs_to_who_holds_the_lease(store: &dyn RunStore) {
    store.insert(new(run(1, "a"))).unwrap();
    store.lease(NOW.plus(SECOND), 1, leased_by("one", NOW.plus(DAY))).unwrap();
    written(store, step(1, "one", "/do/0/a", 1, StepStatus::Running)).unwrap();
    assert_eq!(
        store.runs(&RunQuery { filter: RunFilter::range(TimeRange::ALL), limit: 9, after: None }).unwrap().runs[0]
            .step
            .as_ref()
            .unwrap()
            .pointer,
        "/do/0/a"
    );
    written(store, step(1, "one", "/do/0/a", 1, StepStatus::Succeeded)).unwrap();
    written(store, step(1, "one", "/do/0/a/do/0/b", 1, StepStatus::Succeeded)).unwrap();
    assert!(matches!(written(store, step(1, "two", "/do/1/c", 1, StepStatus::Running)), Err(Error::NotHeld)));
    let rows: Vec<(String, u32, Option<String>)> =
        store.steps(job(1)).unwrap().into_iter().map(|row| (row.pointer, row.depth, row.parent)).collect();
    assert_eq!(rows, [("/do/0/a".into(), 0, None), ("/do/0/a/do/0/b".into(), 1, Some("/do/0/a".into()))]);
    let id = StepId { pointer: "/do/0/a".into(), iteration: String::new(), attempt: 1 };
    assert_eq!(store.step_data(job(1), &id).unwrap().unwrap().input.value, json!(1));
    assert_eq!(store.step_data(job(2), &id).unwrap(), None);
}

fn an_open_step_ends_with_its_attempt(store: &dyn RunStore) {
    store.insert(new(run(1, "a"))).unwrap();
    store.lease(NOW.plus(SECOND), 1, leased_by("one", NOW.plus(DAY))).unwrap();
    written(store, step(1, "one", "/do/0/a", 1, StepStatus::Running)).unwrap();
    let status = || store.steps(job(1)).unwrap().into_iter().map(|row| (row.status, row.ended)).next().unwrap();
    assert_eq!(status(), (StepStatus::Running, None));
    let cancel: Advance = Arc::new(|held: HeldRun| {
        let attempt = Attempt { attempt: 1, started: NOW, ended: Some(NOW.plus(SECOND)), status: Status::Cancelled, fault: None };
        Some(Change { attempt: Some(attempt), ..Change::to(held) })
    });
    store.change(job(1), Some("one"), cancel).unwrap();
    assert_eq!(status(), (StepStatus::Cancelled, Some(NOW.plus(SECOND))));
}

fn dropped_steps_do_not_count(store: &dyn RunStore) {
    store.insert(new(run(1, "a"))).unwrap();
    store.lease(NOW.plus(SECOND), 1, leased_by("one", NOW.plus(DAY))).unwrap();
    for (pointer, attempt) in [("/do/0/a", 1), ("/do/1/b", 1), ("/do/1/b", 2)] {
        written(store, step(1, "one", pointer, attempt, StepStatus::Succeeded)).unwrap();
    }
    let kept = || store.kept_steps(job(1)).unwrap().into_iter().map(|step| String::from_utf8(step.kept).unwrap()).collect::<Vec<_>>();
    assert_eq!(kept(), ["/do/0/a 1", "/do/1/b 1", "/do/1/b 2"], "later attempts come last");
    let again: Advance = Arc::new(|held| {
        let dropped = vec![StepId { pointer: "/do/1/b".into(), iteration: String::new(), attempt: 2 }];
        Some(Change { dropped, input: Some((b"2".to_vec(), Shown::default())), ..Change::to(held) })
    });
    store.change(job(1), Some("one"), again).unwrap();
    assert_eq!(kept(), ["/do/0/a 1", "/do/1/b 1"]);
    assert_eq!(store.kept_input(job(1)).unwrap(), Some(b"2".to_vec()));
    assert_eq!(store.steps(job(1)).unwrap().len(), 3, "what happened is still shown");
}

fn lists_and_filters(store: &dyn RunStore) {
    for number in 0..5 {
        let mut run = run(number, if number % 2 == 0 { "even" } else { "odd" });
        if number == 3 {
            (run.application, run.region) = ("mail".to_owned(), "eu".to_owned());
        }
        store.insert(new(run)).unwrap();
    }
    store.lease(NOW.plus(SECOND), 5, leased_by("one", NOW.plus(DAY))).unwrap();
    store.change(job(1), Some("one"), ended(Status::Failed)).unwrap();
    store.change(job(2), Some("one"), ended(Status::Succeeded)).unwrap();
    // The first one succeeds with its second attempt.
    store.lease(NOW.plus(2 * DAY), 5, again_by("one", job(0))).unwrap();
    store.change(job(0), Some("one"), ended(Status::Succeeded)).unwrap();
    let all = RunFilter::range(TimeRange { from: NOW, to: NOW.plus(DAY) });
    let page = |filter: &RunFilter, limit, after| store.runs(&RunQuery { filter: filter.clone(), limit, after }).unwrap();
    let numbers = |filter: RunFilter| -> Vec<u64> {
        page(&filter, 9, None).runs.iter().map(|run| (0..5).find(|number| job(*number) == run.job_id).unwrap()).collect()
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let tail = job(4).to_string()[24..].to_owned();
    for (name, filter, expected) in [
        ("newest first", all.clone(), vec![4, 3, 2, 1, 0]),
        ("flow", RunFilter { flows: words(&["odd"]), ..all.clone() }, vec![3, 1]),
        ("application or none", RunFilter { applications: words(&["mail", ""]), ..all.clone() }, vec![3]),
        ("no region", RunFilter { regions: words(&[""]), ..all.clone() }, vec![4, 2, 1, 0]),
        ("status", RunFilter { statuses: vec![Status::Failed, Status::Succeeded], ..all.clone() }, vec![2, 1, 0]),
        ("open", RunFilter { open: Some(true), ..all.clone() }, vec![1]),
        ("retried", RunFilter { retried: Some(true), ..all.clone() }, vec![0]),
        ("not retried", RunFilter { retried: Some(false), ..all.clone() }, vec![4, 3, 2, 1]),
        ("trigger", RunFilter { triggers: vec![TriggerKind::Schedule], ..all.clone() }, vec![]),
        ("kind", RunFilter { kind: Some(RunKind::Job), ..all.clone() }, vec![]),
        ("whole id", RunFilter { job_ids: vec![job(2).to_string()], ..all.clone() }, vec![2]),
        ("end of an id", RunFilter { job_ids: vec![tail.clone()], ..all.clone() }, vec![4]),
        ("too short an end", RunFilter { job_ids: vec!["0004".into()], ..all.clone() }, vec![]),
        ("no id", RunFilter { job_ids: vec!["%%%%%%%%%".into()], ..all.clone() }, vec![]),
        ("what it failed with", RunFilter { fault: failed_with("urn:disk", 500, "/do/0/a"), ..all.clone() }, vec![1]),
        ("another step", RunFilter { fault: failed_with("urn:disk", 500, "/do/1/b"), ..all.clone() }, vec![]),
        ("another status", RunFilter { fault: failed_with("urn:disk", 503, "/do/0/a"), ..all.clone() }, vec![]),
        ("no failure", RunFilter { fault: failed_with("", 0, ""), ..all.clone() }, vec![4, 3, 2, 0]),
        ("text of the error", RunFilter { text: Some("DISK is".into()), ..all.clone() }, vec![1]),
        ("text of the flow", RunFilter { text: Some("eve".into()), ..all.clone() }, vec![4, 2, 0]),
        ("a sign of patterns", RunFilter { text: Some("%".into()), ..all.clone() }, vec![]),
        ("range", RunFilter::range(TimeRange { from: NOW.plus(MILLISECOND), to: NOW.plus(3 * MILLISECOND) }), vec![2, 1]),
    ] {
        let fitting = page(&all, 9, None).runs.into_iter().filter(|run| filter.fits(run)).map(|run| run.job_id).collect::<Vec<_>>();
        assert_eq!(fitting, expected.iter().map(|number| job(*number)).collect::<Vec<_>>(), "{name}, as the filter itself says it");
        assert_eq!(numbers(filter), expected, "{name}");
    }
    let first = page(&all, 2, None);
    assert_eq!((first.next, first.total), (Some(job(3)), 5));
    let second = page(&all, 3, first.next);
    assert_eq!((second.runs[0].job_id, second.runs.len(), second.next), (job(2), 3, None));
    assert_eq!(store.find(&tail).unwrap(), [job(4)]);
    let detail = store.run(job(2)).unwrap().unwrap();
    assert_eq!((detail.input.value, detail.output.value, detail.labels["team"].as_str()), (json!({"card": "***"}), json!(7), "shop"));
    assert_eq!((detail.attempts.len(), detail.attempts[0].attempt), (1, 1));
    assert!(store.run(job(77)).unwrap().is_none());
    let standings = store.standings(&[job(1), job(77)]).unwrap();
    assert_eq!((standings.len(), standings[&job(1)].status, standings[&job(1)].attempts), (1, Status::Failed, 1));
}

fn figures(store: &dyn RunStore) {
    for number in 0..10 {
        store.insert(new(run(number, "a"))).unwrap();
    }
    let lease = || store.lease(NOW.plus(SECOND), 10, leased_by("one", NOW.plus(DAY))).unwrap();
    lease();
    for number in 0..6 {
        store.change(job(number), Some("one"), ended(Status::Succeeded)).unwrap();
    }
    store.change(job(6), Some("one"), ended(Status::Failed)).unwrap();
    store.change(job(7), Some("one"), ended(Status::Cancelled)).unwrap();
    // One fails once, is due again, and succeeds.
    let retrying: Advance = Arc::new(|mut held: HeldRun| {
        (held.run.status, held.run.retries, held.due, held.lease) = (Status::Retrying, 1, Some(NOW), None);
        Some(Change::to(held))
    });
    store.change(job(8), Some("one"), retrying).unwrap();
    lease();
    store.change(job(8), Some("one"), ended(Status::Succeeded)).unwrap();
    store.renew_usual().unwrap();
    let range = TimeRange { from: NOW, to: NOW.plus(DAY) };
    let days: Vec<Timestamp> = (-6..=1).map(|day| NOW.plus(day * DAY)).collect();
    let overview = store.overview(&OverviewQuery { filter: RunFilter::range(range), step: DAY, days }).unwrap();
    let tally = &overview.total;
    assert_eq!((tally.runs, tally.succeeded, tally.failed, tally.cancelled, tally.active), (10, 7, 1, 1, 1));
    assert_eq!((tally.first_try, tally.retried, tally.retries, tally.open), (6, 1, 1, 1));
    assert_eq!((tally.avg_ms, tally.p95_ms), (Some(1_000.0), Some(1_000.0)));
    let flow = &overview.flows[0];
    assert_eq!((flow.flow.as_str(), &flow.tally, flow.days.len()), ("a", tally, 7));
    assert_eq!((flow.days[6].succeeded, flow.days[6].failed, flow.days[6].other, flow.days[5].succeeded), (7, 1, 2, 0));
    assert_eq!((overview.running.len(), overview.open.len(), overview.open_groups), (1, 1, 1));
    assert_eq!((overview.running_total, overview.running_since), (1, Some(overview.running[0].queued)));
    assert_eq!((overview.open_total, overview.open_since), (1, Some(overview.open[0].since)));
    assert_eq!(overview.newest_application.as_deref(), Some("shop"));
    assert_eq!(overview.trend.iter().map(|bar| bar.succeeded).sum::<u64>(), 7);
    let superseded = store.superseded(&RunFilter::range(range)).unwrap();
    assert_eq!(superseded.iter().map(|one| (one.job_id, one.attempt)).collect::<Vec<_>>(), [(job(8), 2)]);
}

fn the_inbox_has_a_group_for_each_kind_of_failure(store: &dyn RunStore) {
    let failures = [
        ("pay", "/do/0/charge", 503, 10),
        ("pay", "/do/0/charge", 503, 30),
        ("pay", "/do/0/charge", 400, 5),
        ("pay", "/do/1/book", 503, 20),
        ("ship", "/do/0/charge", 503, 40),
        ("pay", "/do/0/charge", 503, 25),
    ];
    for (number, (flow, ..)) in (0..).zip(&failures) {
        store.insert(new(run(number, flow))).unwrap();
    }
    store.insert(new(run(6, "pay"))).unwrap();
    store.lease(NOW.plus(SECOND), 9, leased_by("one", NOW.plus(DAY))).unwrap();
    for (number, (_, pointer, status, after)) in (0..).zip(failures) {
        store.change(job(number), Some("one"), failed_in(pointer, status, after)).unwrap();
    }
    store.change(job(6), Some("one"), ended(Status::Succeeded)).unwrap();
    let all = RunFilter::range(TimeRange { from: NOW, to: NOW.plus(DAY) });
    let at = |seconds| NOW.plus(seconds * SECOND);
    let failures = store.failures(&all, 9).unwrap();
    let told: Vec<_> = failures.groups.iter().map(|group| (group.newest.job_id, group.count, group.first, group.last)).collect();
    let expected = [(job(4), 1, at(40), at(40)), (job(1), 3, at(10), at(30)), (job(3), 1, at(20), at(20)), (job(2), 1, at(5), at(5))];
    assert_eq!(told, expected, "what failed last first");
    assert_eq!((failures.total, failures.runs), (4, 6));
    assert_eq!(failures.groups[1].since, run(0, "pay").queued, "lists go by the trigger");
    let fault = failures.groups[1].newest.fault.clone().unwrap();
    let alike = FaultFilter { kind: Some(fault.kind), status: Some(fault.status), pointer: Some(fault.pointer) };
    let its_runs = RunFilter { flows: vec!["pay".into()], open: Some(true), fault: alike, ..all.clone() };
    let listed = store.runs(&RunQuery { filter: its_runs, limit: 9, after: None }).unwrap();
    assert_eq!(listed.runs.iter().map(|run| run.job_id).collect::<Vec<_>>(), [job(5), job(1), job(0)], "its runs can be listed");
    let first = store.failures(&all, 1).unwrap();
    assert_eq!((first.groups.len(), first.total, first.runs), (1, 4, 6), "what is not shown is counted");
    let shipped = store.failures(&RunFilter { flows: vec!["ship".into()], ..all }, 9).unwrap();
    assert_eq!((shipped.total, shipped.runs), (1, 1));
}

fn what_is_kept_and_what_goes(store: &dyn RunStore) {
    for number in 0..4 {
        store.insert(new(run(number, "a"))).unwrap();
    }
    let attempt = Attempt { attempt: 1, started: NOW, ended: Some(NOW), status: Status::Failed, fault: None };
    store.insert(NewRun { attempt: Some(attempt.clone()), ..new(Run { queued: NOW.plus(DAY), ..run(5, "a") }) }).unwrap();
    assert_eq!(store.run(job(5)).unwrap().unwrap().attempts, [attempt], "one that could not be started");
    store.lease(NOW.plus(SECOND), 3, leased_by("one", NOW.plus(DAY))).unwrap();
    for (number, status) in [(0, Status::Succeeded), (1, Status::Failed), (2, Status::Cancelled)] {
        written(store, step(number, "one", "/do/0/a", 1, StepStatus::Succeeded)).unwrap();
        store.change(job(number), Some("one"), ended(status)).unwrap();
    }
    store.put_event(&json!({"source": "s", "id": "1"}), NOW).unwrap();
    store.put_event(&json!({"source": "s", "id": "2"}), NOW).unwrap();
    assert_eq!(store.sweep(NOW).unwrap().emptied, 1);
    let kept = |number| (store.kept_input(job(number)).unwrap().is_some(), store.kept_steps(job(number)).unwrap().len());
    assert_eq!([kept(0), kept(1), kept(2)], [(false, 0), (true, 1), (true, 1)], "what may be retried is kept whole");
    assert_eq!(store.steps(job(0)).unwrap().len(), 1, "what happened is still shown");

    let waive: Advance = Arc::new(|mut held: HeldRun| {
        held.run.open = false;
        held.run.waived = Some(magpie_model::run::Waiver { reason: "old".into(), by: "ann".into(), at: NOW });
        Some(Change { audit: Some(("waive run".into(), signed("ann", "old"))), ..Change::to(held) })
    });
    let old = NOW.plus(60 * DAY);
    assert_eq!(store.sweep(old).unwrap().runs, 2, "an open failure and one that has not ended stay, however old");
    assert!(kept(1).0 && store.run(job(3)).unwrap().is_some() && store.run(job(0)).unwrap().is_none());
    assert_eq!(store.events(0, 9).unwrap().len(), 1, "the newest event says how far numbers have come");
    store.change(job(1), None, waive).unwrap();
    assert_eq!(store.audit(Some(&job(1).to_string()), None, 9).unwrap()[0].action, "waive run");
    let swept = store.sweep(old).unwrap();
    assert_eq!((swept.emptied, swept.runs), (1, 1));
}
