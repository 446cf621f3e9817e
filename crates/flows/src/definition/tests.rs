//! Documents and what is said about them: mistakes with line and fix, what is not supported, and bytes that are no document.

use proptest::prelude::*;

use super::*;

/// A document of one task, which starts on line 7.
fn document(task: &str) -> String {
    let task: String = task.lines().map(|line| format!("      {line}\n")).collect();
    format!("document:\n  dsl: '1.0.3'\n  namespace: test\n  name: one\n  version: '1.0.0'\ndo:\n  - step:\n{task}")
}

fn problems(text: &str) -> Vec<String> {
    match Definition::read(text) {
        Ok(_) => Vec::new(),
        Err(invalid) => {
            let untold: Vec<_> = invalid.problems.iter().filter(|problem| problem.told.is_none()).collect();
            assert_eq!(untold, Vec::<&magpie_model::config::Problem>::new(), "each can be told in other languages");
            invalid.problems.iter().map(ToString::to_string).collect()
        }
    }
}

#[test]
fn mistakes_name_line_and_fix() {
    let mut wrong = Vec::new();
    for (task, expected) in [
        ("cal: http", "line 8: /do/0/step/cal: unknown key `cal`, did you mean `call`?"),
        (
            "call: http\nwith:\n  metod: get\n  endpoint: https://h/",
            "line 10: /do/0/step/with/metod: unknown key `metod`, did you mean `method`?",
        ),
        (
            "call: http\nwith:\n  method: get\n  endpoint: h/x",
            "line 11: /do/0/step/with/endpoint: `h/x` is not valid here; write an absolute URI",
        ),
        ("set: {a: 1}\nthen: nowhere", "line 9: /do/0/step/then: unknown task of this list `nowhere`; known are step, continue, exit, end"),
        ("set:\n  a: ${ .a + }", "line 9: /do/0/step/set/a: `.a +` is not a jq expression: expected term at the end"),
        ("set:\n  a: ${ nofunction(.a) }", "there is no function `nofunction/1`"),
        ("set:\n  a: ${ $unknown }", "there is no variable `$unknown`"),
        ("set: .a", "write a mapping, or an expression as `${ .a }`"),
        ("if: '. |'\nset: {a: 1}", "line 8: /do/0/step/if: `. |` is not a jq expression"),
        ("wait: 30s", "line 8: /do/0/step/wait: `30s` is not valid here; write an ISO 8601 duration such as `PT30S`"),
        ("wait: {seconds: -1}", "line 8: /do/0/step/wait/seconds: "),
        ("timeout: {after: {hours: -1}}\nset: {a: 1}", "line 8: /do/0/step/timeout/after/hours: "),
        (
            "try: [{a: {set: {b: 1}}}]\ncatch: {retry: {limit: {attempt: {count: -1}}}}",
            "line 9: /do/0/step/catch/retry/limit/attempt/count: ",
        ),
        ("wait: {secnds: 1}", "line 8: /do/0/step/wait/secnds: unknown key `secnds`, did you mean `seconds`?"),
        ("call: loger\nwith: {message: a}", "there is no function `loger`; did you mean `logger`?"),
        ("call: logger\nwith: {mesage: a}", "`logger` needs the argument `message`"),
        ("run:\n  shell:\n    command: ${ .a }", "values reach a shell only as arguments"),
        (
            "call: http\nwith:\n  method: get\n  endpoint: {uri: 'https://h/', authentication: {use: nobody}}",
            "there is no authentication under `use.authentications`, so `nobody` is none; declare it there",
        ),
        ("for: {in: .a}\ndo: []", "the list of tasks is empty"),
        (
            "do:\n  - a: {set: {x: 1}, then: end}\n  - end: {set: {x: 2}}",
            "line 9: /do/0/step/do/0/a/then: `then: end` never leads to the task of that name; give the task another one",
        ),
        ("switch:\n  - a: {then: end}\n  - b: {then: exit}", "only one can be the default"),
        (
            "try:\n  - a: {set: {x: 1}}\ncatch:\n  retry: never",
            "there is no retry policy under `use.retries`, so `never` is none; declare it there",
        ),
        ("timeout: short\nset: {a: 1}", "there is no timeout under `use.timeouts`, so `short` is none; declare it there"),
        ("do:\n  - a: {set: {x: 1}}\n  - a: {set: {x: 2}}", "another task of this list is named `a`"),
        ("listen: {to: {all: []}}", "`all` of no events would end at once"),
        ("raise: {error: missing}", "there is no error under `use.errors`, so `missing` is none; declare it there"),
        ("for: {each: x}\ndo:\n  - a: {set: {b: 1}}", "line 8: /do/0/step/for: `in` is missing; add it here"),
        ("set: {a: '${ $secrets.token }'}", "there is no secret under `use.secrets`, so `token` is none; declare it there"),
        ("set: {a: '${ $secrets[\"to-ken\"] }'}", "there is no secret under `use.secrets`, so `to-ken` is none; declare it there"),
        ("run: {shell: {command: 'echo ${ .a }'}}", "values reach a shell only as arguments"),
        (
            "listen: {to: {one: {with: {type: a}, correlate: {id: {from: .id, expect: '${ $unknown }'}}}}}",
            "there is no variable `$unknown`",
        ),
        (
            "raise: {error: {type: 'https://h/e', status: 400, instance: do}}",
            "line 8: /do/0/step/raise/error/instance: `do` is not a JSON Pointer",
        ),
        (
            "fork:\n  branches:\n    - a: {set: {x: 1}, then: b}\n    - b: {set: {x: 2}}",
            "line 10: /do/0/step/fork/branches/0/a/then: the branches of a `fork` run at once, so `then` cannot lead to `b`",
        ),
        ("set: {a: '${ .b'}", "`${ .b` has no end; write `${ .b }`"),
        ("do:\n  - a: {set: {x: 1}}\n    b: {set: {x: 2}}", "line 9: /do/0/step/do/0: at most 1 key may stand here, not 2"),
        (
            "run: {container: {image: a, lifetime: {cleanup: always, after: PT1S}}}",
            "/do/0/step/run/container/lifetime: `after` may not stand here",
        ),
    ] {
        let found = problems(&document(task)).join("\n");
        if !found.contains(expected) {
            wrong.push(format!("{task}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_circle_that_nothing_can_leave_is_a_mistake() {
    let circle = |tasks: &str| problems(&document(&format!("do:\n{tasks}"))).join("\n");
    let told = |line, at, name| {
        format!(
            "line {line}: /do/0/step/do/{at}/then: this leads back to `{name}`, and nothing on the way can end it; give one of these tasks an `if`, or let a `switch` decide"
        )
    };
    assert_eq!(circle("  - a: {set: {x: 1}, then: a}"), told(9, "0/a", "a"));
    assert_eq!(
        circle("  - a: {set: {x: 1}}\n  - b: {set: {x: 1}}\n  - c: {do: [{d: {set: {x: 1}, then: exit}}], then: b}"),
        told(11, "2/c", "b")
    );
    for (left, why) in [
        ("  - a: {if: .x, set: {x: 1}, then: a}", "a condition"),
        ("  - a: {set: {x: 1}}\n  - b: {switch: [{c: {when: .x, then: a}}]}", "a decision"),
        ("  - a: {listen: {to: {any: []}}}\n  - b: {set: {x: 1}, then: a}", "waiting"),
        ("  - a: {call: http, with: {method: get, endpoint: 'https://h/'}, then: a}", "a call may fail"),
        ("  - a: {do: [{d: {set: {x: 1}, then: end}}], then: a}", "an end within"),
        ("  - a: {set: {x: 1}, then: c}\n  - b: {set: {x: 1}, then: end}\n  - c: {set: {x: 1}, then: b}", "back, but not twice"),
    ] {
        assert_eq!(circle(left), "", "{why}");
    }
}

#[test]
fn what_sh_understands_is_no_expression_and_an_instance_may_be_one() {
    for task in [
        "run: {shell: {command: 'echo ${HOME} ${#} ${$} ${1:-x}'}}",
        "raise: {error: {type: 'https://h/e', status: 400, instance: '${ .at }'}}",
        "raise: {error: {type: 'https://h/e', status: 400, instance: /do/0/step}}",
    ] {
        assert_eq!(problems(&document(task)), Vec::<String>::new(), "{task}");
    }
}

#[test]
fn a_misspelt_key_is_told_once_with_the_nearest_key_of_any_kind_of_task() {
    let kinds = "call, do, emit, for, fork, listen, raise, run, set, switch, try, wait";
    for (task, expected) in [
        ("sett: {a: 1}", "line 8: /do/0/step/sett: unknown key `sett`, did you mean `set`?".to_owned()),
        (
            "forx: {each: x, in: .y}\ndo: [{a: {set: {b: 1}}}]",
            "line 8: /do/0/step/forx: unknown key `forx`, did you mean `for`?".to_owned(),
        ),
        ("switchx: [{a: {when: .x, then: end}}]", "line 8: /do/0/step/switchx: unknown key `switchx`, did you mean `switch`?".to_owned()),
        ("run: {shel: {command: ls}}", "line 8: /do/0/step/run/shel: unknown key `shel`, did you mean `shell`?".to_owned()),
        (
            "call: http\nwithx: {method: get, endpoint: 'https://h/'}",
            "line 9: /do/0/step/withx: unknown key `withx`, did you mean `with`?".to_owned(),
        ),
        ("nonsense: 1", format!("line 8: /do/0/step/nonsense: unknown key `nonsense`; known are {kinds}")),
        ("then: end", format!("line 7: /do/0/step: one of `{}` is missing; add it here", kinds.replace(", ", "`, `"))),
    ] {
        assert_eq!(problems(&document(task)), [expected], "{task}");
    }
}

#[test]
fn forms_that_do_not_go_together_are_named() {
    for (task, expected) in [
        ("set: {a: 1}\nwait: PT1S", "line 9: /do/0/step/wait: `set` and `wait` do not go together; keep one"),
        ("listen: {to: {one: {with: {type: a}}, any: []}}", "line 8: /do/0/step/listen/to: `any` and `one` do not go together; keep one"),
        (
            "run: {shell: {command: ls}, script: {language: js, code: x}}",
            "line 8: /do/0/step/run: `script` and `shell` do not go together; keep one",
        ),
    ] {
        assert_eq!(problems(&document(task)), [expected], "{task}");
    }
}

#[test]
fn keys_beside_the_parts_of_a_document_are_not_passed_over() {
    let document = document("set: {a: 1}");
    assert_eq!(problems(&document.replace("do:", "doo:")), ["line 6: /doo: unknown key `doo`, did you mean `do`?"]);
    assert_eq!(problems(&format!("{document}inputs: {{from: .a}}\n")), ["line 9: /inputs: unknown key `inputs`, did you mean `input`?"]);
    for (extra, expected) in [
        ("evaluate: {language: js}", "line 9: /evaluate/language: expressions in `js` are not evaluated; write them in `jq`"),
        ("evaluate: {mode: loose}", "line 9: /evaluate/mode: only `mode: strict` is supported; write expressions as `${ .field }`"),
        ("owner: ann", "line 9: /owner: unknown key `owner`; known are document, input, use, do, timeout, output, schedule, evaluate"),
        ("x-owner: ann", ""),
        ("evaluate: {language: jq, mode: strict}", ""),
    ] {
        let definition = Definition::read(&format!("{document}{extra}\n")).unwrap();
        let found: Vec<String> = definition.unsupported().iter().map(ToString::to_string).collect();
        assert_eq!(found.join("\n"), expected, "{extra}");
    }
}

#[test]
fn mistakes_around_the_tasks() {
    let mut wrong = Vec::new();
    let tail = "do:\n  - a: {set: {x: 1}}\n";
    for (head, expected) in [
        (
            "document: {dsl: '1.0.3', namespace: a, name: b c, version: '1.0.0'}\n",
            "line 1: /document/name: `b c` is not valid here; write letters, digits and `-`",
        ),
        ("document: {dsl: '1.0.3', namespace: a, name: b, version: '1'}\n", "write a semantic version such as `1.0.0`"),
        ("document: {dsl: '0.8.0', namespace: a, name: b, version: '1.0.0'}\n", "version 0.8.0 of the DSL is not known"),
        (
            "document: {dsl: '1.0.3', namespace: a, name: b, version: '1.0.0', metadata: {timezone: Mars/Base}}\n",
            "`Mars/Base` is not a time zone",
        ),
        ("document: {dsl: '1.0.3', namespace: a, name: b, version: '1.0.0', metadata: {retry: {dely: PT1S}}}\n", "did you mean `delay`?"),
        (
            "document: {dsl: '1.0.3', namespace: a, name: b, version: '1.0.0'}\nschedule: {cron: '61 * * * *'}\n",
            "line 2: /schedule/cron: `61 * * * *` is not a cron expression: the minute `61` is not in 0 to 59",
        ),
        (
            "document: {dsl: '1.0.3', namespace: a, name: b, version: '1.0.0'}\nschedule: {cron: '* * * * *', every: PT1M}\n",
            "write exactly one of",
        ),
        (
            "document: {dsl: '1.0.3', namespace: a, name: b, version: '1.0.0', metadata: {schedule: {missed: never}}}\n",
            "/document/metadata/schedule/missed: unknown word `never`",
        ),
        ("{}\n", "not valid YAML"),
    ] {
        let found = problems(&format!("{head}{tail}")).join("\n");
        if !found.contains(expected) {
            wrong.push(format!("{head}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(problems("a: 1").len(), 2, "both missing keys are named at once");
}

#[test]
fn what_is_valid_but_not_supported_is_told_with_a_way_out() {
    for (task, expected) in [
        (
            "call: grpc\nwith:\n  proto: {endpoint: 'file://app/a.proto'}\n  service: {name: a, host: h}\n  method: b",
            "line 8: /do/0/step/call: `call: grpc` is not supported",
        ),
        ("call: https://h/function.yaml", "copy it to `use.functions`"),
        ("call: sql.query\nwith: {database: 'oracle://h/shop', sql: 'SELECT 1'}", "`oracle:` databases are not supported"),
        ("run: {script: {language: ruby, code: puts 1}}", "write `python` or `javascript`"),
        ("run: {container: {image: a, lifetime: {cleanup: eventually, after: PT1M}}}", "write `always` or `never`"),
        ("input: {schema: {format: avro, document: {}}}\nset: {a: 1}", "schemas in `avro` are not supported"),
        ("input: {schema: {document: {$ref: 'https://h/s'}}}\nset: {a: 1}", "only `#/...` is supported"),
        (
            "input: {schema: {document: {properties: {n: {type: Object}, type: {type: string}}}}}\nset: {a: 1}",
            "line 8: /do/0/step/input/schema/document/properties/n/type: unknown type `Object`, did you mean `object`?",
        ),
    ] {
        let definition = Definition::read(&document(task)).unwrap_or_else(|error| panic!("{task}: {error}"));
        let found: Vec<String> = definition.unsupported().iter().map(ToString::to_string).collect();
        assert!(found.join("\n").contains(expected), "{task}: {found:?}");
    }
    assert!(Definition::read(&document("set: {a: 1}")).unwrap().unsupported().is_empty());
}

#[test]
fn metadata_says_who_the_flow_is_and_how_it_retries() {
    let text = "document:\n  dsl: '1.0.3'\n  namespace: shop\n  name: sync\n  version: '2.1.0'\n  metadata:\n    application: shop\n    region: eu\n    labels: {team: orders}\n    timezone: Europe/Berlin\n    retry: {delay: PT5S, limit: {attempt: {count: 1}}}\ndo:\n  - a: {set: {x: 1}}\n";
    let document = Definition::read(text).unwrap().document;
    assert_eq!(
        (document.application.as_deref(), document.region.as_deref(), document.timezone.as_deref()),
        (Some("shop"), Some("eu"), Some("Europe/Berlin"))
    );
    assert_eq!(document.labels["team"], "orders");
    assert_eq!(document.retry.map(|retry| (retry.delay, retry.max_retries)), Some((5_000_000_000, Some(1))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Definition::read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_document_with_any_scrap_in_it_is_read_without_panic(scrap in "[ -~\\n]{0,60}", at in 0usize..400) {
        let mut text = document("call: http\nwith:\n  method: get\n  endpoint: https://h/{id}\n  body: ${ .a }\noutput: {as: '.b'}\nthen: end");
        let at = at.min(text.len());
        text.insert_str(at, &scrap);
        let _ = Definition::read(&text);
    }

    #[test]
    fn any_expression_is_checked_without_panic(text in "[\\[\\]{}()|.,$a-c\"\\\\0-9+*/<>=:; -]{0,200}") {
        let _ = crate::expression::check(&text, &["a".to_owned()]);
        let _ = crate::expression::is_bounded(&text);
    }
}
