//! The demo's flows: integration jobs that really run against the shop's services, written as files of a watched folder.
//!
//! One of each kind of story: a scheduled sync into a database, a run that fails once and succeeds by itself, one that fails until a
//! person retries it, a fan-out, and one that a partner's webhook starts. What Magpie makes of them is its affair.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

/// File name and text of each flow. `SHOP` stands for the address of the gateway, `FILES` for a directory of the demo.
const FLOWS: [(&str, &str); 7] = [
    ("order-sync.yaml", ORDER_SYNC),
    ("stock-import.yaml", STOCK_IMPORT),
    ("stock-delivery.yaml", STOCK_DELIVERY),
    ("price-check.yaml", PRICE_CHECK),
    ("health-round.yaml", HEALTH_ROUND),
    ("place-order.yaml", PLACE_ORDER),
    ("nightly-report.yaml", NIGHTLY_REPORT),
];

/// Id of the flow that a partner's webhook starts.
pub(crate) const WEBHOOK: &str = "demo.place-order";

/// Orders from the gateway into a database: HTTP → transform → SQLite.
const ORDER_SYNC: &str = r#"# Every 20 s the newest orders go into a database.
document:
  dsl: '1.0.3'
  namespace: demo
  name: order-sync
  version: '1.2.0'
  title: Order sync
  metadata: { application: shop, region: eu, schedule: { overlap: skip, grace: 1m } }
schedule:
  every: { seconds: 20 }
do:
  - prepare:
      call: sql.exec
      with: { database: FILES/orders.db, sql: 'CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, seen TEXT NOT NULL)' }
      metadata: { idempotent: true }
  - choose:
      set: { numbers: '${ [range(3)] | map(. + 1000) }' }
  - each:
      for: { each: number, in: .numbers }
      do:
        - fetch:
            call: http
            with: { method: get, endpoint: '${ "SHOP/orders/\($number)" }' }
        - transform:
            call: transform.jq
            with: { expression: '{id: .order}', value: '${ . }' }
        - keep:
            call: sql.exec
            with:
              database: FILES/orders.db
              sql: INSERT OR REPLACE INTO orders (id, seen) VALUES (:id, datetime('now'))
              parameters: { id: '${ .id }' }
            metadata: { idempotent: true }
  - count:
      call: sql.query
      with: { database: FILES/orders.db, sql: SELECT count(*) AS orders FROM orders }
  - tell:
      call: logger
      with: { message: '${ "\(.[0].orders) orders are in the database" }', level: info, category: sync }
"#;

/// Fails once: the file that it asks for comes a moment later, and the retry finds it.
const STOCK_IMPORT: &str = r#"# Asks for a delivery list and reads it. The list is never there at once: the first attempt fails, the retry in the
# background finds it. In the run logs only the success stays; "show attempts" shows the rest.
document:
  dsl: '1.0.3'
  namespace: demo
  name: stock-import
  version: '1.0.1'
  title: Stock import
  metadata:
    application: warehouse
    region: eu
    retry: { delay: { seconds: 3 }, backoff: { exponential: {} }, limit: { attempt: { count: 3 } } }
schedule:
  every: { seconds: 45 }
do:
  - ask:
      emit: { event: { with: { type: demo.delivery.wanted, source: 'https://demo.example/warehouse' } } }
  - read:
      call: file.read
      with: { path: FILES/delivery.csv }
  - rows:
      call: transform.csv.parse
      with: { text: '${ . }', header: true }
  - look:
      call: http
      with: { method: get, endpoint: SHOP/users/17 }
  - done:
      call: file.delete
      with: { path: FILES/delivery.csv }
"#;

/// Delivers the list that the import asked for, a moment later.
const STOCK_DELIVERY: &str = r#"# Started by the event that the stock import emits; writes the list a moment later.
document:
  dsl: '1.0.3'
  namespace: demo
  name: stock-delivery
  version: '1.0.0'
  title: Stock delivery
  metadata: { application: warehouse, region: eu }
schedule:
  on: { one: { with: { type: demo.delivery.wanted } } }
do:
  - pack: { wait: { milliseconds: 900 } }
  - write:
      call: file.write
      with: { path: FILES/delivery.csv, content: "article,pieces\nSKU-1001,5\nSKU-1002,12\n" }
