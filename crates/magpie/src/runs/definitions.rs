//! Published and other saves of flows, read once and kept: a save never changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use magpie_flows::definition::Definition;
use magpie_flows::run::{BoxFuture, FlowSource};
use magpie_model::run::{FlowRow, RunKind};
use magpie_store::RunStore;

/// Definitions kept; then all are forgotten and read again when they are needed.
const KEPT: usize = 2_000;

/// Definitions by flow and revision.
pub(super) struct Definitions {
    store: Arc<dyn RunStore>,
    read: Mutex<HashMap<(String, u64), Arc<Definition>>>,
}

impl Definitions {
    pub(super) fn new(store: Arc<dyn RunStore>) -> Self {
        Self { store, read: Mutex::default() }
    }

    /// A save that can run. Blocks while it is read for the first time.
    ///
    /// # Errors
    /// Why there is none: in a sentence, for the run that needed it.
    pub(super) fn get(&self, flow: &str, revision: u64) -> Result<Arc<Definition>, String> {
        let key = (flow.to_owned(), revision);
        if let Some(found) = self.read.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(found));
        }
        let stored = self.store.version(flow, revision).map_err(|error| format!("revision {revision} could not be read: {error}"))?;
        let (_, source) = stored.ok_or_else(|| format!("flow `{flow}` has no revision {revision}"))?;
        let definition =
            Definition::read(&source).map_err(|invalid| format!("revision {revision} is not valid: {}", invalid.problems[0]))?;
        if let Some(problem) = definition.unsupported().first() {
            return Err(format!("revision {revision} cannot run here: {problem}"));
        }
        let definition = Arc::new(definition);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.len() >= KEPT {
            read.clear();
        }
        read.insert(key, Arc::clone(&definition));
        Ok(definition)
    }

    /// The published save of a flow.
    pub(super) fn published(&self, row: &FlowRow) -> Result<Arc<Definition>, String> {
        match row.published {
            Some(revision) => self.get(&row.flow, revision),
            None => {
                let why = row.problem.as_ref().map(|problem| format!(": line {}: {}", problem.line, problem.message));
                Err(format!("flow `{}` has no published version{}", row.flow, why.unwrap_or_default()))
            }
        }
    }
}

/// What `run: workflow` finds: published flows, by namespace, name and version.
pub(super) struct Published(pub(super) Arc<Definitions>);

impl FlowSource for Published {
    fn find<'a>(&'a self, namespace: &'a str, name: &'a str, version: &'a str) -> BoxFuture<'a, Option<Arc<Definition>>> {
        let (definitions, flow, version) = (Arc::clone(&self.0), format!("{namespace}.{name}"), version.to_owned());
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || {
                let row = definitions.store.flow(&flow).ok()??;
                let is_flow = row.kind == RunKind::Flow && row.enabled;
                let definition = definitions.published(&row).ok()?;
                (is_flow && (version == "latest" || definition.document.version == version)).then_some(definition)
            });
            found.await.ok().flatten()
        })
    }
}
