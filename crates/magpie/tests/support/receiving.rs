//! A Magpie whose receivers listen on ports of the test, and what is asked of it: records, and what its receivers counted.
#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;

use serde_json::Value;

use super::support::{PATIENCE, Place, Running, access_time, ask, free_address};

/// What senders of lines must show.
pub(crate) const TOKEN: &str = "0123456789abcdef0123";

/// A place whose receivers listen on ports of its own.
pub(crate) struct Receiving {
    pub(crate) place: Place,
    pub(crate) grpc: String,
    pub(crate) http: String,
    pub(crate) push: String,
    pub(crate) syslog: String,
}

impl Receiving {
    pub(crate) fn new(more: &str) -> Self {
        let [grpc, http, push, syslog] = std::array::from_fn(|_| free_address());
        let config = format!(
            "bucket: 5s
span_wait: 10m
retention: {{ age: 9000d }}
sources:
  - {{ name: traces, otlp: {{ grpc: '{grpc}', http: '{http}' }} }}
  - {{ name: lines, http: {{ listen: '{push}', token: {TOKEN} }}, parse: json }}
  - {{ name: daemons, syslog: {{ udp: '{syslog}', tcp: '{syslog}' }} }}
  - {{ name: shop, agent: true, parse: combined }}
  - {{ name: files, file: {{ include: ['{{dir}}/*.log'] }} }}
monitors:
  - {{ name: calls, by: [source_module, target_module, service] }}
{more}"
        );
        Self { place: Place::new(&config), grpc, http, push, syslog }
    }
}

/// A line with a number as its bytes.
pub(crate) fn line(number: usize) -> String {
    format!("10.0.3.{} - - [{}] \"GET /item HTTP/1.1\" 200 {number} \"-\" \"curl/8.1\"", number % 7, access_time(std::time::Duration::ZERO))
}

/// Waits until so many records of a source are there; gives them.
pub(crate) fn records(running: &Running, source: &str, count: usize) -> Vec<Value> {
    let wanted = |page: &Value| page["records"].as_array().is_some_and(|records| records.len() >= count.min(1000));
    running.wait_for(&format!("/api/v1/records?from=now-9000d&limit=1000&input={source}"), PATIENCE, wanted);
    running.records(&format!("from=now-9000d&input={source}"))
}

/// How often each number is stored, of lines with a number as their bytes.
pub(crate) fn numbers(records: &[Value]) -> BTreeMap<u64, usize> {
    let mut numbers = BTreeMap::new();
    records.iter().for_each(|record| *numbers.entry(record["bytes"].as_u64().unwrap()).or_default() += 1);
    numbers
}

/// The value of a metric, 0 when it is not there. `labels` stand as they are written: `input="lines",reason="busy"`.
pub(crate) fn metric(running: &Running, name: &str, labels: &str) -> u64 {
    let Some(answer) = ask(&running.address, "GET", "/metrics", &[], "") else { return 0 };
    let start = if labels.is_empty() { format!("{name} ") } else { format!("{name}{{{labels}}} ") };
    answer.body.lines().find_map(|line| line.strip_prefix(&start)?.parse::<f64>().ok()).unwrap_or(0.0) as u64
}

/// How many requests or connections a source refused for a reason.
pub(crate) fn refused(running: &Running, input: &str, reason: &str) -> u64 {
    metric(running, "magpie_receiver_refused_total", &format!("input=\"{input}\",reason=\"{reason}\""))
}
