//! An endpoint: its documentation, its parameters and its handler in one entry, and the router over all entries.
//!
//! The way of a request: guard, route, access, parameters, body, handler. Handlers are plain functions on a blocking thread;
//! only the stream and the liveness probe answer from the runtime itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use http_body_util::{BodyExt, Limited};
use magpie_model::Code;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::access::{self, Caller, Needs};
use crate::params::{Parameter, Query};
use crate::problem::Problem;
use crate::shared::Shared;
use crate::streamed::Streamed;
use crate::{guard, pages, routes, streamed, watcher};

/// An entry of the table.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    /// `operationId`: what generated clients call it.
    pub(crate) operation: &'static str,
    pub(crate) tag: &'static str,
    /// Who may ask.
    pub(crate) needs: Needs,
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    pub(crate) parameters: Vec<Parameter>,
    /// Schema of the body, by name.
    pub(crate) body: Option<&'static str>,
    /// Whether the body must be there.
    pub(crate) body_required: bool,
    /// Status of a good answer, for the document.
    pub(crate) success: StatusCode,
    pub(crate) content_type: &'static str,
    /// Schema of the response, by name; none for text.
    pub(crate) reply: Option<&'static str>,
    /// Statuses besides `success` and those that every endpoint may answer.
    pub(crate) refusals: &'static [u16],
    pub(crate) handler: Handler,
}

/// How an endpoint is answered.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// On the spot: needs nothing that could block.
    Now(fn(&Shared) -> Reply),
    /// On a blocking thread, bounded in number and time.
    Ask(fn(&Shared, &Call) -> Result<Reply, Problem>),
    /// A stream of events.
    Watch,
    /// A session begins; a wrong token waits before it is told.
    SignIn,
    /// It ends.
    SignOut,
    /// Sent while it is read.
    Stream(fn(&Shared, &Call) -> Result<Streamed, Problem>),
}

/// A checked request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub(crate) query: Query,
    pub(crate) body: Bytes,
    pub(crate) caller: Caller,
}

impl Call {
    /// The body as JSON of a known shape.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let status = if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
            Problem::new(status, format!("the body does not fit: {error}"), "see /api/v1/openapi.json for the shape of the body")
                .coded(Code::BodyUnfit, &[("cause", &error)])
        })
    }
}

/// A response that is complete.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// JSON of a value.
    pub(crate) fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
        Ok(Self { status: StatusCode::OK, content_type: "application/json", body })
    }

    /// Plain text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { status: StatusCode::OK, content_type: "text/plain; charset=utf-8", body: text.into().into_bytes() }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        response
    }
}

/// Which entry answered, for the meters.
#[derive(Clone, Copy)]
pub(crate) struct AnsweredBy(pub(crate) &'static str);

/// The router over the table, behind the guard.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let mut paths: BTreeMap<&'static str, MethodRouter> = BTreeMap::new();
    for endpoint in routes::endpoints() {
        let Ok(filter) = MethodFilter::try_from(endpoint.method.clone()) else { continue };
        let (path, shared, endpoint) = (endpoint.path, Arc::clone(&shared), Arc::new(endpoint));
        let handler = move |params: RawPathParams, request: Request| {
            let (shared, endpoint) = (Arc::clone(&shared), Arc::clone(&endpoint));
            async move {
                let path = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                let mut response = match answer(&shared, &endpoint, path, request).await {
                    Ok(response) => response,
                    Err(problem) => problem.into_response(),
                };
                response.extensions_mut().insert(AnsweredBy(endpoint.path));
                response
            }
        };
        let methods = paths.remove(path).map_or_else(|| on(filter, handler.clone()), |methods| methods.on(filter, handler.clone()));
        paths.insert(path, methods);
    }
    let router = paths.into_iter().fold(Router::new(), |router, (path, methods)| router.route(path, methods));
    let pages = shared.api.pages;
    let elsewhere = move |request: Request| async move {
        match pages::answer(pages, &request) {
            Some(page) => page,
            None => no_such_path(&request).into_response(),
        }
    };
    let router = router.fallback(elsewhere).method_not_allowed_fallback(no_such_method);
    router.layer(axum::middleware::from_fn(move |request, next| guard::guard(Arc::clone(&shared), request, next)))
}

async fn answer(shared: &Arc<Shared>, endpoint: &Endpoint, path: Vec<(String, String)>, request: Request) -> Result<Response, Problem> {
    let caller = access::admit(shared, endpoint.needs, request.headers()).await?;
    let query = Query::read(&endpoint.parameters, request.uri().query().unwrap_or(""), path)?;
    let limit = shared.api.limits.body_of(request.uri().path());
    let body = if endpoint.body.is_some() { read_body(shared, request.into_body(), limit).await? } else { Bytes::new() };
    let call = Call { query, body, caller };
    match endpoint.handler {
        Handler::Now(reply) => Ok(reply(shared).into_response()),
        Handler::Ask(question) => Ok(shared.ask(move |shared| question(shared, &call)).await?.into_response()),
        Handler::Watch => watcher::watch(shared, &call).await,
        Handler::SignIn => routes::sign_in(shared, &call).await,
        Handler::SignOut => routes::sign_out(shared, &call),
        Handler::Stream(begin) => streamed::answer(shared, call, begin).await,
    }
}

async fn read_body(shared: &Shared, body: Body, limit: usize) -> Result<Bytes, Problem> {
    match tokio::time::timeout(shared.api.limits.body_timeout, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            let detail = format!("the body is longer than {limit} bytes");
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail, "send less at once").coded(Code::BodyTooLong, &[("limit", &limit)]))
        }
        Ok(Err(error)) => Err(Problem::new(StatusCode::BAD_REQUEST, format!("the body could not be read: {error}"), "send it again")
            .coded(Code::BodyUnread, &[("cause", &error)])),
        Err(_) => {
            let late = Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time", "send it again");
            Err(late.coded(Code::BodyLate, &[]))
        }
    }
}

fn no_such_path(request: &Request) -> Problem {
    let known: Vec<&str> = routes::paths();
    let path = request.uri().path();
    let fix = match magpie_model::config::nearest(path, &known) {
        Some(near) => format!("did you mean {near}? /api/v1/openapi.json lists all paths"),
        None => "/api/v1/openapi.json lists all paths".to_owned(),
    };
    Problem::not_found(format!("there is nothing at {path}"), fix)
}

async fn no_such_method(request: Request) -> Problem {
    let detail = format!("{} is not possible on {}", request.method(), request.uri().path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail, "use a method that the header `Allow` names")
}
