//! The conformance kit of the Serverless Workflow specification: every scenario of its Gherkin features, run against a local
//! stand-in of the public services that they call. The score is printed; less than all is a failure.

mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use magpie_flows::definition::{Definition, Tree};
use magpie_flows::run::{BoxFuture, CallError, Ending, HttpCaller, HttpClient, HttpOptions, HttpRequest, HttpResponse};
use serde_json::{Value, json};
use world::{Bench, shared};

/// A step of a scenario: its line without the keyword, and its text block.
struct Step {
    line: String,
    block: String,
}

struct Scenario {
    name: String,
    steps: Vec<Step>,
}

/// Reads the scenarios of a feature file.
fn scenarios(text: &str) -> Vec<Scenario> {
    let mut found: Vec<Scenario> = Vec::new();
    let mut block: Option<(usize, Vec<String>)> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("\"\"\"") {
            match block.take() {
                None => block = Some((line.len() - line.trim_start().len(), Vec::new())),
                Some((_, lines)) => {
                    let step = found.last_mut().and_then(|scenario| scenario.steps.last_mut()).expect("a block belongs to a step");
                    step.block = lines.join("\n");
                }
            }
        } else if let Some((indent, lines)) = &mut block {
            lines.push(line.get(*indent..).unwrap_or_else(|| line.trim_start()).to_owned());
        } else if let Some(name) = trimmed.strip_prefix("Scenario:") {
            found.push(Scenario { name: name.trim().to_owned(), steps: Vec::new() });
        } else if let Some((_, rest)) = trimmed.split_once(' ').filter(|(word, _)| ["Given", "When", "Then", "And", "But"].contains(word))
            && let Some(scenario) = found.last_mut()
        {
            scenario.steps.push(Step { line: rest.to_owned(), block: String::new() });
        }
    }
    found
}

/// The services that the kit calls: the pet store and the echo of credentials.
fn answer(method: &str, host: &str, target: &str, authorization: Option<&str>) -> (u16, Value) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pet = |id: u64| json!({"id": id, "name": format!("pet {id}"), "status": "available", "category": {"name": "dog"}});
    match (host, method, path) {
        ("petstore.swagger.io", "GET", "/v2/pet/findByStatus") if query == "status=available" => (200, json!([pet(1), pet(2)])),
        ("petstore.swagger.io", "GET", "/v2/swagger.json") => (200, swagger()),
        ("petstore.swagger.io", "GET", path) => match path.strip_prefix("/v2/pet/").and_then(|id| id.parse().ok()) {
            Some(id) => (200, pet(id)),
            None => (404, json!({"message": "no such pet"})),
        },
        ("httpbin.org", "GET", path) if path.starts_with("/basic-auth/") => {
            use base64::Engine;
            let expected = path.trim_start_matches("/basic-auth/").replacen('/', ":", 1);
            let given = authorization
                .and_then(|value| value.strip_prefix("Basic "))
                .and_then(|value| base64::engine::general_purpose::STANDARD.decode(value).ok());
            if given.as_deref() == Some(expected.as_bytes()) { (200, json!({"authenticated": true})) } else { (401, json!({})) }
        }
        _ => (404, json!({})),
    }
}

fn swagger() -> Value {
    json!({
        "swagger": "2.0", "host": "petstore.swagger.io", "basePath": "/v2", "schemes": ["https", "http"],
        "paths": {
            "/pet/findByStatus": {"get": {"operationId": "findPetsByStatus", "parameters": [
                {"name": "status", "in": "query", "required": true, "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"},
            ]}},
            "/pet/{petId}": {"get": {"operationId": "getPetById", "parameters": [{"name": "petId", "in": "path", "required": true, "type": "integer"}]}},
        },
    })
}

async fn serve(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let target = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let (status, body) =
        answer(request.method().as_str(), &header("x-stands-for").unwrap_or_default(), &target, header("authorization").as_deref());
    let _ = request.into_body().collect().await;
    let response =
        Response::builder().status(status).header("content-type", "application/json").body(Full::new(Bytes::from(body.to_string())));
    Ok(response.expect("a valid response"))
}

/// Sends what goes to a public service to the stand-in, over real HTTP.
struct Redirected {
    client: HttpClient,
    port: u16,
}

