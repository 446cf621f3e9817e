//! `call: http`: building the request, authenticating it, and reading the response as the flow wants it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::authentication::{self, Credentials};
use super::{CallMade, Data, Going, Scope, Standard, Step, Stop, call, fault, text_of, uri};
use crate::run::StepIds;
use crate::run::world::{CallError, HttpRequest, HttpResponse};

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Base64 of the body.
    Raw,
    /// The body, decoded by its content type.
    Content,
    /// Request, status, headers and content.
    Response,
}

/// A call whose values are known.
pub(super) struct HttpCall {
    pub(super) method: String,
    pub(super) uri: String,
    /// Path template for the run log, so that each id is not a service of its own.
    pub(super) route: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Value,
    pub(super) form: Form,
    /// Whether statuses of 300 to 399 are no errors.
    pub(super) redirect: bool,
    pub(super) authentication: Value,
}

/// `call: http`.
pub(super) async fn call(going: &Going, with: &Value, step: &Step<'_>, scope: &mut Scope) -> Result<Data, Stop> {
    let (target, route) = endpoint(going, &with["endpoint"], step, scope).await?;
    let call = HttpCall {
        method: going.filled(&with["method"], step, scope).await?.as_str().unwrap_or("get").to_ascii_uppercase(),
        uri: target,
        route,
        headers: pairs(&going.filled(&with["headers"], step, scope).await?),
        query: pairs(&going.filled(&with["query"], step, scope).await?),
        body: going.filled(&with["body"], step, scope).await?,
        form: form(&with["output"]),
        redirect: with["redirect"].as_bool().unwrap_or_default(),
        authentication: with["endpoint"]["authentication"].clone(),
    };
    perform(going, call, step, scope).await
}

pub(super) fn form(output: &Value) -> Form {
    match output.as_str() {
        Some("raw") => Form::Raw,
        Some("response") => Form::Response,
        _ => Form::Content,
    }
}

/// The URI of an endpoint, and its path template.
pub(super) async fn endpoint(going: &Going, endpoint: &Value, step: &Step<'_>, scope: &Scope) -> Result<(String, String), Stop> {
    let written = endpoint.as_str().or(endpoint["uri"].as_str()).unwrap_or_default();
    if crate::expression::strict(written).is_some() {
        let value = going.filled(&Value::String(written.to_owned()), step, scope).await?;
        return match value {
            Value::String(address) => Ok((address.clone(), uri::parts(&address).1)),
            other => Err(fault(step, Standard::Expression, format!("`{written}` gave {other}, which is not a URI"))),
        };
    }
    let expanded = uri::expand(written, &step.input).map_err(|error| fault(step, Standard::Expression, error))?;
    Ok((expanded, uri::parts(written).1))
}

/// Names and values of a mapping; a list of values repeats its name, and `null` leaves it out.
pub(super) fn pairs(value: &Value) -> Vec<(String, String)> {
    let entries = value.as_object().into_iter().flatten();
    entries
        .flat_map(|(name, value)| match value {
            Value::Null => Vec::new(),
            Value::Array(items) => items.iter().map(|item| (name.clone(), text_of(item))).collect(),
            value => vec![(name.clone(), text_of(value))],
        })
        .collect()
}

/// Makes the call and reads the response.
pub(super) async fn perform(going: &Going, call: HttpCall, step: &Step<'_>, scope: &mut Scope) -> Result<Data, Stop> {
    let credentials = authentication::credentials(going, &call.authentication, step, scope).await?;
    let mut request = request(&call, step)?;
    if let Some((scheme, parameter)) = credentials.as_ref().and_then(Credentials::header) {
        scope.variables.insert("authorization".into(), Arc::new(json!({ "scheme": scheme, "parameter": parameter })));
        request.headers.push(("authorization".into(), format!("{scheme} {parameter}")));
    }
    let mut response = send(going, &request, &call.route, step).await?;
    if let (401, Some(credentials)) = (response.status, &credentials)
        && let Some(header) = credentials.answer(&request, &response)
    {
        request.headers.push(("authorization".into(), header));
        response = send(going, &request, &call.route, step).await?;
    }
    let accepted = if call.redirect { 200..400 } else { 200..300 };
    if !accepted.contains(&response.status) {
        let body = String::from_utf8_lossy(&response.body[..response.body.len().min(500)]).into_owned();
        let (target, _) = uri::parts(&request.uri);
        let detail = format!(
            "{} {} on {target} answered {}{}{body}",
            request.method,
            call.route,
            response.status,
            if body.is_empty() { "" } else { ": " }
        );
        return Err(match fault(step, Standard::Communication, detail) {
            Stop::Fault(fault) => Stop::Fault(fault.with_status(response.status.into())),
            other => other,
        });
    }
    Ok(Arc::new(output(&call, &request, &response)))
}

