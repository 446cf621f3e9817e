//! Since when the rollups of each monitor are written as it is defined now.
//!
//! Rollups are not written anew when a monitor is added or changed: of the time before there are none, or others. That is
//! no damage, and `magpie doctor` must know it. What is remembered is a moment of the records' time, so that merging of
//! segments changes nothing: what ended before a monitor changed was written without it.

use std::collections::BTreeMap;

use magpie_model::attention::{ITSELF, Signature};
use magpie_model::config::{Config, Monitor};
use magpie_model::{Timestamp, distinct};
use magpie_store::{StateStore, TelemetryStore};
use serde::{Deserialize, Serialize};

const KIND: &str = "written_since";

/// What is kept of a monitor.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    /// A hash of all that decides which rows it has.
    definition: String,
    /// Buckets from here on are written by that definition; `None` for all there are.
    from: Option<Timestamp>,
}

/// Notes which monitors are new or defined anew from now on. To be called before anything is read by `config`.
pub(super) fn note(config: &Config, telemetry: &dyn TelemetryStore, state: &dyn StateStore, now: Timestamp) -> magpie_store::Result<()> {
    let known = notes(state)?;
    let end = telemetry.segments().iter().map(|segment| segment.to).max();
    for monitor in &config.monitors {
        let definition = definition(config, monitor);
        if known.get(&monitor.name).is_some_and(|note| note.definition == definition) {
            continue;
        }
        // Of a store that no note was ever made in, nothing is known against its past.
        let from = if known.is_empty() { None } else { end.map(|end| config.bucket.end(config.bucket.start(end))) };
        let content = serde_json::to_value(Note { definition, from }).unwrap_or_default();
        let signature = Signature { by: ITSELF.to_owned(), at: now, comment: "the monitor is new or was changed".to_owned() };
        state.put_document(KIND, &monitor.name, Some(&content), None, &signature)?;
    }
    Ok(())
}

/// From which bucket on the stored rollups of the monitors must equal their records; those that are not named must always.
pub(crate) fn since(
    config: &Config,
    telemetry: &dyn TelemetryStore,
    state: &dyn StateStore,
) -> magpie_store::Result<BTreeMap<String, Timestamp>> {
    let known = notes(state)?;
    let end = telemetry.segments().iter().map(|segment| segment.to).max();
    let from = |monitor: &Monitor| match known.get(&monitor.name) {
        Some(note) if note.definition == definition(config, monitor) => note.from,
        // Changed since it was last served: nothing is written by this definition yet.
        Some(_) => end,
        None => end.filter(|_| !known.is_empty()),
    };
    Ok(config.monitors.iter().filter_map(|monitor| Some((monitor.name.clone(), from(monitor)?))).collect())
}

fn notes(state: &dyn StateStore) -> magpie_store::Result<BTreeMap<String, Note>> {
    let documents = state.documents(KIND)?.into_iter();
    Ok(documents.filter_map(|document| Some((document.name, serde_json::from_value(document.content?).ok()?))).collect())
}

/// What decides which rows a monitor has and what is in them: not its thresholds, and not which aggregations are shown.
fn definition(config: &Config, monitor: &Monitor) -> String {
    let fields: Vec<_> = config.fields.iter().map(|spec| (&spec.name, spec.scale, spec.flag, spec.distinct_of)).collect();
    let text = format!("{:?} {:?} {:?} {:?} {:?} {fields:?}", monitor.by, monitor.filter, monitor.kinds, monitor.fields, config.bucket);
    format!("{:016x}", distinct::hash(text.as_bytes()))
}
