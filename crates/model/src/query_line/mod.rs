//! The query line: what a person types to choose records or edges, such as `target_module:video severity>=warn "timed out"`.
//!
//! A line is a row of terms that must all hold. It is read once into [`Line`], which knows no column; [`records`] and [`edges`]
//! then say what its names mean, so that the search, the live stream, the terminal and the map share one language. What a
//! name may be completed to is told by [`completion`]. The language is described in `docs/query.md`.

pub mod completion;
pub mod edges;
mod parse;
mod pattern;
pub mod records;

pub use parse::read;
pub use pattern::Pattern;

use crate::config::unknown;
use crate::{Code, Told};

/// Longest line in bytes.
pub const LONGEST: usize = 4_000;
/// Most terms of a line.
pub const MOST_TERMS: usize = 100;

/// A query as it was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// All must hold.
    pub terms: Vec<Term>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Where it begins: the character's number in the line, from 1.
    pub at: usize,
    /// Whether it must not hold.
    pub negated: bool,
    /// What it asks.
    pub ask: Ask,
}

/// What a term asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// This text occurs, letters of any case.
    Text(String),
    /// A named value compares like this.
    Compare {
        /// The name as written.
        name: String,
        /// How.
        operator: Operator,
        /// With what: for [`Operator::Is`] any of these, else exactly one.
        values: Vec<Value>,
    },
}

/// A value of a term.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Where it begins, as [`Term::at`].
    pub at: usize,
    /// What it matches.
    pub pattern: Pattern,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `:` or `=`; `!=` is the same, negated.
    Is,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Operator {
    /// Longest first, so that `>=` is not read as `>`.
    const WRITTEN: [(&'static str, Self, bool); 7] = [
        ("!=", Self::Is, true),
        (">=", Self::AtLeast, false),
        ("<=", Self::AtMost, false),
        (":", Self::Is, false),
        ("=", Self::Is, false),
        (">", Self::Above, false),
        ("<", Self::Below, false),
    ];

    /// Whether a value that stands in `order` to the written one is meant.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Is => order.is_eq(),
            Self::Above => order.is_gt(),
            Self::AtLeast => order.is_ge(),
            Self::Below => order.is_lt(),
            Self::AtMost => order.is_le(),
        }
    }
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct Mistake {
    /// The character's number in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub fix: String,
    /// Both without words.
    pub told: Told,
}

impl Mistake {
    fn new(column: usize, told: Told, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { column, message: message.into(), fix: fix.into(), told }
    }
}

/// A value that is none of the known ones.
fn unknown_value(at: usize, what: &str, text: &str, known: &[&str]) -> Mistake {
    let list = known.join(", ");
    let told = Code::QueryUnknownValue.with(&[("known", &list), ("text", &text), ("what", &what)]);
    Mistake::new(at, told, unknown(what, text, known.iter().copied()), format!("use one of {list}"))
}

/// The only value of a term whose operator takes one.
fn only<'v>(operator: &str, values: &'v [Value]) -> Result<(&'v Value, &'v str), Mistake> {
    let [value] = values else {
        let at = values.get(1).map_or(1, |value| value.at);
        let told = Code::QueryOneValue.with(&[("operator", &operator)]);
        return Err(Mistake::new(at, told, format!("`{operator}` takes one value"), "a list with commas can only follow `:`"));
    };
    match value.pattern.literal() {
        Some(text) => Ok((value, text)),
        None => Err(Mistake::new(value.at, Code::QueryStarMisplaced.with(&[]), "`*` can only stand after `:`", "write a number or a word")),
    }
}

impl Operator {
    fn symbol(self) -> &'static str {
        match self {
            Self::Is => ":",
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }
}
