//! Errors as flows see them: RFC 7807 problem details with the types that the specification names.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Where the specification's error types live.
const TYPES: &str = "https://serverlessworkflow.io/spec/1.0.0/errors/";
/// Other places that its texts and its conformance kit use for the same types.
const ALIASES: [&str; 3] = [
    "https://serverlessworkflow.io/dsl/errors/types/",
    "https://serverlessworkflow.io/errors/types/",
    "https://https://serverlessworkflow.io/spec/1.0.0/errors/",
];

/// The standard error types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// The flow or this installation does not allow it.
    Configuration,
    /// Data does not fit its schema.
    Validation,
    /// An expression failed.
    Expression,
    /// Credentials were not accepted.
    Authentication,
    /// Access was refused.
    Authorization,
    /// It took too long.
    Timeout,
    /// A call failed.
    Communication,
    /// A process or connector failed.
    Runtime,
}

impl Standard {
    fn details(self) -> (&'static str, i64, &'static str) {
        match self {
            Self::Configuration => ("configuration", 400, "Configuration Error"),
            Self::Validation => ("validation", 400, "Validation Error"),
            Self::Expression => ("expression", 400, "Expression Error"),
            Self::Authentication => ("authentication", 401, "Authentication Error"),
            Self::Authorization => ("authorization", 403, "Authorization Error"),
            Self::Timeout => ("timeout", 408, "Timeout Error"),
            Self::Communication => ("communication", 500, "Communication Error"),
            Self::Runtime => ("runtime", 500, "Runtime Error"),
        }
    }
}

/// An error that a step raised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// URI of the kind of error.
    #[serde(rename = "type")]
    pub kind: String,
    /// Status code.
    pub status: i64,
    /// Short summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What happened this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// JSON pointer of the step that raised it.
    #[serde(default)]
    pub instance: String,
}

impl Fault {
    /// A standard error; its step is filled in by the interpreter.
    pub fn new(standard: Standard, detail: impl Into<String>) -> Self {
        let (name, status, title) = standard.details();
        Self { kind: format!("{TYPES}{name}"), status, title: Some(title.into()), detail: Some(detail.into()), instance: String::new() }
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(self, status: i64) -> Self {
        Self { status, ..self }
    }

    /// The same, raised at a step unless it says already where.
    #[must_use]
    pub fn at(mut self, pointer: &str) -> Self {
        if self.instance.is_empty() {
            self.instance = pointer.to_owned();
        }
        self
    }

    /// Whether it is of a standard type.
    pub fn is(&self, standard: Standard) -> bool {
        self.kind == format!("{TYPES}{}", standard.details().0)
    }

    /// Whether every value of an error filter is the error's own.
    pub fn matches(&self, filter: &Map<String, Value>) -> bool {
        filter.iter().all(|(key, expected)| match (key.as_str(), expected) {
            ("type", Value::String(kind)) => canonical(kind) == canonical(&self.kind),
            ("status", expected) => expected.as_i64() == Some(self.status),
            ("title", Value::String(title)) => self.title.as_ref() == Some(title),
            ("detail" | "details", Value::String(detail)) => self.detail.as_ref() == Some(detail),
            ("instance", Value::String(instance)) => self.instance == *instance,
            _ => false,
        })
    }

    /// The error as data, for expressions.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_else(|_| json!({ "type": self.kind, "status": self.status }))
    }
}

/// The name of a standard type, whichever of its addresses is written; other types as they are.
fn canonical(kind: &str) -> &str {
    std::iter::once(TYPES).chain(ALIASES).find_map(|place| kind.strip_prefix(place)).unwrap_or(kind)
}

/// `404 Communication Error: not found (/do/0/getPet)`
impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.title.as_deref().unwrap_or(&self.kind))?;
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        write!(f, " ({})", self.instance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_compare_each_value_and_know_the_types_other_addresses() {
        let fault = Fault::new(Standard::Communication, "not found").with_status(404).at("/do/0/getPet");
        for (filter, expected) in [
            (json!({}), true),
            (json!({"status": 404}), true),
            (json!({"status": 503}), false),
            (json!({"type": "https://serverlessworkflow.io/spec/1.0.0/errors/communication"}), true),
            (json!({"type": "https://serverlessworkflow.io/dsl/errors/types/communication", "status": 404}), true),
            (json!({"type": "https://example.com/errors/communication"}), false),
            (json!({"instance": "/do/0/getPet", "details": "not found"}), true),
            (json!({"unknown": 1}), false),
        ] {
            assert_eq!(fault.matches(filter.as_object().unwrap()), expected, "{filter}");
        }
    }
}
