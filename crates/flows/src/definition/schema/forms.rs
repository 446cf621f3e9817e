//! Which of several forms a value was meant to have, when it has none of them.
//!
//! Usually that to which it comes nearest, whose failures are told. But a person who wrote `sett:` for `set:` has chosen no form yet: what
//! is told then is the key that was meant, whichever form it belongs to, and never what another form lacks.

use std::collections::BTreeSet;

use magpie_model::Code;
use magpie_model::config::{nearest, unknown_word};
use serde_json::{Map, Value};

use super::{Failure, Found, Place, segment};

/// What is wrong with a value that fits none of the forms tried.
pub(super) fn of_forms(mut tried: Vec<Found>, place: Place<'_>) -> Option<Found> {
    let best = (0..tried.len()).rev().max_by_key(|&index| tried[index].nearness())?;
    if let Value::Object(entries) = place.value
        && let Some(failures) = undecided(&tried, best, entries, place.at)
    {
        // All keys are told of; what is around need not tell of them again.
        return Some(Found { failures, all_keys: true, ..Found::default() });
    }
    Some(tried.swap_remove(best))
}

/// What to tell when the keys do not say which form was meant; `None` when the nearest form is the one.
fn undecided(tried: &[Found], best: usize, entries: &Map<String, Value>, at: &str) -> Option<Vec<Failure>> {
    let known: BTreeSet<&str> = tried.iter().flat_map(|form| &form.known).map(String::as_str).collect();
    let strange: Vec<&str> = entries.keys().map(String::as_str).filter(|key| !known.contains(key)).collect();
    let free: Vec<&str> = known.iter().copied().filter(|key| !entries.contains_key(*key)).collect();
    let of_best = &tried[best].known;
    for key in &strange {
        if nearest(key, &free).is_some_and(|meant| !of_best.contains(meant)) {
            return Some(vec![unknown_key(at, key, &free)]);
        }
    }
    let decides = |key: &String| of_best.contains(key) && tried.iter().any(|form| !form.known.contains(key));
    if entries.keys().any(decides) {
        return None;
    }
    let needed: BTreeSet<&str> = tried.iter().map(|form| missing(form, at)).collect::<Option<_>>()?;
    let needed: Vec<&str> = needed.into_iter().collect();
    if needed.len() < 2 {
        return None;
    }
    if strange.is_empty() {
        let message = format!("one of `{}` is missing; add it here", needed.join("`, `"));
        return Some(vec![Failure::new(at, 0, Code::KeyMissingOf.says(message, &[("keys", &needed.join(", "))]))]);
    }
    Some(strange.into_iter().map(|key| unknown_key(at, key, &needed)).collect())
}

/// The first key that a form needs at this place and does not find.
fn missing<'a>(form: &'a Found, at: &str) -> Option<&'a str> {
    form.failures.iter().find(|failure| failure.pointer == at && failure.missing.is_some())?.missing.as_deref()
}

/// An unknown key, with what was meant by it.
pub(super) fn unknown_key(at: &str, key: &str, known: &[&str]) -> Failure {
    let meant = nearest(key, known).map(str::to_owned);
    Failure { meant, ..Failure::new(&format!("{at}/{}", segment(key)), 0, unknown_word("key", key, known.iter().copied())) }
}

/// Leaves out that a key is missing where it was only misspelt.
pub(super) fn without_echoes(mut failures: Vec<Failure>) -> Vec<Failure> {
    let misspelt: Vec<(String, String)> =
        failures.iter().filter_map(|failure| Some((failure.pointer.rsplit_once('/')?.0.to_owned(), failure.meant.clone()?))).collect();
    let is_echo = |failure: &Failure| {
        failure.missing.as_ref().is_some_and(|missing| misspelt.iter().any(|(at, meant)| *at == failure.pointer && meant == missing))
    };
    failures.retain(|failure| !is_echo(failure));
    failures
}
