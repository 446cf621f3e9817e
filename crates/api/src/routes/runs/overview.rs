//! The overview: runs counted per flow and over time, what runs now, and the failure inbox.

use super::not_here;
use crate::endpoint::Endpoint;
use crate::params::{Parameter, Place};
use crate::routes::get;
use crate::run_filters::range_and_place;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let overview = get("/api/v1/runs/overview", "getRunOverview", "runs", "RunOverview", not_here)
        .told("Runs in figures", "Counted by trigger time. A run counts once, however many attempts it took.")
        .with(range_and_place("Since midnight in the configured zone without."))
        .with([Parameter::text("step", Place::Query, "Length of a bar of the trend, such as 1h; chosen for about 50 bars without.")]);
    vec![overview]
}
