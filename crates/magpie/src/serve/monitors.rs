//! Monitors that were made over the API: joined to those of the file, changed, and brought into force (design 13).
//!
//! They live as documents in the state store, in the language of the configuration file, and are read by its rules against
//! the file as it is now. One that does not fit any more, or whose name the file has taken, stays stored and is not in
//! force; the API says so. A change takes the same way as a reload: what was read is sealed, and reading goes on by the
//! new configuration, so that every segment has the rows of the monitors of its time.

use magpie_api::{MONITOR, MonitorChange, MonitorRefusal};
use magpie_model::config::{Config, Monitor, monitor_document};
use magpie_store::{Document, StateStore};

use super::Service;

/// Monitors made over the API: each costs time for every record.
const MOST: usize = 200;

/// The configuration of the file with the monitors that were made over the API.
pub(super) fn assemble(file: &Config, state: &dyn StateStore) -> magpie_store::Result<Config> {
    Ok(with(file, state.documents(MONITOR)?))
}

fn with(file: &Config, documents: Vec<Document>) -> Config {
    let mut config = file.clone();
    for Document { name, version, content, .. } in documents {
        if config.monitor(&name).is_some() {
            tracing::warn!(monitor = %name, "the file has a monitor of this name; the one made over the API is not in force");
            continue;
        }
        // A document that does not fit may have left fields behind in what it was read against.
        let mut tried = config.clone();
        match monitor_document::read(&content.unwrap_or_default(), &mut tried) {
            Ok(monitor) => {
                tried.monitors.push(Monitor { version: Some(version), ..monitor });
                config = tried;
            }
            Err(problems) => {
                tracing::warn!(monitor = %name, ?problems, "a monitor made over the API does not fit the configuration and is not in force");
            }
        }
    }
    config
}

impl Service {
    /// Stores a change of a monitor and brings it into force.
    pub(super) fn change(&self, change: &MonitorChange) -> Result<u64, MonitorRefusal> {
        let failed = |error: magpie_store::Error| MonitorRefusal::Failed(crate::error::Error::from(error).chain());
        let mut ingest = self.ingest();
        let (file, name) = (self.file(), &change.name);
        if file.monitor(name).is_some() {
            return Err(MonitorRefusal::OfFile(name.clone()));
        }
        let mut others = self.state.documents(MONITOR).map_err(failed)?;
        let present = others.iter().position(|document| document.name == *name).map(|at| others.remove(at));
        match (&present, &change.document) {
            (None, None) => return Err(MonitorRefusal::Unknown(name.clone())),
            (Some(_), Some(_)) if change.expected == Some(0) => return Err(MonitorRefusal::Exists(name.clone())),
            (None, Some(_)) if others.len() >= MOST => return Err(MonitorRefusal::TooMany(others.len())),
            _ => {}
        }
        let content = match &change.document {
            None => None,
            Some(document) => {
                let monitor = monitor_document::read(document, &mut with(&file, others)).map_err(MonitorRefusal::Mistakes)?;
                Some(monitor_document::write(&monitor))
            }
        };
        let before = present.as_ref().map_or(0, |document| document.version);
        let expected = change.expected.unwrap_or(before);
        let put = self.state.put_document(MONITOR, name, content.as_ref(), Some(expected), &change.signature).map_err(failed)?;
        let Some(version) = put else { return Err(MonitorRefusal::Changed(name.clone())) };
        let applied =
            super::in_force(&file, &*self.state).map_err(crate::error::Error::from).and_then(|config| self.apply(&mut ingest, config));
        if let Err(error) = applied {
            // Nothing may be stored that is not in force: the next start would find it.
            let content = present.and_then(|document| document.content);
            if let Err(error) = self.state.put_document(MONITOR, name, content.as_ref(), None, &change.signature) {
                tracing::error!(%error, monitor = %name, "a change that is not in force could not be taken back");
            }
            return Err(MonitorRefusal::Failed(error.chain()));
        }
        tracing::info!(monitor = %name, version, by = %change.signature.by, deleted = content.is_none(), "a monitor was changed");
        Ok(version)
    }
}

#[cfg(test)]
mod tests {
    use magpie_model::{Aggregate, Column, Signature};
    use serde_json::json;

    use super::*;

    fn document(name: &str, version: u64, content: serde_json::Value) -> Document {
        Document { kind: MONITOR.into(), name: name.into(), version, signature: Signature::default(), content: Some(content) }
    }

    #[test]
    fn what_fits_is_joined_and_what_does_not_leaves_nothing_behind() {
        let file = Config { fields: vec![magpie_model::FieldSpec::error()], ..Config::default() };
        let threshold = json!([{"field": "elapsed_ms", "aggregate": "p99", "above": 5}]);
        let documents = || {
            vec![
                document("broken", 1, json!({"name": "broken", "by": ["sauce"], "thresholds": [{"field": "bytes", "above": 5}]})),
                document("modules", 3, json!({"name": "modules", "by": ["service"]})),
                document("slow", 7, json!({"name": "slow", "by": ["service"], "thresholds": threshold})),
            ]
        };
        let config = with(&file, documents());
        let shown: Vec<(&str, Option<u64>)> = config.monitors.iter().map(|monitor| (monitor.name.as_str(), monitor.version)).collect();
        assert_eq!(shown, [("modules", None), ("slow", Some(7))], "the file's stay as they are");
        assert_eq!(config.monitors[0].by, [Column::SourceModule, Column::TargetModule]);
        assert!(config.fields[config.field("elapsed_ms").unwrap()].aggregates.contains(&Aggregate::P99), "what is judged is kept");
        assert_eq!(config.field("bytes"), None, "what only a broken one needs is not");
    }
}
