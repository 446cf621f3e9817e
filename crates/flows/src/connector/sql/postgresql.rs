//! PostgreSQL, by its extended protocol: a connection for each call, closed after it.
//!
//! A query runs in a transaction that may only read. When nobody waits for a statement any more, the server is asked to cancel it; closing the
//! connection alone would let it run on. Every byte of the server is counted, so that not even a single row can be larger
//! than what is bounded.

mod stream;
mod types;

use std::pin::pin;

use futures_util::TryStreamExt;
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;
use tokio_postgres::config::SslMode;
use tokio_postgres::{CancelToken, Client, Config, Error, RowStream, Statement as Prepared};

use super::address::Security;
use super::parameters::{Dialect, Statement};
use super::server::{Ask, CANCEL, Server};
use super::{Failure, Part, Rows, Work, text};
use stream::{Counted, Tls};
use types::{Bound, cell};

/// What the server may send for each byte of the largest result: names and frames of many small values.
const BYTES_SENT: usize = 4;

pub(super) async fn run(server: &Server, ask: Ask<'_>) -> Result<Value, Failure> {
    let tls = Tls::new(server).map_err(|error| Failure::new(format!("TLS of `{}`: {error}", server.address)))?;
    let bounded = || ask.most_bytes.saturating_mul(BYTES_SENT);
    let connecting = async {
        let socket = connect(server).await?;
        config(server).connect_raw(Counted::new(socket, bounded()), tls.clone()).await.map_err(|error| failed(&error))
    };
    let limit = server.address.connect_timeout;
    let connected = tokio::time::timeout(limit, connecting).await;
    let no_answer = |_| Failure::new(format!("could not connect to `{}`: no answer within {} s", server.address, limit.as_secs()));
    let (client, connection) = connected.map_err(no_answer)?.map_err(|failure| unreached(server, failure))?;
    let mut cancel = Cancel { token: Some(client.cancel_token()), server: server.clone(), tls };
    let work = async move {
        match ask.work {
            Work::Query => query(&client, ask).await,
            Work::Exec | Work::Transaction => exec(&client, ask).await,
        }
    };
    let (mut connection, mut work) = (pin!(connection), pin!(work));
    let done = tokio::select! {
        biased;
        done = &mut work => done,
        // The connection ends first when it breaks; what the statement then says is only that it was closed.
        broken = &mut connection => match broken {
            Err(error) => Err(failed(&error)),
            Ok(()) => work.await,
        },
    };
    if done.is_ok() {
        cancel.token = None;
    }
    done
}

fn unreached(server: &Server, failure: Failure) -> Failure {
    Failure { message: format!("could not connect to `{}`: {}", server.address, failure.message), ..failure }
}

