//! MariaDB, by the protocol of MySQL.

use serde_json::{Value, json};

use super::{Server, call, cancelled, exec, fail, query, tls};

#[tokio::test(flavor = "multi_thread")]
async fn databases_mariadb() {
    let Some(server) = Server::mariadb() else { return };
    types_both_ways(&server).await;
    statements(&server).await;
    mistakes_and_bounds(&server).await;
    let secured = "SELECT IF(VARIABLE_VALUE = '', 'false', 'true') AS secured FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher'";
    tls(&server, secured, Err("not valid for name")).await;
    let working = "SELECT count(*) AS n FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP%'";
    cancelled(&server, "SELECT SLEEP(60)", working).await;
}

/// What is written is what is read, for each type by which a column can be declared.
async fn types_both_ways(server: &Server) {
    for (kind, values) in [
        ("TINYINT", vec![json!(-128), json!(127)]),
        ("BIGINT", vec![json!(i64::MIN), json!(i64::MAX)]),
        ("BIGINT UNSIGNED", vec![json!(u64::MAX)]),
        ("FLOAT", vec![json!(0.5)]),
        ("DOUBLE", vec![json!(0.1), json!(1e300)]),
        ("DECIMAL(40, 6)", vec![json!("1234567890123456789012345678901234.000001"), json!("-0.500000")]),
        ("VARCHAR(100)", vec![json!("it's; DROP TABLE t; -- 世界"), json!("")]),
        ("TEXT", vec![json!("long")]),
        ("ENUM('calm', 'glad')", vec![json!("glad")]),
        ("DATE", vec![json!("2026-02-28")]),
        ("TIME(6)", vec![json!("23:59:59.123456"), json!("-838:59:59")]),
        ("DATETIME(6)", vec![json!("2026-11-28T15:04:05.000001")]),
        ("TIMESTAMP NULL", vec![json!("2026-11-28T15:04:05")]),
        ("YEAR", vec![json!(2026)]),
        ("BIT(16)", vec![json!(513)]),
    ] {
        exec(server, "DROP TABLE IF EXISTS t", Value::Null).await.unwrap();
        exec(server, &format!("CREATE TABLE t (n INT, v {kind})"), Value::Null).await.unwrap();
        for value in values.into_iter().chain([Value::Null]) {
            exec(server, "INSERT INTO t VALUES (1, ?)", json!([value])).await.unwrap_or_else(|error| panic!("{kind} {value}: {error}"));
            let rows = query(server, "SELECT v FROM t", Value::Null).await.unwrap();
            assert_eq!(rows, json!([{"v": value}]), "{kind}");
            assert_eq!(exec(server, "DELETE FROM t", Value::Null).await.unwrap()["changes"], 1);
        }
    }
    let bytes = query(server, "SELECT FROM_BASE64(?) AS v, ? = 1 AS yes, ? AS list", json!(["AP8Q", true, [1, {"a": 2}]])).await.unwrap();
    assert_eq!(bytes, json!([{"v": "AP8Q", "yes": 1, "list": "[1,{\"a\":2}]"}]));
}

async fn statements(server: &Server) {
    let table = "CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) NOT NULL, total DECIMAL(10, 2))";
    exec(server, table, Value::Null).await.unwrap();
    let batch = json!([{"name": "a", "total": "1.50"}, {"name": "b", "total": null}]);
    let insert = json!({"sql": "INSERT INTO orders (name, total) VALUES (:name, :total)", "batch": batch});
    let done = call(server, &server.url(""), "sql.exec", insert).await.unwrap();
    assert_eq!(done, json!({"changes": 2, "last_insert_rowid": 2}));
    let done = exec(server, "INSERT INTO orders (name) VALUES (?) RETURNING id, name", json!(["r"])).await.unwrap();
    assert_eq!(done["rows"], json!([{"id": 3, "name": "r"}]));
    // All of a batch or nothing of it.
    let half = json!({"sql": "INSERT INTO orders (name) VALUES (?)", "batch": [["c"], [null]]});
    assert!(call(server, &server.url(""), "sql.exec", half).await.unwrap_err().contains("Column 'name' cannot be null (1048)"));
    // All statements of a transaction or none.
    let statements = |name: Value| {
        json!({"statements": [
            {"sql": "INSERT INTO orders (name) VALUES (:name)", "parameters": {"name": "d"}},
            {"sql": "UPDATE orders SET total = 2 WHERE name = 'd'"},
            {"sql": "INSERT INTO orders (name) VALUES (?)", "parameters": [name]},
            {"sql": "DELETE FROM orders WHERE name = 'd'"},
        ]})
    };
    let done = call(server, &server.url(""), "sql.transaction", statements(json!("d"))).await.unwrap();
    let changes: Vec<&Value> = done.as_array().unwrap().iter().map(|done| &done["changes"]).collect();
    assert_eq!(changes, [1, 1, 1, 2]);
    let error = call(server, &server.url(""), "sql.transaction", statements(Value::Null)).await.unwrap_err();
    assert!(error.contains("statement 3: SQL: Column 'name' cannot be null (1048)"), "{error}");
    assert_eq!(query(server, "SELECT count(*) AS n FROM orders WHERE name = 'd'", Value::Null).await.unwrap(), json!([{"n": 0}]));
    let rows = query(server, "SELECT name FROM orders WHERE id = :id OR name = :name ORDER BY id", json!({"id": 1, "name": "b"})).await;
    assert_eq!(rows.unwrap(), json!([{"name": "a"}, {"name": "b"}]));
}

async fn mistakes_and_bounds(server: &Server) {
    fail(
        server,
        &[
            ("sql.query", "DELETE FROM orders", Value::Null, "READ ONLY transaction (1792)"),
            ("sql.query", "SELEC 1", Value::Null, "(1064)"),
            ("sql.query", "SELECT 1; SELECT 2", Value::Null, "(1064)"),
            ("sql.query", "SELECT ?", json!([]), "1 parameters, and 0"),
            ("sql.query", "SELECT :a", json!({"b": 1}), "no parameter `:b`"),
            ("sql.query", "SELECT seq FROM seq_1_to_10001", Value::Null, "more than 10000 rows"),
            (
                "sql.query",
                "SELECT REPEAT('x', 9000000) AS x UNION ALL SELECT REPEAT('y', 9000000)",
                Value::Null,
                "more than 16777216 bytes",
            ),
            ("sql.exec", "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE orders (name)", Value::Null, ""),
        ],
    )
    .await;
    for (url, words) in [
        (server.url("").replace("magpie:p%40", "magpie:wrong"), "Access denied for user 'magpie'"),
        (server.url("").replace("/shop", "/none"), "Access denied for user 'magpie'@'localhost' to database 'none'"),
        ("mysql://magpie:hidden-word@127.0.0.1:1/shop".to_owned(), "could not connect to `127.0.0.1:1`: Connection refused"),
        ("mariadb://u:hidden-word@169.254.169.254/shop".to_owned(), "link-local addresses may not be called"),
    ] {
        let error = call(server, &url, "sql.query", json!({"sql": "SELECT 1"})).await.unwrap_err();
        assert!(error.contains(words) && !error.contains("hidden-word"), "{error}");
    }
}
