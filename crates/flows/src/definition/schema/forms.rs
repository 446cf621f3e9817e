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
    let entries = place.value.as_object();
    // Of forms that come equally near, the one that knows more of what stands here: `for` with `do` is a loop, however wrong.
    let known = |form: &Found| entries.map_or(0, |entries| entries.keys().filter(|key| form.known.contains(*key)).count());
    let nearness = |form: &Found| {
        let (shallowest, count) = form.nearness();
        (shallowest, known(form), count)
    };
    let best = (0..tried.len()).rev().max_by_key(|&index| nearness(&tried[index]))?;
    if let Value::Object(entries) = place.value
        && let Some(failures) = undecided(&tried, best, entries, place.at)
    {
        // All keys are told of; what is around need not tell of them again.
        return Some(Found { failures, all_keys: true, ..Found::default() });
    }
    let strangers = entries.map_or_else(Vec::new, |entries| strangers(&tried, best, entries));
    let mut best = tried.swap_remove(best);
    for (key, chosen) in &strangers {
        let pointer = format!("{}/{}", place.at, segment(key));
        let unknown = best.failures.iter_mut().find(|failure| failure.meant.is_none() && failure.pointer == pointer);
        if let Some(failure) = unknown {
            *failure = together(&pointer, &[chosen, key]);
        }
    }
    Some(best)
}

/// Keys that the chosen form does not know and another one does, each with the key by which the form was chosen.
fn strangers(tried: &[Found], best: usize, entries: &Map<String, Value>) -> Vec<(String, String)> {
    let of_best = &tried[best].known;
    let is_known = |key: &str| tried.iter().any(|form| form.known.contains(key));
    let chooses = |key: &&String| of_best.contains(*key) && tried.iter().any(|form| !form.known.contains(*key));
    let Some(chosen) = entries.keys().find(chooses) else { return Vec::new() };
    let strange = entries.keys().filter(|key| !of_best.contains(*key) && is_known(key));
    strange.map(|key| (key.clone(), chosen.clone())).collect()
}

/// Keys of which only one may stand at a place.
fn together(at: &str, keys: &[&str]) -> Failure {
    let message = format!("`{}` do not go together; keep one", keys.join("` and `"));
    Failure::new(at, 0, Code::FormsTogether.says(message, &[("keys", &keys.join(", "))]))
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

/// What to tell of a value that has several of its forms at once: the keys by which it does.
pub(super) fn several(tried: &[Found], place: Place<'_>) -> Failure {
    let fitting: Vec<&Found> = tried.iter().filter(|form| form.failures.is_empty()).collect();
    let of_one = |key: &&String| fitting.iter().filter(|form| form.keys.contains(*key)).count() == 1;
    let keys: BTreeSet<&str> = fitting.iter().flat_map(|form| &form.keys).filter(of_one).map(String::as_str).collect();
    if keys.len() < 2 {
        let message = "this matches more than one of the forms it may have; keep one";
        return Failure::new(place.at, 0, Code::FormsSeveral.says(message, &[]));
    }
    let keys: Vec<&str> = keys.into_iter().collect();
    together(place.at, &keys)
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
