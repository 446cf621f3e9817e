//! The parts of a document around its tasks: who the flow is, its reusable parts, and when it runs by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use magpie_model::{Code, Notice};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::parts::{RetrySpec, Strategy, span_of};
use super::task::{Task, build_list};
use super::tree::segment;
use super::{Document, Extension, SCHEMA, Uses, unfit};
use crate::schedule::{Cron, Every, Schedule};

type Wrong = (String, Notice);

/// Reads `document:`; `metadata` may say application, region, labels, timezone and retry.
pub(super) fn document(written: &Value) -> Result<Document, Wrong> {
    let text = |key: &str| written[key].as_str().map(str::to_owned);
    let metadata = written["metadata"].as_object().cloned().unwrap_or_default();
    let said = |key: &str| metadata_text(&metadata, key);
    let dsl = text("dsl").unwrap_or_default();
    if !dsl.starts_with("1.") {
        let message = format!("version {dsl} of the DSL is not known; write `dsl: '1.0.3'`");
        return Err(("/document/dsl".into(), Code::DslUnknown.says(message, &[("version", &dsl)])));
    }
    let timezone = said("timezone")?;
    if let Some(zone) = &timezone
        && jiff::tz::TimeZone::get(zone).is_err()
    {
        let message = format!("`{zone}` is not a time zone; write an IANA name such as `Asia/Shanghai`");
        return Err(("/document/metadata/timezone".into(), Code::ZoneUnknown.says(message, &[("zone", zone)])));
    }
    Ok(Document {
        namespace: text("namespace").unwrap_or_default(),
        name: text("name").unwrap_or_default(),
        version: text("version").unwrap_or_default(),
        title: text("title"),
        summary: text("summary"),
        application: said("application")?,
        region: said("region")?,
        labels: labels(&metadata)?,
        timezone,
        retry: run_retry(&metadata)?,
        dsl,
        metadata,
    })
}

fn metadata_text(metadata: &Map<String, Value>, key: &str) -> Result<Option<String>, Wrong> {
    match metadata.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => {
            let notice = Code::NotAText.says(format!("`{key}` must be a text"), &[("key", &key)]);
            Err((format!("/document/metadata/{key}"), notice))
        }
    }
}

fn labels(metadata: &Map<String, Value>) -> Result<BTreeMap<String, String>, Wrong> {
    let Some(labels) = metadata.get("labels") else { return Ok(BTreeMap::new()) };
    let wrong = || ("/document/metadata/labels".to_owned(), Code::LabelsUnfit.says("`labels` must be a mapping of texts", &[]));
    let labels = labels.as_object().ok_or_else(wrong)?;
    labels.iter().map(|(key, value)| Ok((key.clone(), value.as_str().ok_or_else(wrong)?.to_owned()))).collect()
}

fn run_retry(metadata: &Map<String, Value>) -> Result<Option<crate::retry::Policy>, Wrong> {
    let at = "/document/metadata/retry";
    let Some(written) = metadata.get("retry") else { return Ok(None) };
    if let Some(failure) = SCHEMA.check_part("#/$defs/retryPolicy", written, at).into_iter().next() {
        return Err((failure.pointer, Notice::new(failure.message, failure.told)));
    }
    let spec: RetrySpec = parse(written, at)?;
    if spec.when.is_some() || spec.except_when.is_some() {
        let message = "conditions are not evaluated for whole runs; use a `try` task with `catch.retry.when`";
        return Err((at.into(), Code::RunRetryConditions.says(message, &[])));
    }
    let moving = || (at.to_owned(), Code::DurationNotFixed.says("durations must be fixed here, not expressions", &[]));
    Ok(Some(spec.policy(|span| span.fixed().ok_or_else(moving))?))
}

fn parse<T: DeserializeOwned>(written: &Value, at: &str) -> Result<T, Wrong> {
    serde_json::from_value(written.clone()).map_err(|error| (at.to_owned(), unfit(&error)))
}

/// Reads `use:`.
pub(super) fn uses(written: &Value) -> Result<Uses, Wrong> {
    let map = |key: &str| written[key].as_object().cloned().unwrap_or_default();
    let mut functions = BTreeMap::new();
    for (name, task) in map("functions") {
        functions.insert(name.clone(), Arc::new(Task::build(&name, &format!("/use/functions/{}", segment(&name)), &task)?));
    }
    let mut extensions = Vec::new();
    for (index, item) in written["extensions"].as_array().into_iter().flatten().enumerate() {
        for (name, extension) in item.as_object().into_iter().flatten() {
            let at = format!("/use/extensions/{index}/{}", segment(name));
            extensions.push(Extension {
                name: name.clone(),
                extend: extension["extend"].as_str().unwrap_or("all").to_owned(),
                when: extension["when"].as_str().map(str::to_owned),
                before: build_list(&extension["before"], &format!("{at}/before"))?,
                after: build_list(&extension["after"], &format!("{at}/after"))?,
            });
        }
    }
    Ok(Uses {
        authentications: map("authentications"),
        errors: map("errors"),
        extensions,
        functions,
        retries: parse(&Value::Object(map("retries")), "/use/retries")?,
        secrets: written["secrets"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        timeouts: parse(&Value::Object(map("timeouts")), "/use/timeouts")?,
    })
}

/// What is told where events are waited for and it is not said which.
pub(super) fn no_strategy() -> Notice {
    Code::StrategyMissing.says("write `one`, `any` or `all` here", &[])
}

/// Reads `schedule:`.
pub(super) fn schedule(written: &Value) -> Result<Option<Schedule>, Wrong> {
    let Some(schedule) = written.get("schedule") else { return Ok(None) };
    let keys: Vec<&str> = ["every", "cron", "after", "on"].into_iter().filter(|key| schedule.get(key).is_some()).collect();
    let [key] = keys[..] else {
        let message = "write exactly one of `every`, `cron`, `after` and `on` here";
        return Err(("/schedule".into(), Code::ScheduleKinds.says(message, &[])));
    };
    let at = format!("/schedule/{key}");
    let body = &schedule[key];
    let moving = || (at.clone(), Code::DurationNotFixed.says("the duration must be fixed and longer than 0", &[]));
    let span = || span_of(body).filter(|&nanos| nanos > 0).ok_or_else(moving);
    Ok(Some(match key {
        "every" => Schedule::Every(Every { nanos: span()? }),
        "after" => Schedule::After(span()?),
        "cron" => Schedule::Cron(Cron::parse(body.as_str().unwrap_or_default()).map_err(|error| (at.clone(), error.notice()))?),
        _ => Schedule::On(Strategy::read(body).ok_or_else(|| (at.clone(), no_strategy()))?),
    }))
}
