//! `magpie alerts`: what fires in a running Magpie, and with `--history` what fired.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use magpie_model::{Alert, AlertState, Condition, Signature};
use serde::Deserialize;
use serde_json::Value;

use super::client::{self, Query, Server};
use super::output::Output;
use crate::cli::AlertsArgs;
use crate::error::{Error, Result};
use crate::report::label::was;
use crate::report::numbers;
use crate::report::paint::{Cell, Paint, Table, Tone};

/// Most alerts that the API gives at once.
const MOST: &str = "1000";

/// An alert with what people did about it.
#[derive(Deserialize)]
struct Shown {
    #[serde(flatten)]
    alert: Alert,
    acknowledged: Option<Signature>,
    silenced: Option<String>,
}

/// Prints the alerts, those that fire first.
pub(super) fn run(args: &AlertsArgs) -> Result<ExitCode> {
    let mut query = Query::default();
    query.add("from", &args.server.from);
    query.add("to", &args.server.to);
    query.add("limit", MOST);
    if args.history {
        query.add("state", "any");
    }
    let server = Server::reach(&args.server.reach)?;
    let answer = client::block_on(server.get("/api/v1/alerts", &query))?;
    let mut out = Output::open(None)?;
    if args.server.json {
        writeln!(out, "{answer}")?;
    } else {
        show(answer, &mut out)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn show(answer: Value, out: &mut Output) -> Result<()> {
    let truncated = answer["truncated"] == true;
    let mut alerts: Vec<Shown> = serde_json::from_value(answer["alerts"].clone()).map_err(Error::failed("read the alerts"))?;
    if alerts.is_empty() {
        writeln!(out, "no alerts")?;
        return Ok(());
    }
    alerts.sort_by_key(|Shown { alert, .. }| (order(alert.state), std::cmp::Reverse(alert.severity), std::cmp::Reverse(alert.since)));
    // Only a terminal has an end to its lines; what is piped on stays whole.
    let width = if std::io::stdout().is_terminal() { out.width } else { usize::MAX };
    let paint = Paint { color: out.color };
    table(&alerts).print(&paint, width, out)?;
    if truncated {
        writeln!(out, "  more alerts: shorten the range with --from and --to")?;
    }
    Ok(())
}

fn order(state: AlertState) -> u8 {
    match state {
        AlertState::Firing => 0,
        AlertState::Pending => 1,
        AlertState::Resolved => 2,
    }
}

fn table(alerts: &[Shown]) -> Table {
    let titles = [
        ("State", false),
        ("severity", false),
        ("interaction", false),
        ("finding", false),
        ("since", false),
        ("lasted", true),
        ("monitor", false),
        ("of lines", true),
        ("attention", false),
    ];
    let mut table = Table::new(&titles);
    for shown in alerts {
        let alert = &shown.alert;
        let state = if alert.provisional { format!("{} (open bucket)", alert.state.name()) } else { alert.state.name().to_owned() };
        table.row(vec![
            Cell::toned(&state, Tone::of(alert.state)),
            Cell::text(alert.severity.name()),
            Cell::text(&dimensions(alert)),
            Cell::text(&finding(alert)),
            Cell::text(&numbers::moment(alert.since)),
            Cell::text(&numbers::since(alert.resolved.unwrap_or(alert.judged).since(alert.since))),
            Cell::text(&alert.monitor),
            Cell::toned(&numbers::share(alert.complete), if alert.complete < 0.9 { Tone::Pending } else { Tone::Normal }),
            Cell::toned(&attention(shown), Tone::Quiet),
        ]);
    }
    table
}

/// What people did about it.
fn attention(shown: &Shown) -> String {
    let acknowledged = shown.acknowledged.as_ref().map(|by| format!("acknowledged by {}", by.by));
    let silenced = shown.silenced.as_ref().map(|_| "silenced".to_owned());
    silenced.into_iter().chain(acknowledged).collect::<Vec<_>>().join(", ")
}

/// The combination, in the order of a call: source, service, target.
fn dimensions(alert: &Alert) -> String {
    let word = |name: &str| alert.dimensions.get(name).map(String::as_str);
    let side = |module: Option<&str>, host: Option<&str>| match (module, host) {
        (Some(module), Some(host)) => Some(format!("{module}/{host}")),
        (one, other) => one.or(other).map(str::to_owned),
    };
    let source = side(word("source_module"), word("source"));
    let target = side(word("target_module"), word("target"));
    let mut words = Vec::new();
    if source.is_some() || target.is_some() {
        words.push(format!("{} → {}", source.as_deref().unwrap_or(magpie_model::ALL), target.as_deref().unwrap_or(magpie_model::ALL)));
    }
    words.extend(word("service").map(str::to_owned));
    let others =
        alert.dimensions.iter().filter(|(name, _)| !magpie_model::Column::DIMENSIONS.iter().any(|column| column.name() == name.as_str()));
    words.extend(others.map(|(name, value)| format!("{name}={value}")));
    if words.is_empty() { magpie_model::ALL.to_owned() } else { words.join(" ") }
}

/// `elapsed_ms 412 > 200`: the value against the limit, in the field's unit.
fn finding(alert: &Alert) -> String {
    let field = match alert.aggregate {
        Some(aggregate) => format!("{}({})", aggregate.name(), alert.field),
        None => alert.field.clone(),
    };
    let value = match alert.value.map(numbers::plain) {
        Some(value) if alert.no_data => format!("no data, was {value}"),
        Some(value) => value,
        None => "no data".to_owned(),
    };
    let was = if was(alert).is_empty() { "" } else { ", was" };
    match alert.condition {
        Condition::Above(limit) => format!("{field} {value}{was} > {}", numbers::plain(limit)),
        Condition::Below(limit) => format!("{field} {value}{was} < {}", numbers::plain(limit)),
        Condition::New { within } => format!("not seen in the {} before", magpie_model::time::format_duration(within)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn alert(change: Value) -> Shown {
        let mut alert = json!({
            "id": "00", "monitor": "client-to-module", "dimensions": {"source": "10.0.0.1", "target_module": "video"},
            "field": "elapsed_ms", "aggregate": "avg", "condition": {"above": 200.0}, "state": "firing", "severity": "critical",
            "labels": {}, "value": 412.0, "since": "2026-11-22T10:15:00Z", "fired": "2026-11-22T10:18:00Z", "resolved": null,
            "judged": "2026-11-22T10:20:00Z", "complete": 0.97, "provisional": false
        });
        for (name, value) in change.as_object().unwrap() {
            alert[name] = value.clone();
        }
        serde_json::from_value(alert).unwrap()
    }

    #[test]
    fn what_was_found_against_what_was_allowed() {
        for (change, interaction, found) in [
            (json!({}), "10.0.0.1 → video", "avg(elapsed_ms) 412 > 200"),
            (
                json!({"field": "records", "aggregate": null, "condition": {"below": 1.0}, "value": 0.0}),
                "10.0.0.1 → video",
                "records 0 < 1",
            ),
            (json!({"value": null}), "10.0.0.1 → video", "avg(elapsed_ms) no data > 200"),
            (json!({"value": 14.0, "state": "resolved"}), "10.0.0.1 → video", "avg(elapsed_ms) 14, was > 200"),
            (
                json!({"condition": {"new": {"within": 86_400_000_000_000_i64}}, "dimensions": {"service": "/a", "status": "500"}}),
                "/a status=500",
                "not seen in the 1d before",
            ),
            (json!({"dimensions": {}}), "(all)", "avg(elapsed_ms) 412 > 200"),
        ] {
            let Shown { alert, .. } = alert(change);
            assert_eq!((dimensions(&alert).as_str(), finding(&alert).as_str()), (interaction, found));
        }
    }

    #[test]
    fn what_people_did_about_it_is_told() {
        let bob = json!({"by": "bob", "at": "2026-11-22T10:19:00Z", "comment": "looking"});
        for (change, expected) in [
            (json!({}), ""),
            (json!({"acknowledged": null, "silenced": null}), ""),
            (json!({"silenced": "5"}), "silenced"),
            (json!({"acknowledged": bob}), "acknowledged by bob"),
            (json!({"acknowledged": bob, "silenced": "5"}), "silenced, acknowledged by bob"),
        ] {
            assert_eq!(attention(&alert(change)), expected);
        }
    }

    #[test]
    fn a_row_says_it_all_also_without_colour() {
        let mut out = Vec::new();
        table(&[alert(json!({}))]).print(&Paint { color: false }, 200, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let words: Vec<&str> = text.lines().nth(1).unwrap().split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
        assert_eq!(
            words,
            [
                "firing",
                "critical",
                "10.0.0.1 → video",
                "avg(elapsed_ms) 412 > 200",
                "2026-11-22 10:15:00",
                "5 min",
                "client-to-module",
                "97 %"
            ]
        );
    }
}
