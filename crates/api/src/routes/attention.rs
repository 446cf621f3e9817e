//! What people do about alerts: look after one, remark on it, silence many for a time; and who changed what.

use axum::http::{Method, StatusCode};
use magpie_model::access::Role;
use magpie_model::attention::{self, MatchOp, Matcher};
use magpie_model::config::unknown;
use magpie_model::time::{DAY, parse_duration};
use magpie_model::{Code, Column, Silence, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{get, write};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place, read_moment};
use crate::problem::Problem;
use crate::shared::Shared;
use crate::shown_alert::{MOST_SILENCES, shown_one};
use crate::signed::{Signed, refused, signature};

/// Remarks on one alert.
const MOST_COMMENTS: usize = 500;
/// Silences that have not ended.
const MOST_OPEN: usize = 1_000;
/// Conditions of one silence.
const MOST_MATCHERS: usize = 20;
/// Silences of an answer.
const MOST_SHOWN: usize = 1_000;
/// Longest value of a matcher in bytes.
const LONGEST_VALUE: usize = 1_000;
/// Longest silence: who wants to hear nothing for longer changes the threshold.
const LONGEST: i64 = 366 * DAY;
/// What matchers can name besides columns and labels.
const NAMES: [&str; 3] = ["monitor", "severity", "field"];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let id = || Parameter::text("id", Place::Path, "Id of the alert.");
    let state = Parameter::new(
        "state",
        Place::Query,
        "In force now, still to come, or over; all without.",
        json!({"type": "string", "enum": ["active", "pending", "expired"]}),
    );
    vec![
        write(
            Role::Operator,
            Method::PUT,
            "/api/v1/alerts/{id}/acknowledgement",
            "acknowledgeAlert",
            "alerts",
            ("SignedBy", "Alert"),
            acknowledge,
        )
        .told("Look after an alert", "Noted with who, when and why, in place of who did before.")
        .with([id()])
        .refuses(&[404, 408, 413, 415, 422]),
        write(
            Role::Operator,
            Method::DELETE,
            "/api/v1/alerts/{id}/acknowledgement",
            "unacknowledgeAlert",
            "alerts",
            ("SignedByAnybody", "Alert"),
            unacknowledge,
        )
        .told("Look after an alert no longer", "No change when nobody did.")
        .with([id()])
        .may_be_empty()
        .refuses(&[404, 408, 413, 415, 422]),
        write(Role::Operator, Method::POST, "/api/v1/alerts/{id}/comments", "commentAlert", "alerts", ("NewComment", "Alert"), comment)
            .told("Remark on an alert", "Remarks stay as long as the alert.")
            .with([id()])
            .refuses(&[404, 408, 409, 413, 415, 422]),
        get("/api/v1/silences", "listSilences", "alerts", "Silences", list)
            .told("Silences", "Newest first. An alert that one of them covers is judged as ever, and marked as silenced.")
            .with([state]),
        write(Role::Operator, Method::POST, "/api/v1/silences", "createSilence", "alerts", ("NewSilence", "Silence"), silence)
            .told("Silence alerts for a time", "All matchers must fit. Either `ends` or `for` says how long.")
            .created()
            .refuses(&[408, 409, 413, 415, 422]),
        write(Role::Operator, Method::DELETE, "/api/v1/silences/{id}", "endSilence", "alerts", ("SignedByAnybody", "Silence"), end)
            .told("End a silence now", "It stays in the list of those that are over.")
            .with([Parameter::text("id", Place::Path, "Id of the silence.")])
            .may_be_empty()
            .refuses(&[404, 408, 413, 415, 422]),
    ]
}

fn acknowledge(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let id = call.query.path("id");
    let signature = call.json::<Signed>()?.named(shared, call)?;
    if shared.api.state.acknowledge(id, &signature)? { alert(shared, id) } else { Err(no_such_alert(id)) }
}

