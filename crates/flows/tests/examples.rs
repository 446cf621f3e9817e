//! Every example document of the specification is valid here; those that need nothing from outside run.

mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use magpie_flows::definition::Definition;
use magpie_flows::run::{Ending, EventBus, Fault, Permissions};
use serde_json::{Value, json};
use world::{Bench, shared};

/// What a run of an example must end with.
enum Expected {
    Output(Value),
    Field(&'static str, Value),
    Error(&'static str),
}

/// Examples that need nothing from outside, with an input.
fn alone() -> BTreeMap<&'static str, (Value, Expected)> {
    use Expected::{Error, Field, Output};
    let customer = json!({"customer": {"age": 17}});
    BTreeMap::from([
        ("emit.yaml", (json!({}), Field("/type", json!("com.petstore.order.placed.v1")))),
        ("set.yaml", (json!([{"a": 1}]), Output(json!({"startEvent": {"a": 1}})))),
        ("set-expression.yaml", (json!([{"a": 1}]), Output(json!({"a": 1})))),
        ("switch-then-string.yaml", (json!({"orderType": "electronic"}), Output(json!({"validate": true, "status": "fulfilled"})))),
        ("raise-inline.yaml", (json!({}), Error("'raise-not-implemented:0.1.0'"))),
        ("raise-reusable.yaml", (json!({}), Error("https://serverlessworkflow.io/errors/not-implemented"))),
        ("conditional-task.yaml", (customer, Error("Access Forbidden"))),
        ("wait-duration-inline.yaml", (json!({"a": 1}), Output(json!({"a": 1})))),
        ("wait-duration-iso8601.yaml", (json!({"a": 1}), Output(json!({"a": 1})))),
        ("for.yaml", (json!({"pets": [], "vet": "x"}), Output(json!({"pets": [], "vet": "x"})))),
        ("run-shell-stdin-and-arguments.yaml", (json!({}), Output(json!("STDIN was: Hello World\nARGS are Foo Bar")))),
        ("run-script-with-stdin-and-arguments.yaml", (json!({}), Output(json!("stdin >  Hello Workflow\narg >  hello\nenv >  bar")))),
    ])
}

/// Examples that ask for what is not built, which must be said at validation.
const UNSUPPORTED: [(&str, &str); 9] = [
    ("call-asyncapi-publish.yaml", "asyncapi"),
    ("call-asyncapi-subscribe-consume-amount.yaml", "asyncapi"),
    ("call-asyncapi-subscribe-consume-forever-foreach.yaml", "asyncapi"),
    ("call-asyncapi-subscribe-consume-until.yaml", "asyncapi"),
    ("call-asyncapi-subscribe-consume-while.yaml", "asyncapi"),
    ("call-grpc.yaml", "grpc"),
    ("call-mcp.yaml", "mcp"),
    ("call-custom-function-cataloged.yaml", "not fetched"),
    ("run-container-cleanup-eventually.yaml", "eventually"),
];

fn examples() -> Option<Vec<(String, String)>> {
    let folder = shared("data/serverless-workflow/examples")?;
    let entries = std::fs::read_dir(folder).expect("the examples are readable").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<(String, String)> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), std::fs::read_to_string(&path).expect("readable"))
        })
        .collect();
    found.sort();
    Some(found)
}

#[test]
fn all_examples_are_valid_and_what_is_not_supported_is_told() {
    let Some(examples) = examples() else { return };
    assert!(examples.len() > 60, "{} examples", examples.len());
    for (name, text) in &examples {
        let definition = Definition::read(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let told: Vec<String> = definition.unsupported().iter().map(ToString::to_string).collect();
        let expected = UNSUPPORTED.iter().find(|(unsupported, _)| unsupported == name);
        match expected {
            Some((_, words)) => assert!(told.iter().any(|told| told.contains(words)), "{name}: {told:?}"),
            None => assert!(told.is_empty(), "{name}: {told:?}"),
        }
    }
}

#[tokio::test]
async fn examples_that_need_nothing_from_outside_run() {
    let Some(examples) = examples() else { return };
    let alone = alone();
    let mut ran = 0;
    for (name, text) in &examples {
        let Some((input, expected)) = alone.get(name.as_str()) else { continue };
        if name.starts_with("run-script") && !has_node() {
            world::say(&format!("skipped: {name}, since node is not installed"));
            continue;
        }
        let mut bench = Bench::alone();
        bench.world.permissions = Permissions { shell: true, script: true, ..Permissions::default() };
        let definition = Arc::new(Definition::read(text).unwrap_or_else(|error| panic!("{name}: {error}")));
        match (bench.run(&definition, input.clone()).await, expected) {
            (Ending::Succeeded(output), Expected::Output(expected)) => assert_eq!(output, *expected, "{name}"),
            (Ending::Succeeded(output), Expected::Field(pointer, expected)) => {
                assert_eq!(output.pointer(pointer), Some(expected), "{name}")
            }
            (Ending::Failed(fault), Expected::Error(words)) => assert!(shown(&fault).contains(words), "{name}: {fault}"),
            (other, _) => panic!("{name}: {other:?}"),
        }
        ran += 1;
    }
    world::say(&format!("{ran} of {} examples need nothing from outside, and ran; all are valid", examples.len()));
}

/// What the examples that only listen give when a patient is measured, and checks out.
fn listening() -> BTreeMap<&'static str, Value> {
    let (warm, hot) = (json!({"temperature": 37}), json!({"temperature": 39}));
    let (calm, slow) = (json!({"bpm": 70}), json!({"bpm": 50}));
    BTreeMap::from([
        ("listen-to-any.yaml", json!([warm])),
        ("listen-to-any-filter.yaml", json!([hot])),
        ("listen-to-all.yaml", json!([hot, slow])),
        ("listen-to-all read-envelope.yaml", json!([measured("temperature", &hot), measured("bpm", &slow)])),
        ("listen-to-any-until-condition.yaml", json!([warm, hot, calm, slow])),
        ("listen-to-any-until-consumed.yaml", json!([hot, slow, {"temperature": 40}])),
    ])
}

fn measured(kind: &str, data: &Value) -> Value {
    json!({"type": format!("com.fake-hospital.vitals.measurements.{kind}"), "data": data})
}

#[tokio::test]
async fn examples_that_listen_get_what_they_listen_for() {
    let Some(examples) = examples() else { return };
    for (name, expected) in listening() {
        let text = examples.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str()).unwrap_or_default();
        let definition = Arc::new(Definition::read(text).unwrap_or_else(|error| panic!("{name}: {error}")));
        let bench = Bench::alone();
        let publish = async {
            while bench.events.listeners() == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            for (kind, value) in [("temperature", 37), ("temperature", 39), ("bpm", 70), ("bpm", 50), ("temperature", 40)] {
                bench.events.publish(&measured(kind, &json!({ kind: value }))).await.expect("the bus is local");
            }
            bench.events.publish(&json!({"type": "com.fake-hospital.patient.checked-out"})).await.expect("the bus is local");
        };
        let (ending, ()) = tokio::join!(bench.run(&definition, json!({})), publish);
        assert_eq!(ending, Ending::Succeeded(expected), "{name}");
    }
}

fn shown(fault: &Fault) -> String {
    fault.to_value().to_string()
}

fn has_node() -> bool {
    std::process::Command::new("node").arg("--version").output().is_ok()
}
