//! The interpreter: walks a flow's tasks, with every step told to the journal before and after it.
//!
//! A task's life is the specification's: `if`, input schema and filter, the work under its timeout, output filter and schema,
//! export, `then`. A run that is resumed walks the same way, and takes each step that the journal knows as ended from there.
//! Dropping the future of a run cancels it: calls close, processes end with their children.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use magpie_model::Timestamp;
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use super::BoxFuture;
use super::fault::{Fault, Standard};
use super::id::JobId;
use super::journal::{Begun, End, Finished, JournalError, Replay, StepKey};
use super::tasks;
use super::world::{Lifecycle, World};
use crate::definition::{Definition, Effect, Kind, OutputSpec, Schema, Task, TaskList};
use crate::expression::{self, Variables};

/// Data that passes from task to task.
pub(super) type Data = Arc<Value>;

/// A run to be made.
#[derive(Clone)]
pub struct Order {
    /// Its id.
    pub job: JobId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The flow.
    pub definition: Arc<Definition>,
    /// Its input.
    pub input: Value,
    /// When this attempt started, before any interruption; the flow's timeout counts from it.
    pub started: Timestamp,
    /// What is known of steps that have ended.
    pub replay: Replay,
    /// Whether a person decided that interrupted steps with effects run again.
    pub repeat_interrupted: bool,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// With an output.
    Succeeded(Value),
    /// With an error that nothing caught.
    Failed(Fault),
    /// Its own timeout ended it.
    TimedOut(Fault),
    /// A step was interrupted before, and running it again could do something twice: a person decides.
    Doubtful(StepKey),
    /// The journal could not be written; it goes on later.
    Suspended(JournalError),
}

/// Why a task did not end well.
#[derive(Debug)]
pub(super) enum Stop {
    Fault(Fault),
    Doubtful(StepKey),
    Journal(JournalError),
}

impl From<JournalError> for Stop {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Where a flow goes on after a task or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Continue,
    /// Leaves the list.
    Exit,
    /// Ends the flow.
    End,
    Task(String),
}

impl Next {
    pub(super) fn of(then: Option<&str>) -> Self {
        match then {
            None | Some("continue") => Self::Continue,
            Some("exit") => Self::Exit,
            Some("end") => Self::End,
            Some(name) => Self::Task(name.to_owned()),
        }
    }

    fn written(&self) -> Option<String> {
        match self {
            Self::Continue => None,
            Self::Exit => Some("exit".into()),
            Self::End => Some("end".into()),
            Self::Task(name) => Some(name.clone()),
        }
    }
}

/// What the tasks of one place in the flow share.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) definition: Arc<Definition>,
    /// Pointers of the calls and runs that led to this document.
    pub(super) prefix: String,
    pub(super) context: Data,
    pub(super) exported: bool,
    pub(super) variables: Variables,
    pub(super) iteration: Vec<String>,
    pub(super) workflow: Data,
    pub(super) secrets: Data,
    pub(super) depth: u32,
    pub(super) extended: bool,
}

/// The step that is being done.
pub(super) struct Step<'a> {
    pub(super) task: &'a Task,
    pub(super) key: StepKey,
    pub(super) input: Data,
    pub(super) descriptor: Data,
    /// When it began; before an interruption, if there was one.
    pub(super) started: Timestamp,
}

impl Step<'_> {
    /// `$task.output` is the raw output, for the filters that come after the work; only they can ask for it.
    fn know_raw_output(&mut self, output: &Value) {
        if self.task.base.output.as_.is_some() || self.task.base.export.as_.is_some() {
            let mut descriptor = self.descriptor.as_object().cloned().unwrap_or_default();
            descriptor.insert("output".into(), output.clone());
            self.descriptor = Arc::new(Value::Object(descriptor));
        }
    }
}

