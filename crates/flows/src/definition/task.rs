//! The tree of tasks that the interpreter walks, built from a document that the specification's schema found valid.
//!
//! Each task knows its JSON pointer in the document: that pointer is the step's name in journal, errors and run logs.

use std::sync::Arc;

use magpie_model::{Code, Notice};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::names::no_strategy;
use super::parts::{InputSpec, OutputSpec, RetrySpec, Span, Strategy, TimeoutSpec};
use super::tree::segment;
use super::unfit;

/// Tasks in the order of the document.
pub type TaskList = Vec<Arc<Task>>;

/// One task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name in its list.
    pub name: String,
    /// JSON pointer into the document, `/do/0/getPet`.
    pub pointer: String,
    /// What all tasks have.
    pub base: Base,
    /// What it does.
    pub kind: Kind,
    /// The task as written, for `$task.definition`.
    pub written: Arc<Value>,
}

/// What all tasks have.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Base {
    /// The task runs only if this holds.
    #[serde(rename = "if")]
    pub condition: Option<String>,
    /// Input filter.
    #[serde(default)]
    pub input: InputSpec,
    /// Output filter.
    #[serde(default)]
    pub output: OutputSpec,
    /// What is put into the context.
    #[serde(default)]
    pub export: OutputSpec,
    /// Longest time.
    pub timeout: Option<TimeoutSpec>,
    /// Where to go on.
    pub then: Option<String>,
    /// Free data; `idempotent: true` lets an interrupted task repeat by itself.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// What a task does.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Calls a function: a protocol of the specification, a function of the flow, or a connector.
    Call {
        /// Name of the function.
        function: String,
        /// Its arguments as written.
        with: Value,
    },
    /// Tasks one after the other.
    Do(TaskList),
    /// Publishes an event.
    Emit {
        /// The event's attributes as written.
        with: Value,
    },
    /// Tasks for each item.
    For(Box<For>),
    /// Tasks at the same time.
    Fork {
        /// One branch each.
        branches: TaskList,
        /// The first to end wins, the others are stopped.
        compete: bool,
    },
    /// Waits for events.
    Listen(Box<Listen>),
    /// Raises an error: a mapping, or the name of one.
    Raise(Value),
    /// Runs a process or another flow.
    Run(Run),
    /// Sets data.
    Set(Value),
    /// Goes on with the first case that holds.
    Switch(Vec<Case>),
    /// Catches errors.
    Try(Box<Try>),
    /// Waits.
    Wait(Span),
}

/// A loop.
#[derive(Clone, Debug)]
pub struct For {
    /// Variable of the item.
    pub each: String,
    /// Expression of the collection.
    pub collection: String,
    /// Variable of the index.
    pub at: String,
    /// Goes on only while this holds.
    pub condition: Option<String>,
    /// Tasks per item.
    pub tasks: TaskList,
}

/// Listening.
#[derive(Clone, Debug)]
pub struct Listen {
    /// Which events.
    pub to: Strategy,
    /// `data`, `envelope` or `raw`.
    pub read: Read,
    /// Tasks per event.
    pub foreach: Option<ForEach>,
}

/// What of an event is read.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Read {
    /// Its data.
    #[default]
    Data,
    /// The whole event.
    Envelope,
    /// The whole event as it came.
    Raw,
}

/// Tasks per event of a listening.
#[derive(Clone, Debug)]
pub struct ForEach {
    /// Variable of the event.
    pub item: String,
    /// Variable of the index.
    pub at: String,
    /// What is done.
    pub tasks: TaskList,
    /// Filter of each item's output.
    pub output: OutputSpec,
    /// Export after each item.
    pub export: OutputSpec,
}

/// A process or a flow to run.
#[derive(Clone, Debug)]
pub struct Run {
    /// What is run.
    pub process: Process,
    /// Wait for its end.
    pub wait: bool,
    /// What the task yields.
    pub yields: Yields,
}

/// What can be run; values stand as written.
#[derive(Clone, Debug)]
pub enum Process {
    /// A container.
    Container(Value),
    /// A script.
    Script(Value),
    /// A shell command.
    Shell(Value),
    /// Another flow.
    Workflow(Value),
}

