//! Flows and watched jobs as lists show them, and the kept versions of a flow's document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Run, RunKind};
use crate::{Timestamp, Told};

/// Whether it is a flow or a watched job.
pub type FlowKind = RunKind;

/// Where a flow comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowOrigin {
    /// A file of the watched folder; it is changed there.
    Folder,
    /// Saved over the API.
    #[default]
    Api,
    /// First told by `magpie exec`.
    Exec,
}

/// How a flow can be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerPort {
    /// By its schedule.
    Schedule,
    /// By events.
    Event,
    /// By hand: by a person or a program that asks for a run.
    Manual,
    /// By a call of its webhook, whose body is the input.
    Webhook,
    /// By `magpie exec`.
    Exec,
}

impl TriggerPort {
    /// How what has this schedule can be started.
    pub fn of(kind: FlowKind, schedule: Option<&ScheduleText>) -> Vec<Self> {
        if kind == RunKind::Job {
            return vec![Self::Exec];
        }
        let by_itself = schedule.map(|schedule| if schedule.kind == ScheduleKind::On { Self::Event } else { Self::Schedule });
        by_itself.into_iter().chain([Self::Manual, Self::Webhook]).collect()
    }
}

/// Form of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    /// By the clock.
    Cron,
    /// At an interval.
    Every,
    /// So long after the run before has ended.
    After,
    /// Upon events.
    On,
}

/// When a flow runs by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleText {
    /// Form of the schedule.
    pub kind: ScheduleKind,
    /// `0 6 * * *`, `5m`, the types of events.
    pub text: String,
    /// IANA name of its time zone.
    pub timezone: String,
    /// The next due time; `None` while it is disabled or paused, and where events or the end of a run decide.
    #[serde(default)]
    pub next: Option<Timestamp>,
}

/// What the watchdog found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WatchdogReason {
    /// A run was due, and has not started within its grace.
    NotStarted,
    /// An enabled schedule has no next due time.
    NoNext,
    /// A due time was missed.
    Missed,
    /// A run works for longer than it may.
    TooLong,
}

impl WatchdogReason {
    /// Its name in labels, as the API has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::NoNext => "no_next",
            Self::Missed => "missed",
            Self::TooLong => "too_long",
        }
    }
}

/// What a flow's watchdog says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchdogNote {
    /// What is wrong.
    pub reason: WatchdogReason,
    /// The due time that it is about, the start of the run, or since when there is no due time.
    pub at: Timestamp,
    /// How long it may be, in ms: the grace time, or the longest time of a run.
    pub limit_ms: f64,
    /// The same in words, for the terminal.
    pub text: String,
}

fn told_now<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Option<WatchdogNote>, D::Error> {
    let written = serde_json::Value::deserialize(source)?;
    Ok(serde_json::from_value(written).ok())
}

/// What is done about runs that would overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverlapRule {
    /// The new one is left out.
    Skip,
    /// The new one waits.
    #[default]
    Queue,
    /// The one that runs is cancelled.
    Replace,
    /// Both run.
    Allow,
}

/// A schedule that a person has paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why; may be empty.
    pub reason: String,
}

/// Why the newest document of a flow could not be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowProblem {
    /// Line in the document, from 1; 0 for the whole.
    pub line: u32,
    /// What is wrong and what to write instead.
    pub message: String,
    /// Code of the message, for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What stands in it, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl FlowProblem {
    /// What is wrong on a line.
    pub fn new(line: u32, message: &str, told: Option<&Told>) -> Self {
        let values = told.into_iter().flat_map(|told| &told.values).map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self { line, message: message.to_owned(), code: told.map(|told| told.code.name().to_owned()), values: values.collect() }
    }
}

