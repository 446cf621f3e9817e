//! What flows do: data, decisions, errors, calls, events, processes; each a flow, an input and its end.

mod world;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use magpie_flows::run::{CallError, Ending, HttpRequest, HttpResponse, Lifecycle, LocalEvents, Permissions, Runner, Standard};
use magpie_flows::run::{EventBus, Fault};
use magpie_model::Severity;
use magpie_model::time::SECOND;
use serde_json::{Value, json};
use world::{Answering, Bench, Known, Published, flow, flow_with, json_response};

fn succeeded(ending: Ending) -> Value {
    match ending {
        Ending::Succeeded(output) => output,
        other => panic!("it did not succeed: {other:?}"),
    }
}

fn failed(ending: Ending) -> Fault {
    match ending {
        Ending::Failed(fault) => fault,
        other => panic!("it did not fail: {other:?}"),
    }
}

#[tokio::test]
async fn data_passes_through_filters_loops_branches_and_context() {
    for (tasks, input, expected) in [
        (
            "  - a: {input: {from: .x}, set: {v: '${ . }'}, output: {as: .v}}\n  - b: {set: {w: '${ . + 1 }'}}",
            json!({"x": 1}),
            json!({"w": 2}),
        ),
        ("  - a: {set: {v: 1}, export: {as: '{ kept: .v }'}}\n  - b: {set: {w: '${ $context.kept }'}}", json!({}), json!({"w": 1})),
        ("  - a: {if: .no, set: {v: 1}, then: end}\n  - b: {set: {w: '${ . }'}}", json!({"no": false}), json!({"w": {"no": false}})),
        (
            "  - a:\n      do:\n        - x: {set: {v: 1}, then: exit}\n        - y: {set: {v: 2}}\n  - b: {set: {w: '${ .v }'}}",
            json!({}),
            json!({"w": 1}),
        ),
        ("  - a:\n      do:\n        - x: {set: {v: 1}, then: end}\n  - b: {set: {w: '${ .v }'}}", json!({}), json!({"v": 1})),
        (
            "  - a:\n      fork:\n        branches:\n          - x: {set: {v: 1}}\n          - y: {set: {v: 2}, export: {as: '{ y: 1 }'}}\n  - b: {set: {all: '${ . }', c: '${ $context }'}}",
            json!({}),
            json!({"all": [{"v": 1}, {"v": 2}], "c": {"y": 1}}),
        ),
        (
            "  - a:\n      for: {each: n, in: .list, at: i}\n      while: '$n < 3'\n      do:\n        - x: {set: {sum: '${ (.sum // 0) + $n }', i: '${ $i }'}}",
            json!({"list": [1, 2, 3, 4]}),
            json!({"sum": 3, "i": 1}),
        ),
        (
            "  - a: {set: {n: '${ (.n // 0) + 1 }'}}\n  - b: {switch: [{again: {when: .n < 3, then: a}}, {done: {then: end}}]}",
            json!({}),
            json!({"n": 3}),
        ),
        (
            "  - a: {set: {name: '${ $task.name }', ref: '${ $task.reference }', flow: '${ $workflow.definition.document.name }', by: '${ $runtime.name }'}}",
            json!({}),
            json!({"name": "a", "ref": "/do/0/a", "flow": "flow", "by": "magpie"}),
        ),
        (
            "  - a: {set: {v: '${ $runtime.metadata }'}, output: {as: '{ raw: $task.output, was: $task.input }'}, export: {as: '[$task.output, $output]'}}\n  - b: {set: {out: '${ . }', c: '${ $context[0] }'}}",
            json!(1),
            json!({"out": {"raw": {"v": {}}, "was": 1}, "c": {"v": {}}}),
        ),
        ("  - a: {call: transform.jq, with: {expression: 'map(. * 2)'}}", json!([1, 2]), json!([2, 4])),
        ("  - a: {call: transform.csv.parse, with: {text: '${ .csv }'}}", json!({"csv": "a,b\n1,2"}), json!([{"a": "1", "b": "2"}])),
    ] {
        assert_eq!(succeeded(Bench::alone().run(&flow(tasks), input).await), expected, "{tasks}");
    }
}