/// What a process yields.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Yields {
    /// Its standard output.
    #[default]
    Stdout,
    /// Its error output.
    Stderr,
    /// Its exit code.
    Code,
    /// All three.
    All,
    /// Nothing.
    None,
}

/// A case of a switch.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Condition; the default case has none.
    pub when: Option<String>,
    /// Where to go on.
    pub then: String,
}

/// Catching.
#[derive(Clone, Debug)]
pub struct Try {
    /// What is tried.
    pub tasks: TaskList,
    /// Values that the error must have.
    pub filter: Map<String, Value>,
    /// Variable of the error.
    pub variable: String,
    /// Caught only if this holds.
    pub when: Option<String>,
    /// Not caught if this holds.
    pub except_when: Option<String>,
    /// How it is retried.
    pub retry: Option<RetryRef>,
    /// What is done with a caught error.
    pub handler: Option<TaskList>,
}

/// A retry policy, or the name of one under `use.retries`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum RetryRef {
    /// A name.
    Named(String),
    /// Written in place.
    Written(Box<RetrySpec>),
}

/// What a repetition of a step would do to the world (design 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing, or the same again: it may be repeated after an interruption.
    Repeatable,
    /// Something twice: a person decides.
    Once,
}

/// Keyword → name of the kind; a task has exactly one of the first, `for` comes before `do`.
pub(super) const KEYWORDS: [&str; 12] = ["call", "for", "fork", "emit", "listen", "raise", "run", "set", "switch", "try", "wait", "do"];

impl Task {
    /// Builds a task of a valid document.
    ///
    /// # Errors
    /// What is wrong, for documents that the schema lets through but this program cannot understand.
    pub fn build(name: &str, pointer: &str, written: &Value) -> Result<Self, (String, Notice)> {
        let wrong = |error: serde_json::Error| (pointer.to_owned(), unfit(&error));
        let base = serde_json::from_value(written.clone()).map_err(wrong)?;
        let keyword = keyword(written).ok_or_else(|| {
            let keywords = KEYWORDS.join(", ");
            let message = format!("a task needs one of {keywords}");
            (pointer.to_owned(), Code::TaskKeywordMissing.says(message, &[("keywords", &keywords)]))
        })?;
        let kind = build_kind(keyword, written, pointer)?;
        Ok(Self { name: name.to_owned(), pointer: pointer.to_owned(), base, kind, written: Arc::new(written.clone()) })
    }

    /// The keyword of its kind.
    pub fn keyword(&self) -> &'static str {
        keyword(&self.written).unwrap_or_default()
    }

    /// Whether the author says that repeating does no harm.
    pub fn is_idempotent(&self) -> bool {
        self.base.metadata.get("idempotent") == Some(&Value::Bool(true))
    }

    /// The lists of tasks inside, in the order of the document.
    pub fn lists(&self) -> Vec<&TaskList> {
        match &self.kind {
            Kind::Do(tasks) | Kind::Fork { branches: tasks, .. } => vec![tasks],
            Kind::For(it) => vec![&it.tasks],
            Kind::Listen(it) => it.foreach.iter().map(|each| &each.tasks).collect(),
            Kind::Try(it) => std::iter::once(&it.tasks).chain(&it.handler).collect(),
            _ => Vec::new(),
        }
    }
}

fn keyword(written: &Value) -> Option<&'static str> {
    KEYWORDS.into_iter().find(|&keyword| written.get(keyword).is_some())
}