"#;

/// Fails until a person retries it with an input.
const PRICE_CHECK: &str = r#"# Fails for good: its schedule gives no article. It stands in the failure inbox until somebody retries it with the input
# {"video": 7}.
document:
  dsl: '1.0.3'
  namespace: demo
  name: price-check
  version: '2.0.0'
  title: Price check
  metadata:
    application: shop
    region: us
    retry: { delay: { seconds: 2 }, limit: { attempt: { count: 2 } } }
schedule:
  after: { days: 1 }
do:
  - check:
      switch:
        - given: { when: .video != null, then: fetch }
        - missing: { then: refuse }
  - refuse:
      raise:
        error:
          type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
          status: 400
          title: No article given
          detail: 'Retry it with the input {"video": 7}.'
  - fetch:
      call: http
      with: { method: get, endpoint: 'SHOP/videos/{video}/summary' }
"#;

/// Asks several modules at the same time.
const HEALTH_ROUND: &str = r#"# A fan-out: four modules are asked at the same time.
document:
  dsl: '1.0.3'
  namespace: demo
  name: health-round
  version: '1.0.0'
  title: Health round
  metadata: { application: operations, region: eu, schedule: { overlap: skip } }
schedule:
  every: { seconds: 30 }
do:
  - ask:
      fork:
        branches:
          - search: { call: http, with: { method: get, endpoint: 'SHOP/search?q=news', output: response } }
          - video: { call: http, with: { method: get, endpoint: SHOP/videos/42/summary, output: response } }
          - user: { call: http, with: { method: get, endpoint: SHOP/users/17, output: response } }
          - order: { call: http, with: { method: get, endpoint: SHOP/orders/1001, output: response } }
  - tell:
      call: logger
      with: { message: '${ "answers: \(map(.statusCode))" }', level: info, category: health }
"#;

/// Started by the webhook of a partner.
const PLACE_ORDER: &str = r#"# A partner's webhook starts it: POST /api/v1/hooks/demo.place-order with {"user": "17", "sku": "SKU-1001"}.
document:
  dsl: '1.0.3'
  namespace: demo
  name: place-order
  version: '1.1.0'
  title: Place an order
  metadata:
    application: shop
    region: eu
    schedule: { concurrency: 4 }
    retry: { delay: { seconds: 2 }, limit: { attempt: { count: 2 } } }
input:
  schema:
    format: json
    document: { type: object, required: [user, sku], properties: { user: { type: string }, sku: { type: string } } }
do:
  - customer:
      call: http
      with: { method: get, endpoint: 'SHOP/users/{user}' }
  - order:
      call: http
      with: { method: post, endpoint: SHOP/orders, body: { user: '${ $workflow.input.user }', sku: '${ $workflow.input.sku }' } }
"#;

/// A schedule by the clock, in a zone whose clocks change.
const NIGHTLY_REPORT: &str = r#"# Every night at half past two in Berlin: see what is done about it on the days when clocks change.
document:
  dsl: '1.0.3'
  namespace: demo
  name: nightly-report
  version: '1.0.0'
  title: Nightly report
  metadata: { application: operations, region: eu, timezone: Europe/Berlin }
schedule:
  cron: 30 2 * * *
do:
  - read:
      call: sql.query
      with: { database: FILES/orders.db, sql: SELECT count(*) AS orders FROM orders }
"#;

/// Writes the flows into a folder.
pub(super) fn write(folder: &Path, files: &Path, gateway: SocketAddr) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::create_dir_all(files)?;
    for (name, text) in FLOWS {
        let text = text.replace("SHOP", &format!("http://{gateway}")).replace("FILES", &files.display().to_string());
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use magpie_flows::definition::Definition;

    use super::*;

    #[test]
    fn every_flow_can_be_published() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("flows"), &dir.path().join("files"), SocketAddr::from(([127, 0, 1, 1], 80))).unwrap();
        for (name, _) in FLOWS {
            let text = std::fs::read_to_string(dir.path().join("flows").join(name)).unwrap();
            let definition = Definition::read(&text).unwrap_or_else(|invalid| panic!("{name}: {invalid}"));
            assert_eq!((definition.unsupported(), definition.document.application.is_some()), (&[][..], true), "{name}");
        }
    }
}
