//! What expressions compute, as a table; and what is said of wrong ones.

use magpie_model::Code;
use magpie_model::config::{HostRule, unknown_word};

use super::*;
use crate::normalise::route::Routes;
use crate::normalise::values::{Value, Values};
use crate::normalise::who::Directory;

const NAMES: [&str; 6] = ["path", "elapsed_s", "method", "status", "absent", "target"];

fn names(name: &str) -> Result<NameRef, Notice> {
    match (NAMES.iter().position(|known| *known == name), name) {
        (Some(slot), _) => Ok(NameRef::Slot(slot)),
        (None, "host") => Ok(NameRef::Host),
        (None, "http.extra" | "x-y") => Ok(NameRef::Extra(name.to_owned())),
        _ => Err(unknown_word("name", name, NAMES)),
    }
}

fn evaluate(text: &str) -> String {
    let template = Template::compile(text, &names).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut values = Values::new(NAMES.len());
    for (slot, text) in [(0, "/item/123?x=1"), (1, "0.043"), (2, "GET"), (5, "10.0.9.4:8080")] {
        values.text(slot, text);
    }
    values.set(3, Value::Integer(503));
    values.extra.push(("http.extra".into(), "more".into()));
    let rule = HostRule { matches: vec!["10.0.9.4".into()], host: None, module: Some("video".into()), line: 1 };
    let (routes, directory) = (Routes::default(), Directory::compile(&[rule], &[]));
    let scope = Scope { values: &values, line: "the line", host: "web-1", file: "a.log", routes: &routes, directory: &directory };
    template.evaluate(&scope).to_text().map_or("null".to_owned(), |text| text.into_owned())
}

#[test]
fn expressions_and_their_values() {
    for (text, value) in [
        ("video-search", "video-search"),
        ("{route(path)}", "/item/{id}"),
        ("{elapsed_s * 1000}", "43"),
        ("{elapsed_s / 3}", "0.014333333333333333"),
        ("{method} {path}", "GET /item/123?x=1"),
        ("a{{b}}c", "a{b}c"),
        ("{0.1 + 0.2 == 0.3}", "true"),
        ("{1 + 2 * 3 - -4 % 3}", "8"),
        ("{(1 + 2) * 3}", "9"),
        ("{status >= 500}", "true"),
        ("{status == \"503\"}", "true"),
        ("{if status >= 500 then 'bad' else 'good'}", "bad"),
        ("{if status < 500 then 'good'}", "null"),
        ("{status >= 500 ? \"bad\" : \"good\"}", "bad"),
        ("{status < 500 ? 1 : status < 600 ? 2 : 3}", "2"),
        ("{absent ?? method ?? 'x'}", "GET"),
        ("{coalesce(absent, 'x')}", "x"),
        ("{absent}", "null"),
        ("{absent}{absent}", "null"),
        ("<{absent}{method}>", "<GET>"),
        ("{not absent and method == 'GET' or false}", "true"),
        ("{!absent && (method == 'PUT' || true)}", "true"),
        ("{split(path, '/')[1]}", "item"),
        ("{split(path, '/')[-1]}", "123?x=1"),
        ("{split(path, '/')[9]}", "null"),
        ("{length(split(path, '/'))}", "3"),
        ("{replace(path, '/', '.')}", ".item.123?x=1"),
        ("{lower(method)}{upper('x')}{trim('  y ')}", "getXy"),
        ("{substr('häuser', 1, 3)}|{substr('abc', -2)}|{length('hä')}", "äus|bc|2"),
        ("{starts_with(path, '/item')} {ends_with(path, '1')} {contains(path, 'zz')}", "true true false"),
        ("{matches(path, '^/item/\\d+')}", "true"),
        ("{capture(path, '/item/(\\d+)')} {capture(path, 'x=(?<x>.)', 'x')} {capture(path, 'i.', 0)}", "123 1 it"),
        ("{number('12') + number(status)}", "515"),
        ("{number('twelve')}", "null"),
        ("{string(status) == '503'}", "true"),
        ("{lookup(method, {\"GET\": \"read\", 'PUT': \"write\"}, \"other\")}", "read"),
        ("{lookup('x', {GET: 1}, method)}", "GET"),
        ("{lookup('x', {GET: 1})}", "null"),
        ("{round(2.5)} {round(-2.5)} {round(1.234, 2)} {abs(-3)} {min(3, 1, 2)} {max(3, '7')}", "3 -3 1.23 3 1 7"),
        ("{host(target)} {port(target)} {module_of(target)}", "10.0.9.4 8080 video"),
        ("{host}", "web-1"),
        ("{http.extra} {`x-y` ?? 'none'}", "more none"),
        ("{1 / 0}", "null"),
        ("{'a' * 2}", "null"),
        ("{'a' + 'b'}", "ab"),
        ("{'a' < 'b'}", "true"),
        ("{null == absent}", "true"),
    ] {
        assert_eq!(evaluate(text), value, "{text}");
    }
}

