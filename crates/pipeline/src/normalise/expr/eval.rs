//! Evaluating an expression for one line. Nothing here fails: what cannot be computed is null.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::decimal::Decimal;
use super::functions::Function;
use super::{Group, NameRef, Node, Operator, Part};
use crate::normalise::bytes::find;
use crate::normalise::route::Routes;
use crate::normalise::values::{Value, Values};
use crate::normalise::who::Directory;

/// What an expression may look at.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s, 'v> {
    /// The values of the line.
    pub values: &'s Values<'v>,
    /// The raw line.
    pub line: &'s str,
    /// The host that wrote it.
    pub host: &'s str,
    /// The file it was read from.
    pub file: &'s str,
    /// How paths become routes.
    pub routes: &'s Routes,
    /// Who is who.
    pub directory: &'s Directory,
}

/// A value inside an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Term<'s> {
    /// Nothing.
    Null,
    /// Text.
    Text(Cow<'s, str>),
    /// An exact number.
    Number(Decimal),
    /// True or false.
    Bool(bool),
    /// The pieces of a text.
    List(Vec<String>),
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other).is_eq()
    }
}

impl Term<'_> {
    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// As text; `None` for nothing. Pieces are joined with commas.
    pub fn to_text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Null => return None,
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
            Self::List(items) => Cow::Owned(items.join(",")),
        })
    }

    /// As a number, if it is one or is written like one; true is 1.
    pub fn to_number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => Decimal::parse(text.trim()),
            Self::Bool(flag) => Some(if *flag { Decimal::ONE } else { Decimal::ZERO }),
            Self::Null | Self::List(_) => None,
        }
    }

    /// Whether a condition holds: not null, not false, not zero, not empty, not the word `false`.
    pub fn holds(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Number(number) => !number.is_zero(),
            Self::Text(text) => !matches!(&**text, "" | "false" | "0"),
            Self::List(items) => !items.is_empty(),
        }
    }
}

pub(super) fn template<'s>(parts: &'s [Part], scope: &Scope<'s, '_>) -> Term<'s> {
    match parts {
        [] => Term::Null,
        [Part::Text(text)] => Term::Text(Cow::Borrowed(text)),
        [Part::Hole(node)] => node.evaluate(scope),
        _ => mixed(parts, scope),
    }
}

/// Text and values in turn; null when every value is.
fn mixed<'s>(parts: &'s [Part], scope: &Scope<'s, '_>) -> Term<'s> {
    let mut out = String::new();
    let mut anything = false;
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Hole(node) => {
                if let Some(text) = node.evaluate(scope).to_text() {
                    anything = true;
                    out.push_str(&text);
                }
            }
        }
    }
    if anything { Term::Text(Cow::Owned(out)) } else { Term::Null }
}

impl Node {
    fn evaluate<'s>(&'s self, scope: &Scope<'s, '_>) -> Term<'s> {
        match self {
            Self::Constant(term) => term.clone(),
            Self::Name(name) => value_of(name, scope),
            Self::Negative(node) => node.evaluate(scope).to_number().map_or(Term::Null, |number| Term::Number(number.negated())),
            Self::Not(node) => Term::Bool(!node.evaluate(scope).holds()),
            Self::Binary(operator, left, right) => binary(*operator, left, right, scope),
            Self::If(condition, yes, no) => if condition.evaluate(scope).holds() { yes } else { no }.evaluate(scope),
            Self::Index(list, at) => piece(list, at, scope).unwrap_or_else(|| index(&list.evaluate(scope), &at.evaluate(scope))),
            Self::Call(function, arguments) => function.call(arguments.iter().map(|argument| argument.evaluate(scope)).collect(), scope),
            Self::Matches(node, regex) => node.evaluate(scope).to_text().map_or(Term::Null, |text| Term::Bool(regex.is_match(&text))),
            Self::Capture(node, regex, group) => {
                let term = node.evaluate(scope);
                let captured = term.to_text().and_then(|text| {
                    let captures = regex.captures(&text)?;
                    let found = match group {
                        Group::Number(number) => captures.get(*number),
                        Group::Name(name) => captures.name(name),
                    };
                    found.map(|found| found.as_str().to_owned())
                });
                captured.map_or(Term::Null, |text| Term::Text(Cow::Owned(text)))
            }
            Self::Lookup { key, table, default } => {
                let key = key.evaluate(scope);
                let found = key.to_text().and_then(|key| table.iter().find(|(name, _)| *name == key));
                match (found, default) {
                    (Some((_, node)), _) => node.evaluate(scope),
                    (None, Some(default)) => default.evaluate(scope),
                    (None, None) => Term::Null,
                }
            }
        }
    }
}