#[tokio::test]
async fn schemas_timeouts_and_secrets_of_a_flow() {
    let head = "input: {schema: {document: {type: object, required: [id], properties: {id: {type: integer}}}}, from: .id}\noutput: {as: '{ doubled: . }'}";
    let definition = flow_with(head, "  - a: {set: {v: '${ . + . }'}, output: {as: .v}}");
    assert_eq!(succeeded(Bench::alone().run(&definition, json!({"id": 4})).await), json!({"doubled": 8}));
    let fault = failed(Bench::alone().run(&definition, json!({"id": "x"})).await);
    assert!(fault.is(Standard::Validation) && fault.to_string().contains("the flow's input is not valid at /id"), "{fault}");

    let timed = flow_with("timeout: {after: PT5S}", "  - a: {listen: {to: {any: []}}}");
    assert!(matches!(Bench::alone().run(&timed, json!({})).await, Ending::TimedOut(fault) if fault.status == 408));
    let fault = failed(Bench::alone().run(&flow("  - a: {timeout: {after: PT1S}, listen: {to: {any: []}}}"), json!({})).await);
    assert!(fault.is(Standard::Timeout) && fault.status == 408 && fault.instance == "/do/0/a", "{fault}");

    let definition = flow_with("use: {secrets: [db]}", "  - a: {set: {p: '${ $secrets.db.password }'}}");
    let mut bench = Bench::alone();
    assert!(failed(bench.run(&definition, json!({})).await).is(Standard::Authorization));
    bench.world.secrets = Arc::new(Known([("db".to_owned(), json!({"password": "x"}))].into()));
    assert_eq!(succeeded(bench.run(&definition, json!({})).await), json!({"p": "x"}));
}

/// A service that fails so many times with a status before it answers.
fn failing(times: usize, status: u16) -> impl Fn(HttpRequest) -> Result<HttpResponse, CallError> + Send + Sync {
    let left = Mutex::new(times);
    move |_| {
        let mut left = left.lock().unwrap();
        if *left == 0 {
            return Ok(json_response(200, &json!({"ok": true})));
        }
        *left -= 1;
        Ok(json_response(status, &json!({})))
    }
}

const TRY: &str = "  - t:
      try:
        - get: {call: http, with: {method: get, endpoint: 'https://h/x'}}
      catch:
        errors: {with: {status: 503}}
        retry: {delay: PT3S, backoff: {exponential: {}}, limit: {attempt: {count: 2}}}
";

#[tokio::test]
async fn a_run_goes_on_when_the_branch_that_waits_has_lost() {
    let tasks = "  - race:
      fork:
        compete: true
        branches:
          - slow: {listen: {to: {one: {with: {type: never}}}}}
          - fast: {set: {v: 1}}
  - after: {set: {done: true}}
";
    let bench = Bench::new(Answering(failing(0, 200)));
    assert_eq!(succeeded(bench.run(&flow(tasks), json!({})).await), json!({"done": true}));
    let events = bench.kept.events.lock().unwrap();
    let is_after = |event: &Lifecycle| matches!(event, Lifecycle::TaskStarted(pointer) if pointer == "/do/1/after");
    let before: Vec<_> = events.iter().take_while(|event| !is_after(event)).collect();
    let count = |is: fn(&Lifecycle) -> bool| before.iter().filter(|event| is(event)).count();
    let (waits, resumes) = (count(|event| matches!(event, Lifecycle::Waiting { .. })), count(|event| *event == Lifecycle::Resumed));
    assert_eq!((waits, resumes), (1, 1));
}

