//! The SQL connectors on real servers, through flows: `.ci/databases` installs the servers and runs this.

mod mariadb;
mod postgresql;
mod servers;
#[path = "../world/mod.rs"]
mod world;

use std::time::Duration;

use magpie_flows::run::{Ending, Permissions};
use serde_json::{Map, Value, json};

use servers::{PASSWORD, Server};
use world::{Bench, Known, flow_with};

/// What a task of a flow gives, or its error; the address is a secret of the flow.
async fn call(server: &Server, database: &str, function: &str, with: Value) -> Result<Value, String> {
    let bench = bench(server, database);
    let ending = bench.run(&definition(function, &with), with).await;
    let lines = bench.kept.lines.lock().unwrap();
    let event = lines.iter().find(|line| line.component == function).unwrap_or_else(|| panic!("no event of {function}: {lines:?}"));
    assert!(event.elapsed.is_some(), "{event:?}");
    let told = format!("{lines:?}{:?}", bench.journal.finished.lock().unwrap());
    assert!(!told.contains(PASSWORD) && !told.contains(database), "{told}");
    match ending {
        Ending::Succeeded(output) => Ok(output),
        Ending::Failed(fault) => Err(fault.to_string()),
        other => panic!("{other:?}"),
    }
}

fn bench(server: &Server, database: &str) -> Bench {
    let mut bench = Bench::alone();
    bench.world.secrets = std::sync::Arc::new(Known([("db".to_owned(), database.into())].into()));
    bench.world.permissions = Permissions { directories: vec![server.directory()], ..Permissions::default() };
    bench
}

fn definition(function: &str, with: &Value) -> std::sync::Arc<magpie_flows::definition::Definition> {
    let names = with.as_object().into_iter().flat_map(Map::keys);
    let given: String = names.map(|name| format!(", {name}: '${{ .{name} }}'")).collect();
    flow_with("use: {secrets: [db]}", &format!("  - a: {{call: {function}, with: {{database: '${{ $secrets.db }}'{given}}}}}"))
}

async fn query(server: &Server, sql: &str, parameters: Value) -> Result<Value, String> {
    call(server, &server.url(""), "sql.query", json!({"sql": sql, "parameters": parameters})).await
}

async fn exec(server: &Server, sql: &str, parameters: Value) -> Result<Value, String> {
    call(server, &server.url(""), "sql.exec", json!({"sql": sql, "parameters": parameters})).await
}

/// Statements that must fail, with words of their errors.
async fn fail(server: &Server, statements: &[(&str, &str, Value, &str)]) {
    for (function, sql, parameters, words) in statements {
        let error = call(server, &server.url(""), function, json!({"sql": sql, "parameters": parameters})).await.unwrap_err();
        assert!(error.contains(words), "{sql}: {error}");
    }
}

/// The modes of TLS against a server whose certificate is for `localhost`; `secured` tells whether the connection is,
/// `verify_ca` what becomes of `verify-ca` by another name.
async fn tls(server: &Server, secured: &str, verify_ca: Result<bool, &str>) {
    let (ca, other) = (server.directory().join("ca.pem"), server.directory().join("other.pem"));
    let (ca, other) = (format!("sslrootcert={}", ca.display()), format!("sslrootcert={}", other.display()));
    for (host, mode, expected) in [
        ("localhost", "sslmode=disable".to_owned(), Ok(false)),
        ("localhost", "sslmode=prefer".to_owned(), Ok(true)),
        ("127.0.0.1", "sslmode=require".to_owned(), Ok(true)),
        ("localhost", format!("sslmode=verify-ca&{ca}"), Ok(true)),
        ("127.0.0.1", format!("sslmode=verify-ca&{ca}"), verify_ca),
        ("localhost", format!("sslmode=verify-full&{ca}"), Ok(true)),
        ("127.0.0.1", format!("sslmode=verify-full&{ca}"), Err("not valid for name")),
        ("localhost", format!("sslmode=verify-ca&{other}"), Err("certificate")),
        ("localhost", format!("sslmode=require&{other}"), Err("certificate")),
        ("localhost", "sslmode=verify-full".to_owned(), Err("certificate")),
        ("localhost", "sslmode=verify-full&sslrootcert=/etc/hostname".to_owned(), Err("allow")),
    ] {
        let done = call(server, &server.url_of(host, &mode), "sql.query", json!({"sql": secured})).await;
        match (done, expected) {
            (Ok(rows), Ok(is_secured)) => assert_eq!(rows, json!([{"secured": is_secured.to_string()}]), "{host} {mode}"),
            (Err(error), Err(words)) => assert!(error.contains(words), "{host} {mode}: {error}"),
            (done, expected) => panic!("{host} {mode}: {done:?}, not {expected:?}"),
        }
    }
}

/// A statement whose run is dropped ends on the server too; `working` counts those that go on.
async fn cancelled(server: &Server, sleeps: &str, working: &str) {
    let with = json!({"sql": sleeps});
    let bench = bench(server, &server.url(""));
    let definition = definition("sql.query", &with);
    let mut run = Box::pin(bench.run(&definition, with));
    assert_eq!(count(server, working, &mut run, 1).await, 1, "it never began");
    drop(run);
    assert_eq!(count(server, working, &mut Box::pin(std::future::pending::<Ending>()), 0).await, 0, "it goes on");
}

/// What `sql` counts once it is as expected, or after 10 s.
async fn count(server: &Server, sql: &str, run: &mut (impl Future<Output = Ending> + Unpin), expected: i64) -> i64 {
    let mut found = -1;
    for _ in 0..100 {
        let counted = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            query(server, sql, Value::Null).await.unwrap()[0]["n"].as_i64().unwrap()
        };
        tokio::select! {
            ended = &mut *run => panic!("it ended: {ended:?}"),
            counted = counted => found = counted,
        }
        if found == expected {
            break;
        }
    }
    found
}
