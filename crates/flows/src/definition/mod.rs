//! Flow definitions: reading a document, deciding its validity, and the tree that the interpreter walks.
//!
//! Validity is decided by the specification's own JSON Schema and then by what a schema cannot say: that names are declared,
//! expressions parse, schedules can come due. What is valid but not built here is told apart, by [`Definition::unsupported`]:
//! such a document can be kept and shown, but not published.

mod directives;
mod names;
mod parts;
mod schema;
mod task;
mod tree;
mod validity;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use magpie_model::config::{Problem, unknown_word};
use magpie_model::{Code, Notice};
use serde_json::{Map, Value, json};

pub use parts::{
    BackoffSpec, Correlation, EventFilter, InputSpec, JitterSpec, LimitSpec, OutputSpec, RetrySpec, SchemaSpec, Span, Strategy,
    TimeoutSpec, Until, span_of,
};
pub use schema::{Failure, Schema};
pub use task::{Base, Case, Effect, For, ForEach, Kind, Listen, Process, Read, RetryRef, Run, Task, TaskList, Try, Yields};
pub use tree::{Tree, plain};
pub use validity::UNSUPPORTED_CALLS;

use crate::retry::Policy;
use crate::schedule::Schedule;

/// The specification's schema as text, for editors that complete from it.
pub const SCHEMA_TEXT: &str = include_str!("../../schema/workflow-1.0.3.yaml");

/// The specification's schema.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    // The text is part of this program, and a test reads it: an unreadable one cannot be shipped.
    let mut root = Tree::read(SCHEMA_TEXT).map_or(Value::Bool(false), |tree| tree.value);
    // Of these it says no more than that they are whole numbers; no length of time and no count is below 0.
    let units = ["days", "hours", "minutes", "seconds", "milliseconds"].map(|unit| format!("/$defs/duration/oneOf/0/properties/{unit}"));
    for number in units.iter().map(String::as_str).chain(["/$defs/retryPolicy/properties/limit/properties/attempt/properties/count"]) {
        if let Some(Value::Object(keywords)) = root.pointer_mut(number) {
            keywords.insert("minimum".to_owned(), 0.into());
        }
    }
    Schema::new(root, validity::hint)
});

/// A valid flow.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Name, version and what `metadata` says.
    pub document: Document,
    /// Input of the flow.
    pub input: InputSpec,
    /// Output of the flow.
    pub output: OutputSpec,
    /// Longest run.
    pub timeout: Option<TimeoutSpec>,
    /// When it runs by itself.
    pub schedule: Option<Schedule>,
    /// Reusable parts.
    pub uses: Uses,
    /// What it does.
    pub tasks: TaskList,
    /// The document as written.
    pub written: Arc<Value>,
    unsupported: Vec<Problem>,
}

