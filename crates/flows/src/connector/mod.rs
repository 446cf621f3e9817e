//! Connectors: catalogued functions that a flow calls by name, `call: sql.query`.
//!
//! A connector takes its arguments with all expressions already evaluated, and gives its output; the interpreter logs the
//! standard event with operation and time. A name may carry version and catalogue (`logger:1.0.0@magpie`); a function that
//! the flow itself declares under that name goes first. HTTP is a protocol of the specification, `call: http`.

mod csv;
mod files;
mod logger;
mod sql;
mod transform;
mod xml;

use magpie_model::config::unknown;
use magpie_model::{Code, Notice, Severity};
use serde_json::Value;

use crate::definition::Effect;
use crate::run::{BoxFuture, World};

/// A function of the catalogue.
pub struct Connector {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Arguments that must be given.
    pub required: &'static [&'static str],
    /// Arguments that may be given.
    pub optional: &'static [&'static str],
    /// What repeating it does.
    pub effect: Effect,
    pub(crate) work: for<'a> fn(Context<'a>, Value) -> BoxFuture<'a, Result<Done, Failure>>,
}

/// What a connector sees of the run.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) world: &'a World,
    /// Input of the task.
    pub(crate) input: &'a Value,
}

/// What a connector gives.
#[derive(Default)]
pub(crate) struct Done {
    /// The output; the task's input when there is none.
    pub(crate) output: Option<Value>,
    /// A line for the run log, from the Logger.
    pub(crate) log: Option<Entry>,
}

impl Done {
    fn output(value: impl Into<Value>) -> Self {
        Self { output: Some(value.into()), log: None }
    }
}

/// A line that the Logger writes.
pub(crate) struct Entry {
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) category: String,
}

/// Why a connector failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Whether it is not allowed here.
    pub(crate) denied: bool,
    pub(crate) message: String,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { denied: false, message: message.into() }
    }

    fn denied(message: impl Into<String>) -> Self {
        Self { denied: true, message: message.into() }
    }
}

/// All connectors, by name.
static CATALOGUE: [&Connector; 17] = [
    &files::DIRECTORY_CREATE,
    &files::DIRECTORY_LIST,
    &files::FILE_APPEND,
    &files::FILE_DELETE,
    &files::FILE_MOVE,
    &files::FILE_READ,
    &files::FILE_WRITE,
    &logger::LOGGER,
    &sql::EXEC,
    &sql::QUERY,
    &sql::TRANSACTION,
    &transform::CSV_FORMAT,
    &transform::CSV_PARSE,
    &transform::JQ,
    &transform::JSON_PARSE,
    &transform::XML_FORMAT,
    &transform::XML_PARSE,
];

/// The connector that a call names.
pub fn find(function: &str) -> Option<&'static Connector> {
    let (name, catalogue) = function.split_once('@').unwrap_or((function, "magpie"));
    let (name, version) = name.split_once(':').unwrap_or((name, "1.0.0"));
    let known = ["magpie", "default"].contains(&catalogue) && version.split('.').next() == Some("1");
    CATALOGUE.into_iter().find(|connector| known && connector.name == name)
}

/// The names of all connectors.
pub fn names() -> impl Iterator<Item = &'static str> + use<> {
    catalogue().map(|connector| connector.name)
}

/// All connectors, for lists and completion.
pub fn catalogue() -> impl Iterator<Item = &'static Connector> {
    CATALOGUE.into_iter()
}

impl Connector {
    /// What is wrong with the names of the arguments; `None` when nothing is.
    pub fn misuse(&self, with: &Value) -> Option<Notice> {
        let given = with.as_object();
        if let Some(missing) = self.required.iter().find(|&&name| given.is_none_or(|given| !given.contains_key(name))) {
            let message = format!("`{}` needs the argument `{missing}`", self.name);
            return Some(Code::ArgumentMissing.says(message, &[("argument", missing), ("function", &self.name)]));
        }
        let known = || self.required.iter().chain(self.optional).copied();
        let wrong = given.into_iter().flatten().map(|(name, _)| name).find(|name| !known().any(|known| known == *name))?;
        let message = unknown(&format!("argument of `{}`", self.name), wrong, known());
        let known = known().collect::<Vec<_>>().join(", ");
        Some(Code::ArgumentUnknown.says(message, &[("argument", wrong), ("function", &self.name), ("known", &known)]))
    }

    /// What is asked of it that is not built in, as far as it stands in the document.
    pub fn unsupported(&self, with: &Value) -> Option<String> {
        let is_sql = self.name.starts_with("sql.");
        with["database"].as_str().filter(|_| is_sql).and_then(|database| match database.contains("${") {
            // What an expression gives is looked at when the flow runs.
            true => None,
            false => sql::unusable(database),
        })
    }
}

/// A text argument.
fn text<'a>(arguments: &'a Value, name: &str) -> Result<&'a str, Failure> {
    arguments[name].as_str().ok_or_else(|| Failure::new(format!("`{name}` must be a text, and is {}", arguments[name])))
}

/// Runs blocking work on the runtime's threads for that.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Failure::new("the work was stopped"))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_with_and_without_catalogue() {
        for (function, found) in [
            ("logger", true),
            ("logger@magpie", true),
            ("logger:1.0.0@magpie", true),
            ("sql.query:1.2.0@default", true),
            ("logger:2.0.0@magpie", false),
            ("logger@other", false),
            ("loger", false),
        ] {
            assert_eq!(find(function).is_some(), found, "{function}");
        }
    }

    #[test]
    fn wrong_arguments_are_named() {
        let query = find("sql.query").unwrap();
        assert_eq!(query.misuse(&json!({"database": "a", "sql": "b"})), None);
        assert_eq!(query.misuse(&json!({"database": "a"})).unwrap().message, "`sql.query` needs the argument `sql`");
        let message = query.misuse(&json!({"database": "a", "sql": "b", "paramters": []})).unwrap();
        assert_eq!(message.message, "unknown argument of `sql.query` `paramters`, did you mean `parameters`?");
    }
}
