//! `transform.*`: between texts and data, and jq programs on any value.

use serde_json::Value;

use super::{Connector, Context, Done, Failure, csv, text, xml};
use crate::definition::Effect;
use crate::expression::Variables;
use crate::run::BoxFuture;

pub(super) static JQ: Connector = Connector {
    name: "transform.jq",
    summary: "Runs the jq program `expression` on `value` (the task's input by default), with `variables`.",
    required: &["expression"],
    optional: &["value", "variables"],
    effect: Effect::Repeatable,
    work: jq,
};
pub(super) static JSON_PARSE: Connector = Connector {
    name: "transform.json.parse",
    summary: "Reads the JSON `text` as data.",
    required: &["text"],
    optional: &[],
    effect: Effect::Repeatable,
    work: |_, arguments| ready(parse_json(&arguments)),
};
pub(super) static CSV_PARSE: Connector = Connector {
    name: "transform.csv.parse",
    summary: "Reads the CSV `text` (RFC 4180) as a list of mappings, or of lists with `header: false`.",
    required: &["text"],
    optional: &["delimiter", "header"],
    effect: Effect::Repeatable,
    work: |_, arguments| ready(csv::parse(&arguments)),
};
pub(super) static CSV_FORMAT: Connector = Connector {
    name: "transform.csv.format",
    summary: "Writes `rows`, mappings or lists, as CSV; `columns` gives their order.",
    required: &["rows"],
    optional: &["delimiter", "columns"],
    effect: Effect::Repeatable,
    work: |_, arguments| ready(csv::format(&arguments)),
};
pub(super) static XML_PARSE: Connector = Connector {
    name: "transform.xml.parse",
    summary: "Reads the XML `text` as data: attributes as `@name`, text as `#text`, repeated elements as lists.",
    required: &["text"],
    optional: &[],
    effect: Effect::Repeatable,
    work: |_, arguments| ready(text(&arguments, "text").and_then(xml::parse)),
};
pub(super) static XML_FORMAT: Connector = Connector {
    name: "transform.xml.format",
    summary: "Writes `value`, a mapping with one root element, as XML.",
    required: &["value"],
    optional: &[],
    effect: Effect::Repeatable,
    work: |_, arguments| ready(xml::format(&arguments["value"])),
};

fn ready<'a>(result: Result<Value, Failure>) -> BoxFuture<'a, Result<Done, Failure>> {
    Box::pin(std::future::ready(result.map(Done::output)))
}

fn parse_json(arguments: &Value) -> Result<Value, Failure> {
    serde_json::from_str(text(arguments, "text")?).map_err(|error| Failure::new(format!("this is not JSON: {error}")))
}

fn jq(context: Context<'_>, arguments: Value) -> BoxFuture<'_, Result<Done, Failure>> {
    Box::pin(async move {
        let variables: Variables =
            arguments["variables"].as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let value = arguments.get("value").unwrap_or(context.input);
        let result = context.world.expressions.evaluate(text(&arguments, "expression")?, value, &variables).await;
        result.map(Done::output).map_err(|error| Failure::new(error.to_string()))
    })
}
