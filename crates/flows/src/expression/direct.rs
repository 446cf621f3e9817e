//! Which expressions are evaluated in this process: those whose work and output their own text bounds.
//!
//! The syntax tree is walked once. Everything that can loop, iterate, multiply outputs or repeat a text is refused, and the
//! estimate of how many times larger than its input an output can get stays under a small number. The rest is a list of
//! what is allowed; an unknown construct is refused.

use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::load::{self, lex::StrPart};
use jaq_core::ops::Math;
use jaq_core::path::Part;

/// How many times larger than its input the output may get.
const MAX_GROWTH: u64 = 32;

/// Most operators, brackets and spaces: they bound how deep parsing and evaluating can recurse on an ordinary stack.
const MAX_SIGNS: usize = 256;

/// Functions whose work is at most proportional to their input, with their number of arguments.
const FUNCTIONS: [(&str, usize); 20] = [
    ("not", 0),
    ("length", 0),
    ("type", 0),
    ("keys", 0),
    ("tostring", 0),
    ("tonumber", 0),
    ("ascii_downcase", 0),
    ("ascii_upcase", 0),
    ("floor", 0),
    ("round", 0),
    ("true", 0),
    ("false", 0),
    ("null", 0),
    ("has", 1),
    ("startswith", 1),
    ("endswith", 1),
    ("ltrimstr", 1),
    ("rtrimstr", 1),
    ("tojson", 0),
    ("abs", 0),
];

/// Whether an expression may run in this process.
pub fn is_bounded(expression: &str) -> bool {
    let signs = expression.bytes().filter(|byte| !byte.is_ascii_alphanumeric()).count();
    signs <= MAX_SIGNS
        && load::parse(expression, |parser| parser.term()).is_some_and(|term| growth(&term).is_some_and(|growth| growth <= MAX_GROWTH))
}

/// An upper bound of output size over input size; `None` when there is none.
fn growth(term: &Term<&str>) -> Option<u64> {
    match term {
        Term::Id | Term::Num(_) | Term::Var(_) => Some(1),
        Term::Str(None, parts) => sum(parts.iter().filter_map(|part| match part {
            StrPart::Term(term) => Some(growth(term)),
            _ => None,
        })),
        Term::Arr(None) => Some(1),
        Term::Arr(Some(items)) => elements(items),
        Term::Obj(entries) => sum(entries.iter().flat_map(|(key, value)| [Some(growth(key)), value.as_ref().map(growth)]).flatten()),
        Term::Neg(inner) | Term::TryCatch(inner, None) => growth(inner),
        Term::BinOp(left, operator, right) => binary(growth(left)?, operator, growth(right)?),
        Term::IfThenElse(branches, otherwise) => {
            let parts = branches.iter().flat_map(|(condition, then)| [condition, then]).chain(otherwise.as_deref());
            sum(parts.map(growth))
        }
        Term::Call(name, arguments) => {
            let known = FUNCTIONS.contains(&(*name, arguments.len()));
            let arguments = sum(arguments.iter().map(growth))?;
            known.then_some(arguments)
        }
        Term::Path(from, path) => {
            let mut total = growth(from)?;
            for (part, _) in &path.0 {
                match part {
                    Part::Index(index) => total = total.checked_add(growth(index)? - 1)?,
                    Part::Range(..) => return None,
                }
            }
            Some(total)
        }
        _ => None,
    }
}

fn binary(left: u64, operator: &BinaryOp<&str>, right: u64) -> Option<u64> {
    match operator {
        BinaryOp::Pipe(None) => left.checked_mul(right),
        BinaryOp::Alt | BinaryOp::Or | BinaryOp::And | BinaryOp::Cmp(_) => left.checked_add(right),
        BinaryOp::Math(Math::Add | Math::Sub | Math::Rem) => left.checked_add(right),
        // `"x" * n` repeats a text and `a / b` splits one into many.
        _ => None,
    }
}

/// `a, b, c` inside brackets: one output each.
fn elements(term: &Term<&str>) -> Option<u64> {
    match term {
        Term::BinOp(left, BinaryOp::Comma, right) => elements(left)?.checked_add(elements(right)?),
        other => growth(other),
    }
}

fn sum(parts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    parts.into_iter().try_fold(0u64, |total, part| total.checked_add(part?)).map(|total| total.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_in_process_and_what_does_not() {
        for expression in [
            ".",
            ".a.b[0].\"c d\"",
            ".color == \"red\"",
            ".temperature > 38 and (.bpm // 0) < 60",
            ".colors + [\"red\"]",
            "{ ids: [ $input, .id ] }",
            "\"Hello \\(.user.firstName) \\(.user.lastName)!\"",
            ". | length",
            "{ colors: (.processed.colors + [ $color ]), indexes: (.processed.indexes + [ $index ])}",
            "if .a then .b else null end",
            ".a?",
            "$context.error == null",
            "{$item, \"a\": 1}",
        ] {
            assert!(is_bounded(expression), "{expression}");
        }
        for expression in [
            ".[]",
            "map(.a)",
            "..",
            "range(10)",
            "repeat(.)",
            "def f: f; f",
            "reduce .[] as $x (0; . + $x)",
            "\"x\" * 1000000000",
            "1, 2",
            "env",
            "[limit(3; repeat(1))]",
            "label $out | break $out",
            ".a as $x | $x",
            ".a |= 1",
            "@base64",
            "\"unclosed",
            "",
        ] {
            assert!(!is_bounded(expression), "{expression}");
        }
    }

    #[test]
    fn doubling_again_and_again_does_not_run_in_process() {
        assert!(is_bounded(&["(. + .)"; 5].join(" | ")));
        assert!(!is_bounded(&["(. + .)"; 6].join(" | ")));
        assert!(!is_bounded(&["[., .]"; 60].join(" | ")));
    }
}