fn unacknowledge(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let id = call.query.path("id");
    let signature = Signed::read(call)?.signature(shared, call)?;
    if shared.api.state.unacknowledge(id, &signature)? { alert(shared, id) } else { Err(no_such_alert(id)) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewComment {
    by: String,
    text: String,
}

fn comment(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let id = call.query.path("id");
    let NewComment { by, text } = call.json()?;
    let signature = signature(shared, call, &by, &text).map_err(|problem| match problem.parameter.as_deref() {
        Some("comment") => Problem { parameter: Some("text".to_owned()), detail: problem.detail.replace("`comment`", "`text`"), ..problem },
        _ => problem,
    })?;
    if signature.comment.is_empty() {
        return Err(refused("text", "`text` is empty", "write what there is to say").coded(Code::CommentEmpty, &[]));
    }
    let said = shared.api.state.attention(&[id])?.remove(id).map_or(0, |attention| attention.comments.len());
    if said >= MOST_COMMENTS {
        let detail = format!("there are {said} comments on this alert already");
        let full = Problem::new(StatusCode::CONFLICT, detail, "go on where your team keeps its incidents");
        return Err(full.coded(Code::TooManyComments, &[("count", &said)]));
    }
    match shared.api.state.comment(id, &signature)? {
        Some(_) => alert(shared, id),
        None => Err(no_such_alert(id)),
    }
}

/// The alert as it is now.
fn alert(shared: &Shared, id: &str) -> Result<Reply, Problem> {
    let Some(alert) = shared.api.state.alert(id)? else { return Err(no_such_alert(id)) };
    Reply::json(&shown_one(shared, alert)?)
}

/// 404 for an alert.
pub(super) fn no_such_alert(id: &str) -> Problem {
    Problem::not_found(format!("there is no alert `{id}`"), "it may be older than the retention").coded(Code::NoSuchAlert, &[("id", &id)])
}

#[derive(Serialize)]
struct ShownSilence {
    #[serde(flatten)]
    silence: Silence,
    active: bool,
}

fn shown(silence: Silence, now: Timestamp) -> ShownSilence {
    ShownSilence { active: silence.is_active(now), silence }
}

fn list(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let now = shared.api.backend.now();
    let state = call.query.one("state");
    let wanted = |silence: &Silence| match state {
        Some("active") => silence.is_active(now),
        Some("pending") => silence.starts > now && silence.ends > now,
        Some("expired") => silence.ends <= now,
        _ => true,
    };
    if let Some(other) = state.filter(|state| !["active", "pending", "expired"].contains(state)) {
        return Err(crate::params::unknown_name(StatusCode::BAD_REQUEST, "state", other, &["active", "pending", "expired"]));
    }
    let mut silences = shared.api.state.silences(Timestamp::MIN, MOST_SILENCES)?;
    silences.retain(wanted);
    let truncated = silences.len() > MOST_SHOWN;
    silences.truncate(MOST_SHOWN);
    let silences: Vec<ShownSilence> = silences.into_iter().map(|silence| shown(silence, now)).collect();
    Reply::json(&json!({"silences": silences, "truncated": truncated}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSilence {
    matchers: Vec<Matcher>,
    starts: Option<String>,
    ends: Option<String>,
    #[serde(rename = "for")]
    lasting: Option<String>,
    by: String,
    #[serde(default)]
    comment: String,
}

fn silence(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let new: NewSilence = call.json()?;
    let signature = signature(shared, call, &new.by, &new.comment)?;
    check_matchers(shared, &new.matchers)?;
    let (starts, ends) = duration_of(shared, &new)?;
    let now = shared.api.backend.now();
    if shared.api.state.silences(now, MOST_OPEN)?.len() >= MOST_OPEN {
        let detail = format!("there are {MOST_OPEN} silences already that have not ended");
        let full = Problem::new(StatusCode::CONFLICT, detail, "end some, or let one cover more by an expression");
        return Err(full.coded(Code::TooManySilences, &[("limit", &MOST_OPEN)]));
    }
    let silence = Silence { id: String::new(), matchers: new.matchers, starts, ends, by: signature.by, comment: signature.comment };
    let id = shared.api.state.put_silence(&silence, now)?;
    Ok(Reply { status: StatusCode::CREATED, ..Reply::json(&shown(Silence { id, ..silence }, now))? })
}

fn duration_of(shared: &Shared, new: &NewSilence) -> Result<(Timestamp, Timestamp), Problem> {
    let (now, zone) = (shared.api.backend.now(), shared.api.backend.config().zone.clone());
    let moment = |member: &str, text: &str| read_moment(StatusCode::UNPROCESSABLE_ENTITY, member, text, now, &zone);
    let starts = new.starts.as_deref().map_or(Ok(now), |text| moment("starts", text))?;
    let ends = match (&new.ends, &new.lasting) {
        (Some(ends), None) => moment("ends", ends)?,
        (None, Some(lasting)) => {
            let refuse = || {
                refused("for", &format!("for `{lasting}` is not a duration"), "write a duration such as 30m or 2h")
                    .coded(Code::NotADuration, &[("text", lasting)])
            };
            starts.plus(parse_duration(lasting).filter(|&nanos| nanos > 0).ok_or_else(refuse)?)
        }
        _ => return Err(refused("for", "either `ends` or `for` is needed, and not both", "write how long, such as `\"for\": \"2h\"`")),
    };
    if ends <= starts || ends <= now {
        let ended = refused("ends", &format!("it would end at {ends}, before it could cover anything"), "let it end later");
        return Err(ended.coded(Code::SilenceEndsBefore, &[("ends", &ends)]));
    }
    if ends.since(starts) > LONGEST {
        return Err(refused("ends", "a silence lasts 366 days at most", "change the threshold instead").coded(Code::SilenceTooLong, &[]));
    }
    Ok((starts, ends))
}

fn check_matchers(shared: &Shared, matchers: &[Matcher]) -> Result<(), Problem> {
    if matchers.is_empty() {
        let all = refused("matchers", "without matchers every alert would be silenced", "name at least one, such as the monitor");
        return Err(all.coded(Code::MatchersMissing, &[]));
    }
    if matchers.len() > MOST_MATCHERS {
        let many = refused("matchers", &format!("more than {MOST_MATCHERS} matchers"), "join values by an expression: a|b|c");
        return Err(many.coded(Code::TooManyMatchers, &[("limit", &MOST_MATCHERS)]));
    }
    let config = shared.api.backend.config();
    let labels = config.thresholds().flat_map(|threshold| threshold.labels.keys()).map(String::as_str);
    let known: Vec<&str> = NAMES.into_iter().chain(Column::ALL.iter().map(|column| column.name())).chain(labels).collect();
    for (nth, matcher) in matchers.iter().enumerate() {
        let member = |part: &str| format!("matchers[{nth}].{part}");
        if !known.contains(&matcher.name.as_str()) {
            let detail = unknown("name in a matcher", &matcher.name, known.iter().copied());
            return Err(refused(&member("name"), &detail, "name the monitor, severity, field, a column or a label of a threshold")
                .coded(Code::MatcherUnknown, &[("name", &matcher.name)]));
        }
        if matcher.value.len() > LONGEST_VALUE {
            let long = refused(&member("value"), &format!("longer than {LONGEST_VALUE} bytes"), "write less");
            return Err(long.coded(Code::TextTooLong, &[("limit", &LONGEST_VALUE)]));
        }
        if matcher.op == MatchOp::Matches
            && let Err(error) = attention::expression(matcher)
        {
            return Err(refused(&member("value"), &format!("not an expression: {error}"), "mend it, or use `is` for the text itself")
                .coded(Code::MatcherNotAnExpression, &[("cause", &error)]));
        }
    }
    Ok(())
}

fn end(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let id = call.query.path("id");
    let signature = Signed::read(call)?.signature(shared, call)?;
    match shared.api.state.end_silence(id, &signature)? {
        Some(silence) => Reply::json(&shown(silence, signature.at)),
        None => {
            let missing = Problem::not_found(format!("there is no silence `{id}`"), "see /api/v1/silences");
            Err(missing.coded(Code::NoSuchSilence, &[("id", &id)]))
        }
    }
}
