//! Asking a running Magpie over its HTTP API, for the commands that show what the UI shows. Who asks is said by a token, where the
//! Magpie wants to know it.

use http_body_util::{BodyExt, Full};
use hyper::Method;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::cli::ReachArgs;

use crate::error::{Error, Refusal, Result};

/// A running Magpie.
pub(crate) struct Server {
    address: String,
    /// `Bearer` and the token.
    authorization: Option<HeaderValue>,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// Query parameters, encoded as they are added.
#[derive(Clone, Default)]
pub(crate) struct Query(String);

impl Query {
    /// Adds `name=value`.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        encode(name, &mut self.0);
        self.0.push('=');
        encode(value, &mut self.0);
    }
}

/// A text as one part of a path.
pub(crate) fn segment(text: &str) -> String {
    let mut segment = String::new();
    encode(text, &mut segment);
    segment
}

fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push_str(&format!("%{byte:02X}"));
        }
    }
}

impl Server {
    /// The server that the command line names, asked with the token of `--token-file` or `MAGPIE_TOKEN`, if there is one.
    pub(crate) fn reach(args: &ReachArgs) -> Result<Self> {
        let address = args.server.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let token = match &args.token_file {
            Some(path) => Some(std::fs::read_to_string(path).map_err(Error::file("read the token in", path))?),
            None => std::env::var("MAGPIE_TOKEN").ok(),
        };
        let authorization = token.as_deref().map(str::trim).filter(|token| !token.is_empty()).map(bearer).transpose()?;
        Ok(Self { address, authorization, client: Client::builder(TokioExecutor::new()).build_http() })
    }

    /// The JSON answer to a GET.
    pub(crate) async fn get(&self, path: &str, query: &Query) -> Result<Value> {
        let body = self.open(path, query).await?.into_body().collect().await.map_err(|error| self.error(error.to_string()))?;
        serde_json::from_slice(&body.to_bytes()).map_err(|error| self.error(format!("the answer is not JSON ({error}); is this a Magpie?")))
    }

    /// The JSON answer to any request; what is refused is told with its fix.
    pub(crate) async fn ask(&self, method: Method, path: &str, query: &Query, body: Option<&Value>) -> Result<Value> {
        let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let response = self.send(method, path, query, bytes).await?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| self.error(error.to_string()))?.to_bytes();
        let answer: Result<Value, _> = serde_json::from_slice(&body);
        match answer {
            Ok(answer) if status.is_success() => Ok(answer),
            Ok(problem) if problem["detail"].is_string() => Err(Error::Refused(Box::new(refusal(status.as_u16(), &problem)))),
            Ok(_) => Err(self.error(status.to_string())),
            Err(error) => Err(self.error(format!("the answer is not JSON ({error}); is this a Magpie?"))),
        }
    }

    /// Gives every event of a live stream (name and data) until it ends or `each` says stop.
    pub(crate) async fn stream(&self, path: &str, query: &Query, each: &mut dyn FnMut(&str, &str) -> Result<()>) -> Result<()> {
        let mut body = self.open(path, query).await?.into_body();
        let mut pending = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.error(error.to_string()))?;
            pending.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
            while let Some(end) = memchr_blank_line(&pending) {
                let event: Vec<u8> = pending.drain(..end).collect();
                hand_out(&String::from_utf8_lossy(&event), each)?;
            }
        }
        Ok(())
    }

    /// Bodies are JSON; an empty one is none.
    async fn send(&self, method: Method, path: &str, query: &Query, body: Bytes) -> Result<hyper::Response<Incoming>> {
        let mut request = hyper::Request::builder().method(method).uri(self.uri(path, query)?);
        if !body.is_empty() {
            request = request.header(hyper::header::CONTENT_TYPE, "application/json");
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(body)).map_err(Error::failed("make the request"))?;
        self.client.request(request).await.map_err(|error| self.error(reason(&error)))
    }

    async fn open(&self, path: &str, query: &Query) -> Result<hyper::Response<Incoming>> {
        let response = self.send(Method::GET, path, query, Bytes::new()).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = response.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
        match problem["detail"].is_string() {
            true => Err(Error::Refused(Box::new(refusal(status.as_u16(), &problem)))),
            false => Err(self.error(status.to_string())),
        }
    }

    fn uri(&self, path: &str, query: &Query) -> Result<hyper::Uri> {
        let uri = format!("http://{}{path}{}", self.address, query.0).parse();
        uri.map_err(|_| Error::Usage(format!("`{}` is not an address such as 127.0.0.1:6247", self.address)))
    }

    fn error(&self, reason: String) -> Error {
        Error::Server { server: self.address.clone(), reason }
    }
}