/// A flow or a watched job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowRow {
    /// `namespace.name`, or the id of the watched job.
    pub flow: String,
    /// Namespace; empty for a watched job.
    pub namespace: String,
    /// Name within the namespace.
    pub name: String,
    /// Title, if any.
    pub title: Option<String>,
    /// Summary in Markdown, if any.
    pub summary: Option<String>,
    /// Whether Magpie runs it or watches it.
    pub kind: FlowKind,
    /// Application; empty for none.
    pub application: String,
    /// Region; empty for none.
    pub region: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// `document.version` of the published document, else of the newest.
    pub version: String,
    /// Newest save.
    pub revision: u64,
    /// The save that triggers use.
    pub published: Option<u64>,
    /// The newest save, when it is not the published one.
    pub draft: Option<u64>,
    /// Whether triggers start it.
    pub enabled: bool,
    /// Who paused its schedule.
    pub paused: Option<Pause>,
    /// Where it comes from.
    pub origin: FlowOrigin,
    /// The file, when it comes from the watched folder.
    pub file: Option<String>,
    /// When it runs by itself.
    pub schedule: Option<ScheduleText>,
    /// How it can be started.
    pub triggers: Vec<TriggerPort>,
    /// Why the newest document could not be published.
    pub problem: Option<FlowProblem>,
    /// Its newest run.
    #[serde(default)]
    pub last_run: Option<Run>,
    /// Most runs at once.
    pub concurrency: u32,
    /// What is done about overlapping runs.
    pub overlap: OverlapRule,
    /// How long 95 % of its past successes took at most, in ms.
    #[serde(default)]
    pub usual_ms: Option<f64>,
    /// What its watchdog says, while it says something. It is found anew within seconds, so that what earlier versions wrote does not matter.
    #[serde(default, deserialize_with = "told_now")]
    pub watchdog: Option<WatchdogNote>,
    /// Of an expected job: how late a run may come, in ms; `None` where nobody said it.
    #[serde(default)]
    pub grace_ms: Option<u64>,
    /// Since when it is enabled and follows this schedule; intervals count from here, and nothing before it was missed.
    pub enabled_at: Timestamp,
}

impl FlowRow {
    /// One of which nothing is known but its id.
    pub fn new(flow: &str, kind: FlowKind, origin: FlowOrigin, enabled_at: Timestamp) -> Self {
        let (namespace, name) = flow.split_once('.').filter(|_| kind == RunKind::Flow).unwrap_or(("", flow));
        Self {
            flow: flow.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            title: None,
            summary: None,
            kind,
            application: String::new(),
            region: String::new(),
            labels: BTreeMap::new(),
            version: String::new(),
            revision: 0,
            published: None,
            draft: None,
            enabled: true,
            paused: None,
            origin,
            file: None,
            schedule: None,
            triggers: TriggerPort::of(kind, None),
            problem: None,
            last_run: None,
            concurrency: 1,
            overlap: OverlapRule::Queue,
            usual_ms: None,
            watchdog: None,
            grace_ms: None,
            enabled_at,
        }
    }
}

/// A save of a flow's document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowVersion {
    /// Counts the saves, from 1.
    pub revision: u64,
    /// `document.version`, as the author wrote it; empty when the document could not be read.
    pub version: String,
    /// Who saved it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why; may be empty.
    pub comment: String,
    /// When it was last published.
    pub published_at: Option<Timestamp>,
    /// Whether triggers use it.
    pub live: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_watchdog_wrote_as_a_text_is_forgotten_not_misread() {
        let note = WatchdogNote { reason: WatchdogReason::Missed, at: Timestamp(0), limit_ms: 0.0, text: "missed".to_owned() };
        let row = FlowRow { watchdog: Some(note), ..FlowRow::new("a.b", RunKind::Flow, FlowOrigin::Api, Timestamp(0)) };
        let mut stored = serde_json::to_value(&row).unwrap();
        assert_eq!(serde_json::from_value::<FlowRow>(stored.clone()).unwrap(), row);
        stored["watchdog"] = "a run works since 12m".into();
        assert_eq!(serde_json::from_value::<FlowRow>(stored.clone()).unwrap().watchdog, None);
        stored.as_object_mut().unwrap().remove("watchdog");
        assert_eq!(serde_json::from_value::<FlowRow>(stored).unwrap().watchdog, None);
    }
}
