//! Alerts as they are shown: what was judged, with what people did about it.
//!
//! Judging and people write apart from each other (see `magpie_model::attention`); here the two are joined, the same way
//! for lists, single alerts and the live stream.

use magpie_model::attention::{Comment, Silences};
use magpie_model::{Alert, Signature};
use serde::Serialize;

use crate::problem::Problem;
use crate::shared::Shared;

/// Silences looked at; beyond, the oldest do not count.
pub(crate) const MOST_SILENCES: usize = 10_000;

/// An alert with what was done about it.
#[derive(Serialize)]
pub(crate) struct ShownAlert {
    #[serde(flatten)]
    pub(crate) alert: Alert,
    pub(crate) acknowledged: Option<Signature>,
    pub(crate) silenced: Option<String>,
    pub(crate) comments: Vec<Comment>,
}

/// Joins alerts with what was done about them.
pub(crate) fn shown(shared: &Shared, alerts: Vec<Alert>) -> Result<Vec<ShownAlert>, Problem> {
    let now = shared.api.backend.now();
    let ids: Vec<&str> = alerts.iter().map(|alert| alert.id.as_str()).collect();
    let mut attention = shared.api.state.attention(&ids)?;
    let earliest = alerts.iter().map(|alert| alert.resolved.unwrap_or(now)).min().unwrap_or(now);
    let silences = Silences::new(shared.api.state.silences(earliest.min(now), MOST_SILENCES)?);
    let join = |alert: Alert| {
        let done = attention.remove(&alert.id).unwrap_or_default();
        let silenced = silences.covering(&alert, now).map(str::to_owned);
        ShownAlert { acknowledged: done.acknowledged, comments: done.comments, silenced, alert }
    };
    Ok(alerts.into_iter().map(join).collect())
}

/// One alert, joined.
pub(crate) fn shown_one(shared: &Shared, alert: Alert) -> Result<Option<ShownAlert>, Problem> {
    Ok(shown(shared, vec![alert])?.pop())
}
