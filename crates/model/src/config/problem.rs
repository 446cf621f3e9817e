//! What is wrong with a configuration: where, what, and the likely fix.

use std::cmp::Reverse;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Code, Notice, Told};

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, from 1; 0 when it has none (command line).
    pub line: usize,
    /// Character of the text that has a grammar of its own (a pattern, an expression), from 1.
    pub column: Option<usize>,
    /// What of a source it is, where a part of it has a grammar of its own: `pattern`, `map.elapsed_ms`, `zone`.
    pub member: Option<String>,
    /// What is wrong, and where it helps, what to write instead.
    pub message: String,
    /// The same without words, where a UI tells it in other languages.
    pub told: Option<Told>,
}

impl Problem {
    /// A mistake on a line.
    pub fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, column: None, member: None, message: message.into(), told: None }
    }

    /// A word that is none of the known ones.
    pub(super) fn unknown<'a>(line: usize, what: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let Notice { message, told } = unknown_word(what, word, known);
        Self { told: Some(told), ..Self::new(line, message) }
    }

    /// A mistake in a part of a source that has a grammar of its own.
    pub fn of_member(member: impl Into<String>, line: usize, message: impl Into<String>, told: Told) -> Self {
        Self { member: Some(member.into()), told: Some(told), ..Self::new(line, message) }
    }
}

fn too_many_to_list(known: &[&str]) -> bool {
    known.is_empty() || known.len() > 24
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.message),
            line => write!(f, "line {line}: {}", self.message),
        }
    }
}

/// All mistakes of one file, so that they can be mended in one go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", where_in(path), list(problems))]
pub struct ConfigError {
    /// The file; empty when it is the command line that is wrong.
    pub path: PathBuf,
    /// At least one.
    pub problems: Vec<Problem>,
}

fn where_in(path: &Path) -> String {
    if path.as_os_str().is_empty() { String::new() } else { format!("could not use config `{}`: ", path.display()) }
}

fn list(problems: &[Problem]) -> String {
    match problems {
        [only] => only.to_string(),
        many => many.iter().map(|problem| format!("\n  {problem}")).collect(),
    }
}

/// `unknown <what> `<word>``, with the nearest known word when one is near.
pub fn unknown<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, &known) {
        Some(near) => format!("unknown {what} `{word}`, did you mean `{near}`?"),
        None if too_many_to_list(&known) => format!("unknown {what} `{word}`"),
        None => format!("unknown {what} `{word}`; known are {}", known.join(", ")),
    }
}

/// The same with its code.
pub fn unknown_word<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> Notice {
    let known: Vec<&str> = known.into_iter().collect();
    let told = match nearest(word, &known) {
        Some(near) => Code::UnknownNear.with(&[("name", &word), ("near", &near), ("what", &what)]),
        None if too_many_to_list(&known) => Code::UnknownWord.with(&[("name", &word), ("what", &what)]),
        None => Code::UnknownName.with(&[("known", &known.join(", ")), ("name", &word), ("what", &what)]),
    };
    Notice::new(unknown(what, word, known), told)
}

/// The known word that is at most a third of its length away; of several, the one that begins most alike.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = word.to_lowercase();
    known
        .iter()
        .map(|&candidate| {
            let other = candidate.to_lowercase();
            let alike = lower.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
            (distance(&lower, &other), Reverse(alike), candidate)
        })
        .filter(|&(far, _, candidate)| far <= candidate.len().max(3) / 3)
        .min()
        .map(|(_, _, near)| near)
}

/// Edit distance where swapping two neighbours counts once (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        assert_eq!(unknown("monitor", "serch", ["search", "video"]), "unknown monitor `serch`, did you mean `search`?");
        assert_eq!(unknown("key", "soruces", ["sources"]), "unknown key `soruces`, did you mean `sources`?");
        assert_eq!(unknown("format", "ngin", ["gin", "nginx"]), "unknown format `ngin`, did you mean `nginx`?");
        assert_eq!(unknown("key", "xyz", ["sources", "fields"]), "unknown key `xyz`; known are sources, fields");
    }
}
