//! Jobs that others run, as `magpie exec` tells of them: a run begins, writes lines, ends an attempt.
//!
//! Each request can be sent again without doing anything twice. Lines are numbered through the run; how many are known is
//! remembered here, and found in the stored records after a restart.

use axum::http::{Method, StatusCode};
use magpie_model::Kind;
use magpie_model::access::Role;
use magpie_model::query::{ColumnFilter, RecordQuery, TimeRange};
use magpie_model::run::{JobId, Status};
use serde_json::json;

use super::{accepted, job_id_in_path};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::problem::Problem;
use crate::routes::write;
use crate::run_filters::{no_such_run, path_job_id};
use crate::shared::Shared;
use crate::signed::refused;
use crate::watched_job::{JobAttempt, JobBegin, JobLines, LINE};

/// Lines of a request.
const MOST_LINES: usize = 1_000;
/// Longest line in bytes.
const LONGEST_LINE: usize = 64 << 10;
/// Longest name of a job in characters.
const LONGEST_NAME: usize = 100;
/// Records looked at for the number of the last line: what the process itself said of a run has none.
const LOOKED_AT: usize = 100;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        write(Role::Operator, Method::POST, "/api/v1/runs/jobs", "startJob", "runs", ("NewJobRun", "JobStarted"), begin)
            .told("Tell that a watched job begins", "Told twice with the same job id, it is one run.")
            .created()
            .refuses(&[408, 409, 413, 415, 422]),
        write(
            Role::Operator,
            Method::POST,
            "/api/v1/runs/jobs/{job_id}/lines",
            "addJobLines",
            "runs",
            ("JobLines", "JobLinesTaken"),
            lines,
        )
        .told(
            "Hand over what a watched job wrote",
            "Lines that are known already are not taken twice. The answer comes when they are on disk.",
        )
        .with([job_id_in_path()])
        .accepted()
        .refuses(&[404, 408, 409, 413, 415, 422]),
        write(
            Role::Operator,
            Method::POST,
            "/api/v1/runs/jobs/{job_id}/attempts",
            "tellJobAttempt",
            "runs",
            ("JobAttempt", "Run"),
            attempt,
        )
        .told(
            "Tell how an attempt of a watched job stands",
            "A running attempt tells it, or hands over lines, at least once a minute; one that is not heard of for five minutes \
                 has failed.",
        )
        .with([job_id_in_path()])
        .refuses(&[404, 408, 409, 413, 415, 422]),
    ]
}

fn begin(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let runs = shared.runs()?;
    let job: JobBegin = call.json()?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if job.flow.is_empty() || job.flow.len() > LONGEST_NAME || !job.flow.chars().all(is_name) {
        let fix = format!("use letters, digits, `-`, `_` and `.`, at most {LONGEST_NAME}");
        return Err(refused("flow", &format!("`{}` cannot be the name of a job", job.flow), &fix));
    }
    let job_id = runs.backend.begin_job(job)?;
    let known = shared.job_lines.known(job_id, || stored_lines(shared, job_id))?;
    Ok(Reply { status: StatusCode::CREATED, ..Reply::json(&json!({"job_id": job_id, "lines": known}))? })
}

fn lines(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (runs, job_id) = (shared.runs()?, path_job_id(call)?);
    let mut lines: JobLines = call.json()?;
    if lines.lines.len() > MOST_LINES {
        return Err(refused("lines", &format!("more than {MOST_LINES} lines"), "send them in several requests"));
    }
    if let Some(nth) = lines.lines.iter().position(|line| line.text.len() > LONGEST_LINE) {
        return Err(refused("lines", &format!("lines[{nth}] is longer than {LONGEST_LINE} bytes"), "cut it"));
    }
    if runs.store.run(job_id)?.is_none() {
        return Err(no_such_run(job_id));
    }
    let known = shared.job_lines.take(
        job_id,
        || stored_lines(shared, job_id),
        |known| {
            let end = lines.first + lines.lines.len() as u64;
            let repeated = known.saturating_sub(lines.first).min(lines.lines.len() as u64);
            lines.lines.drain(..usize::try_from(repeated).unwrap_or(usize::MAX));
            lines.first += repeated;
            lines.lost = lines.lost.min(lines.first.saturating_sub(known));
            runs.backend.job_lines(job_id, lines)?;
            Ok(end.max(known))
        },
    )?;
    accepted(&json!({"lines": known}))
}

/// The number of the last stored line of a run.
fn stored_lines(shared: &Shared, job_id: JobId) -> Result<u64, Problem> {
    let filters = vec![ColumnFilter::JobId(job_id.to_string()), ColumnFilter::Kind(vec![Kind::Run])];
    let page = shared.api.telemetry.search(&RecordQuery { filters, limit: LOOKED_AT, ..RecordQuery::range(TimeRange::ALL) })?;
    let numbers = page.records.iter().flat_map(|record| &record.attributes).filter(|(key, _)| key == LINE);
    Ok(numbers.filter_map(|(_, number)| number.parse().ok()).max().unwrap_or(0))
}

fn attempt(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (runs, job_id) = (shared.runs()?, path_job_id(call)?);
    let attempt: JobAttempt = call.json()?;
    if attempt.attempt == 0 {
        return Err(refused("attempt", "attempts count from 1", "write 1 for the first"));
    }
    let is_end = match attempt.status {
        Status::Running => false,
        Status::Succeeded | Status::Failed | Status::Cancelled | Status::TimedOut => true,
        other => {
            let detail = format!("an attempt of a watched job cannot be `{}`", other.name());
            return Err(refused("status", &detail, "write running, succeeded, failed, timed_out or cancelled"));
        }
    };
    if is_end != attempt.ended.is_some() {
        return Err(refused("ended", "`ended` belongs to an attempt that has ended, and to no other", "tell when it ended"));
    }
    Reply::json(&runs.backend.job_attempt(job_id, attempt)?)
}