fn request(call: &HttpCall, step: &Step<'_>) -> Result<HttpRequest, Stop> {
    let mut headers = call.headers.clone();
    let declared = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, value)| value.to_ascii_lowercase());
    let is_form = declared.as_ref().is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let (body, kind) = match &call.body {
        Value::Null => (Bytes::new(), None),
        Value::String(text) => (Bytes::from(text.clone()), Some("text/plain; charset=utf-8")),
        Value::Object(_) if is_form => (Bytes::from(form_encoded(&pairs(&call.body))), None),
        other => (
            Bytes::from(serde_json::to_vec(other).map_err(|error| fault(step, Standard::Expression, error.to_string()))?),
            Some("application/json"),
        ),
    };
    if let (None, Some(kind)) = (declared, kind) {
        headers.push(("content-type".into(), kind.into()));
    }
    Ok(HttpRequest { method: call.method.clone(), uri: uri::with_query(&call.uri, &call.query), headers, body })
}

/// `a=1&b=2`.
pub(super) fn form_encoded(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", uri::encode(name, false), uri::encode(value, false))).collect();
    pairs.join("&")
}

/// Sends a request with the run's trace, and tells the run log.
pub(super) async fn send(going: &Going, request: &HttpRequest, route: &str, step: &Step<'_>) -> Result<HttpResponse, Stop> {
    let key = &step.key;
    let mut traced = request.clone();
    if !traced.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("traceparent")) {
        traced.headers.push(("traceparent".into(), going.job.traceparent(&key.pointer, &key.iteration, going.attempt)));
    }
    let (target, _) = uri::parts(&request.uri);
    let started = going.world.clock.now();
    let result = going.world.http.call(traced).await;
    let elapsed = going.world.clock.now().since(started);
    let made = CallMade {
        target: target.clone(),
        service: format!("{} {route}", request.method),
        status: result.as_ref().ok().map(|response| response.status),
        span_id: going.job.span(&key.pointer, &key.iteration, going.attempt),
    };
    call::log_call(going, step, made, elapsed);
    result.map_err(|error| match error {
        CallError::Denied(message) => fault(step, Standard::Configuration, message),
        CallError::Malformed(message) => fault(step, Standard::Configuration, message),
        CallError::Failed(message) => {
            match fault(step, Standard::Communication, format!("{} {route} on {target} failed: {message}", request.method)) {
                Stop::Fault(fault) => Stop::Fault(fault.with_status(503)),
                other => other,
            }
        }
    })
}

fn output(call: &HttpCall, request: &HttpRequest, response: &HttpResponse) -> Value {
    match call.form {
        Form::Raw => Value::String(STANDARD.encode(&response.body)),
        Form::Content => content(response),
        Form::Response => json!({
            "request": { "method": request.method, "uri": request.uri, "headers": shown(&request.headers) },
            "statusCode": response.status,
            "headers": shown(&response.headers),
            "content": content(response),
        }),
    }
}

/// Headers as a mapping; what proves who calls is not shown.
fn shown(headers: &[(String, String)]) -> Value {
    let mut map = Map::new();
    for (name, value) in headers {
        let value = if name.eq_ignore_ascii_case("authorization") { "(hidden)" } else { value };
        match map.get_mut(name) {
            Some(Value::String(before)) => *before = format!("{before}, {value}"),
            _ => {
                map.insert(name.clone(), value.into());
            }
        }
    }
    Value::Object(map)
}

/// The body by its content type: JSON as data, other text as text, the rest in base64.
fn content(response: &HttpResponse) -> Value {
    let kind =
        response.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.to_ascii_lowercase()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
    if response.body.is_empty() {
        return Value::Null;
    }
    if (kind == "application/json" || kind.ends_with("+json"))
        && let Ok(value) = serde_json::from_slice(&response.body)
    {
        return value;
    }
    match std::str::from_utf8(&response.body) {
        Ok(text) => Value::String(text.to_owned()),
        Err(_) => Value::String(STANDARD.encode(&response.body)),
    }
}