async fn connect(server: &Server) -> Result<TcpStream, Failure> {
    let mut last = None;
    for ip in &server.found {
        match TcpStream::connect((*ip, server.address.port)).await {
            Ok(socket) => {
                _ = socket.set_nodelay(true);
                return Ok(socket);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(Failure::new(last.map_or_else(|| "its name leads nowhere".to_owned(), |error| error.to_string())))
}

fn config(server: &Server) -> Config {
    let address = &server.address;
    let mut config = Config::new();
    config.user(&address.user).application_name("magpie");
    // The library connects to nothing here: it only wants to know that there is a name for TLS.
    config.host(&address.host);
    if let Some(password) = &address.password {
        config.password(password);
    }
    if let Some(database) = &address.database {
        config.dbname(database);
    }
    config.ssl_mode(match address.security {
        Security::Disable => SslMode::Disable,
        Security::Prefer => SslMode::Prefer,
        Security::Require | Security::VerifyCa | Security::VerifyFull => SslMode::Require,
    });
    config
}

/// Asks the server to end a statement that is not waited for any more.
struct Cancel {
    token: Option<CancelToken>,
    server: Server,
    tls: Tls,
}

impl Drop for Cancel {
    fn drop(&mut self) {
        let (Some(token), Ok(runtime)) = (self.token.take(), tokio::runtime::Handle::try_current()) else { return };
        let (server, tls) = (self.server.clone(), self.tls.clone());
        runtime.spawn(tokio::time::timeout(CANCEL, async move {
            if let Ok(socket) = connect(&server).await {
                _ = token.cancel_query_raw(Counted::new(socket, 1 << 20), tls).await;
            }
        }));
    }
}

async fn query(client: &Client, ask: Ask<'_>) -> Result<Value, Failure> {
    client.batch_execute("START TRANSACTION READ ONLY").await.map_err(|error| failed(&error))?;
    let parameters = &ask.arguments["parameters"];
    let (statement, prepared) = prepare(client, text(ask.arguments, "sql")?, parameters.is_object()).await?;
    let rows = execute(client, &statement, &prepared, parameters).await?;
    let (found, _) = read(rows, &prepared, Rows::new(ask.most_bytes)).await?;
    client.batch_execute("COMMIT").await.map_err(|error| failed(&error))?;
    Ok(Value::Array(found.found))
}

async fn exec(client: &Client, ask: Ask<'_>) -> Result<Value, Failure> {
    let parts = ask.work.parts(ask.arguments)?;
    client.batch_execute("START TRANSACTION").await.map_err(|error| failed(&error))?;
    let mut done = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        done.push(ask.work.of_part(index, exec_part(client, part, ask.most_bytes).await)?);
    }
    client.batch_execute("COMMIT").await.map_err(|error| failed(&error))?;
    Ok(ask.work.outcome(done))
}

/// Rows come back from a statement that has `RETURNING`.
async fn exec_part(client: &Client, part: &Part<'_>, most_bytes: usize) -> Result<Value, Failure> {
    let (statement, prepared) = prepare(client, part.sql, part.batch.iter().any(|parameters| parameters.is_object())).await?;
    let (mut found, mut changes) = (Rows::new(most_bytes), 0);
    for parameters in &part.batch {
        let rows = execute(client, &statement, &prepared, parameters).await?;
        let changed;
        (found, changed) = read(rows, &prepared, found).await?;
        changes += changed;
    }
    match prepared.columns().is_empty() {
        true => Ok(json!({ "changes": changes })),
        false => Ok(json!({ "changes": changes, "rows": found.found })),
    }
}

async fn prepare(client: &Client, sql: &str, named: bool) -> Result<(Statement, Prepared), Failure> {
    let statement = Statement::read(sql, Dialect::Postgresql, named);
    let prepared = client.prepare(&statement.sql).await.map_err(|error| failed(&error))?;
    Ok((statement, prepared))
}

async fn execute(client: &Client, statement: &Statement, prepared: &Prepared, parameters: &Value) -> Result<RowStream, Failure> {
    let values = statement.values(parameters, prepared.params().len()).map_err(Failure::new)?;
    client.query_raw(prepared, values.into_iter().map(Bound)).await.map_err(|error| failed(&error))
}

async fn read(rows: RowStream, prepared: &Prepared, mut found: Rows) -> Result<(Rows, u64), Failure> {
    let mut rows = pin!(rows);
    while let Some(row) = rows.try_next().await.map_err(|error| failed(&error))? {
        let (mut shown, mut bytes) = (Map::new(), 0);
        for (index, column) in prepared.columns().iter().enumerate() {
            let value = row.try_get::<_, types::Raw<'_>>(index).map_err(|error| failed(&error))?;
            bytes += column.name().len() + value.0.map_or(0, <[u8]>::len);
            let value = cell(column.type_(), value.0).map_err(|problem| Failure::new(format!("column `{}` {problem}", column.name())))?;
            shown.insert(column.name().to_owned(), value);
        }
        found.push(shown, bytes)?;
    }
    let changes = rows.rows_affected().unwrap_or_default();
    Ok((found, changes))
}

/// The message of the server with its hint, or the deepest cause.
fn failed(error: &Error) -> Failure {
    if let Some(told) = error.as_db_error() {
        let detail = [told.detail(), told.hint()].into_iter().flatten().map(|text| format!("; {text}")).collect::<String>();
        return Failure::new(format!("SQL: {} ({}){detail}", told.message(), told.code().code()));
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Failure::new(format!("SQL: {cause}"))
}