/// Who the flow is.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Version of the DSL.
    pub dsl: String,
    /// Namespace.
    pub namespace: String,
    /// Name within the namespace.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// Title, if any.
    pub title: Option<String>,
    /// Summary in Markdown, if any.
    pub summary: Option<String>,
    /// `metadata.application`.
    pub application: Option<String>,
    /// `metadata.region`.
    pub region: Option<String>,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.timezone`, an IANA name; zone of the schedule.
    pub timezone: Option<String>,
    /// `metadata.retry`; how failed runs are retried.
    pub retry: Option<Policy>,
    /// All of `metadata`.
    pub metadata: Map<String, Value>,
}

/// `use:`, as written.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// Authentication policies.
    pub authentications: Map<String, Value>,
    /// Errors.
    pub errors: Map<String, Value>,
    /// Extensions in order.
    pub extensions: Vec<Extension>,
    /// Functions: tasks to be called.
    pub functions: BTreeMap<String, Arc<Task>>,
    /// Retry policies.
    pub retries: BTreeMap<String, RetrySpec>,
    /// Names of secrets.
    pub secrets: Vec<String>,
    /// Timeouts.
    pub timeouts: BTreeMap<String, TimeoutSpec>,
}

/// Tasks around other tasks.
#[derive(Clone, Debug)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Kind of task that is extended, or `all`.
    pub extend: String,
    /// Only when this holds.
    pub when: Option<String>,
    /// Tasks before.
    pub before: TaskList,
    /// Tasks after.
    pub after: TaskList,
}

/// Why a document is not a flow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Invalid {
    /// At least one, in the order of the lines.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the flow is not valid")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl Definition {
    /// Reads a YAML or JSON document.
    ///
    /// # Errors
    /// All mistakes that could be found, each with its line and what to write instead.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        let tree = Tree::read(text).map_err(|problem| Invalid { problems: vec![problem] })?;
        let misspelt = validity::misspelt_parts(&tree.value);
        let mut failures = SCHEMA.check(&tree.value);
        failures.retain(|failure| !misspelt.iter().any(|(_, meant)| failure.lacks(meant)));
        let of_schema = failures.into_iter().map(|failure| located(&tree, &failure.pointer, Notice::new(failure.message, failure.told)));
        let of_parts =
            misspelt.iter().map(|(key, meant)| located(&tree, &format!("/{}", tree::segment(key)), unknown_word("key", key, [*meant])));
        let mut problems: Vec<Problem> = of_parts.chain(of_schema).collect();
        if problems.is_empty() {
            match build(&tree) {
                Ok(definition) => match validity::check(&definition) {
                    found if found.mistakes.is_empty() => {
                        let unsupported = found.unsupported.into_iter().map(|(at, notice)| located(&tree, &at, notice)).collect();
                        return Ok(Self { unsupported, ..definition });
                    }
                    found => problems.extend(found.mistakes.into_iter().map(|(at, notice)| located(&tree, &at, notice))),
                },
                Err((at, notice)) => problems.push(located(&tree, &at, notice)),
            }
        }
        problems.sort_by_key(|problem| problem.line);
        problems.dedup();
        Err(Invalid { problems })
    }

    /// What the document asks for that this program does not do; a document with such parts cannot be published.
    pub fn unsupported(&self) -> &[Problem] {
        &self.unsupported
    }

    /// For a flow that events start: a flow that waits for these events, and whose output is the input of the run they start.
    pub fn trigger(&self) -> Option<Arc<Self>> {
        let on = self.written.pointer("/schedule/on")?;
        let written = json!({
            "document": self.written["document"],
            "do": [{ "trigger": { "listen": { "to": on, "read": "envelope" } } }],
        });
        Self::read(&written.to_string()).ok().map(Arc::new)
    }

    /// Calls `each` for every task: those of the flow, of its functions and of its extensions.
    pub fn visit<'a>(&'a self, mut each: impl FnMut(&'a Task)) {
        let extensions = self.uses.extensions.iter().flat_map(|extension| extension.before.iter().chain(&extension.after));
        let mut open: Vec<&Arc<Task>> = self.tasks.iter().chain(self.uses.functions.values()).chain(extensions).collect();
        open.reverse();
        while let Some(task) = open.pop() {
            each(task);
            for list in task.lists().into_iter().rev() {
                open.extend(list.iter().rev());
            }
        }
    }
}

fn located(tree: &Tree, pointer: &str, Notice { message, told }: Notice) -> Problem {
    let place = if pointer.is_empty() { "the document" } else { pointer };
    Problem { told: Some(told), ..Problem::new(tree.line(pointer), format!("{place}: {message}")) }
}

/// What a type says of a part that it cannot hold.
fn unfit(error: &serde_json::Error) -> Notice {
    Code::PartUnfit.says(error.to_string(), &[("cause", error)])
}

fn build(tree: &Tree) -> Result<Definition, (String, Notice)> {
    let written = &tree.value;
    let part = |key: &str| written.get(key).cloned().unwrap_or(Value::Object(Map::new()));
    let wrong = |at: &'static str| move |error: serde_json::Error| (at.to_owned(), unfit(&error));
    let timeout = written.get("timeout").map(|timeout| serde_json::from_value(timeout.clone())).transpose();
    Ok(Definition {
        document: names::document(&written["document"])?,
        input: serde_json::from_value(part("input")).map_err(wrong("/input"))?,
        output: serde_json::from_value(part("output")).map_err(wrong("/output"))?,
        timeout: timeout.map_err(wrong("/timeout"))?,
        schedule: names::schedule(written)?,
        uses: names::uses(&part("use"))?,
        tasks: task::build_list(&written["do"], "/do")?,
        written: Arc::new(written.clone()),
        unsupported: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
