//! Events of the live stream, and the probes.

use serde_json::{Value, json};

use super::process::verdict;
use super::{count, list, object, of, text};

pub(super) fn stream() -> Value {
    json!({
        "RollupEvent": object(&[("monitor", text("The monitor.")), ("row", of("RollupRow"))]),
        "Lagged": object(&[
            ("records", count("Records missed; where whole batches were skipped, before filtering.")),
            ("rollups", count("Rollup rows missed.")),
            ("alerts", count("Alerts missed.")),
            ("runs", count("Runs missed.")),
            ("batches", count("Events skipped unseen because the filters could not keep up; their records are among `records`.")),
        ]),
    })
}

pub(super) fn probes() -> Value {
    json!({
        "Readiness": object(&[("verdict", verdict()), ("reasons", list(of("Notice"), "Why it is not `ok`."))]),
        "Document": {"type": "object", "description": "An OpenAPI 3.1 document."},
    })
}