fn value_of<'s>(name: &'s NameRef, scope: &Scope<'s, '_>) -> Term<'s> {
    let word = |text: &'s str| if text.is_empty() { Term::Null } else { Term::Text(Cow::Borrowed(text)) };
    match name {
        NameRef::Slot(slot) => match scope.values.get(*slot) {
            Value::Missing => Term::Null,
            Value::Text(text) => Term::Text(Cow::Borrowed(*text)),
            Value::Owned(text) => Term::Text(Cow::Borrowed(text.as_str())),
            Value::Integer(number) => Term::Number(Decimal::whole(*number)),
            // A float is taken at its shortest decimal writing, which is what its author saw.
            Value::Float(number) => Decimal::parse(&number.to_string()).map_or(Term::Null, Term::Number),
            Value::Bool(flag) => Term::Bool(*flag),
            Value::Time(time) => Term::Text(Cow::Owned(time.to_string())),
        },
        NameRef::Extra(name) => {
            let found = scope.values.extra.iter().find(|(key, _)| key == name);
            found.map_or(Term::Null, |(_, value)| Term::Text(Cow::Borrowed(value)))
        }
        NameRef::Host => word(scope.host),
        NameRef::File => word(scope.file),
        NameRef::Line => word(scope.line),
        NameRef::Mapped(template) => template.evaluate(scope),
    }
}

/// `split(text, separator)[n]` of constant `n`, without making the other pieces; `None` when it is something else.
fn piece<'s>(list: &'s Node, at: &Node, scope: &Scope<'s, '_>) -> Option<Term<'s>> {
    let (Node::Call(Function::Split, arguments), Node::Constant(Term::Number(at))) = (list, at) else { return None };
    let [text, Node::Constant(Term::Text(separator))] = arguments.as_slice() else { return None };
    let at = usize::try_from(at.as_whole()?).ok().filter(|_| !separator.is_empty())?;
    let piece = match text.evaluate(scope) {
        Term::Text(Cow::Borrowed(text)) => nth_piece(text, separator, at).map(Cow::Borrowed),
        term => term.to_text().and_then(|text| nth_piece(&text, separator, at).map(|piece| Cow::Owned(piece.to_owned()))),
    };
    Some(piece.map_or(Term::Null, Term::Text))
}

/// A piece of a text; most separators are one byte, which is found without the machinery for longer ones.
fn nth_piece<'s>(text: &'s str, separator: &str, at: usize) -> Option<&'s str> {
    let &[byte] = separator.as_bytes() else { return text.split(separator).nth(at) };
    let mut start = 0;
    for _ in 0..at {
        start = find(text.as_bytes(), start, byte)? + 1;
    }
    text.get(start..find(text.as_bytes(), start, byte).unwrap_or(text.len()))
}

fn index<'s>(list: &Term<'_>, at: &Term<'_>) -> Term<'s> {
    let (Term::List(items), Some(at)) = (list, at.to_number().and_then(Decimal::as_whole)) else { return Term::Null };
    let at = if at < 0 { at + items.len() as i64 } else { at };
    let item = usize::try_from(at).ok().and_then(|at| items.get(at));
    item.map_or(Term::Null, |item| Term::Text(Cow::Owned(item.clone())))
}

fn binary<'s>(operator: Operator, left: &'s Node, right: &'s Node, scope: &Scope<'s, '_>) -> Term<'s> {
    let first = left.evaluate(scope);
    match operator {
        Operator::And if !first.holds() => return Term::Bool(false),
        Operator::Or if first.holds() => return Term::Bool(true),
        Operator::And | Operator::Or => return Term::Bool(right.evaluate(scope).holds()),
        Operator::Else => return if first.is_null() { right.evaluate(scope) } else { first },
        _ => {}
    }
    let second = right.evaluate(scope);
    match operator {
        Operator::Equal => Term::Bool(equal(&first, &second)),
        Operator::Unequal => Term::Bool(!equal(&first, &second)),
        Operator::Less => ordered(&first, &second, Ordering::is_lt),
        Operator::LessOrEqual => ordered(&first, &second, Ordering::is_le),
        Operator::Greater => ordered(&first, &second, Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(&first, &second, Ordering::is_ge),
        _ => arithmetic(operator, &first, &second),
    }
}

fn arithmetic<'s>(operator: Operator, left: &Term<'_>, right: &Term<'_>) -> Term<'s> {
    let (Some(a), Some(b)) = (left.to_number(), right.to_number()) else {
        // Two texts that are no numbers are put together by `+`.
        return match (operator, left, right) {
            (Operator::Plus, Term::Text(a), Term::Text(b)) => Term::Text(Cow::Owned(format!("{a}{b}"))),
            _ => Term::Null,
        };
    };
    let result = match operator {
        Operator::Plus => a.plus(b),
        Operator::Minus => a.plus(b.negated()),
        Operator::Times => a.times(b),
        Operator::Over => a.over(b),
        _ => a.modulo(b),
    };
    result.map_or(Term::Null, Term::Number)
}

/// Numbers compare as numbers where one side is one, everything else as text; null equals only null.
fn equal(left: &Term<'_>, right: &Term<'_>) -> bool {
    match (left, right) {
        (Term::Null, Term::Null) => true,
        (Term::Null, _) | (_, Term::Null) => false,
        (Term::Number(_), _) | (_, Term::Number(_)) => match (left.to_number(), right.to_number()) {
            (Some(a), Some(b)) => a.compare(b).is_eq(),
            _ => false,
        },
        _ => left.to_text() == right.to_text(),
    }
}

fn ordered<'s>(left: &Term<'_>, right: &Term<'_>, holds: fn(Ordering) -> bool) -> Term<'s> {
    if let (Some(a), Some(b)) = (left.to_number(), right.to_number()) {
        return Term::Bool(holds(a.compare(b)));
    }
    match (left, right) {
        (Term::Text(a), Term::Text(b)) => Term::Bool(holds(a.cmp(b))),
        _ => Term::Null,
    }
}