/// A token as a header that no log of this process shows.
fn bearer(token: &str) -> Result<HeaderValue> {
    let unfit =
        |_| Error::Usage("the token of MAGPIE_TOKEN or --token-file has signs that no token has; it is one line of ASCII".to_owned());
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).map_err(unfit)?;
    header.set_sensitive(true);
    Ok(header)
}

/// What to do on a command line about a missing right, by the API's code for it.
fn access_fix(code: &str) -> Option<&'static str> {
    match code {
        "not_signed_in" => Some("set MAGPIE_TOKEN to your token, or give --token-file FILE"),
        "token_wrong" => Some("see MAGPIE_TOKEN or --token-file: it must be the token of a user under `access:` of that Magpie"),
        "role_needed" | "role_needed_of_anybody" => Some("set MAGPIE_TOKEN or --token-file to the token of somebody who has it"),
        _ => None,
    }
}

fn refusal(status: u16, problem: &Value) -> Refusal {
    let word = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    let mistakes = problem["mistakes"].as_array().into_iter().flatten();
    let mistakes = mistakes.map(|mistake| {
        let place = mistake["line"].as_u64().filter(|&line| line > 0).map_or_else(String::new, |line| format!("line {line}: "));
        format!("{place}{}", mistake["message"].as_str().unwrap_or_default())
    });
    let (code, values) = (word("code"), problem["values"].clone());
    let (detail, fix) = (word("detail"), word("fix"));
    // What is known stands in one line here, and not twice.
    let is_told = fix.strip_prefix("use one of ").is_some_and(|known| detail.ends_with(known));
    let fix = access_fix(&code).map_or(if is_told { String::new() } else { fix }, str::to_owned);
    Refusal { status, detail, fix, mistakes: mistakes.collect(), code, values }
}

fn reason(error: &hyper_util::client::legacy::Error) -> String {
    if error.is_connect() {
        "nothing answers there; start `magpie serve` or `magpie demo`, or name another address with --server".to_owned()
    } else {
        error.to_string()
    }
}

/// Just after the blank line that ends the first server-sent event.
fn memchr_blank_line(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair == b"\n\n").map(|at| at + 2)
}

fn hand_out(event: &str, each: &mut dyn FnMut(&str, &str) -> Result<()>) -> Result<()> {
    let field = |name: &str| event.lines().filter_map(|line| line.strip_prefix(name)).map(str::trim_start).collect::<Vec<_>>().join("\n");
    let data = field("data:");
    if data.is_empty() { Ok(()) } else { each(&field("event:"), &data) }
}

/// Runs an asynchronous command to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::failed("start the runtime"))?;
    runtime.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_told_with_its_fix_and_nothing_twice() {
        for (detail, fix, told) in [
            ("`x` is not a number", "write a number in ms", "`x` is not a number; write a number in ms"),
            ("unknown monitor `x`; known are a, b", "use one of a, b", "unknown monitor `x`; known are a, b"),
        ] {
            let problem = serde_json::json!({"detail": detail, "fix": fix, "code": "question_unfit", "values": {}});
            assert_eq!(Error::Refused(Box::new(refusal(400, &problem))).to_string(), told);
        }
    }

    #[test]
    fn parameters_are_encoded() {
        let mut query = Query::default();
        query.add("source", "10.0.0.1");
        query.add("contains", "a b&c=é");
        assert_eq!(query.0, "?source=10.0.0.1&contains=a%20b%26c%3D%C3%A9");
    }

    #[test]
    fn events_are_cut_at_blank_lines() {
        let mut seen = Vec::new();
        hand_out("event: record\ndata: {\"a\":1}\n\n", &mut |name, data| {
            seen.push((name.to_owned(), data.to_owned()));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, [("record".to_owned(), "{\"a\":1}".to_owned())]);
    }
}
