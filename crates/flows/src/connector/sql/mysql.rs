//! MySQL and MariaDB, by prepared statements: a connection for each call, closed after it.
//!
//! A query runs in a transaction that may only read. When nobody waits for a statement any more, a second connection kills it; closing the
//! first alone would let it run on. The session's time zone is UTC. `LOAD DATA LOCAL` has no files here.

mod types;

use std::sync::Arc;

use mysql_async::prelude::Queryable;
use mysql_async::{Column, Conn, DriverError, Error, IsolationLevel, Opts, OptsBuilder, Params, SslOpts, Statement as Prepared, TxOpts};
use serde_json::{Map, Value, json};

use super::address::Security;
use super::parameters::{Dialect, Statement};
use super::server::{Ask, CANCEL, Server};
use super::{Failure, Part, Rows, Work, text};

pub(super) async fn run(server: &Server, ask: Ask<'_>) -> Result<Value, Failure> {
    let (mut connection, options) = connect(server, ask.most_bytes).await?;
    let mut cancel = Cancel { of: Some(connection.id()), options };
    let done = match ask.work {
        Work::Query => query(&mut connection, ask).await,
        Work::Exec | Work::Transaction => exec(&mut connection, ask).await,
    };
    if done.is_ok() {
        cancel.of = None;
        _ = connection.disconnect().await;
    }
    done
}

/// With `prefer`, a server without TLS is spoken to without.
async fn connect(server: &Server, most_bytes: usize) -> Result<(Conn, Opts), Failure> {
    let mut options = options(server, most_bytes, server.address.security != Security::Disable);
    let limit = server.address.connect_timeout;
    let connected = tokio::time::timeout(limit, async {
        match Conn::new(options.clone()).await {
            Err(Error::Driver(DriverError::NoClientSslFlagFromServer)) if server.address.security == Security::Prefer => {
                options = self::options(server, most_bytes, false);
                Conn::new(options.clone()).await
            }
            connected => connected,
        }
    });
    let told = |reason: String| Failure::new(format!("could not connect to `{}`: {reason}", server.address));
    let connected = connected.await.map_err(|_| told(format!("no answer within {} s", limit.as_secs())))?;
    Ok((connected.map_err(|error| told(reason(&error)))?, options))
}

fn options(server: &Server, most_bytes: usize, secured: bool) -> Opts {
    let address = &server.address;
    OptsBuilder::default()
        .ip_or_hostname(address.host.clone())
        .tcp_port(address.port)
        .resolved_ips(Some(server.found.clone()))
        .user(Some(address.user.clone()))
        .pass(address.password.clone())
        .db_name(address.database.clone())
        .prefer_socket(false)
        .stmt_cache_size(0)
        .max_allowed_packet(Some(most_bytes.clamp(1 << 10, 1 << 30)))
        .setup(vec!["SET time_zone = '+00:00'"])
        .ssl_opts(secured.then(|| tls(server)))
        .into()
}

/// `verify-ca` is as strict as `verify-full` here: what the library has for leaving the name out does not know the words of this rustls.
fn tls(server: &Server) -> SslOpts {
    match server.address.security {
        Security::Disable | Security::Prefer | Security::Require => SslOpts::default().with_danger_accept_invalid_certs(true),
        Security::VerifyCa | Security::VerifyFull => {
            let roots = server.roots.iter().map(|root| root.clone().into()).collect();
            SslOpts::default().with_disable_built_in_roots(true).with_root_certs(roots)
        }
    }
}

/// Kills a statement that is not waited for any more.
struct Cancel {
    of: Option<u32>,
    options: Opts,
}

impl Drop for Cancel {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.of.take(), tokio::runtime::Handle::try_current()) else { return };
        let options = self.options.clone();
        runtime.spawn(tokio::time::timeout(CANCEL, async move {
            let mut connection = Conn::new(options).await?;
            connection.query_drop(format!("KILL {id}")).await?;
            connection.disconnect().await
        }));
    }
}

