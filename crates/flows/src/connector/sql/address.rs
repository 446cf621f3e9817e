//! The address of a database server: `postgresql://user:password@host:port/database?sslmode=verify-full`.
//!
//! No error repeats the address, since a password may stand in it. What cannot be honoured is refused, never ignored: a parameter
//! that somebody wrote for their safety must not be lost.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use magpie_model::config::unknown;
use percent_encoding::percent_decode_str;

/// Longest time to connect, unless `connect_timeout` says otherwise.
const CONNECT: Duration = Duration::from_secs(10);
const PARAMETERS: [&str; 4] = ["connect_timeout", "sslmode", "ssl-mode", "sslrootcert"];

/// How a connection is secured: the modes of PostgreSQL's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// No TLS.
    Disable,
    /// TLS if the server has it; the certificate is not looked at.
    Prefer,
    /// TLS; the certificate is not looked at.
    Require,
    /// TLS with a certificate of a trusted authority.
    VerifyCa,
    /// TLS with a certificate of a trusted authority for this host.
    VerifyFull,
}

/// Names of the modes: those of PostgreSQL, then those of MySQL.
const MODES: [(&str, Security); 10] = [
    ("disable", Security::Disable),
    ("prefer", Security::Prefer),
    ("require", Security::Require),
    ("verify-ca", Security::VerifyCa),
    ("verify-full", Security::VerifyFull),
    ("DISABLED", Security::Disable),
    ("PREFERRED", Security::Prefer),
    ("REQUIRED", Security::Require),
    ("VERIFY_CA", Security::VerifyCa),
    ("VERIFY_IDENTITY", Security::VerifyFull),
];

/// Where a database is and how it is reached.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) database: Option<String>,
    pub(super) security: Security,
    /// File with the certificates of trusted authorities; those of the system if absent.
    pub(super) roots: Option<String>,
    pub(super) connect_timeout: Duration,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl Address {
    /// Reads what stands behind `scheme://`.
    pub(super) fn read(rest: &str, default_port: u16) -> Result<Self, String> {
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, place) = authority.rsplit_once('@').ok_or("the address of the database names no user: write `user:password@host`")?;
        let (user, password) = login.split_once(':').map_or((login, None), |(user, password)| (user, Some(password)));
        let (host, port) = host_and_port(place, default_port)?;
        let mut address = Self {
            host,
            port,
            user: decoded(user, "user")?,
            password: password.map(|password| decoded(password, "password")).transpose()?,
            database: Some(decoded(database, "database")?).filter(|name| !name.is_empty()),
            security: Security::Prefer,
            roots: None,
            connect_timeout: CONNECT,
        };
        if address.user.is_empty() {
            return Err("the address of the database names no user: write `user:password@host`".into());
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            address.set(pair)?;
        }
        // As PostgreSQL's own clients have it: who names the authorities wants them asked.
        if address.security == Security::Require && address.roots.is_some() {
            address.security = Security::VerifyCa;
        }
        Ok(address)
    }

    fn set(&mut self, pair: &str) -> Result<(), String> {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value, name)?;
        match name {
            "sslmode" | "ssl-mode" => {
                let mode = MODES.into_iter().find(|(mode, _)| *mode == value);
                let known = || MODES.into_iter().map(|(mode, _)| mode);
                self.security = mode.ok_or_else(|| unknown(&format!("`{name}`"), &value, known()))?.1;
            }
            "sslrootcert" => self.roots = Some(value),
            "connect_timeout" => {
                let seconds = value.parse().ok().filter(|seconds| (1..=600).contains(seconds));
                self.connect_timeout = Duration::from_secs(seconds.ok_or("`connect_timeout` must be 1 to 600 seconds")?);
            }
            other => return Err(unknown("parameter of the address of the database", other, PARAMETERS)),
        }
        Ok(())
    }

    /// The addresses of the host. A name that leads to one that may not be connected to is refused, whatever else it leads to.
    pub(super) async fn resolve(&self, allow_link_local: bool) -> Result<Vec<IpAddr>, super::Failure> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found = found.map_err(|error| super::Failure::new(format!("could not find `{}`: {error}", self.host)))?;
        let found: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        match found.iter().find(|address| !allow_link_local && crate::run::is_link_local(**address)) {
            Some(denied) => Err(super::Failure::denied(crate::run::link_local_refusal(*denied))),
            None => Ok(found),
        }
    }
}

fn host_and_port(place: &str, default_port: u16) -> Result<(String, u16), String> {
    if place.contains(',') {
        return Err("the address of the database names several hosts; one is supported".into());
    }
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        return Err("the address of the database names no host".into());
    }
    let port = match port {
        Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or("the port of the database must be a number from 1 to 65535")?,
        None => default_port,
    };
    Ok((host.to_owned(), port))
}

fn decoded(text: &str, what: &str) -> Result<String, String> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(Into::into).map_err(|_| format!("`{what}` in the address of the database is not UTF-8 once it is decoded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_their_users_write_them() {
        let address = Address::read("shop:p%40ss:w@db.example.com/orders?sslmode=verify-full&sslrootcert=/etc/ca.pem", 5432).unwrap();
        assert_eq!((address.host.as_str(), address.port, address.user.as_str()), ("db.example.com", 5432, "shop"));
        assert_eq!((address.password.as_deref(), address.database.as_deref()), (Some("p@ss:w"), Some("orders")));
        assert_eq!((address.security, address.roots.as_deref()), (Security::VerifyFull, Some("/etc/ca.pem")));
        let address = Address::read("shop@[::1]:7", 3306).unwrap();
        assert_eq!((address.to_string().as_str(), address.password, address.database), ("[::1]:7", None, None));
        for (query, security) in [
            ("", Security::Prefer),
            ("sslmode=disable", Security::Disable),
            ("sslmode=require", Security::Require),
            ("sslmode=require&sslrootcert=/ca.pem", Security::VerifyCa),
            ("ssl-mode=VERIFY_IDENTITY", Security::VerifyFull),
        ] {
            assert_eq!(Address::read(&format!("u@h/d?{query}"), 1).unwrap().security, security, "{query}");
        }
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_and_the_password_is_never_told() {
        for (address, words) in [
            ("h/d", "names no user"),
            (":hidden@h/d", "names no user"),
            ("u:hidden@/d", "names no host"),
            ("u:hidden@h:0/d", "1 to 65535"),
            ("u:hidden@h:x/d", "1 to 65535"),
            ("u:hidden@h1,h2/d", "several hosts"),
            ("u:hidden@h/d?sslmode=verify_full", "did you mean `verify-full`"),
            ("u:hidden@h/d?sslkey=/k", "unknown parameter of the address of the database `sslkey`"),
            ("u:hidden@h/d?connect_timeout=0", "1 to 600"),
            ("u:%FFhidden@h/d", "`password` in the address of the database is not UTF-8"),
        ] {
            let error = Address::read(address, 5432).err().unwrap_or_else(|| panic!("{address} is taken"));
            assert!(error.contains(words) && !error.contains("hidden"), "{address}: {error}");
        }
    }
}
