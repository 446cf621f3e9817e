//! What a logger writes behind the head of a line in place of a text: a JSON object, or pairs of keys and values.
//!
//! `2026-11-22T10:15:03Z INFO {"event":"paid"}` and `2026/11/22 10:15:03 level=info msg=paid` are structured lines with a
//! head of their own. The head keeps its layout, which is learned from the lines without their bodies; the body is read by
//! the readers of JSON lines and of logfmt. A text before the body is a message, and then all of the line is text.

use super::json::Members;
use super::pairs::{Pairs, Separated};
use super::structured::{Structured, Syntax};

/// Where the body of a line begins, and what it is; `None` where the line is all body, or has none.
pub(super) fn body_of(line: &str) -> Option<(usize, Syntax)> {
    let is_body = |at: usize, syntax| match syntax {
        Syntax::Json => is_object(&line[at..]),
        Syntax::Logfmt => is_pairs(&line[at..]),
        Syntax::Separated(separated) => separated.is_all_of(&line[at..], 2),
    };
    let mut bodies = syntaxes().filter_map(|syntax| Some((start_of(line, syntax)?, syntax)));
    bodies.find(|&(at, syntax)| is_body(at, syntax))
}

/// What bodies may be; blanks stand between the pairs of lists, too, so that logfmt comes last.
fn syntaxes() -> impl Iterator<Item = Syntax> {
    std::iter::once(Syntax::Json).chain(Separated::of_bodies().map(Syntax::Separated)).chain([Syntax::Logfmt])
}

/// Where the body of that syntax begins in a line; its reader says whether it is one.
pub(super) fn start_of(line: &str, syntax: Syntax) -> Option<usize> {
    match syntax {
        Syntax::Json => line.find(" {").or_else(|| line.find("\t{")).map(|blank| blank + 1),
        Syntax::Logfmt => first_pair(line, ' ').filter(|at| *at > 0),
        Syntax::Separated(separated) => first_pair(line, separated.between()).filter(|at| *at > 0),
    }
}

/// The syntax that most bodies have, where most lines have one.
pub(super) fn common_syntax(lines: &[&str]) -> Option<Syntax> {
    let of = |syntax| lines.iter().filter(|line| body_of(line).is_some_and(|(_, found)| found == syntax)).count();
    syntaxes().find(|syntax| !lines.is_empty() && of(*syntax) * 2 > lines.len())
}

/// The reader of the bodies of `lines`.
pub(super) fn reader(syntax: Syntax, lines: &[&str]) -> Structured {
    let bodies: Vec<&str> = lines.iter().filter_map(|line| line.get(start_of(line, syntax)?..)).collect();
    Structured::new(syntax, &bodies)
}

fn is_object(text: &str) -> bool {
    let Some(mut members) = Members::of(text) else { return false };
    members.by_ref().count() > 0 && members.ended_well()
}

/// Whether a text is nothing but pairs, two at least.
fn is_pairs(text: &str) -> bool {
    let mut count = 0;
    let all = Pairs::of(text).all(|(_, value)| {
        count += 1;
        value.is_some()
    });
    all && count >= 2
}

/// Where the first word begins that is a key with its value.
fn first_pair(line: &str, between: char) -> Option<usize> {
    let equals = line.find('=')?;
    let start = line[..equals].rfind([' ', '\t', between]).map_or(0, |blank| blank + 1);
    let key = &line[start..equals];
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-@".contains(&byte);
    (key.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && key.bytes().all(known)).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_stand_behind_heads() {
        let commas = Syntax::Separated(Separated::of_sample(&["a=1,b=2,c=3"]).unwrap());
        for (line, body) in [
            (r#"10:00:00 INFO {"a":1}"#, Some((r#"{"a":1}"#, Syntax::Json))),
            (r#"10:00:00 {"a":{"b":2}} "#, Some((r#"{"a":{"b":2}} "#, Syntax::Json))),
            ("10:00:00 level=info msg=\"a b\" n=1", Some(("level=info msg=\"a b\" n=1", Syntax::Logfmt))),
            ("10:00:00 INFO a=1, b=x y, c=3", Some(("a=1, b=x y, c=3", commas))),
            (r#"{"a":1}"#, None),
            ("level=info msg=x", None),
            (r#"10:00:00 got {"a":1} from x"#, None),
            ("10:00:00 {}", None),
            ("10:00:00 a=1", None),
            ("10:00:00 a=1 and b=2", None),
            ("10:00:00 x[1]=a b=2", None),
            ("", None),
        ] {
            let found = body_of(line).map(|(at, syntax)| (&line[at..], syntax));
            assert_eq!(found, body, "{line}");
            if let Some((body, syntax)) = found {
                assert_eq!(start_of(line, syntax).map(|at| &line[at..]), Some(body), "{line}");
            }
        }
    }
}
