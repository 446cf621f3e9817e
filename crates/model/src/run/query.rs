//! What can be asked about runs.

use super::{JobId, Run, RunKind, Status, TriggerKind};
use crate::query::TimeRange;

/// Fewest characters at the end of a job id that stand for it.
pub const SHORTEST_SUFFIX: usize = 8;

/// What runs failed with; a part that is `None` may be anything, and an empty text or 0 stands for "nothing is known".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultFilter {
    /// URI of the kind of error.
    pub kind: Option<String>,
    /// Its status code.
    pub status: Option<i64>,
    /// Pointer of the step that raised it.
    pub pointer: Option<String>,
}

impl FaultFilter {
    /// Whether a run failed with that.
    pub fn fits(&self, run: &Run) -> bool {
        let (kind, status, pointer) = run.fault.as_ref().map_or(("", 0, ""), |fault| (&*fault.kind, fault.status, &*fault.pointer));
        self.kind.as_ref().is_none_or(|wanted| wanted == kind)
            && self.status.is_none_or(|wanted| wanted == status)
            && self.pointer.as_ref().is_none_or(|wanted| wanted == pointer)
    }
}

/// Which runs; all conditions must hold, an empty list is none.
#[derive(Clone, Debug)]
pub struct RunFilter {
    /// Triggered in this range.
    pub range: TimeRange,
    /// Of one of these regions; the empty word stands for "none".
    pub regions: Vec<String>,
    /// Of one of these applications; the empty word stands for "none".
    pub applications: Vec<String>,
    /// Of one of these versions.
    pub versions: Vec<String>,
    /// Of one of these flows.
    pub flows: Vec<String>,
    /// In one of these states.
    pub statuses: Vec<Status>,
    /// Made by one of these.
    pub triggers: Vec<TriggerKind>,
    /// Of this kind.
    pub kind: Option<RunKind>,
    /// Whether they stand in the failure inbox.
    pub open: Option<bool>,
    /// Whether they succeeded after at least one retry, or not.
    pub retried: Option<bool>,
    /// What the last attempt failed with.
    pub fault: FaultFilter,
    /// Whole job ids, or at least [`SHORTEST_SUFFIX`] characters of their ends.
    pub job_ids: Vec<String>,
    /// A text in the flow's id, the job id or the error's detail, letters of any case.
    pub text: Option<String>,
}

impl RunFilter {
    /// All runs of a range.
    pub fn range(range: TimeRange) -> Self {
        Self {
            range,
            regions: Vec::new(),
            applications: Vec::new(),
            versions: Vec::new(),
            flows: Vec::new(),
            statuses: Vec::new(),
            triggers: Vec::new(),
            kind: None,
            open: None,
            retried: None,
            fault: FaultFilter::default(),
            job_ids: Vec::new(),
            text: None,
        }
    }
}

impl RunFilter {
    /// Whether a run is one of these; what stores answer with their own means.
    pub fn fits(&self, run: &Run) -> bool {
        let any = |wanted: &[String], value: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == value);
        let is = |wanted: Option<bool>, value: bool| wanted.is_none_or(|wanted| wanted == value);
        let job_id = run.job_id.to_string();
        let plain = |id: &str| id.to_ascii_lowercase().replace('-', "");
        let is_id = |id: &String| plain(id).len() >= SHORTEST_SUFFIX && plain(&job_id).ends_with(&plain(id));
        let says = |text: &String| {
            let detail = run.fault.as_ref().and_then(|fault| fault.detail.as_deref()).unwrap_or_default();
            [&run.flow, &job_id, detail].iter().any(|place| place.to_lowercase().contains(&text.to_lowercase()))
        };
        self.range.contains(run.queued)
            && any(&self.regions, &run.region)
            && any(&self.applications, &run.application)
            && any(&self.versions, &run.version)
            && any(&self.flows, &run.flow)
            && (self.statuses.is_empty() || self.statuses.contains(&run.status))
            && (self.triggers.is_empty() || self.triggers.contains(&run.trigger.kind))
            && self.kind.is_none_or(|kind| kind == run.kind)
            && is(self.open, run.open)
            && is(self.retried, run.status == Status::Succeeded && !run.first_try)
            && self.fault.fits(run)
            && (self.job_ids.is_empty() || self.job_ids.iter().any(is_id))
            && self.text.as_ref().is_none_or(says)
    }
}

/// A search for runs, newest trigger first.
#[derive(Clone, Debug)]
pub struct RunQuery {
    /// Which.
    pub filter: RunFilter,
    /// At most so many.
    pub limit: usize,
    /// Continue strictly after this run, the last one shown.
    pub after: Option<JobId>,
}

/// A page of runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunPage {
    /// Newest first.
    pub runs: Vec<Run>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<JobId>,
    /// How many there are on all pages.
    pub total: u64,
}

/// A question for figures over runs.
#[derive(Clone, Debug)]
pub struct OverviewQuery {
    /// Which runs.
    pub filter: RunFilter,
    /// Length of a bar of the trend, in ns.
    pub step: i64,
    /// Starts of the last seven days, oldest first, as the viewer's calendar has them, and the end of the last.
    pub days: Vec<crate::Timestamp>,
}
