//! Watched jobs.

use super::*;

#[test]
fn a_watched_job_fails_is_tried_again_and_succeeds() {
    let world = World::new(|_| {});
    let begin = |job_id| JobBegin {
        flow: "nightly-backup".into(),
        job_id,
        command: vec!["backup".into(), "--all".into()],
        host: "db-1".into(),
        application: "shop".into(),
        region: "eu".into(),
        labels: Default::default(),
        started: now(),
        schedule: None,
        max_attempts: 2,
        timeout_ms: None,
    };
    let told = |attempt, status, next_try| JobAttempt {
        attempt,
        status,
        started: now(),
        ended: Some(now()),
        code: Some(2),
        signal: None,
        detail: None,
        next_try,
    };
    let backend = &world.api.backend;
    let job_id = backend.begin_job(begin(None)).unwrap();
    assert_eq!(backend.begin_job(begin(Some(job_id))).unwrap(), job_id, "told twice, it is one run");
    backend.job_attempt(job_id, told(1, Status::Running, None)).unwrap();
    let line = |stream, text: &str| JobLine { time: now(), severity: None, stream, text: text.into() };
    let lines = vec![line(JobStream::Stdout, "copied 5 files"), line(JobStream::Stderr, "error: the disk is full")];
    backend.job_lines(job_id, JobLines { attempt: 1, first: 0, lines, lost: 0 }).unwrap();
    let failed = backend.job_attempt(job_id, told(1, Status::Failed, Some(now().plus(SECOND)))).unwrap();
    assert_eq!((failed.status, failed.attempt, failed.next_try.is_some()), (Status::Retrying, 1, true));
    assert_eq!(backend.job_attempt(job_id, told(2, Status::Running, None)).unwrap().status, Status::Running);
    let done = backend.job_attempt(job_id, told(2, Status::Succeeded, None)).unwrap();
    assert_eq!((done.status, done.attempt, done.first_try, done.retries), (Status::Succeeded, 2, false, 1));
    assert_eq!(backend.job_attempt(job_id, told(2, Status::Failed, None)).unwrap(), done, "what has ended stays");
    assert!(matches!(world.trigger("nightly-backup", json!({})), Err(RunRefusal::WatchedJob(_))));
    let logged = world.logged();
    assert!(logged.contains("copied 5 files") && logged.contains("\"severity\":\"error\""), "{logged}");
    let nothing = JobLines { attempt: 1, first: 0, lines: Vec::new(), lost: 0 };
    assert!(matches!(backend.job_lines(JobId::new(Timestamp(0), 1), nothing), Err(RunRefusal::NoRun(_))));
}
