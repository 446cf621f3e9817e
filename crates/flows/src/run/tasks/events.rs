//! Tasks of time and events: waiting, emitting, listening.

use std::collections::BTreeMap;
use std::sync::Arc;

use fancy_regex::Regex;
use magpie_model::time::{MINUTE, SECOND};
use magpie_model::{Severity, Timestamp};
use serde_json::{Map, Value, json};

use super::{Data, Going, Line, Next, Scope, Standard, Step, Stop, ended, fault, write};
use crate::definition::{EventFilter, ForEach, Listen, Read, Span, Strategy, Until};
use crate::expression::{holds, strict};
use crate::run::StepIds;
use crate::run::world::{Lifecycle, Subscription};

/// Waits of at least this are told when they begin, in ns: for so long one looks at the log of a run that says nothing.
const TOLD: i64 = MINUTE;
/// Most events that one listening keeps.
const MAX_EVENTS: usize = 10_000;

/// A step that waits: the run goes on when it has ended, also when it is given up because a faster branch has won or its time is over.
struct Waits<'a>(&'a Going);

impl<'a> Waits<'a> {
    fn begin(going: &'a Going, until: Option<Timestamp>, step: &Step<'_>) -> Self {
        going.world.observer.on(&Lifecycle::Waiting { until, step: step.key.pointer.clone() });
        Self(going)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.world.observer.on(&Lifecycle::Resumed);
    }
}

/// `wait`: until so long after the step began, an interruption in between included.
pub(super) async fn wait(going: &Going, span: &Span, step: &Step<'_>, scope: &Scope) -> Result<Data, Stop> {
    let nanos = going.span(span, &step.input, scope, Some(step), &step.key.pointer).await?;
    let until = step.started.plus(nanos);
    if until.since(going.world.clock.now()) >= TOLD {
        let message = format!("{} waits until {}", step.task.name, Timestamp(until.0 - until.0.rem_euclid(SECOND)));
        let (component, operation, category) = ("wait".into(), "wait".into(), "output".into());
        write(going, step, Line { severity: Severity::Info, component, operation, category, message, elapsed: None, call: None });
    }
    let _waits = Waits::begin(going, Some(until), step);
    going.world.clock.rest_until(until).await;
    Ok(Arc::clone(&step.input))
}

/// `emit`: publishes a CloudEvent and yields it. Its id is the same when the step is repeated, so that receivers can tell.
pub(super) async fn emit(going: &Going, with: &Value, step: &Step<'_>, scope: &Scope) -> Result<Data, Stop> {
    let Value::Object(mut event) = going.filled(with, step, scope).await? else {
        return Err(fault(step, Standard::Expression, "the event is not a mapping"));
    };
    let mut default = |key: &str, value: Value| {
        event.entry(key.to_owned()).or_insert(value);
    };
    default("specversion", "1.0".into());
    default("id", going.job.derived(&step.key.pointer, &step.key.iteration).into());
    default("time", going.world.clock.now().to_string().into());
    default("datacontenttype", "application/json".into());
    let event = Arc::new(Value::Object(event));
    going
        .world
        .events
        .publish(&event)
        .await
        .map_err(|error| fault(step, Standard::Communication, format!("the event was not published: {error}")))?;
    Ok(event)
}

/// `listen`: the events that the strategy asks for, as a list; with `foreach`, the outputs of its tasks.
pub(super) async fn listen(going: &Going, it: &Listen, step: &Step<'_>, scope: &mut Scope) -> Result<(Data, Option<Next>), Stop> {
    let _waits = Waits::begin(going, None, step);
    let mut listening = Listening {
        going,
        step,
        subscription: going.world.events.subscribe(),
        correlations: BTreeMap::new(),
        taken: Vec::new(),
        results: Vec::new(),
        read: it.read,
        foreach: it.foreach.as_ref(),
        end: None,
    };
    listening.listen(&it.to, scope).await?;
    Ok((Arc::new(Value::Array(listening.results)), listening.end))
}

/// Whether an attribute is the wanted text, or matches it as a regular expression. Only a text with more than the dots of a type or
/// an address is one: `com.shop.paid` stands for itself.
fn text_matches(wanted: &str, actual: &str) -> bool {
    if wanted == actual {
        return true;
    }
    let is_pattern = wanted.contains(|sign: char| "\\^$*+?()[]{}|".contains(sign));
    // A pattern that runs too long counts as one that does not match.
    is_pattern && Regex::new(wanted).is_ok_and(|pattern| pattern.is_match(actual).unwrap_or(false))
}

struct Listening<'a> {
    going: &'a Going,
    step: &'a Step<'a>,
    subscription: Box<dyn Subscription>,
    correlations: BTreeMap<String, Value>,
    /// The events as read, for `until`.
    taken: Vec<Value>,
    results: Vec<Value>,
    read: Read,
    foreach: Option<&'a ForEach>,
    end: Option<Next>,
}

