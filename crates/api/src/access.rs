//! Who asks, and whether they may: between the route, which knows what an endpoint needs, and its handler.
//!
//! A program shows its token with every request, a browser the cookie of its session. Without `access:` in the configuration
//! everybody who reaches the port may do everything, and neither is looked at. What was refused here was refused before a
//! parameter or a body was read.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, header};
use magpie_model::access::{Role, SecretDigest};
use magpie_model::config::{Access, User};
use magpie_model::{Code, UNKNOWN};

use crate::problem::Problem;
use crate::sessions;
use crate::shared::Shared;

/// Pause after the first wrong token; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Times that it doubles: no pause is longer than 1.6 s.
const MOST_DOUBLINGS: u32 = 4;
/// Without a wrong token for so long, the next one is the first.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// What an endpoint needs of who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing; it is not even looked who asks.
    Nothing,
    /// Nothing, but a wrong token is refused: where people sign in and out.
    Anybody,
    /// This role or a higher one.
    Role(Role),
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Whether it matters who asks.
    pub(crate) is_configured: bool,
    /// The user; `None` for nobody in particular.
    pub(crate) name: Option<String>,
    /// What they may; `None` for nothing.
    pub(crate) role: Option<Role>,
    /// The session by which they came.
    pub(crate) session: Option<SecretDigest>,
}

impl Caller {
    /// Everybody, where no access is configured.
    pub(crate) fn anybody() -> Self {
        Self { role: Some(Role::Admin), ..Self::default() }
    }

    /// Who shows nothing.
    pub(crate) fn anonymous(access: &Access) -> Self {
        Self { is_configured: true, role: access.anonymous, ..Self::default() }
    }

    /// A user, and the session by which they came.
    pub(crate) fn user(user: &User, session: Option<SecretDigest>) -> Self {
        Self { is_configured: true, name: Some(user.name.clone()), role: Some(user.role), session }
    }

    /// The name under which a change is noted: what the client says counts only where nobody could know better.
    pub(crate) fn signs<'a>(&'a self, said: &'a str) -> &'a str {
        if self.is_configured { self.name.as_deref().unwrap_or(UNKNOWN) } else { said }
    }

    fn check(&self, needs: Needs) -> Result<(), Problem> {
        let Needs::Role(needed) = needs else { return Ok(()) };
        match (self.role, &self.name) {
            (Some(role), _) if role >= needed => Ok(()),
            (Some(role), Some(name)) => {
                let told = Code::RoleNeeded.with(&[("name", name), ("needs", &needed), ("role", &role)]);
                Err(forbidden(needed, &format!("{name} ({role})")).told(told))
            }
            (Some(role), None) => {
                let told = Code::RoleNeededOfAnybody.with(&[("needs", &needed), ("role", &role)]);
                Err(forbidden(needed, &format!("not signed in ({role})")).told(told))
            }
            (None, _) => Err(unauthorized("you are not signed in").coded(Code::NotSignedIn, &[])),
        }
    }
}

fn forbidden(needed: Role, who: &str) -> Problem {
    let fix = format!("sign in as somebody with the role {needed}, or ask who administers this Magpie for it");
    Problem::new(StatusCode::FORBIDDEN, format!("this needs the role {needed}; you are {who}"), fix)
}

fn unauthorized(detail: &str) -> Problem {
    let fix = "sign in, or send `Authorization: Bearer` with the token of a user under `access:` in the configuration";
    Problem::new(StatusCode::UNAUTHORIZED, detail, fix)
}

/// 401 for a token that no user has.
pub(crate) fn wrong_token() -> Problem {
    unauthorized("the token is that of no user").coded(Code::TokenWrong, &[])
}

/// Lets a request to an endpoint through, or says why not.
pub(crate) async fn admit(shared: &Shared, needs: Needs, headers: &HeaderMap) -> Result<Caller, Problem> {
    if needs == Needs::Nothing {
        return Ok(Caller::default());
    }
    let Some(caller) = identified(shared, headers) else {
        tokio::time::sleep(shared.failures.pause(Instant::now())).await;
        return Err(wrong_token());
    };
    caller.check(needs)?;
    Ok(caller)
}

/// Who asks; `None` with a token that no user has.
fn identified(shared: &Shared, headers: &HeaderMap) -> Option<Caller> {
    let config = shared.api.backend.config();
    let Some(access) = &config.access else { return Some(Caller::anybody()) };
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let token = authorization.to_str().ok().and_then(bearer)?;
        return access.user(&SecretDigest::of(token)).map(|user| Caller::user(user, None));
    }
    let by_session = sessions::ids(headers, shared.port).find_map(|id| {
        let user = shared.sessions.user(&id, access, Instant::now())?;
        Some(Caller::user(user, Some(id)))
    });
    Some(by_session.unwrap_or_else(|| Caller::anonymous(access)))
}

/// The token of `Bearer TOKEN` (RFC 6750, 2.1).
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Whether somebody who was let through may go on: their session may have ended, or the configuration have changed.
pub(crate) fn is_still_admitted(shared: &Shared, caller: &Caller) -> bool {
    let config = shared.api.backend.config();
    let Some(access) = &config.access else { return true };
    match (&caller.session, &caller.name) {
        (Some(session), _) => shared.sessions.user(session, access, Instant::now()).is_some(),
        (None, Some(name)) => access.users.iter().any(|user| user.name == *name),
        (None, None) => access.anonymous.is_some(),
    }
}

/// Wrong tokens of late: who guesses waits, and who shows the right one never does. Those who wait hold a connection each, of which
/// there is a bounded number.
#[derive(Debug, Default)]
pub(crate) struct Failures(Mutex<Option<(u32, Instant)>>);

impl Failures {
    /// Notes a wrong token; gives how long its answer waits.
    pub(crate) fn pause(&self, now: Instant) -> Duration {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = last.filter(|(_, at)| now.duration_since(*at) < FORGOTTEN_AFTER).map_or(0, |(count, _)| count);
        *last = Some((earlier.saturating_add(1), now));
        FIRST_PAUSE * 2_u32.pow(earlier.min(MOST_DOUBLINGS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_guesses_waits_longer_up_to_a_bound_and_not_for_ever() {
        let (failures, start) = (Failures::default(), Instant::now());
        let pauses: Vec<u128> = (0..7).map(|_| failures.pause(start).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1_600, 1_600, 1_600]);
        assert_eq!(failures.pause(start + FORGOTTEN_AFTER).as_millis(), 100);
    }

    #[test]
    fn tokens_are_bearer_tokens() {
        for (header, token) in [("Bearer abc", Some("abc")), ("bearer  abc", Some("abc")), ("Basic abc", None), ("abc", None)] {
            assert_eq!(bearer(header), token, "{header}");
        }
    }
}
