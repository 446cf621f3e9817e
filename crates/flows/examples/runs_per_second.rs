//! How many three-step runs a second the interpreter makes when nothing is stored: its own share of the cost of a run.
//!
//! `cargo run --release -p magpie-flows --example runs_per_second [RUNS]`

use std::sync::Arc;
use std::time::{Duration, Instant};

use magpie_flows::definition::Definition;
use magpie_flows::expression::{Evaluator, PoolOptions};
use magpie_flows::run::{
    Begun, BoxFuture, Clock, Ending, Finished, HostProcesses, HttpClient, HttpOptions, JobId, Journal, JournalError, Limits, LocalEvents,
    NoFlows, NoSecrets, Order, Permissions, Quiet, Replay, Runner, SystemClock, World,
};
use serde_json::json;

const FLOW: &str = "
document: {dsl: '1.0.3', namespace: bench, name: three-steps, version: '1.0.0'}
do:
  - read: {set: {id: '${ .id }', items: '${ .items }'}}
  - decide: {switch: [{many: {when: (.items | length) > 2, then: total}}, {few: {then: end}}]}
  - total: {set: {text: '${ \"order \\(.id) has \\(.items | length) items\" }'}}
";

/// Stores nothing.
struct Forgetful;

impl Journal for Forgetful {
    fn begin<'a>(&'a self, _: &'a Begun) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn finish<'a>(&'a self, _: &'a Finished) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn world() -> World {
    let pool = PoolOptions {
        program: "/nonexistent".into(),
        arguments: Vec::new(),
        deadline: Duration::from_secs(2),
        memory_bytes: 0,
        children: 1,
    };
    World {
        http: Arc::new(HttpClient::new(HttpOptions::default())),
        processes: Arc::new(HostProcesses::default()),
        clock: Arc::new(SystemClock),
        events: Arc::new(LocalEvents::new(16)),
        journal: Arc::new(Forgetful),
        expressions: Arc::new(Evaluator::new(pool)),
        secrets: Arc::new(NoSecrets),
        flows: Arc::new(NoFlows),
        log: Arc::new(Quiet),
        observer: Arc::new(Quiet),
        permissions: Permissions::default(),
        limits: Limits::default(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runs: u32 = std::env::args().nth(1).map_or(Ok(10_000), |count| count.parse())?;
    let definition = Arc::new(Definition::read(FLOW)?);
    let runner = Runner::new(world());
    let started = Instant::now();
    for number in 0..runs {
        let now = SystemClock.now();
        let input = json!({ "id": number, "items": [1, 2, 3] });
        let definition = Arc::clone(&definition);
        let order = Order {
            job: JobId::new(now, number.into()),
            attempt: 1,
            definition,
            input,
            started: now,
            replay: Replay::default(),
            repeat_interrupted: false,
        };
        match runner.run(order).await {
            Ending::Succeeded(_) => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
    println!("{runs} runs in {:?}: {:.0} runs/s on one core", started.elapsed(), f64::from(runs) / started.elapsed().as_secs_f64());
    Ok(())
}