impl HttpCaller for Redirected {
    fn call(&self, mut request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, CallError>> {
        let rest = request.uri.split_once("://").map(|(_, rest)| rest.to_owned()).unwrap_or_default();
        let (host, path) = rest.split_once('/').unwrap_or((&rest, ""));
        request.headers.push(("x-stands-for".into(), host.to_owned()));
        request.uri = format!("http://127.0.0.1:{}/{path}", self.port);
        Box::pin(self.client.call(request))
    }
}

/// What a scenario has found out.
struct Outcome {
    ending: Ending,
    order: Vec<String>,
}

async fn execute(definition: &str, input: Value, port: u16) -> Outcome {
    let definition = Arc::new(Definition::read(definition).unwrap_or_else(|error| panic!("{definition}\n{error}")));
    assert!(definition.unsupported().is_empty(), "{:?}", definition.unsupported());
    let bench = Bench::new(Redirected { client: HttpClient::new(HttpOptions::default()), port });
    let ending = bench.run(&definition, input).await;
    Outcome { ending, order: bench.journal.order() }
}

fn yaml(text: &str) -> Value {
    Tree::read(text).expect("the block is YAML").value
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

fn quoted(line: &str) -> Vec<&str> {
    line.split('\'').skip(1).step_by(2).collect()
}

/// Checks one `Then`; `Err` says what was found instead.
fn check(step: &Step, outcome: &Outcome) -> Result<(), String> {
    let line = step.line.as_str();
    let output = || match &outcome.ending {
        Ending::Succeeded(output) => Ok(output),
        other => Err(format!("it did not complete: {other:?}")),
    };
    let expect = |is: bool, found: String| if is { Ok(()) } else { Err(found) };
    let order = &outcome.order;
    match line {
        "the workflow should complete" => output().map(drop),
        "the workflow should complete with output:" => expect(*output()? == yaml(&step.block), format!("{}", output()?)),
        "the workflow should fault" => expect(matches!(outcome.ending, Ending::Failed(_)), format!("{:?}", outcome.ending)),
        "the workflow should fault with error:" => match &outcome.ending {
            Ending::Failed(fault) => expect(fault.to_value() == yaml(&step.block), fault.to_value().to_string()),
            other => Err(format!("{other:?}")),
        },
        _ if line.starts_with("the workflow output should have properties") => {
            let missing: Vec<&str> =
                quoted(line).into_iter().filter(|path| output().is_ok_and(|output| at(output, path).is_none())).collect();
            expect(output().is_ok() && missing.is_empty(), format!("{missing:?} missing in {:?}", outcome.ending))
        }
        _ if line.starts_with("the workflow output should have a") && line.ends_with("items") => {
            let count = line.split(' ').rev().nth(1).and_then(|count| count.parse().ok());
            let found = at(output()?, quoted(line)[0]).and_then(Value::as_array).map(Vec::len);
            expect(found.is_some() && found == count, format!("{found:?} items"))
        }
        _ if line.starts_with("the workflow output should have a") => {
            let found = at(output()?, quoted(line)[0]);
            expect(found == Some(&yaml(&step.block)), format!("{found:?}"))
        }
        _ => {
            let words: Vec<&str> = line.split(' ').collect();
            let place = |name: &str| order.iter().position(|task| task == name);
            match words[..] {
                [name, "should", "run", "first"] => expect(order.first().is_some_and(|first| first == name), format!("{order:?}")),
                [name, "should", "run", "last"] => expect(order.last().is_some_and(|last| last == name), format!("{order:?}")),
                [name, "should", "run", "after", other] => {
                    expect(place(name) > place(other) && place(other).is_some(), format!("{order:?}"))
                }
                [name, "should", "run", "before", other] => {
                    expect(place(name) < place(other) && place(name).is_some(), format!("{order:?}"))
                }
                _ => Err(format!("the step `{line}` is not known")),
            }
        }
    }
}

async fn passes(scenario: &Scenario, port: u16) -> Result<(), String> {
    let mut definition = None;
    let mut input = Value::Null;
    let mut outcome = None;
    for step in &scenario.steps {
        match step.line.as_str() {
            "a workflow with definition:" => definition = Some(step.block.clone()),
            "given the workflow input is:" => input = yaml(&step.block),
            "the workflow is executed" => outcome = Some(execute(definition.as_deref().unwrap_or_default(), input.clone(), port).await),
            _ => {
                let outcome = outcome.as_ref().ok_or("nothing was executed before the first check")?;
                check(step, outcome).map_err(|found| format!("{}\n      found {found}", step.line))?;
            }
        }
    }
    outcome.map(drop).ok_or_else(|| "nothing was executed".to_owned())
}

#[tokio::test]
async fn all_scenarios_of_the_conformance_kit() {
    let Some(features) = shared("data/serverless-workflow/ctk/features") else { return };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(serve)));
        }
    });
    let mut files: Vec<_> =
        std::fs::read_dir(features).expect("the features are readable").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut failures = BTreeMap::new();
    let mut count = 0;
    for file in &files {
        for scenario in scenarios(&std::fs::read_to_string(file).expect("a feature is readable")) {
            count += 1;
            if let Err(failure) = passes(&scenario, port).await {
                failures.insert(scenario.name, failure);
            }
        }
    }
    server.abort();
    world::say(&format!(
        "conformance kit of the Serverless Workflow specification: {} of {count} scenarios in {} features pass",
        count - failures.len(),
        files.len()
    ));
    let report: Vec<String> = failures.iter().map(|(name, failure)| format!("  {name}: {failure}")).collect();
    assert!(failures.is_empty(), "\n{}", report.join("\n"));
    assert_eq!((files.len(), count), (11, 21), "the kit has 11 features with 21 scenarios");
}