#[test]
fn mistakes_name_their_column_and_the_likely_fix() {
    let deep = format!("{{{}1{}}}", "(".repeat(200), ")".repeat(200));
    for (text, column, part, code) in [
        ("{rout(path)}", 2, "did you mean `route`", Code::UnknownNear),
        ("{route(pat)}", 8, "did you mean `path`", Code::UnknownNear),
        ("é {path", 8, "end here", Code::ExpressionNotEnded),
        ("{status = 5}", 9, "==", Code::ExpressionEquality),
        ("{}", 2, "missing", Code::ExpressionValueMissing),
        ("a } b", 3, "closes nothing", Code::ExpressionBraceStray),
        ("{split(path)}", 2, "takes 2 arguments", Code::ExpressionArguments),
        ("{matches(path, '(')}", 16, "not a regular expression", Code::RegexUnfit),
        ("{matches(path, path)}", 16, "in quotes", Code::ExpressionRegexUnquoted),
        ("{capture(path, 'a', 3)}", 21, "no such group", Code::ExpressionGroupUnknown),
        ("{'abc}", 2, "never closed", Code::ExpressionTextOpen),
        ("{if status 1}", 12, "then", Code::ExpressionSignMissing),
        ("{1.2.3}", 2, "no number", Code::ExpressionNotANumber),
        ("{path path}", 7, "end here", Code::ExpressionNotEnded),
        (deep.as_str(), 66, "too deeply", Code::ExpressionTooDeep),
    ] {
        let error = Template::compile(text, &names).unwrap_err();
        assert!(error.column == column && error.message.contains(part), "{text}: {error}");
        assert_eq!(error.told.code, code, "{text}");
    }
}

#[test]
fn simple_shapes_are_recognised_for_the_fast_path() {
    let compile = |text: &str| Template::compile(text, &names).unwrap();
    for (text, factor) in [
        ("{elapsed_s}", Some("1")),
        ("{elapsed_s * 1000}", Some("1000")),
        ("{1000 * elapsed_s}", Some("1000")),
        ("{elapsed_s / 8}", Some("0.125")),
        ("{elapsed_s / 3}", None),
        ("{elapsed_s * status}", None),
    ] {
        let scaled = compile(text).scaled_slot().map(|(slot, factor)| (slot, factor.to_string()));
        assert_eq!(scaled, factor.map(|factor| (1, factor.to_owned())), "{text}");
    }
    assert_eq!(compile("{route(path)}").routed_slot(), Some(0));
    assert_eq!(compile("{split(path, '/')[1]}").piece_of_slot(), Some((0, "/", 1)));
    assert_eq!((compile("{split(path, '')[1]}").piece_of_slot(), compile("{split(path, '/')[-1]}").piece_of_slot()), (None, None));
    assert_eq!(compile("{lower(path)}-{length(path)}").single_input(), Some(0));
    assert_eq!((compile("{method}{path}").single_input(), compile("{host}{path}").single_input()), (None, None));
    assert_eq!(compile("plain").constant(), Some("plain"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_compiler_panic(text in "[-{}()\\[\\]a-z0-9 .'\"+*/%?:,<>=!`é]{0,40}") {
        let _ = Template::compile(&text, &names);
    }
}
