//! Text → expression, by recursive descent; every error knows its column.
//!
//! Weakest first: `c ? a : b` and `if c then a else b`; `??`; `or`; `and`; `not`; comparisons; `+ -`; `* / %`; sign;
//! `[…]`. Words of other languages for the same (`&&`, `||`, `!`) are accepted.

use std::borrow::Cow;

use magpie_model::config::unknown_word;
use magpie_model::{Code, Notice};
use regex::Regex;

use super::decimal::Decimal;
use super::functions::{FUNCTIONS, SPECIAL};
use super::{ExprError, Group, Names, Node, Operator, Part, Template, Term};

const DEEPEST: usize = 64;
const TOO_DEEP: &str = "the expression is nested too deeply";

pub(super) fn template(text: &str, names: &Names<'_>) -> Result<Template, ExprError> {
    let mut parts = Vec::new();
    let mut fixed = String::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if text[at..].starts_with("{{") || text[at..].starts_with("}}") {
            fixed.push(c);
            at += 2;
        } else if c == '{' {
            if !fixed.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut fixed)));
            }
            let mut parser = Parser { text, at: at + 1, depth: 0, names };
            parts.push(Part::Hole(parser.conditional()?));
            if !parser.sign("}") {
                return parser.error(Code::ExpressionNotEnded, "the expression should end here with `}`");
            }
            at = parser.at;
        } else if c == '}' {
            let parser = Parser { text, at, depth: 0, names };
            return parser.error(Code::ExpressionBraceStray, "this `}` closes nothing; a `}` of the text itself is written `}}`");
        } else {
            fixed.push(c);
            at += c.len_utf8();
        }
    }
    if !fixed.is_empty() {
        parts.push(Part::Text(fixed));
    }
    Ok(Template { parts })
}

/// How those are written that take a regular expression or a table.
const MATCHES: &str = "matches(text, \"regex\")";
const CAPTURE: &str = "capture(text, \"regex\", group)";
const LOOKUP: &str = "lookup(key, {\"a\": \"b\"}, default)";

fn no_group() -> Notice {
    Code::ExpressionGroupUnfit.says("a group is a whole number or a name in quotes", &[])
}

struct Parser<'t, 'n> {
    text: &'t str,
    at: usize,
    depth: usize,
    names: &'n Names<'n>,
}

