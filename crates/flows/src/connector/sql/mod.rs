//! `sql.query`, `sql.exec` and `sql.transaction`: on SQLite files within the directories that the configuration allows, and, as cargo features, on
//! PostgreSQL and MySQL (docs/adr/0052).
//!
//! The same for all: values are bound, never pasted; a query cannot write; a result is bounded in rows and bytes while it is
//! read; a statement that nobody waits for any more is ended where it runs.

#[cfg(any(feature = "postgresql", feature = "mysql"))]
mod address;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(any(feature = "postgresql", feature = "mysql"))]
mod parameters;
#[cfg(feature = "postgresql")]
mod postgresql;
#[cfg(any(feature = "postgresql", feature = "mysql"))]
mod server;
mod sqlite;

use serde_json::{Map, Value};

use super::{Connector, Context, Done, Failure, text};
use crate::definition::Effect;

/// Most rows of a result.
const MAX_ROWS: usize = 10_000;

pub(super) static QUERY: Connector = Connector {
    name: "sql.query",
    summary: "Runs the query `sql` on `database` (a SQLite file, or the address of a server), with `parameters` as a list or a mapping; yields the rows.",
    required: &["database", "sql"],
    optional: &["parameters"],
    effect: Effect::Repeatable,
    work: |context, arguments| Box::pin(run(context, arguments, Work::Query)),
};
pub(super) static EXEC: Connector = Connector {
    name: "sql.exec",
    summary: "Runs the statement `sql` on `database` (a SQLite file, or the address of a server), once for each entry of `batch` if given, in one transaction.",
    required: &["database", "sql"],
    optional: &["parameters", "batch"],
    effect: Effect::Once,
    work: |context, arguments| Box::pin(run(context, arguments, Work::Exec)),
};
pub(super) static TRANSACTION: Connector = Connector {
    name: "sql.transaction",
    summary: "Runs each of `statements` (`sql`, with `parameters` or `batch`) on `database`: all of them, or none when one fails.",
    required: &["database", "statements"],
    optional: &[],
    effect: Effect::Once,
    work: |context, arguments| Box::pin(run(context, arguments, Work::Transaction)),
};

/// Which of the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// Reads rows.
    Query,
    /// Writes, once or for each entry of a batch.
    Exec,
    /// Writes with several statements.
    Transaction,
}

/// What serves a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Postgresql,
    Mysql,
}

impl Engine {
    /// The engine of an address and what stands behind its scheme; `None` for a file.
    fn of(database: &str) -> Result<Option<(Self, &str)>, String> {
        let Some((scheme, rest)) = database.split_once("://") else { return Ok(None) };
        match scheme {
            "postgresql" | "postgres" => Ok(Some((Self::Postgresql, rest))),
            "mysql" | "mariadb" => Ok(Some((Self::Mysql, rest))),
            other => Err(format!(
                "`{other}:` databases are not supported: `sql.query` and `sql.exec` work on SQLite files, `postgresql:` and `mysql:`; call the service that owns it"
            )),
        }
    }

    fn feature(self) -> (&'static str, bool) {
        match self {
            Self::Postgresql => ("postgresql", cfg!(feature = "postgresql")),
            Self::Mysql => ("mysql", cfg!(feature = "mysql")),
        }
    }
}

/// Why a database cannot be used, as far as its name says; `None` when nothing does.
pub(super) fn unusable(database: &str) -> Option<String> {
    let (engine, rest) = match Engine::of(database) {
        Ok(found) => found?,
        Err(problem) => return Some(problem),
    };
    match engine.feature() {
        (name, false) => Some(format!(
            "this Magpie is built without `{name}:` databases: build it with `cargo build --release --features {name}`, or call the service that owns it"
        )),
        _ => misread(engine, rest),
    }
}

/// What is wrong with an address whose feature is built in.
#[cfg(any(feature = "postgresql", feature = "mysql"))]
fn misread(engine: Engine, rest: &str) -> Option<String> {
    address::Address::read(rest, engine.port()).err()
}

#[cfg(not(any(feature = "postgresql", feature = "mysql")))]
fn misread(_: Engine, _: &str) -> Option<String> {
    None
}

async fn run(context: Context<'_>, arguments: Value, work: Work) -> Result<Done, Failure> {
    let database = text(&arguments, "database")?;
    if let Some(problem) = unusable(database) {
        return Err(Failure::new(problem));
    }
    match Engine::of(database).map_err(Failure::new)? {
        None => sqlite::run(context, arguments, work).await,
        #[cfg(any(feature = "postgresql", feature = "mysql"))]
        Some((engine, rest)) => server::run(context, engine, rest, &arguments, work).await.map(Done::output),
        #[cfg(not(any(feature = "postgresql", feature = "mysql")))]
        Some(_) => unreachable!("databases on servers were refused above"),
    }
}

/// A statement of a transaction, and the parameters of each time that it runs.
struct Part<'a> {
    sql: &'a str,
    batch: Vec<&'a Value>,
}