async fn query(connection: &mut Conn, ask: Ask<'_>) -> Result<Value, Failure> {
    let mut options = TxOpts::default();
    options.with_readonly(true).with_isolation_level(Some(IsolationLevel::RepeatableRead));
    let mut transaction = connection.start_transaction(options).await.map_err(|error| failed(&error))?;
    let parameters = &ask.arguments["parameters"];
    let (statement, prepared) = prepare(&mut transaction, text(ask.arguments, "sql")?, parameters.is_object()).await?;
    let mut found = Rows::new(ask.most_bytes);
    execute(&mut transaction, &statement, &prepared, parameters, &mut found).await?;
    transaction.commit().await.map_err(|error| failed(&error))?;
    Ok(Value::Array(found.found))
}

async fn exec(connection: &mut Conn, ask: Ask<'_>) -> Result<Value, Failure> {
    let parts = ask.work.parts(ask.arguments)?;
    let mut transaction = connection.start_transaction(TxOpts::default()).await.map_err(|error| failed(&error))?;
    let mut done = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        done.push(ask.work.of_part(index, exec_part(&mut transaction, part, ask.most_bytes).await)?);
    }
    transaction.commit().await.map_err(|error| failed(&error))?;
    Ok(ask.work.outcome(done))
}

/// Rows come back from a statement that has `RETURNING` (MariaDB).
async fn exec_part(connection: &mut impl Queryable, part: &Part<'_>, most_bytes: usize) -> Result<Value, Failure> {
    let named = part.batch.iter().any(|parameters| parameters.is_object());
    let (statement, prepared) = prepare(connection, part.sql, named).await?;
    let mut found = Rows::new(most_bytes);
    let (mut changes, mut last, mut returns) = (0, None, false);
    for parameters in &part.batch {
        let done = execute(connection, &statement, &prepared, parameters, &mut found).await?;
        changes += done.changes;
        last = done.last.or(last);
        returns |= done.returns;
    }
    let mut done = json!({ "changes": changes, "last_insert_rowid": last });
    if returns {
        done["rows"] = Value::Array(found.found);
    }
    Ok(done)
}

async fn prepare(connection: &mut impl Queryable, sql: &str, named: bool) -> Result<(Statement, Prepared), Failure> {
    let statement = Statement::read(sql, Dialect::Mysql, named);
    let prepared = connection.prep(statement.sql.as_str()).await.map_err(|error| failed(&error))?;
    Ok((statement, prepared))
}

/// What a statement did.
struct Changed {
    changes: u64,
    /// The last number that the database gave a row.
    last: Option<u64>,
    /// Whether rows come back from it; MariaDB tells only when it has run.
    returns: bool,
}

/// Runs a statement once.
async fn execute(
    connection: &mut impl Queryable,
    statement: &Statement,
    prepared: &Prepared,
    parameters: &Value,
    found: &mut Rows,
) -> Result<Changed, Failure> {
    let values = statement.values(parameters, usize::from(prepared.num_params())).map_err(Failure::new)?;
    let values = Params::Positional(values.into_iter().map(types::bound).collect());
    let mut result = connection.exec_iter(prepared, values).await.map_err(|error| failed(&error))?;
    let columns = result.columns().unwrap_or_else(|| Arc::new([]));
    let returns = !columns.is_empty();
    while let Some(row) = result.next().await.map_err(|error| failed(&error))? {
        let (shown, bytes) = shown(&columns, row.unwrap())?;
        found.push(shown, bytes)?;
    }
    Ok(Changed { changes: result.affected_rows(), last: result.last_insert_id(), returns })
}

fn shown(columns: &[Column], values: Vec<mysql_async::Value>) -> Result<(Map<String, Value>, usize), Failure> {
    let (mut shown, mut bytes) = (Map::new(), 0);
    for (column, value) in columns.iter().zip(values) {
        bytes += column.name_ref().len() + types::size(&value);
        let value = types::cell(column, value).map_err(|problem| Failure::new(format!("column `{}` {problem}", column.name_str())))?;
        shown.insert(column.name_str().into_owned(), value);
    }
    Ok((shown, bytes))
}

fn failed(error: &Error) -> Failure {
    Failure::new(format!("SQL: {}", reason(error)))
}

/// The message of the server with its number, or the deepest cause.
fn reason(error: &Error) -> String {
    if let Error::Server(told) = error {
        return format!("{} ({})", told.message, told.code);
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
