//! The filters that runs, the overview and schedules share, declared and read once: range, region, application, flow ...

use magpie_model::Code;
use std::str::FromStr;

use axum::http::StatusCode;
use jiff::tz::TimeZone;
use magpie_model::query::TimeRange;
use magpie_model::run::{FaultFilter, JobId, RunFilter, RunKind, SHORTEST_SUFFIX, Status, TriggerKind};
use serde_json::json;

use crate::endpoint::Call;
use crate::params::{Parameter, Place, Query, range_parameters, unknown_name};
use crate::problem::Problem;
use crate::shared::Shared;

/// Longest text that is searched for in runs, in bytes.
const LONGEST_TEXT: usize = 1_000;

/// Where a run stands.
pub(crate) const STATUSES: [&str; 8] = ["queued", "running", "waiting", "retrying", "succeeded", "failed", "cancelled", "timed_out"];
/// What can start a run.
pub(crate) const TRIGGERS: [&str; 7] = ["schedule", "manual", "event", "webhook", "flow", "retry", "exec"];
/// What can become of a due time.
pub(crate) const OUTCOMES: [&str; 10] = ["ran", "late", "skipped", "missed", "paused", "due", "running", "retrying", "failed", "cancelled"];

/// `region`, `application`, `version` and `flow`, each any number of times.
pub(crate) fn place_parameters() -> Vec<Parameter> {
    ["region", "application", "version", "flow"]
        .map(|name| Parameter::text(name, Place::Repeated, format!("`{name}` is one of these; empty for \"no value\".")))
        .into()
}

/// A range of trigger times, and the places.
pub(crate) fn range_and_place(default: &str) -> Vec<Parameter> {
    [range_parameters(default), vec![zone_parameter()], place_parameters()].concat()
}

/// `zone`: that of whoever looks.
pub(crate) fn zone_parameter() -> Parameter {
    let told = "Zone (IANA name) in which days and hours begin, and of times that name none; the configured one without.";
    Parameter::text("zone", Place::Query, told)
}

/// The zone that a request names, else the configured one.
pub(crate) fn zone_of(shared: &Shared, call: &Call) -> Result<String, Problem> {
    match call.query.one("zone") {
        None => Ok(shared.api.backend.config().zone.clone()),
        Some(zone) if TimeZone::get(zone).is_ok() => Ok(zone.to_owned()),
        Some(zone) => Err(Problem::parameter("zone", format!("`{zone}` is no time zone"), "write an IANA name such as Asia/Shanghai")),
    }
}

/// What else chooses runs of a list.
pub(crate) fn list_parameters() -> Vec<Parameter> {
    vec![
        Parameter::new("status", Place::Repeated, "The run stands like this.", json!({"type": "string", "enum": STATUSES})),
        Parameter::new("trigger", Place::Repeated, "This started it.", json!({"type": "string", "enum": TRIGGERS})),
        Parameter::new("open", Place::Query, "Only those that stand in the failure inbox, or only the others.", json!({"type": "boolean"})),
        Parameter::new("retried", Place::Query, "Only those that succeeded after a retry, or only the others.", json!({"type": "boolean"})),
        Parameter::new("kind", Place::Query, "Flows, or jobs that others run.", json!({"type": "string", "enum": ["flow", "job"]})),
        Parameter::text("fault_type", Place::Query, "The last attempt failed with this kind of error (URI); empty for none."),
        Parameter::new("fault_status", Place::Query, "It failed with this status; 0 for none.", json!({"type": "integer"})),
        Parameter::text("fault_pointer", Place::Query, "It failed in the step of this JSON pointer; empty for none."),
        job_id_parameter(),
        Parameter::text("q", Place::Query, "This text occurs in the job id, the flow, or what the run failed with; letters of any case."),
    ]
}

/// `job_id` in the query.
pub(crate) fn job_id_parameter() -> Parameter {
    Parameter::text("job_id", Place::Query, "The job id is this one, or ends with these 8 or more characters.")
}

/// Whether a thing of this place is asked for.
pub(crate) fn is_of_place(query: &Query, [region, application, version, flow]: [&str; 4]) -> bool {
    [("region", region), ("application", application), ("version", version), ("flow", flow)].into_iter().all(|(name, value)| {
        let mut asked = query.all(name).peekable();
        asked.peek().is_none() || asked.any(|wanted| wanted == value)
    })
}