/// One run while it is going.
pub(super) struct Going {
    pub(super) world: World,
    pub(super) job: JobId,
    pub(super) attempt: u32,
    pub(super) runtime: Data,
    pub(super) tokens: Mutex<HashMap<String, (String, Timestamp)>>,
    /// Processes that nobody waits for; the run ends when they have.
    pub(super) detached: tokio::sync::Mutex<JoinSet<()>>,
    replay: Replay,
    repeat_interrupted: bool,
    steps: AtomicU64,
    pub(super) schemas: Mutex<HashMap<String, Arc<Schema>>>,
}

/// Runs flows.
#[derive(Clone)]
pub struct Runner {
    world: World,
}

impl Runner {
    /// A runner in a world.
    pub fn new(world: World) -> Self {
        Self { world }
    }

    /// Runs one attempt to its end. Dropping the future cancels it.
    pub async fn run(&self, order: Order) -> Ending {
        let Order { job, attempt, definition, input, started, replay, repeat_interrupted } = order;
        let going = Going {
            world: self.world.clone(),
            job,
            attempt,
            runtime: Arc::new(json!({ "name": "magpie", "version": env!("CARGO_PKG_VERSION"), "metadata": {} })),
            tokens: Mutex::default(),
            detached: tokio::sync::Mutex::default(),
            replay,
            repeat_interrupted,
            steps: AtomicU64::new(0),
            schemas: Mutex::default(),
        };
        let observer = &self.world.observer;
        observer.on(&Lifecycle::Started);
        let result = going.document(definition, Arc::new(input), "", started, 0, None).await;
        let mut detached = going.detached.lock().await;
        while detached.join_next().await.is_some() {}
        match result {
            Ok(output) => {
                observer.on(&Lifecycle::Completed((*output).clone()));
                Ending::Succeeded((*output).clone())
            }
            Err(Stop::Fault(fault)) => {
                observer.on(&Lifecycle::Faulted(fault.clone()));
                if fault.is(Standard::Timeout) && fault.instance == "/" { Ending::TimedOut(fault) } else { Ending::Failed(fault) }
            }
            Err(Stop::Doubtful(key)) => Ending::Doubtful(key),
            Err(Stop::Journal(error)) => Ending::Suspended(error),
        }
    }
}

