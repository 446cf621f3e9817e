//! `magpie graph`: who calls whom, as a running Magpie stored it, drawn as the report draws it.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use magpie_model::{Aggregate, FieldSpec, time};
use serde_json::Value;

use super::client::{self, Query, Server};
use super::output::Output;
use crate::cli::GraphArgs;
use crate::error::{Error, Result};
use crate::report::{self, Report, View};

/// Prints the tree of a monitor, or with `--json` the API's graph.
pub(super) fn run(args: &GraphArgs) -> Result<ExitCode> {
    let server = Server::reach(&args.server.reach)?;
    let (graph, monitors, fields, alerts) = client::block_on(ask(&server, args))?;
    let mut out = Output::open(None)?;
    if args.server.json {
        writeln!(out, "{graph}")?;
    } else {
        show(graph, &monitors, &fields, &alerts, &mut out)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The graph, the monitors, the declared fields, and the monitor's open alerts.
async fn ask(server: &Server, args: &GraphArgs) -> Result<(Value, Value, Value, Value)> {
    let monitors = server.get("/api/v1/monitors", &Query::default()).await?;
    let first = monitors["monitors"][0]["name"].as_str();
    let name = args.monitor.as_deref().or(first).ok_or_else(|| Error::Usage("that Magpie has no monitors".to_owned()))?;
    let mut query = Query::default();
    query.add("monitor", name);
    let mut ranged = Query::default();
    ranged.add("monitor", name);
    ranged.add("from", &args.server.from);
    ranged.add("to", &args.server.to);
    if !args.query.is_empty() {
        ranged.add("q", &args.query.join(" "));
    }
    let graph = server.get("/api/v1/graph", &ranged).await?;
    let fields = server.get("/api/v1/fields", &Query::default()).await?;
    let alerts = server.get("/api/v1/alerts", &query).await?;
    Ok((graph, monitors, fields, alerts))
}

fn show(graph: Value, monitors: &Value, fields: &Value, alerts: &Value, out: &mut Output) -> Result<()> {
    let truncated = graph["truncated"] == true;
    let share = graph["completeness"]["share"].as_f64();
    let unreadable = |error: serde_json::Error| Error::failed("read the graph")(error);
    let report = Report {
        records: 0,
        unparsed: 0,
        from: None,
        to: None,
        bucket: monitors["bucket"].as_str().and_then(time::parse_duration).unwrap_or(time::MINUTE),
        formats: Vec::new(),
        reasons: Vec::new(),
        severities: std::collections::BTreeMap::new(),
        fields: declared(fields),
        monitors: Vec::new(),
        series: Vec::new(),
        alerts: serde_json::from_value(alerts["alerts"].clone()).map_err(unreadable)?,
        graph: serde_json::from_value(graph).map_err(unreadable)?,
        remarks: Vec::new(),
    };
    if report.graph.edges.is_empty() {
        writeln!(out, "no calls in this range: look further back with --from now-1d")?;
        return Ok(());
    }
    let view = View { x: Vec::new(), fields: Vec::new(), top: 0, color: out.color, width: out.width };
    report::terminal::write_graph(&report, &view, out)?;
    if let Some(share) = share.filter(|share| *share < 1.0) {
        writeln!(out, "  from {} of lines", report::numbers::share(share).replace('\u{202f}', " "))?;
    }
    if truncated {
        writeln!(out, "  only the busiest interactions are shown: shorten the range, or choose a coarser monitor")?;
    }
    Ok(())
}

/// The fields that the server declares: what their values are and how they are shown.
fn declared(fields: &Value) -> Arc<[FieldSpec]> {
    let spec = |field: &Value| {
        let aggregates = field["aggregates"].as_array()?.iter().filter_map(|name| Aggregate::from_name(name.as_str()?)).collect();
        Some(FieldSpec {
            name: field["name"].as_str()?.to_owned(),
            scale: u32::try_from(field["scale"].as_u64()?).ok()?,
            unit: field["unit"].as_str().map(str::to_owned),
            flag: field["flag"] == true,
            distinct_of: None,
            aggregates,
        })
    };
    fields["fields"].as_array().into_iter().flatten().filter_map(spec).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_keep_their_unit_and_first_aggregation() {
        let fields = declared(&json!({"fields": [
            {"name": "elapsed_ms", "unit": "ms", "flag": false, "scale": 6, "distinct_of": null, "aggregates": ["avg", "p95"]},
            {"name": "odd"}
        ]}));
        let shown: Vec<_> = fields.iter().map(|spec| (spec.name.as_str(), spec.unit.as_deref(), spec.aggregates.as_slice())).collect();
        assert_eq!(shown, [("elapsed_ms", Some("ms"), [Aggregate::Avg, Aggregate::P95].as_slice())]);
    }
}
