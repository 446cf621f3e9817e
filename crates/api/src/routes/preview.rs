//! What a monitor's thresholds would have done on the stored past, before it is saved.

use axum::http::{Method, StatusCode};
use magpie_model::Timestamp;
use magpie_model::access::Role;
use magpie_model::time::DAY;
use serde::Deserialize;
use serde_json::Value;

use super::monitors::problem;
use super::write;
use crate::endpoint::{Call, Endpoint, Reply};
use crate::monitor_change::PreviewRequest;
use crate::params::{read_moment, read_range};
use crate::problem::Problem;
use crate::shared::Shared;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        write(Role::Viewer, Method::POST, "/api/v1/monitors/preview", "previewMonitor", "monitors", ("PreviewMonitor", "Preview"), preview)
            .told(
                "Try a monitor on the stored past",
                "Its thresholds are judged over the stored records as they would have been, and nothing is stored. The day before `to` \
                 without `from`. Where that is too much at once, the newest part is judged and `truncated` says so.",
            )
            .refuses(&[408, 413, 415, 422]),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    monitor: Value,
    from: Option<String>,
    to: Option<String>,
}

fn preview(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let Asked { monitor, from, to } = call.json()?;
    let (now, zone) = (shared.api.backend.now(), shared.api.backend.config().zone.clone());
    let moment = |member: &str, text: Option<String>, default: Timestamp| match text {
        None => Ok(default),
        Some(text) => read_moment(StatusCode::UNPROCESSABLE_ENTITY, member, &text, now, &zone),
    };
    let to = moment("to", to, now)?;
    let from = moment("from", from, to.minus(DAY))?;
    let range = read_range(StatusCode::UNPROCESSABLE_ENTITY, from, to)?;
    let request = PreviewRequest { document: monitor, range };
    Reply::json(&shared.api.backend.preview(request).map_err(problem)?)
}
