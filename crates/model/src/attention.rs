//! What people did about alerts: acknowledgements, comments and silences, each with who and when.
//!
//! Kept apart from the alerts themselves, which judging writes anew whenever late lines change history. A silence says
//! which alerts are not worth a message for a time; it changes nothing of what is judged or stored. Whom to tell of an
//! alert at all is decided elsewhere.

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::{Alert, AlertState, Timestamp};

/// Who signs what Magpie notes by itself. No person may use it, and none of it is noted as a change that somebody made.
pub const ITSELF: &str = "magpie";

/// Who changed something, when, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who; whatever they call themselves.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why; may be empty.
    pub comment: String,
}

/// A remark on an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Number of the remark, ascending with time.
    pub id: u64,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What they say.
    pub text: String,
}

/// What people did about one alert.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// Somebody looks after it.
    pub acknowledged: Option<Signature>,
    /// Remarks, oldest first.
    pub comments: Vec<Comment>,
}

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchOp {
    /// The value is this.
    Is,
    /// The value is another, or there is none.
    IsNot,
    /// The whole value matches this regular expression.
    Matches,
}

/// A condition on one value of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matcher {
    /// `monitor`, `severity`, `field`, a dimension, or a label.
    pub name: String,
    /// The value; empty for "none".
    pub value: String,
    /// How it is compared.
    pub op: MatchOp,
}

/// Alerts that all matchers fit are not worth a message from `starts` to `ends`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Its id; empty before it is stored.
    pub id: String,
    /// All must fit.
    pub matchers: Vec<Matcher>,
    /// First moment.
    pub starts: Timestamp,
    /// First moment after.
    pub ends: Timestamp,
    /// Who made it.
    pub by: String,
    /// Why.
    pub comment: String,
}

impl Silence {
    /// Whether it is in force at a moment.
    pub fn is_active(&self, at: Timestamp) -> bool {
        self.starts <= at && at < self.ends
    }
}

/// Something that somebody changed, for looking it up later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Number of the entry, ascending with time.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What was done, such as `acknowledge` or `put monitor`.
    pub action: String,
    /// To what: the id of an alert or a silence, or the name of a document.
    pub subject: String,
    /// Why, or what was said.
    pub comment: String,
}

/// Silences, ready to be asked which of them covers an alert.
#[derive(Clone, Debug, Default)]
pub struct Silences {
    ready: Vec<(Silence, Vec<Ready>)>,
}

/// A matcher with its expression, where it has one.
type Ready = (Matcher, Option<Regex>);

impl Silences {
    /// Makes them ready. One whose expression cannot be compiled covers nothing.
    pub fn new(silences: Vec<Silence>) -> Self {
        let ready = silences.into_iter().filter_map(|silence| {
            let conditions: Option<Vec<_>> = silence.matchers.iter().map(|matcher| Some((matcher.clone(), compiled(matcher)?))).collect();
            Some((silence, conditions?))
        });
        Self { ready: ready.collect() }
    }

    /// Id of the silence that covers an alert: one in force now, or when the alert ended. Of several, the one that ends last.
    pub fn covering(&self, alert: &Alert, now: Timestamp) -> Option<&str> {
        let moment = if alert.state == AlertState::Resolved { alert.resolved.unwrap_or(now) } else { now };
        let fits = |conditions: &[Ready]| conditions.iter().all(|(matcher, regex)| holds(matcher, regex.as_ref(), alert));
        let covering = self.ready.iter().filter(|(silence, conditions)| silence.is_active(moment) && fits(conditions));
        covering.max_by_key(|(silence, _)| silence.ends).map(|(silence, _)| silence.id.as_str())
    }
}

/// The expression of a matcher, anchored at both ends.
///
/// # Errors
/// What is wrong with it.
pub fn expression(matcher: &Matcher) -> Result<Regex, regex::Error> {
    regex::RegexBuilder::new(&format!("^(?:{})$", matcher.value)).size_limit(1 << 18).build()
}

/// The expression where one is needed; `None` when it is none.
fn compiled(matcher: &Matcher) -> Option<Option<Regex>> {
    match matcher.op {
        MatchOp::Matches => expression(matcher).ok().map(Some),
        MatchOp::Is | MatchOp::IsNot => Some(None),
    }
}

