//! Browsers that are signed in: random ids, kept in memory only, so that none outlives the process.
//!
//! A browser keeps the id in a cookie that no script can read and that no other site's request carries. Here stands its digest.
//! A session is worth what its user is worth at the moment: without the user, or with another token for them, it is over.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderValue, header};
use magpie_model::access::SecretDigest;
use magpie_model::config::{Access, Token, User};
use ring::rand::{SecureRandom, SystemRandom};

use crate::problem::Problem;

/// How long a session lasts.
const LASTS: Duration = Duration::from_secs(12 * 3_600);
/// Sessions at once; one more ends the oldest.
const MOST: usize = 1_000;

/// All sessions, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Vec<Session>>);

#[derive(Debug)]
struct Session {
    id: SecretDigest,
    user: String,
    token: Token,
    ends: Instant,
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, Vec<Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session; gives its id, which is told once.
    pub(crate) fn begin(&self, user: &User, now: Instant) -> Result<String, Problem> {
        let mut random = [0; 32];
        SystemRandom::new().fill(&mut random).map_err(|_| Problem::internal(&io::Error::other("the system gives no random numbers")))?;
        let id: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut sessions = self.lock();
        sessions.retain(|session| session.ends > now);
        let beyond = (sessions.len() + 1).saturating_sub(MOST);
        sessions.drain(..beyond);
        sessions.push(Session { id: SecretDigest::of(&id), user: user.name.clone(), token: user.token.clone(), ends: now + LASTS });
        Ok(id)
    }

    /// Whose session it is, while it lasts.
    pub(crate) fn user<'a>(&self, id: &SecretDigest, access: &'a Access, now: Instant) -> Option<&'a User> {
        let sessions = self.lock();
        let session = sessions.iter().find(|session| session.id == *id && session.ends > now)?;
        access.users.iter().find(|user| user.name == session.user && user.token == session.token)
    }

    /// Ends a session.
    pub(crate) fn end(&self, id: &SecretDigest) {
        self.lock().retain(|session| session.id != *id);
    }
}

/// Cookies know no ports: two Magpies on one host must not sign each other out.
fn cookie_name(port: u16) -> String {
    format!("magpie_session_{port}")
}

/// Ids of sessions that a request shows.
pub(crate) fn ids(headers: &HeaderMap, port: u16) -> impl Iterator<Item = SecretDigest> {
    let name = cookie_name(port);
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(';'));
    pairs.filter_map(move |pair| pair.trim().strip_prefix(&name)?.strip_prefix('=').map(SecretDigest::of))
}

/// The cookie of a session. It has no `Secure`, since this port has no TLS and is reached from this machine only.
pub(crate) fn cookie(id: &str, port: u16) -> Result<HeaderValue, Problem> {
    written(id, port, LASTS)
}

/// The cookie that takes it away.
pub(crate) fn no_cookie(port: u16) -> Result<HeaderValue, Problem> {
    written("", port, Duration::ZERO)
}

fn written(id: &str, port: u16, lasts: Duration) -> Result<HeaderValue, Problem> {
    let cookie = format!("{}={id}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict", cookie_name(port), lasts.as_secs());
    HeaderValue::try_from(cookie).map_err(|error| Problem::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::access::Role;

    fn user(name: &str, token: &str) -> User {
        User { name: name.into(), role: Role::Viewer, token: Token::Known(SecretDigest::of(token)), line: 1 }
    }

    fn access(users: Vec<User>) -> Access {
        Access { users, anonymous: None }
    }

    #[test]
    fn a_session_lasts_its_time_and_as_long_as_its_user_has_the_token() {
        let (sessions, start) = (Sessions::default(), Instant::now());
        let ana = user("ana", "first");
        let id = SecretDigest::of(&sessions.begin(&ana, start).unwrap());
        let known = access(vec![user("ben", "other"), ana]);
        let is_ana = |access: &Access, now| sessions.user(&id, access, now).is_some_and(|user| user.name == "ana");
        assert!(is_ana(&known, start) && is_ana(&known, start + LASTS - Duration::from_secs(1)));
        assert!(!is_ana(&known, start + LASTS), "over by its time");
        assert!(!is_ana(&access(vec![user("ben", "other")]), start), "the user is gone");
        assert!(!is_ana(&access(vec![user("ana", "second")]), start), "the token is another");
        sessions.end(&id);
        assert!(!is_ana(&known, start), "signed out");
    }

    #[test]
    fn ids_differ_and_one_session_too_many_ends_the_oldest() {
        let (sessions, start) = (Sessions::default(), Instant::now());
        let ana = user("ana", "first");
        let ids: Vec<String> = (0..=MOST).map(|_| sessions.begin(&ana, start).unwrap()).collect();
        let known = access(vec![ana]);
        let is_open = |id: &str| sessions.user(&SecretDigest::of(id), &known, start).is_some();
        assert!(!is_open(&ids[0]) && is_open(&ids[1]) && is_open(&ids[MOST]));
        assert_eq!(sessions.lock().len(), MOST);
        assert_eq!(ids[0].len(), 64);
    }

    #[test]
    fn ids_are_read_from_our_cookie_only() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; magpie_session_6247=one; magpie_session_6248=two"));
        assert_eq!(ids(&headers, 6247).collect::<Vec<_>>(), [SecretDigest::of("one")]);
        assert_eq!(ids(&headers, 624).count(), 0);
    }
}