impl<'t> Parser<'t, '_> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn error<T>(&self, code: Code, message: &str) -> Result<T, ExprError> {
        self.error_at(self.at, code.says(message, &[]))
    }

    fn error_at<T>(&self, at: usize, Notice { message, told }: Notice) -> Result<T, ExprError> {
        Err(ExprError { column: self.text[..at].chars().count() + 1, message, told })
    }

    /// Takes a sign, unless it is the beginning of a longer one.
    fn sign(&mut self, sign: &str) -> bool {
        self.blanks();
        let Some(after) = self.rest().strip_prefix(sign) else { return false };
        let longer = match sign {
            "?" => after.starts_with('?'),
            "!" | "<" | ">" => after.starts_with('='),
            _ => false,
        };
        if !longer {
            self.at += sign.len();
        }
        !longer
    }

    /// Takes a sign; `form` is how that which it belongs to is written.
    fn expect(&mut self, sign: &str, form: &str) -> Result<(), ExprError> {
        if self.sign(sign) { Ok(()) } else { self.missing(sign, form) }
    }

    fn missing<T>(&self, sign: &str, form: &str) -> Result<T, ExprError> {
        let message = format!("`{sign}` expected: `{form}`");
        self.error_at(self.at, Code::ExpressionSignMissing.says(message, &[("form", &form), ("sign", &sign)]))
    }

    fn peek_word(&mut self) -> &'t str {
        self.blanks();
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return "";
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(rest.len());
        rest[..end].trim_end_matches('.')
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.peek_word() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    fn conditional(&mut self) -> Result<Node, ExprError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.error(Code::ExpressionTooDeep, TOO_DEEP);
        }
        let node = self.conditional_inside();
        self.depth -= 1;
        node
    }

    fn conditional_inside(&mut self) -> Result<Node, ExprError> {
        if self.word("if") {
            let condition = self.conditional()?;
            if !self.word("then") {
                return self.missing("then", "if condition then value else value");
            }
            let yes = self.conditional()?;
            let no = if self.word("else") { self.conditional()? } else { Node::Constant(Term::Null) };
            return Ok(Node::If(condition.into(), yes.into(), no.into()));
        }
        let first = self.binary(0)?;
        if !self.sign("?") {
            return Ok(first);
        }
        let yes = self.conditional()?;
        self.expect(":", "condition ? value : value")?;
        let no = self.conditional()?;
        Ok(Node::If(first.into(), yes.into(), no.into()))
    }

    fn binary(&mut self, level: usize) -> Result<Node, ExprError> {
        const LEVELS: [&[(&str, Operator)]; 6] = [
            &[("??", Operator::Else)],
            &[("or", Operator::Or), ("||", Operator::Or)],
            &[("and", Operator::And), ("&&", Operator::And)],
            &[
                ("==", Operator::Equal),
                ("!=", Operator::Unequal),
                ("<=", Operator::LessOrEqual),
                (">=", Operator::GreaterOrEqual),
                ("<", Operator::Less),
                (">", Operator::Greater),
            ],
            &[("+", Operator::Plus), ("-", Operator::Minus)],
            &[("*", Operator::Times), ("/", Operator::Over), ("%", Operator::Modulo)],
        ];
        const COMPARISON: usize = 3;
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        if level == COMPARISON && (self.word("not") || self.sign("!")) {
            self.deeper()?;
            let node = Node::Not(self.binary(level)?.into());
            self.depth -= 1;
            return Ok(node);
        }
        let mut left = self.binary(level + 1)?;
        while let Some(&(_, operator)) =
            operators.iter().find(|(sign, _)| if sign.starts_with(char::is_alphabetic) { self.word(sign) } else { self.sign(sign) })
        {
            let right = self.binary(level + 1)?;
            left = Node::Binary(operator, left.into(), right.into());
            if level == COMPARISON {
                break;
            }
        }
        if level == COMPARISON && self.rest().trim_start().starts_with('=') {
            return self.error(Code::ExpressionEquality, "equality is written `==`");
        }
        Ok(left)
    }

    fn deeper(&mut self) -> Result<(), ExprError> {
        self.depth += 1;
        if self.depth > DEEPEST { self.error(Code::ExpressionTooDeep, TOO_DEEP) } else { Ok(()) }
    }

    fn unary(&mut self) -> Result<Node, ExprError> {
        if self.sign("-") {
            self.deeper()?;
            let node = self.unary()?;
            self.depth -= 1;
            return Ok(match node {
                Node::Constant(Term::Number(number)) => Node::Constant(Term::Number(number.negated())),
                node => Node::Negative(node.into()),
            });
        }
        let mut node = self.primary()?;
        while self.sign("[") {
            let at = self.conditional()?;
            self.expect("]", "value[number]")?;
            node = Node::Index(node.into(), at.into());
        }
        Ok(node)
    }

    fn primary(&mut self) -> Result<Node, ExprError> {
        self.blanks();
        let start = self.at;
        match self.rest().chars().next() {
            None => self.error(Code::ExpressionNotEnded, "the expression is not finished: `}` is missing"),
            Some('(') => {
                self.at += 1;
                let node = self.conditional()?;
                self.expect(")", "(value)")?;
                Ok(node)
            }
            Some('"' | '\'') => Ok(Node::Constant(Term::Text(Cow::Owned(self.string()?)))),
            Some('`') => {
                let Some(end) = self.rest()[1..].find('`') else {
                    return self.error(Code::ExpressionNameOpen, "this name is never closed");
                };
                let name = &self.rest()[1..=end];
                self.at += end + 2;
                self.name(name, start)
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => {
                let word = self.peek_word();
                self.at += word.len();
                match word {
                    "true" => Ok(Node::Constant(Term::Bool(true))),
                    "false" => Ok(Node::Constant(Term::Bool(false))),
                    "null" => Ok(Node::Constant(Term::Null)),
                    "if" => {
                        self.at = start;
                        self.conditional()
                    }
                    _ if self.sign("(") => self.call(word, start),
                    _ => self.name(word, start),
                }
            }
            Some('}') => self.error(Code::ExpressionValueMissing, "a value is missing here"),
            Some(c) => self.error_at(self.at, Code::ExpressionSignMisplaced.says(format!("`{c}` makes no sense here"), &[("sign", &c)])),
        }
    }

    fn name(&self, name: &str, at: usize) -> Result<Node, ExprError> {
        match (self.names)(name) {
            Ok(name) => Ok(Node::Name(name)),
            Err(notice) => self.error_at(at, notice),
        }
    }

    fn number(&mut self) -> Result<Node, ExprError> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let text = &rest[..end];
        match Decimal::parse(text) {
            Some(number) => {
                self.at += end;
                Ok(Node::Constant(Term::Number(number)))
            }
            None => self.error_at(self.at, Code::ExpressionNotANumber.says(format!("`{text}` is no number"), &[("text", &text)])),
        }
    }

    fn string(&mut self) -> Result<String, ExprError> {
        let start = self.at;
        let mut characters = self.rest().char_indices();
        let quote = characters.next().map(|(_, c)| c);
        let mut out = String::new();
        while let Some((at, c)) = characters.next() {
            if Some(c) == quote {
                self.at = start + at + 1;
                return Ok(out);
            }
            match c {
                '\\' => match characters.next().map(|(_, c)| c) {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some(c @ ('"' | '\'' | '\\')) => out.push(c),
                    // Kept as it is, so that regular expressions need no doubled backslashes.
                    Some(c) => out.extend(['\\', c]),
                    None => break,
                },
                c => out.push(c),
            }
        }
        self.error_at(start, Code::ExpressionTextOpen.says("this text is never closed", &[]))
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Node, ExprError> {
        match name {
            "matches" => {
                let text = self.conditional()?;
                let regex = self.regex(MATCHES)?;
                self.expect(")", MATCHES)?;
                return Ok(Node::Matches(text.into(), regex));
            }
            "capture" => return self.capture(),
            "lookup" => return self.lookup(),
            _ => {}
        }
        let Some(&(_, function, least, most)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
            let known = FUNCTIONS.iter().map(|(known, ..)| *known).chain(SPECIAL);
            return self.error_at(at, unknown_word("function", name, known));
        };
        let mut arguments = Vec::new();
        while !self.sign(")") {
            if !arguments.is_empty() {
                self.expect(",", &format!("{name}(value, value)"))?;
            }
            arguments.push(self.conditional()?);
        }
        if !(least..=most).contains(&arguments.len()) {
            let takes = if least == most { least.to_string() } else { format!("{least}–{most}") };
            let count = arguments.len();
            let message = format!("`{name}` takes {takes} arguments, not {count}");
            return self.error_at(at, Code::ExpressionArguments.says(message, &[("count", &count), ("name", &name), ("takes", &takes)]));
        }
        Ok(Node::Call(function, arguments))
    }

    fn regex(&mut self, form: &str) -> Result<Regex, ExprError> {
        self.expect(",", form)?;
        self.blanks();
        let at = self.at;
        if !self.rest().starts_with(['"', '\'']) {
            let message = "a regular expression is a text in quotes, so that it can be checked beforehand";
            return self.error(Code::ExpressionRegexUnquoted, message);
        }
        let text = self.string()?;
        Regex::new(&text).or_else(|error| self.error_at(at, Notice::failed(Code::RegexUnfit, "not a regular expression", &error)))
    }

    fn capture(&mut self) -> Result<Node, ExprError> {
        let text = self.conditional()?;
        let regex = self.regex(CAPTURE)?;
        let mut group = Group::Number(usize::from(regex.captures_len() > 1));
        if self.sign(",") {
            self.blanks();
            let at = self.at;
            group = match self.primary()? {
                Node::Constant(Term::Text(name)) => Group::Name(name.into_owned()),
                Node::Constant(Term::Number(number)) => match number.as_whole().and_then(|number| usize::try_from(number).ok()) {
                    Some(number) => Group::Number(number),
                    None => return self.error_at(at, no_group()),
                },
                _ => return self.error_at(at, no_group()),
            };
            let exists = match &group {
                Group::Number(number) => *number < regex.captures_len(),
                Group::Name(name) => regex.capture_names().flatten().any(|known| known == name),
            };
            if !exists {
                return self.error_at(at, Code::ExpressionGroupUnknown.says("the regular expression has no such group", &[]));
            }
        }
        self.expect(")", CAPTURE)?;
        Ok(Node::Capture(text.into(), regex, group))
    }

    fn lookup(&mut self) -> Result<Node, ExprError> {
        let key = self.conditional()?;
        self.expect(",", LOOKUP)?;
        self.expect("{", LOOKUP)?;
        let mut table = Vec::new();
        while !self.sign("}") {
            if !table.is_empty() {
                self.expect(",", LOOKUP)?;
            }
            table.push((self.key()?, self.conditional()?));
        }
        let default = if self.sign(",") { Some(Box::new(self.conditional()?)) } else { None };
        self.expect(")", LOOKUP)?;
        Ok(Node::Lookup { key: key.into(), table, default })
    }

    fn key(&mut self) -> Result<String, ExprError> {
        self.blanks();
        let key = if self.rest().starts_with(['"', '\'']) {
            self.string()?
        } else {
            let rest = self.rest();
            let end = rest.find([':', ',', '}']).unwrap_or(rest.len());
            self.at += end;
            rest[..end].trim().to_owned()
        };
        self.expect(":", LOOKUP)?;
        Ok(key)
    }
}
