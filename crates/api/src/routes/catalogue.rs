//! What can be asked for: the configured fields, the columns, severities and kinds.

use magpie_model::record::MARK_NAMES;
use magpie_model::{Column, Kind, Severity};
use serde_json::{Value, json};

use super::get;
use crate::endpoint::{Call, Endpoint, Reply};
use crate::filters::KINDS;
use crate::problem::Problem;
use crate::shared::Shared;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/fields", "listFields", "catalogue", "Fields", fields)
            .told("Fields, columns and their values", "What filters and rollups can name."),
    ]
}

fn fields(shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    let fields: Vec<Value> = config
        .fields
        .iter()
        .map(|spec| {
            json!({
                "name": spec.name,
                "unit": spec.unit,
                "flag": spec.flag,
                "scale": spec.scale,
                "distinct_of": spec.distinct_of.map(Column::name),
                "aggregates": spec.aggregates.iter().map(|aggregate| aggregate.name()).collect::<Vec<_>>(),
            })
        })
        .collect();
    let columns: Vec<Value> = Column::ALL
        .iter()
        .map(|column| json!({"name": column.name(), "dimension": column.is_dimension(), "base": config.base.contains(column)}))
        .collect();
    Reply::json(&json!({
        "fields": fields,
        "columns": columns,
        "severities": Severity::ALL.map(Severity::name),
        "kinds": KINDS.map(Kind::name),
        "marks": MARK_NAMES.map(|(_, name)| name),
    }))
}
