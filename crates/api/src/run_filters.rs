//! The filters that runs, the overview and schedules share, declared once: range, region, application, version, flow ...

use serde_json::json;

use crate::params::{Parameter, Place, range_parameters};

/// Where a run stands.
pub(crate) const STATUSES: [&str; 8] = ["queued", "running", "waiting", "retrying", "succeeded", "failed", "cancelled", "timed_out"];
/// What can start a run.
pub(crate) const TRIGGERS: [&str; 7] = ["schedule", "manual", "event", "webhook", "flow", "retry", "exec"];

/// What can become of a due time.
pub(crate) const OUTCOMES: [&str; 8] = ["ran", "late", "skipped", "missed", "paused", "due", "running", "failed"];

/// `region`, `application`, `version` and `flow`, each any number of times.
pub(crate) fn place_parameters() -> Vec<Parameter> {
    ["region", "application", "version", "flow"]
        .map(|name| Parameter::text(name, Place::Repeated, format!("`{name}` is one of these; empty for \"no value\".")))
        .into()
}

/// A range of trigger times, and the places.
pub(crate) fn range_and_place(default: &str) -> Vec<Parameter> {
    [range_parameters(default), place_parameters()].concat()
}

/// What else chooses runs of a list.
pub(crate) fn list_parameters() -> Vec<Parameter> {
    vec![
        Parameter::new("status", Place::Repeated, "The run stands like this.", json!({"type": "string", "enum": STATUSES})),
        Parameter::new("trigger", Place::Repeated, "This started it.", json!({"type": "string", "enum": TRIGGERS})),
        Parameter::new("open", Place::Query, "Only those that stand in the failure inbox, or only the others.", json!({"type": "boolean"})),
        Parameter::new("kind", Place::Query, "Flows, or jobs that others run.", json!({"type": "string", "enum": ["flow", "job"]})),
        job_id_parameter(),
        Parameter::text("q", Place::Query, "This text occurs in the job id, the flow, or what the run failed with; letters of any case."),
    ]
}

/// `job_id` in the query.
pub(crate) fn job_id_parameter() -> Parameter {
    Parameter::text("job_id", Place::Query, "The job id is this one, or ends with these 8 or more characters.")
}