fn holds(matcher: &Matcher, regex: Option<&Regex>, alert: &Alert) -> bool {
    let value = value(alert, &matcher.name);
    match matcher.op {
        MatchOp::Is => value == matcher.value,
        MatchOp::IsNot => value != matcher.value,
        MatchOp::Matches => regex.is_some_and(|regex| regex.is_match(value)),
    }
}

/// The value of an alert that a matcher's name means; empty for none.
fn value<'a>(alert: &'a Alert, name: &str) -> &'a str {
    match name {
        "monitor" => &alert.monitor,
        "severity" => alert.severity.name(),
        "field" => &alert.field,
        _ => alert.dimensions.get(name).or_else(|| alert.labels.get(name)).map_or("", String::as_str),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::AlertSeverity;
    use crate::{Aggregate, Condition};

    fn alert(state: AlertState) -> Alert {
        let words = |of: &[(&str, &str)]| of.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Alert {
            id: "a".into(),
            monitor: "calls".into(),
            dimensions: words(&[("source_module", "web"), ("target_module", "video")]),
            field: "elapsed_ms".into(),
            aggregate: Some(Aggregate::Avg),
            condition: Condition::Above(200.0),
            state,
            severity: AlertSeverity::Critical,
            labels: words(&[("team", "media")]),
            value: Some(300.0),
            since: Timestamp(100),
            fired: Some(Timestamp(160)),
            resolved: (state == AlertState::Resolved).then_some(Timestamp(500)),
            judged: Timestamp(400),
            complete: 1.0,
            no_data: false,
            provisional: false,
        }
    }

    fn silence(id: &str, matchers: &[(&str, MatchOp, &str)], starts: i64, ends: i64) -> Silence {
        let matcher = |&(name, op, value): &(&str, MatchOp, &str)| Matcher { name: name.into(), value: value.into(), op };
        Silence {
            id: id.into(),
            matchers: matchers.iter().map(matcher).collect(),
            starts: Timestamp(starts),
            ends: Timestamp(ends),
            by: "ann".into(),
            comment: String::new(),
        }
    }

    #[test]
    fn all_matchers_must_fit() {
        use MatchOp::{Is, IsNot, Matches};
        for (matchers, covered) in [
            (&[("monitor", Is, "calls")][..], true),
            (&[("monitor", Is, "call")], false),
            (&[("severity", Is, "critical"), ("field", Is, "elapsed_ms")], true),
            (&[("severity", Is, "critical"), ("field", Is, "bytes")], false),
            (&[("target_module", Matches, "vid.*|mail")], true),
            (&[("target_module", Matches, "vid")], false),
            (&[("target_module", Matches, "(")], false),
            (&[("team", Is, "media")], true),
            (&[("team", IsNot, "media")], false),
            (&[("service", IsNot, "/a")], true),
            (&[("service", Is, "")], true),
            (&[], true),
        ] {
            let silences = Silences::new(vec![silence("s", matchers, 0, 1_000)]);
            assert_eq!(silences.covering(&alert(AlertState::Firing), Timestamp(900)).is_some(), covered, "{matchers:?}");
        }
    }

    #[test]
    fn a_silence_counts_while_it_is_in_force_and_for_what_ended_meanwhile() {
        let of = |starts, ends| Silences::new(vec![silence("s", &[("monitor", MatchOp::Is, "calls")], starts, ends)]);
        for (state, now, starts, ends, covered) in [
            (AlertState::Firing, 600, 600, 700, true),
            (AlertState::Firing, 699, 600, 700, true),
            (AlertState::Firing, 700, 600, 700, false),
            (AlertState::Pending, 599, 600, 700, false),
            // Ended at 500.
            (AlertState::Resolved, 9_000, 400, 501, true),
            (AlertState::Resolved, 9_000, 501, 9_999, false),
        ] {
            let found = of(starts, ends);
            assert_eq!(found.covering(&alert(state), Timestamp(now)).is_some(), covered, "{state:?} at {now} in {starts}..{ends}");
        }
        let both = Silences::new(vec![silence("short", &[], 0, 10), silence("long", &[], 0, 20)]);
        assert_eq!(both.covering(&alert(AlertState::Firing), Timestamp(5)), Some("long"));
    }
}