/// Range and places of a request.
pub(crate) fn run_filter(shared: &Shared, call: &Call, default: TimeRange) -> Result<RunFilter, Problem> {
    let all = |name| call.query.all(name).map(str::to_owned).collect();
    let zone = zone_of(shared, call)?;
    let filter = RunFilter::range(call.query.range(shared.api.backend.now(), &zone, default)?);
    Ok(RunFilter { regions: all("region"), applications: all("application"), versions: all("version"), flows: all("flow"), ..filter })
}

/// The same with what chooses runs of a list.
pub(crate) fn list_filter(shared: &Shared, call: &Call) -> Result<RunFilter, Problem> {
    let query = &call.query;
    let text = query.one("q").map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.len() > LONGEST_TEXT) {
        let long = Problem::parameter("q", format!("the text is longer than {LONGEST_TEXT} bytes"), "search for a part of it");
        return Err(long.coded(Code::TextTooLong, &[("limit", &LONGEST_TEXT)]));
    }
    let flag = |name| query.one(name).map(|text| bool::from_str(text).map_err(|_| unknown(name, text, &["true", "false"]))).transpose();
    let kind = query.one("kind").map(|text| RunKind::from_name(text).ok_or_else(|| unknown("kind", text, &["flow", "job"]))).transpose()?;
    let job_ids = query.one("job_id").map(job_id_text).transpose()?.into_iter().collect();
    Ok(RunFilter {
        statuses: query
            .all("status")
            .map(|name| Status::from_name(name).ok_or_else(|| unknown("status", name, &STATUSES)))
            .collect::<Result<_, _>>()?,
        triggers: query
            .all("trigger")
            .map(|name| TriggerKind::from_name(name).ok_or_else(|| unknown("trigger", name, &TRIGGERS)))
            .collect::<Result<_, _>>()?,
        open: flag("open")?,
        retried: flag("retried")?,
        fault: fault_filter(query)?,
        kind,
        job_ids,
        text: text.map(str::to_owned),
        ..run_filter(shared, call, TimeRange::ALL)?
    })
}

fn fault_filter(query: &Query) -> Result<FaultFilter, Problem> {
    let text = |name| query.one(name).map(str::to_owned);
    let status = query.one("fault_status").map(|text| {
        let wrong = |_| Problem::parameter("fault_status", format!("`{text}` is no status"), "write a number such as 503, or 0 for none");
        text.parse().map_err(wrong)
    });
    Ok(FaultFilter { kind: text("fault_type"), status: status.transpose()?, pointer: text("fault_pointer") })
}

fn unknown(parameter: &str, name: &str, known: &[&str]) -> Problem {
    unknown_name(StatusCode::BAD_REQUEST, parameter, name, known)
}

/// A whole job id, or enough of its end, as it is stored.
pub(crate) fn job_id_text(text: &str) -> Result<String, Problem> {
    if let Ok(whole) = text.parse::<JobId>() {
        return Ok(whole.to_string());
    }
    let is_end = text.len() >= SHORTEST_SUFFIX && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_end {
        return Ok(text.to_ascii_lowercase());
    }
    let detail = format!("`{text}` is neither a job id nor the last {SHORTEST_SUFFIX} or more characters of one");
    Err(Problem::parameter("job_id", detail, "copy the job id of a run, or its end").coded(Code::NotAJobId, &[("text", &text)]))
}

/// The job id of the path.
pub(crate) fn path_job_id(call: &Call) -> Result<JobId, Problem> {
    let text = call.query.path("job_id");
    text.parse().map_err(|_| {
        Problem::parameter("job_id", format!("`{text}` is no job id"), "a job id is a UUID such as 019ac3b2-0000-7000-8000-000000000001")
            .coded(Code::NotAJobId, &[("text", &text)])
    })
}

/// 404 for a run.
pub(crate) fn no_such_run(job_id: JobId) -> Problem {
    Problem::not_found(format!("there is no run {job_id}"), "it may be older than the retention")
        .coded(Code::NoSuchRun, &[("job_id", &job_id)])
}