/// Builds a `taskList` found at `pointer`.
pub(super) fn build_list(written: &Value, pointer: &str) -> Result<TaskList, (String, Notice)> {
    let mut tasks = Vec::new();
    for (index, item) in written.as_array().into_iter().flatten().enumerate() {
        for (name, task) in item.as_object().into_iter().flatten() {
            tasks.push(Arc::new(Task::build(name, &format!("{pointer}/{index}/{}", segment(name)), task)?));
        }
    }
    Ok(tasks)
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn part<T: for<'de> Deserialize<'de> + Default>(value: &Value, key: &str, pointer: &str) -> Result<T, (String, Notice)> {
    match value.get(key) {
        None => Ok(T::default()),
        Some(part) => serde_json::from_value(part.clone()).map_err(|error| (format!("{pointer}/{key}"), unfit(&error))),
    }
}

fn build_kind(keyword: &str, written: &Value, pointer: &str) -> Result<Kind, (String, Notice)> {
    let body = &written[keyword];
    let inside = |key: &str| build_list(&written[key], &format!("{pointer}/{key}"));
    let at = format!("{pointer}/{keyword}");
    Ok(match keyword {
        "call" => {
            Kind::Call { function: body.as_str().unwrap_or_default().to_owned(), with: written.get("with").cloned().unwrap_or_default() }
        }
        "do" => Kind::Do(inside("do")?),
        "emit" => Kind::Emit { with: body["event"]["with"].clone() },
        "for" => Kind::For(Box::new(For {
            each: text(body, "each").unwrap_or_else(|| "item".into()),
            collection: text(body, "in").unwrap_or_default(),
            at: text(body, "at").unwrap_or_else(|| "index".into()),
            condition: text(written, "while"),
            tasks: inside("do")?,
        })),
        "fork" => Kind::Fork {
            branches: build_list(&body["branches"], &format!("{at}/branches"))?,
            compete: body["compete"].as_bool().unwrap_or_default(),
        },
        "listen" => Kind::Listen(Box::new(build_listen(written, pointer)?)),
        "raise" => Kind::Raise(body["error"].clone()),
        "run" => Kind::Run(build_run(body, &at)?),
        "set" => Kind::Set(body.clone()),
        "switch" => Kind::Switch(build_cases(body)),
        "try" => Kind::Try(Box::new(build_try(written, pointer)?)),
        _ => Kind::Wait(
            Span::read(body)
                .ok_or_else(|| (at, Code::TextNotAnIsoDuration.says("this is not a duration", &[("text", &super::schema::shown(body))])))?,
        ),
    })
}

fn build_listen(written: &Value, pointer: &str) -> Result<Listen, (String, Notice)> {
    let listen = &written["listen"];
    let to = Strategy::read(&listen["to"]).ok_or_else(|| (format!("{pointer}/listen/to"), no_strategy()))?;
    let foreach = match written.get("foreach") {
        None => None,
        Some(each) => Some(ForEach {
            item: text(each, "item").unwrap_or_else(|| "item".into()),
            at: text(each, "at").unwrap_or_else(|| "index".into()),
            tasks: build_list(&each["do"], &format!("{pointer}/foreach/do"))?,
            output: part(each, "output", &format!("{pointer}/foreach"))?,
            export: part(each, "export", &format!("{pointer}/foreach"))?,
        }),
    };
    Ok(Listen { to, read: part(listen, "read", &format!("{pointer}/listen"))?, foreach })
}

fn build_run(body: &Value, at: &str) -> Result<Run, (String, Notice)> {
    let process = [
        ("container", Process::Container as fn(Value) -> Process),
        ("script", Process::Script),
        ("shell", Process::Shell),
        ("workflow", Process::Workflow),
    ];
    let process = process.into_iter().find_map(|(key, of)| body.get(key).map(|value| of(value.clone())));
    Ok(Run {
        process: process
            .ok_or_else(|| (at.to_owned(), Code::ProcessMissing.says("write `container`, `script`, `shell` or `workflow` here", &[])))?,
        wait: body["await"].as_bool().unwrap_or(true),
        yields: part(body, "return", at)?,
    })
}

fn build_cases(body: &Value) -> Vec<Case> {
    let items = body.as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
    items
        .map(|(name, case)| Case {
            name: name.clone(),
            when: text(case, "when"),
            then: text(case, "then").unwrap_or_else(|| "continue".into()),
        })
        .collect()
}

fn build_try(written: &Value, pointer: &str) -> Result<Try, (String, Notice)> {
    let catch = &written["catch"];
    let handler = match catch.get("do") {
        None => None,
        Some(tasks) => Some(build_list(tasks, &format!("{pointer}/catch/do"))?),
    };
    Ok(Try {
        tasks: build_list(&written["try"], &format!("{pointer}/try"))?,
        filter: catch["errors"]["with"].as_object().cloned().unwrap_or_default(),
        variable: text(catch, "as").unwrap_or_else(|| "error".into()),
        when: text(catch, "when"),
        except_when: text(catch, "exceptWhen"),
        retry: part(catch, "retry", &format!("{pointer}/catch"))?,
        handler,
    })
}
