//! PostgreSQL.

use serde_json::{Value, json};

use super::{Server, call, cancelled, exec, fail, query, tls};

#[tokio::test(flavor = "multi_thread")]
async fn databases_postgresql() {
    let Some(server) = Server::postgresql() else { return };
    types_both_ways(&server).await;
    statements(&server).await;
    mistakes_and_bounds(&server).await;
    tls(&server, "SELECT ssl::text AS secured FROM pg_stat_ssl WHERE pid = pg_backend_pid()", Ok(true)).await;
    let working = "SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'";
    cancelled(&server, "SELECT pg_sleep(60)", working).await;
}

/// What is written is what is read, for each type by which a column can be declared.
async fn types_both_ways(server: &Server) {
    exec(server, "CREATE TYPE mood AS ENUM ('calm', 'glad')", Value::Null).await.unwrap();
    exec(server, "CREATE DOMAIN positive AS numeric CHECK (VALUE > 0)", Value::Null).await.unwrap();
    for (kind, values) in [
        ("smallint", vec![json!(-32768), json!(32767)]),
        ("integer", vec![json!(-2147483648_i64)]),
        ("bigint", vec![json!(i64::MIN), json!(i64::MAX)]),
        ("real", vec![json!(0.1), json!(-3.5)]),
        ("double precision", vec![json!(0.1), json!(1e300), json!("NaN"), json!("-Infinity")]),
        ("numeric(40, 6)", vec![json!("1234567890123456789012345678901234.000001"), json!("-0.500000"), json!("0.000000")]),
        ("numeric", vec![json!("10000"), json!("0.00001"), json!("123456789.0"), json!("NaN")]),
        ("positive", vec![json!("1.50")]),
        ("boolean", vec![json!(true), json!(false)]),
        ("text", vec![json!("it's; DROP TABLE t; -- 世界"), json!("")]),
        ("varchar(5)", vec![json!("abc")]),
        ("char(3)", vec![json!("a  ")]),
        ("mood", vec![json!("glad")]),
        ("json", vec![json!({"a": [1, null, "x"]}), json!("text"), json!(5)]),
        ("jsonb", vec![json!({"a": {"b": 1.5}}), json!([[1], []]), json!("text"), json!(false)]),
        ("bytea", vec![json!("AP8Q"), json!("")]),
        ("date", vec![json!("2026-02-28"), json!("0001-01-01"), json!("infinity")]),
        ("time", vec![json!("23:59:59.123456"), json!("24:00:00")]),
        ("timestamp", vec![json!("2026-11-28T15:04:05.000001"), json!("1999-12-31T23:59:59"), json!("-infinity")]),
        ("timestamptz", vec![json!("2026-11-28T15:04:05.5Z")]),
        ("interval", vec![json!("P1Y2M3DT4.5S"), json!("P-1DT-0.000001S"), json!("PT0S")]),
        ("uuid", vec![json!("0192e4a0-5a3c-7000-8000-0123456789ab")]),
        ("integer[]", vec![json!([1, null, -3]), json!([]), json!([[1, 2], [3, 4]])]),
        ("text[]", vec![json!(["a\"b", "c\\d", "NULL", "{}", null])]),
        ("numeric[]", vec![json!(["0.10", "5"])]),
        ("jsonb[]", vec![json!([[1], {"a": "b"}, "c"])]),
        ("timestamptz[]", vec![json!(["2026-11-28T15:04:05Z"])]),
    ] {
        exec(server, "DROP TABLE IF EXISTS t", Value::Null).await.unwrap();
        exec(server, &format!("CREATE TABLE t (n integer, v {kind})"), Value::Null).await.unwrap();
        for value in values.into_iter().chain([Value::Null]) {
            exec(server, "INSERT INTO t VALUES (1, $1)", json!([value])).await.unwrap_or_else(|error| panic!("{kind} {value}: {error}"));
            let rows = query(server, "SELECT v FROM t", Value::Null).await.unwrap();
            assert_eq!(rows, json!([{"v": value}]), "{kind}");
            assert_eq!(exec(server, "DELETE FROM t", Value::Null).await.unwrap(), json!({"changes": 1}));
        }
    }
}

