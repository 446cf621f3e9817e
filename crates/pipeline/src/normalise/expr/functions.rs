//! The functions of the expression language: their names, how many arguments they take, and what they compute.

use std::borrow::Cow;

use super::decimal::Decimal;
use super::eval::{Scope, Term};
use crate::normalise::address::Address;

/// A function whose arguments are plain values. Those with a regular expression or a table are nodes of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Route,
    Split,
    Replace,
    Lower,
    Upper,
    Trim,
    Substr,
    Length,
    StartsWith,
    EndsWith,
    Contains,
    Number,
    String,
    Coalesce,
    Round,
    Abs,
    Min,
    Max,
    Host,
    Port,
    ModuleOf,
}

/// Name, function, least and most arguments.
pub(super) const FUNCTIONS: &[(&str, Function, usize, usize)] = &[
    ("route", Function::Route, 1, 1),
    ("split", Function::Split, 2, 2),
    ("replace", Function::Replace, 3, 3),
    ("lower", Function::Lower, 1, 1),
    ("upper", Function::Upper, 1, 1),
    ("trim", Function::Trim, 1, 1),
    ("substr", Function::Substr, 2, 3),
    ("length", Function::Length, 1, 1),
    ("starts_with", Function::StartsWith, 2, 2),
    ("ends_with", Function::EndsWith, 2, 2),
    ("contains", Function::Contains, 2, 2),
    ("number", Function::Number, 1, 1),
    ("string", Function::String, 1, 1),
    ("coalesce", Function::Coalesce, 1, 16),
    ("round", Function::Round, 1, 2),
    ("abs", Function::Abs, 1, 1),
    ("min", Function::Min, 1, 16),
    ("max", Function::Max, 1, 16),
    ("host", Function::Host, 1, 1),
    ("port", Function::Port, 1, 1),
    ("module_of", Function::ModuleOf, 1, 1),
];

/// Functions that the parser knows by itself.
pub(super) const SPECIAL: [&str; 3] = ["matches", "capture", "lookup"];

impl Function {
    pub(super) fn call<'s>(self, arguments: Vec<Term<'s>>, scope: &Scope<'s, '_>) -> Term<'s> {
        self.compute(arguments, scope).unwrap_or(Term::Null)
    }

    /// `None` is null: an argument is missing or of no use.
    fn compute<'s>(self, mut arguments: Vec<Term<'s>>, scope: &Scope<'s, '_>) -> Option<Term<'s>> {
        match self {
            Self::Coalesce => return arguments.into_iter().find(|term| !term.is_null()),
            Self::Min | Self::Max => return extreme(self, &arguments),
            _ => {}
        }
        let text = |at: usize| arguments.get(at)?.to_text();
        let number = |at: usize| arguments.get(at)?.to_number();
        Some(match self {
            Self::Route => Term::Text(Cow::Owned(scope.routes.route(&text(0)?))),
            Self::Split => Term::List(split(&text(0)?, &text(1)?)),
            Self::Replace => Term::Text(Cow::Owned(match text(1)? {
                from if from.is_empty() => text(0)?.into_owned(),
                from => text(0)?.replace(&*from, &text(2)?),
            })),
            Self::Lower => Term::Text(Cow::Owned(text(0)?.to_lowercase())),
            Self::Upper => Term::Text(Cow::Owned(text(0)?.to_uppercase())),
            Self::Trim => Term::Text(Cow::Owned(text(0)?.trim().to_owned())),
            Self::Substr => Term::Text(Cow::Owned(substr(
                &text(0)?,
                number(1)?.as_whole()?,
                if arguments.len() > 2 { Some(number(2)?.as_whole()?) } else { None },
            ))),
            Self::Length => match &arguments[0] {
                Term::List(items) => Term::Number(Decimal::whole(items.len() as i64)),
                _ => Term::Number(Decimal::whole(text(0)?.chars().count() as i64)),
            },
            Self::StartsWith => Term::Bool(text(0)?.starts_with(&*text(1)?)),
            Self::EndsWith => Term::Bool(text(0)?.ends_with(&*text(1)?)),
            Self::Contains => Term::Bool(match &arguments[0] {
                Term::List(items) => items.iter().any(|item| Some(item.as_str()) == text(1).as_deref()),
                _ => text(0)?.contains(&*text(1)?),
            }),
            Self::Number => Term::Number(number(0)?),
            Self::String => Term::Text(Cow::Owned(text(0)?.into_owned())),
            Self::Round => {
                let places = if arguments.len() > 1 { number(1)?.as_whole()? } else { 0 };
                Term::Number(number(0)?.rounded(u32::try_from(places).ok()?))
            }
            Self::Abs => Term::Number(number(0)?.magnitude()),
            Self::Host => Term::Text(Cow::Owned(Address::parse(&text(0)?)?.host.to_string())),
            Self::Port => Term::Number(Decimal::whole(i64::from(Address::parse(&text(0)?)?.port?))),
            Self::ModuleOf => Term::Text(Cow::Borrowed(scope.directory.who(&text(0)?)?.module?)),
            Self::Coalesce | Self::Min | Self::Max => arguments.pop()?,
        })
    }
}

/// The least or greatest of the arguments that are numbers.
fn extreme<'s>(function: Function, arguments: &[Term<'s>]) -> Option<Term<'s>> {
    let numbers = arguments.iter().filter_map(Term::to_number);
    let chosen = match function {
        Function::Min => numbers.min_by(|a, b| a.compare(*b)),
        _ => numbers.max_by(|a, b| a.compare(*b)),
    };
    chosen.map(Term::Number)
}

/// An empty separator splits at runs of white space.
fn split(text: &str, separator: &str) -> Vec<String> {
    if separator.is_empty() {
        return text.split_whitespace().map(str::to_owned).collect();
    }
    text.split(separator).map(str::to_owned).collect()
}

/// Characters from `start` (from the end when negative), at most `length`.
fn substr(text: &str, start: i64, length: Option<i64>) -> String {
    let count = text.chars().count() as i64;
    let start = if start < 0 { (count.saturating_add(start)).max(0) } else { start };
    let length = length.unwrap_or(i64::MAX).max(0);
    text.chars().skip(usize::try_from(start).unwrap_or(usize::MAX)).take(usize::try_from(length).unwrap_or(usize::MAX)).collect()
}
