//! The graph: nodes, edges, and how they changed.

use serde_json::{Value, json};

use super::{count, list, map, maybe, object, of, one_of, text, time, told};

pub(super) fn graph() -> Value {
    let states = json!({"type": ["string", "null"], "enum": ["pending", "firing", "resolved", null]});
    let threshold = object(&[
        ("label", text("`field: threshold`.")),
        ("value", maybe("number", "The value over the range, in the field's unit.")),
        ("state", states.clone()),
        ("severity", one_of(&["info", "warning", "critical"], "How much it matters.")),
    ]);
    json!({
        "Node": object(&[
            ("id", text("`module/host`, `module/`, `/host` or `(all)`.")),
            ("module", maybe("string", "The module, if the graph has it on this side.")),
            ("host", maybe("string", "The host, if the graph has it on this side.")),
            ("called", told("boolean", "Whether something calls it.")),
            ("calls", told("boolean", "Whether it calls something.")),
            ("tier", json!({"type": ["string", "null"], "enum": ["front", "back", null], "description": "As configured under `modules:`, else `front` when no other module calls it; null for what is no module."})),
            ("hosts", count("Hosts of the module in the range; 1 for a host, 0 where they are not known.")),
            ("records", count("Calls of it in the range, over all edges of the graph.")),
            ("errors", count("Of these, how many failed.")),
        ]),
        "Edge": object(&[
            ("source", text("Id of the calling node.")),
            ("target", text("Id of the called node.")),
            ("service", maybe("string", "The service, if the graph has it.")),
            ("extra", maybe("string", "Value of the monitor's free column, if it has one.")),
            ("records", count("Number of calls.")),
            ("fields", map(map(json!({"type": "number"}), "By aggregation, in the field's unit."), "By name of the field.")),
            ("thresholds", list(threshold, "Each threshold of the monitor.")),
            ("alert", states),
            ("compare", json!({"anyOf": [of("EdgeComparison"), {"type": "null"}], "description": "Against the other range; null where none is given."})),
        ]),
        "EdgeComparison": object(&[
            ("state", one_of(&crate::comparison::Change::NAMES, "How it changed.")),
            ("records", count("Calls in the other range.")),
            ("fields", map(map(json!({"type": "number"}), "By aggregation, in the field's unit."), "Values in the other range.")),
        ]),
        "Graph": object(&[
            ("monitor", text("The monitor, or `(base)`.")),
            ("by", list(json!({"type": "string"}), "Columns of the graph.")),
            ("from", time("Start of the range.")),
            ("to", time("End of the range.")),
            ("compared", json!({"anyOf": [object(&[("from", time("Start.")), ("to", time("End."))]), {"type": "null"}], "description": "The range compared with, in whole buckets."})),
            ("nodes", list(of("Node"), "Ascending by id; those that an edge of the answer touches.")),
            ("edges", list(of("Edge"), "One per combination.")),
            ("edges_total", count("Edges that `q` means, of which the busiest and those with alerts are given.")),
            ("truncated", told("boolean", "Whether there are more edges than `limit`; the busiest are given.")),
            ("completeness", json!({"anyOf": [of("Completeness"), {"type": "null"}]})),
        ]),
    })
}