impl Listening<'_> {
    async fn listen(&mut self, strategy: &Strategy, scope: &mut Scope) -> Result<(), Stop> {
        match strategy {
            Strategy::One(filter) => loop {
                let event = self.next().await?;
                if self.lets_through(filter, &event, scope).await? {
                    return self.take(&event, scope).await;
                }
            },
            Strategy::All(filters) => {
                let mut open: Vec<&EventFilter> = filters.iter().collect();
                while !open.is_empty() && self.end.is_none() {
                    let event = self.next().await?;
                    for index in 0..open.len() {
                        if self.lets_through(open[index], &event, scope).await? {
                            open.remove(index);
                            self.take(&event, scope).await?;
                            break;
                        }
                    }
                }
                Ok(())
            }
            Strategy::Any(filters, until) => self.any(filters, until.as_ref(), scope).await,
        }
    }

    async fn any(&mut self, filters: &[EventFilter], until: Option<&Until>, scope: &mut Scope) -> Result<(), Stop> {
        let mut ending: Vec<EventFilter> = match until {
            Some(Until::Events(strategy)) => strategy.filters().into_iter().cloned().collect(),
            _ => Vec::new(),
        };
        let all_must_come = matches!(until, Some(Until::Events(strategy)) if matches!(**strategy, Strategy::All(_)));
        while self.end.is_none() {
            let event = self.next().await?;
            for index in 0..ending.len() {
                if self.lets_through(&ending[index], &event, scope).await? {
                    ending.remove(index);
                    if !all_must_come || ending.is_empty() {
                        return Ok(());
                    }
                    break;
                }
            }
            if !self.any_lets_through(filters, &event, scope).await? {
                continue;
            }
            self.take(&event, scope).await?;
            match until {
                None => return Ok(()),
                Some(Until::Condition(condition)) => {
                    let taken = Value::Array(self.taken.clone());
                    let value = self.going.evaluate(condition, &taken, scope, Some(self.step), (Some(&self.step.input), None)).await?;
                    if holds(&value) {
                        return Ok(());
                    }
                }
                Some(Until::Events(_)) => {}
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Arc<Value>, Stop> {
        let event = self.subscription.next().await;
        event.map_err(|error| fault(self.step, Standard::Communication, format!("events cannot be received: {error}")))
    }

    async fn any_lets_through(&mut self, filters: &[EventFilter], event: &Value, scope: &Scope) -> Result<bool, Stop> {
        for filter in filters {
            if self.lets_through(filter, event, scope).await? {
                return Ok(true);
            }
        }
        Ok(filters.is_empty())
    }

    async fn lets_through(&mut self, filter: &EventFilter, event: &Value, scope: &Scope) -> Result<bool, Stop> {
        if !self.attributes_match(&filter.with, event, scope).await? {
            return Ok(false);
        }
        let mut learned = Vec::new();
        for (name, correlation) in &filter.correlate {
            let seen = (Some(&self.step.input), None);
            let value = self.going.evaluate(&correlation.from, event, scope, Some(self.step), seen).await?;
            let expected = match &correlation.expect {
                Some(text) if strict(text).is_some() => {
                    Some(self.going.evaluate(text, &self.step.input, scope, Some(self.step), seen).await?)
                }
                Some(text) => Some(Value::String(text.clone())),
                None => self.correlations.get(name).cloned(),
            };
            match expected {
                Some(expected) if expected != value => return Ok(false),
                Some(_) => {}
                None => learned.push((name.clone(), value)),
            }
        }
        self.correlations.extend(learned);
        Ok(true)
    }

    /// An attribute is compared with a literal or a regular expression; a runtime expression is asked: over the data for `data`, over
    /// the event for the rest.
    async fn attributes_match(&self, with: &Map<String, Value>, event: &Value, scope: &Scope) -> Result<bool, Stop> {
        for (key, expected) in with {
            let actual = event.get(key).unwrap_or(&Value::Null);
            let matches = match expected {
                Value::String(text) if strict(text).is_some() => {
                    let over = if key == "data" { actual } else { event };
                    match self.going.evaluate(text, over, scope, Some(self.step), (Some(&self.step.input), None)).await? {
                        Value::Bool(flag) => flag,
                        value => value == *actual,
                    }
                }
                Value::String(text) => actual.as_str().is_some_and(|actual| text_matches(text, actual)),
                expected => expected == actual,
            };
            if !matches {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn take(&mut self, event: &Value, scope: &mut Scope) -> Result<(), Stop> {
        if self.results.len() >= MAX_EVENTS {
            return Err(fault(self.step, Standard::Runtime, format!("more than {MAX_EVENTS} events came")));
        }
        let read = match self.read {
            Read::Data => event.get("data").cloned().unwrap_or(json!(null)),
            Read::Envelope | Read::Raw => event.clone(),
        };
        self.taken.push(read.clone());
        let result = match self.foreach {
            None => read,
            Some(each) => self.for_each(each, read, scope).await?,
        };
        self.results.push(result);
        Ok(())
    }

    async fn for_each(&mut self, each: &ForEach, read: Value, scope: &mut Scope) -> Result<Value, Stop> {
        let index = self.results.len();
        let before = scope.variables.clone();
        let depth = scope.iteration.len();
        let item = Arc::new(read);
        scope.variables.insert(each.item.clone(), Arc::clone(&item));
        scope.variables.insert(each.at.clone(), Arc::new(index.into()));
        scope.iteration.push(index.to_string());
        let result = self.going.list(&each.tasks, Arc::clone(&item), scope).await;
        scope.iteration.truncate(depth);
        let done = match result {
            Ok(done) => ended(done),
            Err(stop) => {
                scope.variables = before;
                return Err(stop);
            }
        };
        self.end = done.1;
        let (step, pointer) = (Some(self.step), self.step.key.pointer.as_str());
        let output = self.going.filtered(each.output.as_.as_ref(), &done.0, scope, step, (Some(&item), Some(&done.0)), pointer).await;
        let exported = match &output {
            Ok(output) => self.going.export(&each.export, output, &item, scope, step).await,
            Err(_) => Ok(()),
        };
        scope.variables = before;
        exported?;
        output.map(|output| (*output).clone())
    }
}
