//! HTTP calls over hyper, with rustls and the system's roots for `https`.
//!
//! Addresses are checked when they are connected to, not when they are named: so that a name which resolves to a link-local
//! address (the metadata services of clouds) is refused however it is spelled. Redirects are not followed.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::http::{HeaderName, HeaderValue, Method, Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;

use super::BoxFuture;
use super::world::{CallError, HttpCaller, HttpRequest, HttpResponse};

/// Bounds of calls.
#[derive(Clone, Copy, Debug)]
pub struct HttpOptions {
    /// Longest call, connecting and reading included.
    pub timeout: Duration,
    /// Longest body of a response in bytes.
    pub body_bytes: usize,
    /// Whether link-local addresses may be called.
    pub allow_link_local: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(60), body_bytes: 16 << 20, allow_link_local: false }
    }
}

type Connector = HttpConnector<Guarded>;

/// Makes real calls; connections are kept and shared.
pub struct HttpClient {
    plain: Client<Connector, Full<Bytes>>,
    secure: Result<Client<HttpsConnector<Connector>, Full<Bytes>>, String>,
    options: HttpOptions,
}

impl HttpClient {
    /// A client.
    pub fn new(options: HttpOptions) -> Self {
        let connector = || {
            let mut connector =
                HttpConnector::new_with_resolver(Guarded { inner: GaiResolver::new(), allow_link_local: options.allow_link_local });
            connector.enforce_http(false);
            connector.set_nodelay(true);
            connector
        };
        let builder = || {
            let mut builder = Client::builder(TokioExecutor::new());
            builder.pool_idle_timeout(Duration::from_secs(30)).pool_max_idle_per_host(16).pool_timer(TokioTimer::new());
            builder
        };
        let roots = HttpsConnectorBuilder::new().with_native_roots();
        let secure = roots.map(|roots| builder().build(roots.https_only().enable_http1().wrap_connector(connector())));
        let secure = secure.map_err(|error| format!("the system has no root certificates: {error}"));
        Self { plain: builder().build(connector()), secure, options }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let uri: Uri = request.uri.parse().map_err(|error| CallError::Malformed(format!("`{}` is not a URI: {error}", request.uri)))?;
        let host = uri.host().ok_or_else(|| CallError::Malformed(format!("`{}` names no host", request.uri)))?;
        if let Ok(address) = host.trim_matches(['[', ']']).parse()
            && !self.options.allow_link_local
            && is_link_local(address)
        {
            return Err(CallError::Denied(refusal(address)));
        }
        let scheme = uri.scheme_str().unwrap_or_default().to_owned();
        let request = built(request, uri)?;
        let response = match (scheme.as_str(), &self.secure) {
            ("http", _) => self.plain.request(request).await,
            ("https", Ok(secure)) => secure.request(request).await,
            ("https", Err(reason)) => return Err(CallError::Failed(reason.clone())),
            (other, _) => return Err(CallError::Malformed(format!("`{other}:` cannot be called; use http or https"))),
        };
        let response = response.map_err(|error| call_error(&error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, self.options.body_bytes).collect().await;
        let unread = |error: Box<dyn std::error::Error + Send + Sync>| match error.is::<LengthLimitError>() {
            true => CallError::Failed(format!("the response has more than {} MiB", self.options.body_bytes >> 20)),
            false => CallError::Failed(format!("reading the response failed: {error}")),
        };
        let body = body.map_err(unread)?.to_bytes();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        Ok(HttpResponse { status: parts.status.as_u16(), headers, body })
    }
}

impl HttpCaller for HttpClient {
    fn call(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, CallError>> {
        Box::pin(async move {
            let timeout = self.options.timeout;
            let result = tokio::time::timeout(timeout, self.send(request)).await;
            result.unwrap_or_else(|_| Err(CallError::Failed(format!("no response within {} s", timeout.as_secs_f64()))))
        })
    }
}

fn built(request: HttpRequest, uri: Uri) -> Result<Request<Full<Bytes>>, CallError> {
    let malformed = |what: String| CallError::Malformed(what);
    let method =
        Method::from_bytes(request.method.as_bytes()).map_err(|_| malformed(format!("`{}` is not an HTTP method", request.method)))?;
    let mut built = Request::new(Full::new(request.body));
    *built.method_mut() = method;
    *built.uri_mut() = uri;
    for (name, value) in request.headers {
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| malformed(format!("`{name}` is not a header name")))?;
        let value = HeaderValue::from_str(&value)
            .map_err(|_| malformed(format!("the value of the header `{name}` has characters that it may not have")))?;
        built.headers_mut().append(header, value);
    }
    let agent = HeaderValue::from_static(concat!("magpie/", env!("CARGO_PKG_VERSION")));
    built.headers_mut().entry(hyper::http::header::USER_AGENT).or_insert(agent);
    Ok(built)
}

/// The deepest cause, and whether it was a refusal.
fn call_error(error: &hyper_util::client::legacy::Error) -> CallError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let text = cause.to_string();
    if text.starts_with(REFUSED) { CallError::Denied(text) } else { CallError::Failed(text) }
}

const REFUSED: &str = "link-local addresses may not be called";

pub(crate) fn refusal(address: IpAddr) -> String {
    format!("{REFUSED}: {address}")
}

/// Addresses of one's own link, among them the metadata services of clouds.
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(inner) => inner.is_link_local(),
            None => address.segments()[0] & 0xffc0 == 0xfe80 || address.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
        },
    }
}

/// Resolves names, and refuses addresses that may not be called.
#[derive(Clone)]
struct Guarded {
    inner: GaiResolver,
    allow_link_local: bool,
}

impl Service<Name> for Guarded {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Response>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (resolving, allow) = (self.inner.call(name), self.allow_link_local);
        Box::pin(async move {
            let found: Vec<SocketAddr> = resolving.await?.collect();
            match found.iter().find(|address| !allow && is_link_local(address.ip())) {
                Some(denied) => Err(io::Error::new(io::ErrorKind::PermissionDenied, refusal(denied.ip()))),
                None => Ok(found.into_iter()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_local_addresses_in_all_their_spellings() {
        for (address, denied) in [
            ("169.254.169.254", true),
            ("169.254.0.1", true),
            ("::ffff:169.254.169.254", true),
            ("fe80::1", true),
            ("febf::1", true),
            ("fd00:ec2::254", true),
            ("127.0.0.1", false),
            ("10.0.0.1", false),
            ("::1", false),
            ("fd00::1", false),
        ] {
            assert_eq!(is_link_local(address.parse().unwrap()), denied, "{address}");
        }
    }

    #[tokio::test]
    async fn a_link_local_address_is_refused_before_anything_is_sent() {
        let client = HttpClient::new(HttpOptions::default());
        for uri in ["http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/"] {
            let request = HttpRequest { method: "GET".into(), uri: uri.into(), headers: Vec::new(), body: Bytes::new() };
            assert!(matches!(client.call(request).await, Err(CallError::Denied(_))), "{uri}");
        }
        let request = |uri: &str| HttpRequest { method: "GET".into(), uri: uri.into(), headers: Vec::new(), body: Bytes::new() };
        assert!(matches!(client.call(request("ftp://h/")).await, Err(CallError::Malformed(_))));
        assert!(matches!(client.call(request("http://127.0.0.1:1/")).await, Err(CallError::Failed(_))));
    }
}
