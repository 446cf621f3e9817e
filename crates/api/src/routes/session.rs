//! Signing in and out, and who one is: for browsers, which cannot send a token with every request.

use std::time::Instant;

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use magpie_model::Code;
use magpie_model::access::{Role, SecretDigest};
use serde::{Deserialize, Serialize};

use super::{get, write};
use crate::access::{Caller, Needs, wrong_token};
use crate::endpoint::{Call, Endpoint, Handler, Reply};
use crate::problem::Problem;
use crate::sessions;
use crate::shared::Shared;

const SESSION: &str = "/api/v1/session";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let told = get(SESSION, "getSession", "access", "Session", who)
        .told("Who one is", "Also for those who are not signed in: it says whether anybody has to.");
    let begin = write(Role::Viewer, Method::POST, SESSION, "signIn", "access", ("SignIn", "Session"), who)
        .told("Sign in", "Gives a cookie for 12 hours, which programs do not need: they send the token itself, as `Authorization: Bearer`.")
        .refuses(&[408, 409, 413, 415, 422]);
    let end = write(Role::Viewer, Method::DELETE, SESSION, "signOut", "access", ("Empty", "Session"), who)
        .told("Sign out", "The session ends at once, also for who has a copy of its cookie.")
        .may_be_empty()
        .refuses(&[408, 413, 415]);
    vec![
        Endpoint { needs: Needs::Anybody, ..told },
        Endpoint { needs: Needs::Anybody, handler: Handler::SignIn, ..begin },
        Endpoint { needs: Needs::Anybody, handler: Handler::SignOut, ..end },
    ]
}

/// Who one is.
#[derive(Serialize)]
struct Session<'a> {
    configured: bool,
    name: Option<&'a str>,
    role: Option<Role>,
}

impl<'a> Session<'a> {
    fn of(caller: &'a Caller) -> Self {
        Self { configured: caller.is_configured, name: caller.name.as_deref(), role: caller.role }
    }
}

fn who(_shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    Reply::json(&Session::of(&call.caller))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    token: String,
}

/// Begins a session for the user who has the token.
pub(crate) async fn sign_in(shared: &Shared, call: &Call) -> Result<Response, Problem> {
    let SignIn { token } = call.json()?;
    let config = shared.api.backend.config();
    let Some(access) = &config.access else {
        let open =
            Problem::new(StatusCode::CONFLICT, "nobody needs to sign in: no access is configured", "go on without, or configure `access:`");
        return Err(open.coded(Code::AccessOpen, &[]));
    };
    let Some(user) = access.user(&SecretDigest::of(token.trim())) else {
        tokio::time::sleep(shared.failures.pause(Instant::now())).await;
        return Err(wrong_token());
    };
    let cookie = sessions::cookie(&shared.sessions.begin(user, Instant::now())?, shared.port)?;
    let mut response = Reply::json(&Session::of(&Caller::user(user, None)))?.into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Ends the session by which the request came, if it came by one.
pub(crate) fn sign_out(shared: &Shared, call: &Call) -> Result<Response, Problem> {
    call.caller.session.iter().for_each(|session| shared.sessions.end(session));
    let config = shared.api.backend.config();
    let left = config.access.as_ref().map_or_else(Caller::anybody, Caller::anonymous);
    let mut response = Reply::json(&Session::of(&left))?.into_response();
    response.headers_mut().insert(header::SET_COOKIE, sessions::no_cookie(shared.port)?);
    Ok(response)
}
