//! What runs logged: the same filters as for records, with superseded attempts folded away and the present status joined.

use serde_json::json;

use super::not_here;
use crate::endpoint::Endpoint;
use crate::filters::filter_parameters;
use crate::params::{Parameter, Place, column_names, limit_parameter, range_parameters};
use crate::routes::get;
use crate::run_filters::job_id_parameter;

const MOST_RECORDS: usize = 1_000;
const MOST_VALUES: usize = 1_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let logs = get("/api/v1/runs/logs", "searchRunLogs", "runs", "RunLogs", not_here)
        .told(
            "What runs logged",
            "Newest first. When a run has succeeded after a retry, the attempts before are left out and counted in `folded`.",
        )
        .with([attempts(), job_id_parameter()])
        .with(range_parameters("All of time without."))
        .with(filter_parameters())
        .with([limit_parameter(100, MOST_RECORDS), Parameter::text("cursor", Place::Query, "`next` of the page before.")]);
    let names = [["severity"].as_slice(), &column_names()].concat();
    let by = json!({"type": "string", "enum": names});
    let histogram = get("/api/v1/runs/logs/histogram", "getRunLogHistogram", "runs", "Histogram", not_here)
        .told("Number of run log records over time", "Bars without records are left out.")
        .with([attempts(), job_id_parameter()])
        .with(range_parameters("One hour before `to` without; `to` is now without."))
        .with([
            Parameter::text("step", Place::Query, "Length of a bar, such as 30s, 5m, 1h; chosen for about 100 bars without."),
            Parameter::new("by", Place::Query, "What to split bars by; severity without.", by),
        ])
        .with(filter_parameters());
    let columns = json!({"type": "string", "enum": column_names()});
    let top = get("/api/v1/runs/logs/top/{column}", "getTopRunLogValues", "runs", "TopValues", not_here)
        .told("The most frequent values of a column in run logs", "Most frequent first.")
        .with([Parameter::new("column", Place::Path, "The column.", columns), attempts(), job_id_parameter()])
        .with(range_parameters("One hour before `to` without; `to` is now without."))
        .with(filter_parameters())
        .with([limit_parameter(10, MOST_VALUES)])
        .refuses(&[404]);
    vec![logs, histogram, top]
}

fn attempts() -> Parameter {
    let schema = json!({"type": "string", "enum": ["folded", "shown"], "default": "folded"});
    Parameter::new("attempts", Place::Query, "Whether attempts that a later success has superseded are left out.", schema)
}
