//! The failure inbox on the terminal: what failed alike stands in one row, and is retried or waived together.

use std::io::Write;

use magpie_model::run::{FailureGroup, Failures, JobId, Run};
use serde_json::json;

use super::asked::{Asked, add_which, print, read, runs_table, short, trouble};
use super::client::Query;
use crate::cli::WhichArgs;
use crate::error::{Error, Result};
use crate::report::numbers;
use crate::report::paint::{Cell, Table, Tone};

/// Runs of one page of the API.
const PAGE: &str = "1000";

/// Shows the inbox.
pub(super) fn inbox(asked: &Asked, which: &WhichArgs, limit: usize) -> Result<()> {
    let mut query = Query::default();
    add_which(&mut query, which);
    query.add("limit", &limit.to_string());
    let answer = asked.get("/api/v1/runs/failures", &query)?;
    asked.show(&answer, |out| {
        let failures: Failures = read(&answer, "the failures")?;
        print(table(&failures.groups), "no failure waits for a person", out)?;
        let (shown, total) = (failures.groups.len() as u64, failures.total);
        if total > shown {
            writeln!(out, "  {shown} of {}: more with --limit", numbers::counted(total, "row"))?;
        }
        Ok(())
    })
}

/// Groups of failures, a line each.
pub(super) fn table(groups: &[FailureGroup]) -> Option<Table> {
    let titles = [
        ("Runs", true),
        ("flow", false),
        ("step", false),
        ("first failed", false),
        ("last failed", false),
        ("newest job id ends", false),
        ("what is wrong", false),
    ];
    let mut table = Table::new(&titles);
    for FailureGroup { newest, count, first, last, .. } in groups {
        table.row(vec![
            Cell::toned(&numbers::count(*count), Tone::Firing),
            Cell::text(&newest.flow),
            Cell::text(newest.step.as_ref().map_or("-", |step| &step.name)),
            Cell::text(&numbers::moment(*first)),
            Cell::text(&numbers::moment(*last)),
            Cell::text(&short(newest.job_id)),
            Cell::text(&trouble(newest)),
        ]);
    }
    (!groups.is_empty()).then_some(table)
}

/// The job ids that somebody wrote; with `alike`, also those of all open failures like them.
pub(super) fn meant(asked: &Asked, job_ids: &[String], is_alike: bool) -> Result<Vec<String>> {
    if !is_alike {
        return Ok(job_ids.to_vec());
    }
    let mut meant: Vec<String> = Vec::new();
    for text in job_ids {
        for run in alike(asked, asked.job_id(text)?)? {
            let job_id = run.job_id.to_string();
            if !meant.contains(&job_id) {
                meant.push(job_id);
            }
        }
    }
    Ok(meant)
}

/// Shows which runs failed like this one.
pub(super) fn list_alike(asked: &Asked, job_id: JobId) -> Result<()> {
    let runs = alike(asked, job_id)?;
    asked.show(&json!({ "runs": runs }), |out| {
        writeln!(out, "{} failed alike:", numbers::counted(runs.len() as u64, "run"))?;
        print(runs_table(&runs), "", out)
    })
}

/// All open failures of the same flow, step and error, the newest first.
fn alike(asked: &Asked, job_id: JobId) -> Result<Vec<Run>> {
    let run: Run = read(&asked.get(&format!("/api/v1/runs/{job_id}"), &Query::default())?, "the run")?;
    if !run.open {
        let status = run.status.name();
        return Err(Error::Usage(format!("run {job_id} ({status}) is not in the failure inbox: `magpie runs inbox` lists what is")));
    }
    let mut query = Query::default();
    query.add("open", "true");
    query.add("flow", &run.flow);
    query.add("limit", PAGE);
    query.add("fault_type", run.fault.as_ref().map_or("", |fault| &fault.kind));
    query.add("fault_status", &run.fault.as_ref().map_or(0, |fault| fault.status).to_string());
    query.add("fault_pointer", run.fault.as_ref().map_or("", |fault| &fault.pointer));
    let mut found: Vec<Run> = Vec::new();
    loop {
        let mut page = query.clone();
        found.last().iter().for_each(|last| page.add("cursor", &last.job_id.to_string()));
        let answer = asked.get("/api/v1/runs", &page)?;
        found.extend(read::<Vec<Run>>(&answer["runs"], "the runs")?);
        if answer["next"].is_null() {
            return Ok(found);
        }
    }
}
