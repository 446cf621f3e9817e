//! The expression language of `map:`: text with expressions in braces, compiled once, without loops or side effects.
//!
//! `video-search` is that text, `{route(path)}` the value of an expression, `{method} {path}` both mixed. An expression
//! cannot run long and cannot fail: what cannot be computed is null, and a null result leaves the column as it would be
//! without the mapping. Programs that need more than that are what the `vrl` feature is for.

mod decimal;
mod eval;
mod functions;
mod parse;

use std::fmt;

pub use decimal::{Decimal, short_decimal};
pub use eval::{Scope, Term};
use functions::Function;
use magpie_model::{Notice, Told};
use regex::Regex;

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct ExprError {
    /// Character of the text, from 1.
    pub column: usize,
    /// What is wrong, with the likely fix.
    pub message: String,
    /// The same without words.
    pub told: Told,
}

/// Where the value of a name comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum NameRef {
    /// A slot of the parser.
    Slot(usize),
    /// A value the parser found under a name without slot.
    Extra(String),
    /// The host that wrote the line.
    Host,
    /// The file it was read from.
    File,
    /// The raw line.
    Line,
    /// An expression mapped earlier in the same `map:`.
    Mapped(Box<Template>),
}

/// Tells what a name stands for, or why it stands for nothing.
pub type Names<'n> = dyn Fn(&str) -> Result<NameRef, Notice> + 'n;

/// A compiled mapping value.
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Hole(Node),
}

#[derive(Clone, Debug)]
enum Node {
    Constant(Term<'static>),
    Name(NameRef),
    Negative(Box<Node>),
    Not(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Index(Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
    Matches(Box<Node>, Regex),
    Capture(Box<Node>, Regex, Group),
    Lookup { key: Box<Node>, table: Vec<(String, Node)>, default: Option<Box<Node>> },
}

#[derive(Clone, Debug)]
enum Group {
    Number(usize),
    Name(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Else,
}

impl Template {
    /// Compiles a mapping value. `names` says what a name stands for.
    pub fn compile(text: &str, names: &Names<'_>) -> Result<Self, ExprError> {
        parse::template(text, names)
    }

    /// The text, when there is no expression in it.
    pub fn constant(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The slot, when the mapping is `{name}` and nothing else.
    pub fn slot(&self) -> Option<usize> {
        match self.parts.as_slice() {
            [Part::Hole(Node::Name(NameRef::Slot(slot)))] => Some(*slot),
            _ => None,
        }
    }

    /// The slot, when the mapping is `{route(name)}` and nothing else: its argument can be cut before it is looked up.
    pub fn routed_slot(&self) -> Option<usize> {
        match self.parts.as_slice() {
            [Part::Hole(Node::Call(Function::Route, arguments))] => match arguments.as_slice() {
                [Node::Name(NameRef::Slot(slot))] => Some(*slot),
                _ => None,
            },
            _ => None,
        }
    }

    /// Slot, separator and number, when the mapping is `{split(name, "/")[1]}` of constants and nothing else: its argument
    /// can be cut before it is looked up, too.
    pub fn piece_of_slot(&self) -> Option<(usize, &str, usize)> {
        let [Part::Hole(Node::Index(list, at))] = self.parts.as_slice() else { return None };
        let (Node::Call(Function::Split, arguments), Node::Constant(Term::Number(at))) = (&**list, &**at) else { return None };
        let [Node::Name(NameRef::Slot(slot)), Node::Constant(Term::Text(separator))] = arguments.as_slice() else { return None };
        let at = usize::try_from(at.as_whole()?).ok().filter(|_| !separator.is_empty())?;
        Some((*slot, separator, at))
    }

    /// The slot and factor, when the mapping is a slot times, or over, a number.
    pub fn scaled_slot(&self) -> Option<(usize, Decimal)> {
        let [Part::Hole(node)] = self.parts.as_slice() else { return None };
        let number = |node: &Node| match node {
            Node::Constant(Term::Number(number)) => Some(*number),
            _ => None,
        };
        match node {
            Node::Name(NameRef::Slot(slot)) => Some((*slot, Decimal::ONE)),
            Node::Binary(Operator::Times, left, right) => match (&**left, &**right) {
                (Node::Name(NameRef::Slot(slot)), other) | (other, Node::Name(NameRef::Slot(slot))) => Some((*slot, number(other)?)),
                _ => None,
            },
            Node::Binary(Operator::Over, left, right) => {
                let Node::Name(NameRef::Slot(slot)) = **left else { return None };
                let divisor = number(right)?;
                let factor = Decimal::ONE.over(divisor)?;
                // Only a finite inverse gives the same result as dividing.
                (factor.times(divisor)?.compare(Decimal::ONE).is_eq()).then_some((slot, factor))
            }
            _ => None,
        }
    }

    /// The one slot the result depends on, if it depends on nothing else: such a result can be remembered by its input.
    pub fn single_input(&self) -> Option<usize> {
        let mut slots = Vec::new();
        let mut only_slots = true;
        self.visit(&mut |name| match name {
            NameRef::Slot(slot) => slots.push(*slot),
            _ => only_slots = false,
        });
        slots.dedup();
        match slots.as_slice() {
            [slot] if only_slots => Some(*slot),
            _ => None,
        }
    }

    /// All slots that are looked at.
    pub fn slots(&self) -> Vec<usize> {
        let mut slots = Vec::new();
        self.visit(&mut |name| {
            if let NameRef::Slot(slot) = name {
                slots.push(*slot);
            }
        });
        slots
    }

    /// Whether names without slot are looked at.
    pub fn wants_extra(&self) -> bool {
        let mut wants = false;
        self.visit(&mut |name| wants |= matches!(name, NameRef::Extra(_)));
        wants
    }

    fn visit(&self, see: &mut dyn FnMut(&NameRef)) {
        for part in &self.parts {
            if let Part::Hole(node) = part {
                node.visit(see);
            }
        }
    }

    /// The value for a line.
    pub fn evaluate<'s>(&'s self, scope: &Scope<'s, '_>) -> Term<'s> {
        eval::template(&self.parts, scope)
    }
}

impl Node {
    fn visit(&self, see: &mut dyn FnMut(&NameRef)) {
        match self {
            Self::Constant(_) => {}
            Self::Name(NameRef::Mapped(template)) => template.visit(see),
            Self::Name(name) => see(name),
            Self::Negative(node) | Self::Not(node) | Self::Matches(node, _) | Self::Capture(node, _, _) => node.visit(see),
            Self::Binary(_, left, right) | Self::Index(left, right) => [left, right].into_iter().for_each(|node| node.visit(see)),
            Self::If(condition, yes, no) => [condition, yes, no].into_iter().for_each(|node| node.visit(see)),
            Self::Call(_, arguments) => arguments.iter().for_each(|node| node.visit(see)),
            Self::Lookup { key, table, default } => {
                key.visit(see);
                table.iter().for_each(|(_, node)| node.visit(see));
                default.iter().for_each(|node| node.visit(see));
            }
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.parts)
    }
}

#[cfg(test)]
mod tests;
