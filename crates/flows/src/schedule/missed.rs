//! What becomes of due times: run, late, skipped or missed, by the flow's policy; each outcome has its reason.
//!
//! `document.metadata.schedule` says the policy. After a time in which nothing could run, [`judge`] gives every due time of
//! that while an outcome, so that none disappears without a row.

use magpie_model::config::unknown_word;
use magpie_model::time::{self, HOUR, MINUTE};
use magpie_model::{Code, Notice, Timestamp, Told};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::DueTime;

/// What to do about due times that passed while nothing could run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissedPolicy {
    /// Run the latest one.
    #[default]
    RunOnce,
    /// Run each.
    RunAll,
    /// Run none.
    Skip,
}

/// What to do when a run is due and the one before still runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// Leave it out.
    Skip,
    /// Let it wait.
    #[default]
    Queue,
    /// Cancel the one that runs.
    Replace,
    /// Run both.
    Allow,
}

/// `document.metadata.schedule`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Options {
    /// About missed times.
    pub missed: MissedPolicy,
    /// Missed times older than this are not run, in ns.
    pub max_age: i64,
    /// A random but fixed part of this is added to each due time, in ns.
    pub jitter: i64,
    /// About overlapping runs.
    pub overlap: Overlap,
    /// Most runs at once.
    pub concurrency: u32,
    /// A run that has not started so long after its due time raises an alert, in ns.
    pub grace: i64,
    /// A run that works longer raises an alert, in ns; if it is not said, one that takes far longer than usual.
    pub longest: Option<i64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            missed: MissedPolicy::RunOnce,
            max_age: 24 * HOUR,
            jitter: 0,
            overlap: Overlap::Queue,
            concurrency: 1,
            grace: 5 * MINUTE,
            longest: None,
        }
    }
}

/// What is wrong with `metadata.schedule`: the key and a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct OptionsError {
    /// Key under `metadata.schedule`; empty for the whole.
    pub key: String,
    /// What is wrong and what to write.
    pub message: String,
    /// The same without words.
    pub told: Box<Told>,
}

impl OptionsError {
    fn new(key: &str, Notice { message, told }: Notice) -> Self {
        Self { key: key.to_owned(), message, told: Box::new(told) }
    }
}

impl Options {
    /// Reads `metadata.schedule`; absent keys have their defaults.
    ///
    /// # Errors
    /// The first mistake.
    pub fn read(metadata: &Map<String, Value>) -> Result<Self, OptionsError> {
        let mut options = Self::default();
        let Some(written) = metadata.get("schedule") else { return Ok(options) };
        let fail = OptionsError::new;
        let written = written.as_object().ok_or_else(|| {
            let notice = Code::NotAMapping.says("`schedule` must be a mapping", &[("what", &"schedule")]);
            fail("", notice)
        })?;
        for (key, value) in written {
            let text = value.as_str().unwrap_or_default();
            let span = || {
                time::parse_duration(text).ok_or_else(|| {
                    let message = format!("`{value}` is not a duration; write it as `30s`, `5m` or `1h`");
                    fail(key, Code::NotADuration.says(message, &[("text", value)]))
                })
            };
            match key.as_str() {
                "missed" => {
                    options.missed = word(
                        key,
                        text,
                        &[("run_once", MissedPolicy::RunOnce), ("run_all", MissedPolicy::RunAll), ("skip", MissedPolicy::Skip)],
                    )?
                }
                "overlap" => {
                    let words =
                        [("skip", Overlap::Skip), ("queue", Overlap::Queue), ("replace", Overlap::Replace), ("allow", Overlap::Allow)];
                    options.overlap = word(key, text, &words)?;
                }
                "max_age" => options.max_age = span()?,
                "jitter" => options.jitter = span()?,
                "grace" => options.grace = span()?,
                "longest" => options.longest = Some(span()?),
                "concurrency" => {
                    let count = value.as_u64().and_then(|count| u32::try_from(count).ok()).filter(|&count| count > 0);
                    options.concurrency = count.ok_or_else(|| {
                        fail(key, Code::NotPositive.says(format!("`{value}` is not a positive number"), &[("text", value)]))
                    })?;
                }
                _ => {
                    return Err(fail(
                        key,
                        unknown_word("key", key, ["missed", "overlap", "max_age", "jitter", "grace", "concurrency", "longest"]),
                    ));
                }
            }
        }
        Ok(options)
    }
}

fn word<T: Copy>(key: &str, text: &str, words: &[(&str, T)]) -> Result<T, OptionsError> {
    let found = words.iter().find(|(word, _)| *word == text).map(|&(_, value)| value);
    found.ok_or_else(|| OptionsError::new(key, unknown_word("word", text, words.iter().map(|&(word, _)| word))))
}

