//! What PostgreSQL and MySQL have in common: an address that may be connected to, and bounds of time.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use rustls_native_certs::load_native_certs;
use serde_json::Value;

use super::address::{Address, Security};
use super::{Context, Engine, Failure, Work};
use crate::connector::{blocking, files};

/// Longest statement or batch; a task's own `timeout` ends it sooner.
const LONGEST: Duration = Duration::from_secs(600);
/// Longest time to tell a server that a statement is not waited for any more.
pub(super) const CANCEL: Duration = Duration::from_secs(10);

/// A server that may be connected to.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) address: Address,
    /// Where its name leads; at least one.
    pub(super) found: Vec<IpAddr>,
    /// Certificates of trusted authorities, in DER; empty when nobody asks for them.
    pub(super) roots: Vec<Vec<u8>>,
}

/// What is asked of it.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) arguments: &'a Value,
    pub(super) work: Work,
    /// Largest result.
    pub(super) most_bytes: usize,
}

impl Engine {
    pub(super) fn port(self) -> u16 {
        match self {
            Self::Postgresql => 5432,
            Self::Mysql => 3306,
        }
    }
}

pub(super) async fn run(context: Context<'_>, engine: Engine, rest: &str, arguments: &Value, work: Work) -> Result<Value, Failure> {
    let permissions = &context.world.permissions;
    let address = Address::read(rest, engine.port()).map_err(Failure::new)?;
    let roots = roots(&address, permissions.directories.clone()).await?;
    let found = address.resolve(permissions.link_local).await?;
    let server = Server { address, found, roots };
    let ask = Ask { arguments, work, most_bytes: context.world.limits.output_bytes };
    let done = async {
        match engine {
            #[cfg(feature = "postgresql")]
            Engine::Postgresql => super::postgresql::run(&server, ask).await,
            #[cfg(feature = "mysql")]
            Engine::Mysql => super::mysql::run(&server, ask).await,
            #[cfg(not(all(feature = "postgresql", feature = "mysql")))]
            _ => unreachable!("databases that are not built in were refused before"),
        }
    };
    let done = tokio::time::timeout(LONGEST, done).await;
    done.unwrap_or_else(|_| Err(Failure::new(format!("SQL: not done within {} s", LONGEST.as_secs()))))
}

/// The authorities that the address wants asked: those of its file, which must lie in an allowed directory, or of the system.
async fn roots(address: &Address, allowed: Vec<PathBuf>) -> Result<Vec<Vec<u8>>, Failure> {
    if !matches!(address.security, Security::VerifyCa | Security::VerifyFull) {
        return Ok(Vec::new());
    }
    let file = address.roots.clone();
    blocking(move || {
        let found = match &file {
            Some(file) => {
                let path = files::within(&allowed, file)?;
                rustls_native_certs::load_certs_from_paths(Some(&path), None)
            }
            None => load_native_certs(),
        };
        let what = file.as_deref().unwrap_or("the system");
        let problem = found.errors.first().map_or_else(String::new, |error| format!(": {error}"));
        match found.certs.is_empty() {
            true => Err(Failure::new(format!("`{what}` has no certificates of authorities{problem}"))),
            false => Ok(found.certs.into_iter().map(|certificate| certificate.as_ref().to_vec()).collect()),
        }
    })
    .await
}
