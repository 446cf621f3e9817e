//! The overview: runs counted per flow and over time, what runs now, and the failure inbox.

use magpie_model::Timestamp;
use magpie_model::query::TimeRange;
use magpie_model::run::{Overview, OverviewQuery};
use magpie_model::time::SECOND;
use serde::Serialize;

use crate::endpoint::{Call, Endpoint, Reply};
use crate::moment::midnight;
use crate::params::{Parameter, Place};
use crate::problem::Problem;
use crate::routes::get;
use crate::routes::records::step_of;
use crate::run_filters::{range_and_place, run_filter, zone_of};
use crate::shared::Shared;

/// Bars of the trend that are aimed at.
const FAIR_BARS: i64 = 50;
/// Most bars over the range.
const MOST_BARS: i64 = 2_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let overview = get("/api/v1/runs/overview", "getRunOverview", "runs", "RunOverview", overview)
        .told("Runs in figures", "Counted by trigger time. A run counts once, however many attempts it took.")
        .with(range_and_place("Since midnight in `zone` without."))
        .with([Parameter::text("step", Place::Query, "Length of a bar of the trend, such as 1h; chosen for about 50 bars without.")]);
    vec![overview]
}

#[derive(Serialize)]
struct Shown {
    from: Timestamp,
    to: Timestamp,
    step_seconds: f64,
    #[serde(flatten)]
    overview: Overview,
}

fn overview(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let runs = shared.runs()?;
    let (now, zone) = (shared.api.backend.now(), zone_of(shared, call)?);
    let today = TimeRange { from: midnight(now, &zone, 0), to: now.plus(SECOND) };
    let filter = run_filter(shared, call, today)?;
    let range = filter.range;
    let step = step_of(&call.query, range, FAIR_BARS, MOST_BARS)?;
    let days = (-6..=1).map(|day| midnight(now, &zone, day)).collect();
    let overview = runs.store.overview(&OverviewQuery { filter, step, days })?;
    Reply::json(&Shown { from: range.from, to: range.to, step_seconds: step as f64 / SECOND as f64, overview })
}