impl Going {
    /// Runs a whole flow; `prefix` and `iteration` are those of the step that runs it.
    pub(super) fn document<'a>(
        &'a self,
        definition: Arc<Definition>,
        input: Data,
        prefix: &'a str,
        started: Timestamp,
        depth: u32,
        iteration: Option<String>,
    ) -> BoxFuture<'a, Result<Data, Stop>> {
        Box::pin(async move {
            let mut scope = self.scope(definition, &input, prefix, started, depth).await?;
            scope.iteration.extend(iteration);
            let definition = Arc::clone(&scope.definition);
            let root = if prefix.is_empty() { "/" } else { prefix };
            let limit = self.timeout_of(definition.timeout.as_ref(), &input, &scope, None, root).await?;
            let work = self.document_tasks(&definition, input, &mut scope, root);
            match limit {
                None => work.await,
                Some(nanos) => self.limited(work, started.plus(nanos), root).await?,
            }
        })
    }

    async fn document_tasks(&self, definition: &Definition, input: Data, scope: &mut Scope, root: &str) -> Result<Data, Stop> {
        self.valid(definition.input.schema.as_ref(), &input, "the flow's input", root)?;
        let filtered = self.filtered(definition.input.from.as_ref(), &input, scope, None, (None, None), root).await?;
        let (raw, _) = self.list(&definition.tasks, Arc::clone(&filtered), scope).await?;
        let output = self.filtered(definition.output.as_.as_ref(), &raw, scope, None, (Some(&filtered), Some(&raw)), root).await?;
        self.valid(definition.output.schema.as_ref(), &output, "the flow's output", root)?;
        Ok(output)
    }

    async fn scope(&self, definition: Arc<Definition>, input: &Data, prefix: &str, started: Timestamp, depth: u32) -> Result<Scope, Stop> {
        if depth > self.world.limits.depth {
            let message = format!("flows and functions call each other more than {} deep", self.world.limits.depth);
            return Err(Fault::new(Standard::Configuration, message).at(prefix).into());
        }
        let mut secrets = Map::new();
        for name in &definition.uses.secrets {
            let value = self.world.secrets.get(&definition, name).await.ok_or_else(|| {
                Fault::new(Standard::Authorization, format!("the secret `{name}` does not exist, or this flow may not read it"))
                    .at("/use/secrets")
            })?;
            secrets.insert(name.clone(), value);
        }
        let workflow = json!({
            "id": self.job.to_string(), "definition": *definition.written, "input": **input, "startedAt": moment(started),
        });
        Ok(Scope {
            definition,
            prefix: prefix.to_owned(),
            context: Arc::new(Value::Null),
            exported: false,
            variables: Variables::new(),
            iteration: Vec::new(),
            workflow: Arc::new(workflow),
            secrets: Arc::new(Value::Object(secrets)),
            depth,
            extended: false,
        })
    }

    /// Runs tasks in their order, wherever their `then` leads within the list.
    pub(super) fn list<'a>(&'a self, tasks: &'a TaskList, input: Data, scope: &'a mut Scope) -> BoxFuture<'a, Result<(Data, Next), Stop>> {
        Box::pin(async move {
            let mut data = input;
            let mut at = 0;
            let mut visits = vec![0u32; tasks.len()];
            while let Some(task) = tasks.get(at) {
                let visit = visits[at];
                visits[at] += 1;
                let outer = scope.iteration.len();
                if visit > 0 {
                    scope.iteration.push(format!("~{visit}"));
                }
                let result = self.task(task, data, scope).await;
                scope.iteration.truncate(outer);
                let (output, next) = result?;
                data = output;
                at = match next {
                    Next::Continue => at + 1,
                    Next::Exit | Next::End => return Ok((data, next)),
                    Next::Task(name) => tasks.iter().position(|task| task.name == name).ok_or_else(|| {
                        Fault::new(Standard::Configuration, format!("there is no task `{name}` in this list")).at(&task.pointer)
                    })?,
                };
            }
            Ok((data, Next::Continue))
        })
    }

    /// Runs one task, or takes its end from the journal.
    pub(super) fn task<'a>(&'a self, task: &'a Task, input: Data, scope: &'a mut Scope) -> BoxFuture<'a, Result<(Data, Next), Stop>> {
        Box::pin(async move {
            let key = StepKey { pointer: format!("{}{}", scope.prefix, task.pointer), iteration: scope.iteration.join(".") };
            if let Some(finished) = self.replay.finished(&key) {
                return replayed(finished, input, scope);
            }
            let effect = tasks::effect(task, scope);
            let before = self.replay.interrupted(&key);
            if before.is_some() && effect == Effect::Once && task.lists().is_empty() && !self.repeat_interrupted {
                return Err(Stop::Doubtful(key));
            }
            let now = self.world.clock.now();
            let started = before.map_or(now, |begun| begun.started);
            if self.steps.fetch_add(1, Ordering::Relaxed) >= self.world.limits.steps {
                let message = format!("the run has more than {} steps", self.world.limits.steps);
                return Err(Fault::new(Standard::Configuration, message).at(&key.pointer).into());
            }
            let descriptor = Arc::new(json!({
                "name": task.name, "reference": key.pointer, "definition": *task.written, "input": *input, "startedAt": moment(started),
            }));
            let mut step = Step { task, key, input: Arc::clone(&input), descriptor, started };
            if before.is_some() {
                tasks::log_again(self, &step);
            }
            self.begin_and_perform(&mut step, input, effect, scope).await
        })
    }

    async fn begin_and_perform(&self, step: &mut Step<'_>, raw: Data, effect: Effect, scope: &mut Scope) -> Result<(Data, Next), Stop> {
        let task = step.task;
        if let Some(condition) = &task.base.condition {
            let value = self.evaluate(condition, &raw, scope, Some(step), (Some(&raw), None)).await?;
            if !expression::holds(&value) {
                self.world.journal.finish(&self.finished(step, End::Skipped)).await?;
                return Ok((raw, Next::Continue));
            }
        }
        self.world
            .journal
            .begin(&Begun {
                key: step.key.clone(),
                attempt: self.attempt,
                name: task.name.clone(),
                kind: task.keyword().to_owned(),
                input: (*raw).clone(),
                started: step.started,
                repeatable: Begun::repeatable(effect),
            })
            .await?;
        self.world.observer.on(&Lifecycle::TaskStarted(step.key.pointer.clone()));
        let outer = std::mem::replace(&mut scope.exported, false);
        let result = self.perform(step, raw, scope).await;
        let (end, answer) = match result {
            Ok((output, next)) => {
                let context = scope.exported.then(|| (*scope.context).clone());
                self.world.observer.on(&Lifecycle::TaskCompleted(step.key.pointer.clone()));
                (End::Succeeded { output: (*output).clone(), context, next: next.written() }, Ok((output, next)))
            }
            Err(Stop::Fault(fault)) => {
                let fault = fault.at(&step.key.pointer);
                self.world.observer.on(&Lifecycle::TaskFaulted(step.key.pointer.clone(), fault.clone()));
                (End::Failed { fault: fault.clone() }, Err(Stop::Fault(fault)))
            }
            Err(other) => return Err(other),
        };
        scope.exported |= outer;
        let finished = self.finished(step, end);
        tasks::log_end(self, step, &finished);
        self.world.journal.finish(&finished).await?;
        answer
    }

    fn finished(&self, step: &Step<'_>, end: End) -> Finished {
        Finished {
            key: step.key.clone(),
            attempt: self.attempt,
            name: step.task.name.clone(),
            kind: step.task.keyword().to_owned(),
            input: (*step.input).clone(),
            end,
            started: step.started,
            ended: self.world.clock.now(),
        }
    }

    /// From the raw input to the output, its export, and where to go on.
    async fn perform(&self, step: &mut Step<'_>, raw: Data, scope: &mut Scope) -> Result<(Data, Next), Stop> {
        let task = step.task;
        let pointer = step.key.pointer.clone();
        self.valid(task.base.input.schema.as_ref(), &raw, "the input", &pointer)?;
        step.input = self.filtered(task.base.input.from.as_ref(), &raw, scope, Some(step), (Some(&raw), None), &pointer).await?;
        let limit = self.timeout_of(task.base.timeout.as_ref(), &step.input, scope, Some(step), &pointer).await?;
        let work = self.extended(step, scope);
        let (output, next) = match limit {
            None => work.await?,
            Some(nanos) => self.limited(work, step.started.plus(nanos), &pointer).await??,
        };
        step.know_raw_output(&output);
        let filters = (Some(&step.input), Some(&output));
        let result = self.filtered(task.base.output.as_.as_ref(), &output, scope, Some(step), filters, &pointer).await?;
        self.valid(task.base.output.schema.as_ref(), &result, "the output", &pointer)?;
        self.bounded(&result, &pointer)?;
        let input = Arc::clone(&step.input);
        self.export(&task.base.export, &result, &input, scope, Some(step)).await?;
        scope.variables.remove("authorization");
        Ok((result, next.unwrap_or_else(|| Next::of(task.base.then.as_deref()))))
    }

    /// Sets the context, if the task exports.
    pub(super) async fn export(
        &self,
        export: &OutputSpec,
        output: &Data,
        input: &Data,
        scope: &mut Scope,
        step: Option<&Step<'_>>,
    ) -> Result<(), Stop> {
        let Some(filter) = &export.as_ else { return Ok(()) };
        let pointer = step.map(|step| step.key.pointer.clone()).unwrap_or_default();
        let context = self.filtered(Some(filter), output, scope, step, (Some(input), Some(output)), &pointer).await?;
        self.valid(export.schema.as_ref(), &context, "the exported context", &pointer)?;
        scope.context = context;
        scope.exported = true;
        Ok(())
    }

    /// The task's work with the extensions that apply around it.
    async fn extended(&self, step: &Step<'_>, scope: &mut Scope) -> Result<(Data, Option<Next>), Stop> {
        if scope.extended || scope.definition.uses.extensions.is_empty() {
            return tasks::work(self, step, scope).await;
        }
        let definition = Arc::clone(&scope.definition);
        let mut applying = Vec::new();
        for extension in definition.uses.extensions.iter().filter(|extension| tasks::extends(&extension.extend, step.task)) {
            if self.extension_applies(extension.when.as_deref(), step, scope).await? {
                applying.push(extension);
            }
        }
        // Extensions run in a prefix of their own, since several tasks share one extension's pointers.
        let prefix = std::mem::replace(&mut scope.prefix, step.key.pointer.clone());
        scope.extended = true;
        let result = self.around(&applying, step, &prefix, scope).await;
        scope.extended = false;
        scope.prefix = prefix;
        result
    }

    async fn around(
        &self,
        extensions: &[&crate::definition::Extension],
        step: &Step<'_>,
        prefix: &str,
        scope: &mut Scope,
    ) -> Result<(Data, Option<Next>), Stop> {
        for extension in extensions {
            let (data, next) = self.list(&extension.before, Arc::clone(&step.input), scope).await?;
            if next != Next::Continue {
                return Ok((data, (next == Next::End).then_some(Next::End)));
            }
        }
        let own = std::mem::replace(&mut scope.prefix, prefix.to_owned());
        scope.extended = false;
        let result = tasks::work(self, step, scope).await;
        scope.extended = true;
        scope.prefix = own;
        let (output, next) = result?;
        for extension in extensions.iter().rev() {
            let (_, after) = self.list(&extension.after, Arc::clone(&output), scope).await?;
            if after == Next::End {
                return Ok((output, Some(Next::End)));
            }
        }
        Ok((output, next))
    }

    async fn extension_applies(&self, when: Option<&str>, step: &Step<'_>, scope: &Scope) -> Result<bool, Stop> {
        let Some(when) = when else { return Ok(true) };
        // The specification's example reads the task's own fields, `$task.with.endpoint`.
        let mut descriptor = step.task.written.as_object().cloned().unwrap_or_default();
        descriptor.extend(step.descriptor.as_object().cloned().unwrap_or_default());
        let mut variables = self.variables(scope, Some(step), (Some(&step.input), None));
        variables.insert("task".into(), Arc::new(Value::Object(descriptor)));
        let value = self.evaluate_with(when, &step.input, &variables, &step.key.pointer).await?;
        Ok(expression::holds(&value))
    }
}

/// What the journal knows of a step, as if it had just been done.
fn replayed(finished: &Finished, input: Data, scope: &mut Scope) -> Result<(Data, Next), Stop> {
    match &finished.end {
        End::Succeeded { output, context, next } => {
            if let Some(context) = context {
                scope.context = Arc::new(context.clone());
                scope.exported = true;
            }
            Ok((Arc::new(output.clone()), Next::of(next.as_deref())))
        }
        End::Skipped => Ok((input, Next::Continue)),
        End::Failed { fault } => Err(Stop::Fault(fault.clone())),
    }
}

/// A time as expressions see it.
fn moment(time: Timestamp) -> Value {
    json!({ "iso8601": time.to_string(), "epoch": { "seconds": time.0.div_euclid(1_000_000_000), "milliseconds": time.0.div_euclid(1_000_000) } })
}

/// Whether a task does nothing but hold others.
pub(super) fn is_composite(kind: &Kind) -> bool {
    matches!(kind, Kind::Do(_) | Kind::For(_) | Kind::Fork { .. } | Kind::Try(_))
}