async fn statements(server: &Server) {
    let done = exec(server, "SELECT pg_notify('orders', :id)", json!({"id": "1"})).await.unwrap();
    assert_eq!(done, json!({"changes": 1, "rows": [{"pg_notify": null}]}), "a function that yields nothing");
    exec(server, "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY, name text NOT NULL, total numeric)", Value::Null)
        .await
        .unwrap();
    let batch = json!([{"name": "a", "total": "1.50"}, {"name": "b", "total": null}]);
    let insert = json!({"sql": "INSERT INTO orders (name, total) VALUES (:name, :total::numeric) RETURNING id", "batch": batch});
    let done = call(server, &server.url(""), "sql.exec", insert).await.unwrap();
    assert_eq!(done, json!({"changes": 2, "rows": [{"id": 1}, {"id": 2}]}));
    // All of a batch or nothing of it.
    let half = json!({"sql": "INSERT INTO orders (name) VALUES ($1)", "batch": [["c"], [null]]});
    assert!(call(server, &server.url(""), "sql.exec", half).await.unwrap_err().contains("null value in column \"name\""));
    // All statements of a transaction or none.
    let statements = |total: Value| {
        json!({"statements": [
            {"sql": "INSERT INTO orders (name, total) VALUES (:name, 1) RETURNING name", "parameters": {"name": "d"}},
            {"sql": "UPDATE orders SET total = $1::numeric WHERE name = 'd'", "parameters": [total]},
            {"sql": "DELETE FROM orders WHERE name = 'd'"},
        ]})
    };
    let done = call(server, &server.url(""), "sql.transaction", statements(json!("2.5"))).await.unwrap();
    assert_eq!(done, json!([{"changes": 1, "rows": [{"name": "d"}]}, {"changes": 1}, {"changes": 1}]));
    let error = call(server, &server.url(""), "sql.transaction", statements(json!("x"))).await.unwrap_err();
    assert!(error.contains("statement 2: SQL: invalid input syntax for type numeric"), "{error}");
    let rows = query(server, "SELECT name FROM orders WHERE id = :id OR name = :name ORDER BY id", json!({"id": 1, "name": "b"})).await;
    assert_eq!(rows.unwrap(), json!([{"name": "a"}, {"name": "b"}]));
    assert_eq!(query(server, "SELECT count(*) AS n FROM orders", Value::Null).await.unwrap(), json!([{"n": 2}]));
}

async fn mistakes_and_bounds(server: &Server) {
    fail(
        server,
        &[
            ("sql.query", "DELETE FROM orders", Value::Null, "read-only transaction (25006)"),
            ("sql.query", "SELEC 1", Value::Null, "syntax error at or near \"SELEC\" (42601)"),
            ("sql.query", "SELECT 1; SELECT 2", Value::Null, "cannot insert multiple commands"),
            ("sql.query", "SELECT $1::int", json!([]), "1 parameters, and 0"),
            ("sql.query", "SELECT :a::int", json!({"b": 1}), "no parameter `:b`"),
            ("sql.query", "SELECT $1::int", json!(["x"]), "invalid input syntax for type integer"),
            (
                "sql.query",
                "SELECT point(1, 2) AS p",
                Value::Null,
                "column `p` has the type `point`, which is not supported: cast it to text",
            ),
            ("sql.query", "SELECT generate_series(1, 10001)", Value::Null, "more than 10000 rows"),
            ("sql.query", "SELECT repeat('x', 20000000) AS x", Value::Null, "more than 16777216 bytes"),
            ("sql.query", "SELECT repeat('x', 100000000) AS x", Value::Null, "the server sent more than"),
            ("sql.exec", "SELECT pg_sleep(0), 1/0", Value::Null, "division by zero"),
        ],
    )
    .await;
    for (url, words) in [
        (server.url("").replace("magpie:p%40", "magpie:wrong"), "password authentication failed"),
        (server.url("").replace("/shop", "/none"), "database \"none\" does not exist"),
        (format!("postgresql://magpie:{}@127.0.0.1:1/shop", "hidden-word"), "could not connect to `127.0.0.1:1`: Connection refused"),
        ("postgresql://u:hidden-word@169.254.169.254/shop".to_owned(), "link-local addresses may not be called"),
        ("postgresql://u:hidden-word@localhost/shop?sslmod=require".to_owned(), "did you mean `sslmode`"),
    ] {
        let error = call(server, &url, "sql.query", json!({"sql": "SELECT 1"})).await.unwrap_err();
        assert!(error.contains(words) && !error.contains("hidden-word"), "{error}");
    }
}