#[tokio::test]
async fn a_caught_error_is_retried_by_its_policy_then_handled() {
    let pauses = |bench: &Bench| -> Vec<i64> {
        let events = bench.kept.events.lock().unwrap();
        events.iter().filter_map(|event| if let Lifecycle::TaskRetried(_, pause) = event { Some(pause / SECOND) } else { None }).collect()
    };
    let bench = Bench::new(Answering(failing(2, 503)));
    assert_eq!(succeeded(bench.run(&flow(TRY), json!({})).await), json!({"ok": true}));
    assert_eq!(pauses(&bench), [3, 6]);

    let bench = Bench::new(Answering(failing(9, 503)));
    let fault = failed(bench.run(&flow(TRY), json!({})).await);
    assert_eq!((fault.status, fault.instance.as_str(), pauses(&bench)), (503, "/do/0/t/try/0/get", vec![3, 6]));

    let bench = Bench::new(Answering(failing(9, 404)));
    assert_eq!((failed(bench.run(&flow(TRY), json!({})).await).status, pauses(&bench)), (404, vec![]), "another status is not caught");

    let handled = format!(
        "{TRY}        as: err\n        do:\n          - h: {{set: {{s: '${{ $err.status }}'}}}}\n  - after: {{set: {{got: '${{ .s }}'}}}}"
    );
    let bench = Bench::new(Answering(failing(9, 503)));
    assert_eq!(succeeded(bench.run(&flow(&handled), json!({})).await), json!({"got": 503}));

    let swallowed = "  - t:\n      try:\n        - r: {raise: {error: {type: 'https://e/x', status: 400}}}\n      catch: {when: '$error.status == 400', exceptWhen: '$error.status == 500'}";
    assert_eq!(succeeded(Bench::alone().run(&flow(swallowed), json!({"a": 1})).await), json!({"a": 1}));
}

