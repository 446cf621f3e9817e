//! Secrets of flows, from the environment and from files, as the configuration allows.

use std::sync::Arc;

use magpie_flows::definition::Definition;
use magpie_flows::run::{BoxFuture, Redactor, Secrets};
use magpie_model::config::{Flows, SecretFrom};
use serde_json::{Map, Value};

/// Longest text that is shown, in characters.
const LONGEST: usize = 4_000;

/// Secrets by the rules of the configuration.
pub(super) struct ConfiguredSecrets(pub(super) Arc<Flows>);

impl ConfiguredSecrets {
    /// The value of a secret; JSON in an environment variable or a file is data, so that a secret may have parts.
    fn value(&self, flow: &str, name: &str) -> Option<Value> {
        let rule = self.0.secrets.get(name).filter(|rule| rule.flows.is_empty() || rule.flows.iter().any(|allowed| allowed == flow))?;
        let text = match &rule.from {
            SecretFrom::Environment(variable) => std::env::var(variable).ok()?,
            SecretFrom::File(path) => std::fs::read_to_string(path).ok()?,
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let parts = serde_json::from_str(text).ok().filter(Value::is_object);
        Some(parts.unwrap_or_else(|| text.into()))
    }

    /// Hides the secrets that a flow uses.
    pub(super) fn redactor(&self, definition: &Definition) -> Redactor {
        let flow = id_of(definition);
        let values: Map<String, Value> =
            definition.uses.secrets.iter().filter_map(|name| Some((name.clone(), self.value(&flow, name)?))).collect();
        Redactor::new(&Value::Object(values), LONGEST)
    }
}

impl Secrets for ConfiguredSecrets {
    fn get<'a>(&'a self, definition: &'a Definition, name: &'a str) -> BoxFuture<'a, Option<Value>> {
        // A secret is a small file at most; reading it does not wait for anybody.
        let value = self.value(&id_of(definition), name);
        Box::pin(std::future::ready(value))
    }
}

/// `namespace.name`.
pub(super) fn id_of(definition: &Definition) -> String {
    format!("{}.{}", definition.document.namespace, definition.document.name)
}