/// What became of a due time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// To be run now.
    Run,
    /// To be run now, although its time is past.
    RunLate,
    /// Passed while nothing could run, and the policy runs another one or none.
    Missed,
    /// Passed while nothing could run, and older than the policy allows.
    TooOld,
    /// Left out, since a run was still going.
    SkippedOverlap,
    /// Left out, since the schedule was paused.
    Paused,
}

/// A due time and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The due time.
    pub due: DueTime,
    /// Its outcome.
    pub outcome: Outcome,
}

/// The outcome of each due time up to `now`, oldest first. A time no more than `tolerance` ns ago is not missed.
pub fn judge(due: &[DueTime], now: Timestamp, options: &Options, tolerance: i64) -> Vec<Due> {
    let latest = due.iter().map(|due| due.at).filter(|&at| at <= now).max();
    let outcome = |at: Timestamp| {
        let age = now.since(at);
        match options.missed {
            _ if age <= tolerance => Outcome::Run,
            _ if age > options.max_age => Outcome::TooOld,
            MissedPolicy::RunAll => Outcome::RunLate,
            MissedPolicy::RunOnce if Some(at) == latest => Outcome::RunLate,
            MissedPolicy::RunOnce | MissedPolicy::Skip => Outcome::Missed,
        }
    };
    due.iter().filter(|due| due.at <= now).map(|&due| Due { due, outcome: outcome(due.at) }).collect()
}

/// The part of `most` ns that is added to one due time of one flow: spread evenly, and the same whoever calculates it.
pub fn jitter(flow: &str, due: Timestamp, most: i64) -> i64 {
    if most <= 0 {
        return 0;
    }
    let digest = Sha256::new().chain_update(flow.as_bytes()).chain_update(due.0.to_le_bytes()).finalize();
    let number = digest.iter().take(8).fold(0u64, |number, &byte| number << 8 | u64::from(byte));
    (number % most.unsigned_abs()) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::time::SECOND;
    use serde_json::json;

    #[test]
    fn outcomes_by_policy_after_a_while_in_which_nothing_ran() {
        let now = Timestamp(100 * HOUR);
        let due: Vec<DueTime> = [70, 98, 99, 100, 101].iter().map(|hours| DueTime { at: Timestamp(hours * HOUR), shift: None }).collect();
        use Outcome::{Missed, Run, RunLate, TooOld};
        for (missed, on_time, late) in [
            (MissedPolicy::RunOnce, [TooOld, Missed, Missed, Run], [TooOld, Missed, Missed, RunLate]),
            (MissedPolicy::RunAll, [TooOld, RunLate, RunLate, Run], [TooOld, RunLate, RunLate, RunLate]),
            (MissedPolicy::Skip, [TooOld, Missed, Missed, Run], [TooOld, Missed, Missed, Missed]),
        ] {
            let options = Options { missed, ..Options::default() };
            let outcomes = |now: Timestamp| judge(&due, now, &options, SECOND).iter().map(|due| due.outcome).collect::<Vec<_>>();
            assert_eq!(outcomes(now), on_time, "{missed:?}");
            assert_eq!(outcomes(now.plus(MINUTE)), late, "{missed:?} a minute later");
        }
    }

    #[test]
    fn jitter_is_spread_and_repeats() {
        let spread: Vec<i64> = (0..100).map(|hour| jitter("sync", Timestamp(hour * HOUR), MINUTE)).collect();
        assert!(spread.iter().all(|nanos| (0..MINUTE).contains(nanos)));
        let early = spread.iter().filter(|&&nanos| nanos < MINUTE / 2).count();
        assert!((30..70).contains(&early), "{early} of 100 in the first half");
        assert_eq!(jitter("sync", Timestamp(0), MINUTE), spread[0]);
        assert_eq!(jitter("sync", Timestamp(0), 0), 0);
    }

    #[test]
    fn options_are_read_and_mistakes_named() {
        let read = |schedule: Value| Options::read(json!({"schedule": schedule}).as_object().unwrap());
        let options = read(json!({"missed": "run_all", "max_age": "2h", "jitter": "30s", "overlap": "skip", "concurrency": 3})).unwrap();
        assert_eq!(
            options,
            Options {
                missed: MissedPolicy::RunAll,
                max_age: 2 * HOUR,
                jitter: 30 * SECOND,
                overlap: Overlap::Skip,
                concurrency: 3,
                ..Options::default()
            }
        );
        for (written, words) in [
            (json!({"mised": "skip"}), "did you mean `missed`?"),
            (json!({"missed": "never"}), "known are run_once, run_all, skip"),
            (json!({"jitter": 5}), "not a duration"),
            (json!({"concurrency": 0}), "not a positive number"),
        ] {
            let error = read(written.clone()).unwrap_err().to_string();
            assert!(error.contains(words), "{written}: {error}");
        }
    }
}