impl<'a> Part<'a> {
    fn read(written: &'a Value) -> Result<Self, Failure> {
        let known = ["database", "sql", "parameters", "batch"];
        if let Some(key) = written.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).find(|key| !known.contains(key)) {
            return Err(Failure::new(format!("unknown key `{key}`; known are sql, parameters, batch")));
        }
        let batch = match &written["batch"] {
            Value::Array(batch) => batch.iter().collect(),
            Value::Null => vec![&written["parameters"]],
            other => return Err(Failure::new(format!("`batch` must be a list of parameters, and is {other}"))),
        };
        Ok(Self { sql: text(written, "sql")?, batch })
    }
}

impl Work {
    /// The statements that are to be done together.
    fn parts(self, arguments: &Value) -> Result<Vec<Part<'_>>, Failure> {
        if self != Self::Transaction {
            return Ok(vec![Part::read(arguments)?]);
        }
        let Some(statements) = arguments["statements"].as_array() else {
            return Err(Failure::new(format!("`statements` must be a list of mappings with `sql`, and is {}", arguments["statements"])));
        };
        statements.iter().enumerate().map(|(index, written)| self.of_part(index, Part::read(written))).collect()
    }

    /// In a transaction, which statement failed.
    fn of_part<T>(self, index: usize, done: Result<T, Failure>) -> Result<T, Failure> {
        match self {
            Self::Transaction => {
                done.map_err(|failure| Failure { message: format!("statement {}: {}", index + 1, failure.message), ..failure })
            }
            Self::Query | Self::Exec => done,
        }
    }

    /// What the function yields, of what each of its statements did.
    fn outcome(self, mut done: Vec<Value>) -> Value {
        match self {
            Self::Transaction => Value::Array(done),
            Self::Query | Self::Exec => done.pop().unwrap_or_default(),
        }
    }
}

/// The rows of a result, bounded while they are read.
struct Rows {
    found: Vec<Value>,
    bytes: usize,
    most_bytes: usize,
}

impl Rows {
    fn new(most_bytes: usize) -> Self {
        Self { found: Vec::new(), bytes: 0, most_bytes }
    }

    /// Adds a row whose names and values are about so many bytes.
    fn push(&mut self, row: Map<String, Value>, bytes: usize) -> Result<(), Failure> {
        self.bytes += bytes;
        if self.found.len() == MAX_ROWS {
            return Err(Failure::new(format!("the result has more than {MAX_ROWS} rows; add a LIMIT")));
        }
        if self.bytes > self.most_bytes {
            return Err(Failure::new(format!("the result has more than {} bytes; add a LIMIT, or ask for fewer columns", self.most_bytes)));
        }
        self.found.push(Value::Object(row));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_built_in_is_refused_with_what_to_build() {
        for (database, feature) in [("postgres://u@h/d", "postgresql"), ("mysql://u@h/d", "mysql"), ("mariadb://u@h/d", "mysql")] {
            let is_built = Engine::of(database).unwrap().unwrap().0.feature().1;
            let told = unusable(database);
            assert_eq!(told.is_none(), is_built, "{database}");
            assert!(is_built || told.unwrap().contains(&format!("--features {feature}`")), "{database}");
        }
        assert!(unusable("oracle://u@h/d").unwrap().contains("`oracle:` databases are not supported"));
        assert_eq!(unusable("/var/lib/shop/orders.db"), None);
    }

    #[test]
    fn a_result_is_bounded_in_rows_and_bytes() {
        let mut rows = Rows::new(100);
        rows.push(Map::new(), 60).unwrap();
        assert!(rows.push(Map::new(), 60).unwrap_err().message.contains("more than 100 bytes"));
        let mut rows = Rows::new(usize::MAX);
        (0..MAX_ROWS).for_each(|_| rows.push(Map::new(), 1).unwrap());
        assert!(rows.push(Map::new(), 1).unwrap_err().message.contains("more than 10000 rows"));
    }

    #[test]
    fn a_batch_is_a_list() {
        let batch = |written: Value| Part::read(&written).map(|part| json!(part.batch)).map_err(|failure| failure.message);
        assert_eq!(batch(json!({"sql": "", "parameters": [1]})).unwrap(), json!([[1]]));
        assert_eq!(batch(json!({"sql": "", "batch": [[1], [2]]})).unwrap(), json!([[1], [2]]));
        assert!(batch(json!({"sql": "", "batch": 1})).unwrap_err().contains("must be a list"));
    }

    #[test]
    fn a_mistake_in_a_transaction_names_its_statement() {
        for (statements, words) in [
            (json!("COMMIT"), "must be a list of mappings with `sql`"),
            (json!([{"sql": "SELECT 1"}, {"parameters": []}]), "statement 2: `sql` must be a text"),
            (json!(["SELECT 1"]), "statement 1: `sql` must be a text"),
            (json!([{"sql": "SELECT 1", "params": []}]), "statement 1: unknown key `params`"),
        ] {
            let told = Work::Transaction.parts(&json!({ "statements": statements })).err().unwrap().message;
            assert!(told.contains(words), "{told}");
        }
    }
}
