//! The parts that tasks share: durations, data filters, event strategies, retry policies and errors, as a flow writes them.

use std::collections::BTreeMap;

use magpie_model::time::{DAY, HOUR, MILLISECOND, MINUTE, SECOND};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::expression;
use crate::retry::{Backoff, Policy};

/// A length of time as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// Known when the flow is read, in ns.
    Fixed(i64),
    /// An expression that yields an ISO 8601 text or a mapping of units.
    Expression(String),
}

impl Span {
    /// Reads what the specification's `duration` allows.
    pub fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) if expression::strict(text).is_some() => Some(Self::Expression(text.clone())),
            value => span_of(value).map(Self::Fixed),
        }
    }

    /// The length in ns when it is known without a run.
    pub fn fixed(&self) -> Option<i64> {
        match self {
            Self::Fixed(nanos) => Some(*nanos),
            Self::Expression(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::read(&value).ok_or_else(|| serde::de::Error::custom(format!("`{value}` is not a duration")))
    }
}

/// The length in ns of `PT1M30S` or `{ minutes: 1, seconds: 30 }`. A year counts 365 days, a month 30.
pub fn span_of(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => iso_span(text),
        Value::Object(units) if !units.is_empty() => {
            let mut total = 0i64;
            for (unit, count) in units {
                let unit = match unit.as_str() {
                    "days" => DAY,
                    "hours" => HOUR,
                    "minutes" => MINUTE,
                    "seconds" => SECOND,
                    "milliseconds" => MILLISECOND,
                    _ => return None,
                };
                total = total.checked_add(count.as_i64().filter(|&count| count >= 0)?.checked_mul(unit)?)?;
            }
            Some(total)
        }
        _ => None,
    }
}

fn iso_span(text: &str) -> Option<i64> {
    let mut rest = text.strip_prefix('P')?;
    let mut total = 0i64;
    let mut in_time = false;
    let mut parts = 0;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            if in_time || after.is_empty() {
                return None;
            }
            (in_time, rest) = (true, after);
            continue;
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let unit = match (rest.as_bytes()[digits], in_time) {
            (b'Y', false) => 365 * DAY,
            (b'M', false) => 30 * DAY,
            (b'W', false) => 7 * DAY,
            (b'D', false) => DAY,
            (b'H', true) => HOUR,
            (b'M', true) => MINUTE,
            (b'S', true) => SECOND,
            _ => return None,
        };
        total = total.checked_add(times(&rest[..digits], unit)?)?;
        rest = &rest[digits + 1..];
        parts += 1;
    }
    (parts > 0).then_some(total)
}

/// A decimal number times a unit, without floating point.
fn times(number: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut total = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    let mut share = unit;
    for digit in fraction.bytes() {
        share /= 10;
        total = total.checked_add(i64::from(digit.checked_sub(b'0')?) * share)?;
    }
    Some(total)
}

/// A schema that a flow declares for its data.
#[derive(Clone, Debug, Deserialize)]
pub struct SchemaSpec {
    /// `json`, with an optional version.
    pub format: Option<String>,
    /// The schema itself.
    pub document: Option<Value>,
    /// Where it can be fetched.
    pub resource: Option<Value>,
}

/// `input:` of a flow or a task.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct InputSpec {
    /// What the raw input must be like.
    pub schema: Option<SchemaSpec>,
    /// Expression or mapping that makes the input out of the raw one.
    pub from: Option<Value>,
}

/// `output:` or `export:` of a flow or a task.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct OutputSpec {
    /// What the result must be like.
    pub schema: Option<SchemaSpec>,
    /// Expression or mapping that makes the result out of the raw one.
    #[serde(rename = "as")]
    pub as_: Option<Value>,
}

/// A timeout, or the name of one under `use.timeouts`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum TimeoutSpec {
    /// A name.
    Named(String),
    /// Written in place.
    Written {
        /// The longest time.
        after: Span,
    },
}

/// Which events to wait for.
#[derive(Clone, Debug)]
pub enum Strategy {
    /// One event for each of the filters.
    All(Vec<EventFilter>),
    /// Events that any filter lets through (each event when there are none); the first one, or as many as come until.
    Any(Vec<EventFilter>, Option<Until>),
    /// One event.
    One(EventFilter),
}

/// When listening to any events ends.
#[derive(Clone, Debug)]
pub enum Until {
    /// Once this holds of the events so far.
    Condition(String),
    /// Once these events came.
    Events(Box<Strategy>),
}

/// Lets an event through.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct EventFilter {
    /// Attribute → value or expression.
    #[serde(default)]
    pub with: Map<String, Value>,
    /// Name → value that all events of one listening must share.
    #[serde(default)]
    pub correlate: BTreeMap<String, Correlation>,
}

/// A value that must be the same in all events.
#[derive(Clone, Debug, Deserialize)]
pub struct Correlation {
    /// Expression over the event.
    pub from: String,
    /// Constant or expression; the first event's value when absent.
    pub expect: Option<String>,
}

impl Strategy {
    /// Reads an `eventConsumptionStrategy`.
    pub fn read(value: &Value) -> Option<Self> {
        let filters = |value: &Value| serde_json::from_value::<Vec<EventFilter>>(value.clone()).ok();
        if let Some(all) = value.get("all") {
            return filters(all).map(Self::All);
        }
        if let Some(any) = value.get("any") {
            let until = match value.get("until") {
                Some(Value::String(condition)) => Some(Until::Condition(condition.clone())),
                Some(events) => Some(Until::Events(Box::new(Self::read(events)?))),
                None => None,
            };
            return Some(Self::Any(filters(any)?, until));
        }
        serde_json::from_value(value.get("one")?.clone()).ok().map(Self::One)
    }