#[tokio::test]
async fn requests_are_built_as_the_flow_says_and_carry_the_trace() {
    let seen: Arc<Mutex<Vec<HttpRequest>>> = Arc::default();
    let kept = Arc::clone(&seen);
    let bench = Bench::new(Answering(move |request: HttpRequest| {
        kept.lock().unwrap().push(request);
        Ok(json_response(201, &json!({"id": 9})))
    }));
    let definition = flow(
        "  - a:\n      call: http\n      with:\n        method: ${ .how }\n        endpoint: https://h:81/o/{id}\n        query: {q: '${ .q }', none: '${ null }'}\n        headers: {x-a: '${ .id }'}\n        body: {name: '${ .name }'}\n        output: response",
    );
    let output = succeeded(bench.run(&definition, json!({"id": "a/b", "q": "x y", "name": "Ada", "how": "post"})).await);
    let request = seen.lock().unwrap()[0].clone();
    assert_eq!((request.method.as_str(), request.uri.as_str()), ("POST", "https://h:81/o/a%2Fb?q=x%20y"));
    assert_eq!(&request.body[..], br#"{"name":"Ada"}"#);
    let header = |name: &str| request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
    assert_eq!((header("x-a").as_str(), header("content-type").as_str()), ("a/b", "application/json"));
    assert!(header("traceparent").starts_with("00-018bcfe5"), "{}", header("traceparent"));
    assert_eq!((&output["statusCode"], &output["content"]), (&json!(201), &json!({"id": 9})));
    let call = bench.kept.lines.lock().unwrap().iter().find_map(|line| line.call.clone()).expect("the call is logged");
    assert_eq!((call.target.as_str(), call.service.as_str(), call.status), ("h:81", "POST /o/{id}", Some(201)));
    let fault =
        failed(Bench::alone().run(&flow("  - a: {call: http, with: {method: delete, endpoint: 'https://h/o/{id}'}}"), json!({})).await);
    assert!(fault.is(Standard::Expression) && fault.to_string().contains("no field `id`"), "{fault}");
    let fault = failed(Bench::alone().run(&flow("  - a: {call: http, with: {method: get, endpoint: 'https://h/'}}"), json!({})).await);
    assert!(fault.is(Standard::Communication) && fault.status == 503, "{fault}");
}

#[tokio::test]
async fn who_calls_is_proven_by_each_kind_of_authentication() {
    let authority = |request: HttpRequest| {
        let header = |name: &str| request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let authorization = header("authorization").unwrap_or_default();
        let body = String::from_utf8_lossy(&request.body).into_owned();
        Ok(match request.uri.as_str() {
            "https://auth/.well-known/openid-configuration" => json_response(200, &json!({"token_endpoint": "https://auth/oidc"})),
            "https://auth/oauth2/token" | "https://auth/oidc"
                if body.contains("client_secret=s&scope=a%20b") && body.contains("grant_type=client_credentials") =>
            {
                json_response(200, &json!({"access_token": "t0k", "expires_in": 3600}))
            }
            "https://auth/oauth2/token" => json_response(401, &json!({"error": "invalid_client"})),
            "https://h/digest" if authorization.starts_with("Digest username=\"u\"") => json_response(200, &json!("in")),
            "https://h/digest" => {
                let mut response = json_response(401, &json!({}));
                response.headers.push(("www-authenticate".into(), "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"".into()));
                response
            }
            _ => json_response(200, &json!(authorization)),
        })
    };
    let client = "{authority: 'https://auth', client: {id: i, secret: s}, scopes: [a, b]}";
    for (path, policy, expected) in [
        ("x", "basic: {username: u, password: p}".to_owned(), "Basic dTpw"),
        ("x", "bearer: {token: '${ .token }'}".to_owned(), "Bearer abc"),
        ("x", "use: shared".to_owned(), "Bearer abc"),
        ("x", "bearer: {use: key}".to_owned(), "Bearer from-secret"),
        ("digest", "digest: {username: u, password: p}".to_owned(), "in"),
        ("x", format!("oauth2: {client}"), "Bearer t0k"),
        ("x", format!("oidc: {client}"), "Bearer t0k"),
    ] {
        let mut bench = Bench::new(Answering(authority));
        bench.world.secrets = Arc::new(Known([("key".to_owned(), json!({"token": "from-secret"}))].into()));
        let head = "use: {secrets: [key], authentications: {shared: {bearer: {token: '${ .token }'}}}}";
        let tasks =
            format!("  - a: {{call: http, with: {{method: get, endpoint: {{uri: 'https://h/{path}', authentication: {{{policy}}}}}}}}}");
        assert_eq!(succeeded(bench.run(&flow_with(head, &tasks), json!({"token": "abc"})).await), json!(expected), "{policy}");
    }
    let wrong = "  - a: {call: http, with: {method: get, endpoint: {uri: 'https://h/', authentication: {oauth2: {authority: 'https://auth', client: {id: i, secret: x}}}}}}";
    let fault = failed(Bench::new(Answering(authority)).run(&flow(wrong), json!({})).await);
    assert!(fault.is(Standard::Authentication) && fault.to_string().contains("invalid_client"), "{fault}");
}

#[tokio::test]
async fn functions_extensions_and_other_flows() {
    let head = "use:\n  functions:\n    double: {input: {schema: {document: {required: [n]}}}, set: {v: '${ .n * 2 }'}}\n  extensions:\n    - mock:\n        extend: call\n        when: ($task.with.endpoint // \"\") | startswith(\"https://mock\")\n        before:\n          - m: {set: {mocked: true}, then: exit}";
    let definition = flow_with(
        head,
        "  - a: {call: double, with: {n: 21}, output: {as: .v}, export: {as: '{ v: . }'}}\n  - b: {call: http, with: {method: get, endpoint: 'https://mock/x'}}\n  - c: {set: {all: '${ . }', v: '${ $context.v }'}}",
    );
    assert_eq!(succeeded(Bench::alone().run(&definition, json!({})).await), json!({"all": {"mocked": true}, "v": 42}));

    let mut bench = Bench::alone();
    let inner = flow_with("input: {from: .x}", "  - i: {set: {y: '${ . + 1 }'}}");
    bench.world.flows = Arc::new(Published(vec![inner]));
    let outer = flow("  - o: {run: {workflow: {namespace: test, name: flow, version: latest, input: {x: '${ .n }'}}}}");
    assert_eq!(succeeded(bench.run(&outer, json!({"n": 1})).await), json!({"y": 2}));
    let steps: Vec<String> = bench.journal.finished.lock().unwrap().iter().map(|step| step.key.pointer.clone()).collect();
    assert_eq!(steps, ["/do/0/o/run/workflow/do/0/i", "/do/0/o"]);
    bench.world.flows = Arc::new(Published(vec![Arc::clone(&outer)]));
    assert!(failed(bench.run(&outer, json!({"n": 1})).await).to_string().contains("more than 16 deep"));
}

#[tokio::test]
async fn processes_are_off_until_allowed_and_get_values_only_as_arguments() {
    let tasks = "  - a: {run: {shell: {command: 'echo \"$1\" $A; exit ${C:-0}', arguments: ['${ .evil }'], environment: {A: '${ .a }'}}}}";
    let input = json!({"evil": "$(touch /tmp/never); `id`", "a": 5});
    let fault = failed(Bench::alone().run(&flow(tasks), input.clone()).await);
    assert!(fault.is(Standard::Configuration) && fault.to_string().contains("`run: shell` is switched off"), "{fault}");
    let mut bench = Bench::alone();
    bench.world.permissions = Permissions { shell: true, script: true, ..Permissions::default() };
    assert_eq!(succeeded(bench.run(&flow(tasks), input).await), json!("$(touch /tmp/never); `id` 5"));
    let fault = failed(bench.run(&flow("  - a: {run: {shell: {command: 'echo why >&2; exit 7'}}}"), json!({})).await);
    assert!(fault.to_string().contains("code 7: why"), "{fault}");
    let all = flow("  - a: {run: {shell: {command: 'echo o; echo e >&2; exit 7'}, return: all}}");
    assert_eq!(succeeded(bench.run(&all, json!({})).await), json!({"code": 7, "stdout": "o", "stderr": "e"}));
    let nothing = flow("  - a: {run: {shell: {command: echo o}, return: none}}");
    assert_eq!(succeeded(bench.run(&nothing, json!({"a": 1})).await), Value::Null, "not even its input");
    let python = flow(
        "  - a: {run: {script: {language: python, arguments: [x], stdin: hi, code: \"import sys\\nprint(sys.stdin.read(), sys.argv[1])\"}}}",
    );
    assert_eq!(succeeded(bench.run(&python, json!({})).await), json!("hi x"));
    let detached = flow("  - a: {run: {shell: {command: 'sleep 0.1'}, await: false}}");
    assert_eq!(succeeded(bench.run(&detached, json!({"a": 1})).await), json!({"a": 1}));
}

#[tokio::test]
async fn the_logger_writes_at_its_level_and_category() {
    let bench = Bench::alone();
    let definition = flow(
        "  - a: {call: logger, with: {message: '${ \"order \\(.id)\" }', level: '${ .level }', category: audit}}\n  - b: {set: {x: 1}}",
    );
    succeeded(bench.run(&definition, json!({"id": 5, "level": "warn"})).await);
    let lines = bench.kept.lines.lock().unwrap();
    let shown: Vec<_> = lines
        .iter()
        .map(|line| (line.severity, line.component.as_str(), line.operation.as_str(), line.category.as_str(), line.message.as_str()))
        .collect();
    assert_eq!(shown, [(Severity::Warn, "logger", "log", "audit", "order 5"), (Severity::Info, "set", "set", "output", "b succeeded")]);
}

/// Publishes events as soon as somebody listens.
async fn publish(events: &LocalEvents, sent: Vec<Value>) {
    while events.listeners() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for event in sent {
        events.publish(&event).await.expect("the bus is local");
    }
}

#[tokio::test]
async fn listening_takes_the_events_that_its_strategy_asks_for() {
    let event = |kind: &str, n: i64| json!({"type": kind, "data": {"n": n}, "room": n % 2});
    let sent = || vec![event("x", 1), event("a", 2), event("b", 3), event("a", 4), event("b", 5), event("stop", 6)];
    for (listen, expected) in [
        ("listen: {to: {one: {with: {type: a}}}}", json!([{"n": 2}])),
        ("listen: {to: {one: {with: {type: a, data: '${ .n > 2 }'}}}}", json!([{"n": 4}])),
        // A text is itself or a regular expression.
        ("listen: {to: {one: {with: {type: '^(b|y)$'}}}}", json!([{"n": 3}])),
        ("listen: {to: {any: [{with: {type: '[ab]'}}], until: length == 2}}", json!([{"n": 2}, {"n": 3}])),
        ("listen: {to: {all: [{with: {type: b}}, {with: {type: a}}]}}", json!([{"n": 2}, {"n": 3}])),
        ("listen: {to: {any: []}}", json!([{"n": 1}])),
        ("listen: {to: {any: [{with: {type: a}}, {with: {type: b}}], until: length == 3}}", json!([{"n": 2}, {"n": 3}, {"n": 4}])),
        ("listen: {to: {any: [{with: {type: b}}], until: {one: {with: {type: stop}}}}}", json!([{"n": 3}, {"n": 5}])),
        (
            "listen: {to: {all: [{with: {type: x}, correlate: {r: {from: .room}}}, {with: {type: b}, correlate: {r: {from: .room}}}]}}",
            json!([{"n": 1}, {"n": 3}]),
        ),
        ("listen: {to: {one: {with: {type: b}, correlate: {r: {from: '.data.n', expect: '${ .want }'}}}}}", json!([{"n": 5}])),
        ("listen: {to: {one: {with: {type: a}}}, read: envelope}", json!([event("a", 2)])),
        (
            "listen: {to: {any: [{with: {type: a}}], until: length == 2}}\nforeach: {item: e, do: [{s: {set: {m: '${ $e.n * 10 + $index }'}}}], output: {as: .m}}",
            json!([20, 41]),
        ),
    ] {
        let tasks: String = std::iter::once("  - l:\n".to_owned()).chain(listen.lines().map(|line| format!("      {line}\n"))).collect();
        let definition = flow(&tasks);
        let bench = Bench::alone();
        let (ending, ()) = tokio::join!(bench.run(&definition, json!({"want": 5})), publish(&bench.events, sent()));
        assert_eq!(succeeded(ending), expected, "{listen}");
    }
}

#[tokio::test]
async fn events_that_start_a_flow_are_its_input() {
    let definition = flow_with("schedule: {on: {one: {with: {type: order}}}}", "  - a: {set: {id: '${ $workflow.input[0].data.id }'}}");
    let trigger = definition.trigger().expect("events start it");
    let bench = Bench::alone();
    let sent = vec![json!({"type": "other"}), json!({"type": "order", "data": {"id": 7}})];
    let (ending, ()) = tokio::join!(bench.run(&trigger, Value::Null), publish(&bench.events, sent));
    let input = succeeded(ending);
    assert_eq!(succeeded(bench.run(&definition, input).await), json!({"id": 7}));
    assert!(flow("  - a: {set: {x: 1}}").trigger().is_none());
}

#[tokio::test]
async fn an_event_that_is_emitted_twice_has_one_id() {
    let definition = flow("  - e: {emit: {event: {with: {source: 'https://s', type: t, data: {n: '${ .n }'}}}}}");
    let bench = Bench::alone();
    let order = bench.order(&definition, json!({"n": 1}));
    let runner = Runner::new(bench.world.clone());
    let (one, two) = (succeeded(runner.run(order.clone()).await), succeeded(runner.run(order).await));
    assert_eq!((&one["id"], &one["data"], &one["specversion"]), (&two["id"], &json!({"n": 1}), &json!("1.0")));
}

#[tokio::test]
async fn a_run_without_end_and_an_output_too_large_are_faults() {
    let mut bench = Bench::alone();
    bench.world.limits.steps = 50;
    bench.world.limits.output_bytes = 1000;
    let endless = "  - a: {set: {x: 1}}\n  - b: {switch: [{back: {when: .x == 1, then: a}}]}";
    let fault = failed(bench.run(&flow(endless), json!({})).await);
    assert!(fault.to_string().contains("more than 50 steps"), "{fault}");
    let fault = failed(bench.run(&flow("  - a: {set: {x: '${ .big }'}}"), json!({"big": "x".repeat(1001)})).await);
    assert!(fault.is(Standard::Runtime) && fault.to_string().contains("the output has more than"), "{fault}");
}

#[tokio::test]
async fn a_long_wait_tells_when_it_ends_and_a_short_one_does_not() {
    let bench = Bench::alone();
    succeeded(bench.run(&flow("  - soon: {wait: PT59S}\n  - later: {wait: PT1H}"), json!({})).await);
    let lines: Vec<String> = bench.kept.lines.lock().unwrap().iter().map(|line| line.message.clone()).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!((lines[0].as_str(), lines[2].as_str()), ("soon succeeded", "later succeeded"));
    assert!(lines[1].starts_with("later waits until 2023-11-14T23:14:19Z"), "an hour after its beginning: {lines:?}");
}
