//! Alerts, now and in the past.

use axum::http::StatusCode;
use magpie_model::alert::AlertSeverity;
use magpie_model::query::TimeRange;
use magpie_model::{AlertState, Column};
use magpie_store::AlertQuery;
use serde::Serialize;
use serde_json::json;

use super::attention::no_such_alert;
use super::get;
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place, limit_parameter, range_parameters, unknown_name};
use crate::problem::Problem;
use crate::shared::Shared;
use crate::shown_alert::{ShownAlert, shown, shown_one};

const MOST_ALERTS: usize = 1_000;
/// Alerts looked at where the store cannot filter by itself.
const MOST_READ: usize = 20_000;
const STATES: [AlertState; 3] = [AlertState::Pending, AlertState::Firing, AlertState::Resolved];
const SEVERITIES: [AlertSeverity; 3] = [AlertSeverity::Info, AlertSeverity::Warning, AlertSeverity::Critical];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let dimensions = Column::ALL
        .iter()
        .map(|column| Parameter::text(column.name(), Place::Query, format!("The combination has this value of `{}`.", column.name())));
    let all = get("/api/v1/alerts", "listAlerts", "alerts", "Alerts", list)
        .told("Alerts", "Newest `since` first. Those pending or firing now, unless `state` says otherwise.")
        .with([
            Parameter::new(
                "state",
                Place::Repeated,
                "In one of these states; `any` for all. `pending` and `firing` without.",
                json!({"type": "string", "enum": ["pending", "firing", "resolved", "any"]}),
            ),
            Parameter::text("monitor", Place::Query, "Of this monitor, also if it is not configured any more."),
            Parameter::new(
                "severity",
                Place::Repeated,
                "Of one of these severities.",
                json!({"type": "string", "enum": SEVERITIES.map(AlertSeverity::name)}),
            ),
        ])
        .with(range_parameters("Alerts that were active at some time in the range; all of time without."))
        .with(dimensions)
        .with([limit_parameter(100, MOST_ALERTS)]);
    let one = get("/api/v1/alerts/{id}", "getAlert", "alerts", "Alert", one)
        .told("One alert", "Its id stays the same from pending to resolved.")
        .with([Parameter::text("id", Place::Path, "Id of the alert.")])
        .refuses(&[404]);
    vec![all, one]
}

#[derive(Serialize)]
struct Alerts {
    alerts: Vec<ShownAlert>,
    truncated: bool,
}

fn list(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    let limit = call.query.limit(100, MOST_ALERTS)?;
    let severities = severities(call)?;
    let dimensions =
        Column::ALL.iter().filter_map(|column| Some((column.name().to_owned(), call.query.one(column.name())?.to_owned()))).collect();
    let query = AlertQuery {
        states: states(call)?,
        monitor: call.query.one("monitor").map(str::to_owned),
        dimensions,
        range: call.query.range(shared.api.backend.now(), &config.zone, TimeRange::ALL)?,
        limit: if severities.is_empty() { limit + 1 } else { MOST_READ },
    };
    let mut alerts = shared.api.state.alerts(&query)?;
    let all_read = alerts.len() < query.limit;
    alerts.retain(|alert| severities.is_empty() || severities.contains(&alert.severity));
    let truncated = alerts.len() > limit || !all_read;
    alerts.truncate(limit);
    Reply::json(&Alerts { alerts: shown(shared, alerts)?, truncated })
}

fn one(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let id = call.query.path("id");
    match shared.api.state.alert(id)? {
        Some(alert) => Reply::json(&shown_one(shared, alert)?),
        None => Err(no_such_alert(id)),
    }
}

fn states(call: &Call) -> Result<Vec<AlertState>, Problem> {
    let mut states = Vec::new();
    for name in call.query.all("state") {
        match STATES.into_iter().find(|state| state.name() == name) {
            Some(state) => states.push(state),
            None if name == "any" => states.extend(STATES),
            None => return Err(unknown_name(StatusCode::BAD_REQUEST, "state", name, &["pending", "firing", "resolved", "any"])),
        }
    }
    Ok(if states.is_empty() { AlertQuery::now().states } else { states })
}

fn severities(call: &Call) -> Result<Vec<AlertSeverity>, Problem> {
    let named = |name: &str| SEVERITIES.into_iter().find(|severity| severity.name() == name);
    let refuse = |name: &str| unknown_name(StatusCode::BAD_REQUEST, "severity", name, &SEVERITIES.map(AlertSeverity::name));
    call.query.all("severity").map(|name| named(name).ok_or_else(|| refuse(name))).collect()
}