    /// The filters, those that end the listening included.
    pub fn filters(&self) -> Vec<&EventFilter> {
        match self {
            Self::One(filter) => vec![filter],
            Self::All(filters) | Self::Any(filters, None | Some(Until::Condition(_))) => filters.iter().collect(),
            Self::Any(filters, Some(Until::Events(until))) => filters.iter().chain(until.filters()).collect(),
        }
    }
}

/// A retry policy as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetrySpec {
    /// Retry only if this holds.
    pub when: Option<String>,
    /// Do not retry if this holds.
    pub except_when: Option<String>,
    /// First pause.
    pub delay: Option<Span>,
    /// `constant`, `linear` or `exponential`.
    pub backoff: Option<BackoffSpec>,
    /// Count and durations.
    #[serde(default)]
    pub limit: LimitSpec,
    /// Random addition.
    pub jitter: Option<JitterSpec>,
}

/// One of the three kinds; beyond the specification, `increment`, `factor` and `maxDelay` may be set.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct BackoffSpec {
    linear: Option<GrowthSpec>,
    exponential: Option<GrowthSpec>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GrowthSpec {
    increment: Option<Span>,
    factor: Option<f64>,
    max_delay: Option<Span>,
}

/// Limits of a retry policy.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LimitSpec {
    /// Of the attempts.
    #[serde(default)]
    pub attempt: AttemptLimitSpec,
    /// Of all together.
    pub duration: Option<Span>,
}

/// Limits of the attempts.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AttemptLimitSpec {
    /// Most retries.
    pub count: Option<u32>,
    /// Longest attempt.
    pub duration: Option<Span>,
}

/// Range of the random addition.
#[derive(Clone, Debug, Deserialize)]
pub struct JitterSpec {
    /// At least.
    pub from: Span,
    /// At most.
    pub to: Span,
}

impl RetrySpec {
    /// The policy, with `known` giving the length of a span in ns.
    ///
    /// # Errors
    /// Whatever `known` fails with.
    pub fn policy<E>(&self, mut known: impl FnMut(&Span) -> Result<i64, E>) -> Result<Policy, E> {
        let mut optional = |span: Option<&Span>| span.map(&mut known).transpose();
        let delay = optional(self.delay.as_ref())?.unwrap_or(0);
        let backoff = match self.backoff.as_ref() {
            Some(BackoffSpec { linear: Some(growth), .. }) => {
                Backoff::Linear { increment: optional(growth.increment.as_ref())?.unwrap_or(delay) }
            }
            Some(BackoffSpec { exponential: Some(growth), .. }) => Backoff::Exponential {
                factor: growth.factor.unwrap_or(2.0),
                max_delay: optional(growth.max_delay.as_ref())?.unwrap_or(i64::MAX),
            },
            _ => Backoff::Constant,
        };
        let jitter = match &self.jitter {
            Some(JitterSpec { from, to }) => optional(Some(from))?.zip(optional(Some(to))?),
            None => None,
        };
        Ok(Policy {
            delay,
            backoff,
            max_retries: self.limit.attempt.count,
            attempt_limit: optional(self.limit.attempt.duration.as_ref())?,
            total_limit: optional(self.limit.duration.as_ref())?,
            jitter,
        })
    }

    /// The spans that need a run to be known.
    pub fn spans(&self) -> Vec<&Span> {
        let growths = self.backoff.iter().flat_map(|backoff| backoff.linear.iter().chain(&backoff.exponential));
        let growths = growths.flat_map(|growth| growth.increment.iter().chain(&growth.max_delay));
        let jitter = self.jitter.iter().flat_map(|jitter| [&jitter.from, &jitter.to]);
        self.delay.iter().chain(growths).chain(&self.limit.attempt.duration).chain(&self.limit.duration).chain(jitter).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn durations_of_both_forms() {
        for (value, nanos) in [
            (json!("PT30S"), Some(30 * SECOND)),
            (json!("P1DT2H3M4.5S"), Some(DAY + 2 * HOUR + 3 * MINUTE + 4_500 * MILLISECOND)),
            (json!("P1Y2M1W"), Some((365 + 60 + 7) * DAY)),
            (json!("PT0.001S"), Some(MILLISECOND)),
            (json!({"minutes": 1, "seconds": 30}), Some(90 * SECOND)),
            (json!({"milliseconds": 250}), Some(250 * MILLISECOND)),
            (json!("P"), None),
            (json!("PT"), None),
            (json!("30s"), None),
            (json!("P99999999999999999Y"), None),
            (json!({"seconds": -1}), None),
            (json!({"weeks": 1}), None),
            (json!({}), None),
            (json!(5), None),
        ] {
            assert_eq!(span_of(&value), nanos, "{value}");
        }
    }

    #[test]
    fn a_policy_is_read_with_its_defaults() {
        let spec: RetrySpec = serde_json::from_value(json!({
            "delay": {"seconds": 3}, "backoff": {"exponential": {}}, "limit": {"attempt": {"count": 5, "duration": "PT1M"}, "duration": "PT10M"},
            "jitter": {"from": {"milliseconds": 100}, "to": {"milliseconds": 500}},
        }))
        .unwrap();
        let policy = spec.policy(|span| span.fixed().ok_or(())).unwrap();
        assert_eq!(policy.backoff, Backoff::Exponential { factor: 2.0, max_delay: i64::MAX });
        assert_eq!((policy.max_retries, policy.attempt_limit, policy.total_limit), (Some(5), Some(MINUTE), Some(10 * MINUTE)));
        assert_eq!(policy.jitter, Some((100 * MILLISECOND, 500 * MILLISECOND)));
    }
}
