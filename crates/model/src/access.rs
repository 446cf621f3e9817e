//! Who may do what: roles, and tokens of which only the digest is kept.
//!
//! A token is a long random text, so a plain SHA-256 of it tells no more than itself: nothing here needs a slow hash, and two
//! digests of one length are compared without saying how far they agree.

use std::fmt;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// What somebody may do; each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also acts: on runs, schedules, alerts, silences and events.
    Operator,
    /// Also changes: flows, monitors, parsers, the configuration.
    Admin,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// Its name, in configuration and API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// SHA-256 of a secret. It is shown nowhere: neither it nor the secret belongs into a log.
#[derive(Clone, Copy)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// That of this secret.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }
}

impl PartialEq for SecretDigest {
    /// Takes as long whether they agree or not.
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
    }
}

impl Eq for SecretDigest {}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_agree_for_the_same_secret_only_and_are_not_shown() {
        let digest = SecretDigest::of("correct horse battery staple");
        assert_eq!(digest, SecretDigest::of("correct horse battery staple"));
        assert_ne!(digest, SecretDigest::of("correct horse battery stapler"));
        assert_eq!(format!("{digest:?}"), "(secret)");
    }

    #[test]
    fn a_role_may_do_what_those_before_it_may() {
        assert!(Role::ALL.is_sorted() && Role::Viewer < Role::Admin);
    }
}
