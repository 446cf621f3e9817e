//! Authentication of calls: basic, bearer, digest, and tokens from an OAuth 2 or OpenID Connect authority.
//!
//! A policy stands in the call, under `use.authentications`, or in a secret. Tokens are kept for the run, until shortly
//! before they expire.

use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::http::form_encoded;
use super::{Going, Scope, Standard, Step, Stop, fault, http, uri};
use crate::run::world::{HttpRequest, HttpResponse};
use magpie_model::time::SECOND;

/// What proves who calls.
pub(super) enum Credentials {
    /// Scheme and parameter of the `Authorization` header.
    Header(&'static str, String),
    /// Known once the server has asked.
    Digest {
        /// User.
        username: String,
        /// Password.
        password: String,
    },
}

impl Credentials {
    /// What is sent with the first request.
    pub(super) fn header(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Header(scheme, parameter) => Some((scheme, parameter)),
            Self::Digest { .. } => None,
        }
    }

    /// The answer to a server that asks for a digest.
    pub(super) fn answer(&self, request: &HttpRequest, response: &HttpResponse) -> Option<String> {
        let Self::Digest { username, password } = self else { return None };
        let asked =
            response.headers.iter().filter(|(name, _)| name == "www-authenticate").find_map(|(_, value)| value.strip_prefix("Digest "))?;
        let nonce = format!("{:016x}", fastrand::u64(..));
        digest(&Challenge::read(asked), username, password, &request.method, &path_of(&request.uri), &nonce)
    }
}

/// The credentials that a policy gives.
pub(super) async fn credentials(going: &Going, policy: &Value, step: &Step<'_>, scope: &Scope) -> Result<Option<Credentials>, Stop> {
    let policy = match policy["use"].as_str() {
        Some(name) => {
            let known = scope.definition.uses.authentications.get(name);
            known.ok_or_else(|| fault(step, Standard::Configuration, format!("there is no authentication `{name}`")))?
        }
        None => policy,
    };
    let Some((scheme, settings)) = policy.as_object().and_then(|policy| policy.iter().next()) else { return Ok(None) };
    let settings = match settings["use"].as_str() {
        Some(secret) => scope.secrets.get(secret).cloned().unwrap_or_default(),
        None => going.filled(settings, step, scope).await?,
    };
    let text = |key: &str| -> Result<String, Stop> {
        let value = settings[key].as_str().map(str::to_owned);
        value.ok_or_else(|| fault(step, Standard::Authentication, format!("the {scheme} authentication has no `{key}`")))
    };
    Ok(Some(match scheme.as_str() {
        "basic" => Credentials::Header("Basic", STANDARD.encode(format!("{}:{}", text("username")?, text("password")?))),
        "bearer" => Credentials::Header("Bearer", text("token")?),
        "digest" => Credentials::Digest { username: text("username")?, password: text("password")? },
        "oauth2" | "oidc" => Credentials::Header("Bearer", token(going, scheme, &settings, step).await?),
        other => return Err(fault(step, Standard::Configuration, format!("authentication by `{other}` is not supported"))),
    }))
}

/// A token for these settings, from before or from the authority.
async fn token(going: &Going, scheme: &str, settings: &Value, step: &Step<'_>) -> Result<String, Stop> {
    let key = format!("{:x}", Sha256::digest(format!("{scheme} {settings}")));
    let now = going.world.clock.now();
    if let Some((token, until)) = going.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&key)
        && *until > now
    {
        return Ok(token.clone());
    }
    let endpoint = token_endpoint(going, scheme, settings, step).await?;
    let request = token_request(&endpoint, settings);
    let response = http::send(going, &request, &uri::parts(&endpoint).1, step).await?;
    let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let Some(token) = answer["access_token"].as_str().filter(|_| response.status == 200) else {
        let reason = answer["error_description"].as_str().or(answer["error"].as_str()).unwrap_or("no token in the answer");
        return Err(fault(step, Standard::Authentication, format!("the authority answered {}: {reason}", response.status)));
    };
    let seconds = answer["expires_in"].as_i64().unwrap_or(60);
    let until = now.plus((seconds - 10).max(0).saturating_mul(SECOND));
    going.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (token.to_owned(), until));
    Ok(token.to_owned())
}

async fn token_endpoint(going: &Going, scheme: &str, settings: &Value, step: &Step<'_>) -> Result<String, Stop> {
    let authority = settings["authority"].as_str().unwrap_or_default();
    let authority = uri::expand(authority, &step.input).map_err(|error| fault(step, Standard::Expression, error))?;
    let base = authority.trim_end_matches('/');
    if scheme == "oauth2" {
        let path = settings["endpoints"]["token"].as_str().unwrap_or("/oauth2/token");
        return Ok(format!("{base}/{}", path.trim_start_matches('/')));
    }
    let address = format!("{base}/.well-known/openid-configuration");
    let request = HttpRequest { method: "GET".into(), uri: address.clone(), headers: Vec::new(), body: bytes::Bytes::new() };
    let response = http::send(going, &request, "/.well-known/openid-configuration", step).await?;
    let found: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let endpoint = found["token_endpoint"].as_str().map(str::to_owned);
    endpoint.ok_or_else(|| fault(step, Standard::Authentication, format!("`{address}` names no token endpoint")))
}

fn token_request(endpoint: &str, settings: &Value) -> HttpRequest {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = |value: &Value| {
        value.as_array().map(|items| items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")).filter(|list| !list.is_empty())
    };
    let client = &settings["client"];
    let by_header = client["authentication"] == "client_secret_basic";
    let grant = text(&settings["grant"]).unwrap_or_else(|| "client_credentials".into());
    let body_client = |key: &str| if by_header { None } else { text(&client[key]) };
    let fields = [
        ("grant_type", Some(grant)),
        ("client_id", body_client("id")),
        ("client_secret", body_client("secret")),
        ("scope", list(&settings["scopes"])),
        ("audience", list(&settings["audiences"])),
        ("username", text(&settings["username"])),
        ("password", text(&settings["password"])),
        ("subject_token", text(&settings["subject"]["token"])),
        ("subject_token_type", text(&settings["subject"]["type"])),
        ("actor_token", text(&settings["actor"]["token"])),
        ("actor_token_type", text(&settings["actor"]["type"])),
    ];
    let fields: Vec<(String, String)> = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let as_json = settings["request"]["encoding"] == "application/json";
    let (kind, body) = if as_json {
        let map: serde_json::Map<String, Value> = fields.into_iter().map(|(name, value)| (name, value.into())).collect();
        ("application/json", Value::Object(map).to_string())
    } else {
        ("application/x-www-form-urlencoded", form_encoded(&fields))
    };
    let mut headers = vec![("content-type".into(), kind.into()), ("accept".into(), "application/json".into())];
    if by_header {
        let pair = format!("{}:{}", client["id"].as_str().unwrap_or_default(), client["secret"].as_str().unwrap_or_default());
        headers.push(("authorization".into(), format!("Basic {}", STANDARD.encode(pair))));
    }
    HttpRequest { method: "POST".into(), uri: endpoint.to_owned(), headers, body: body.into() }
}

fn path_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.find('/').map_or("/".to_owned(), |at| rest[at..].split('#').next().unwrap_or_default().to_owned())
}

/// What a server asks for (RFC 7616).
#[derive(Default)]
struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Option<String>,
    qop: bool,
}

impl Challenge {
    fn read(written: &str) -> Self {
        let mut challenge = Self::default();
        let mut rest = written;
        while let Some((name, after)) = rest.split_once('=') {
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
                None => after.split_once(',').unwrap_or((after, "")),
            };
            match name.trim_matches([' ', ',']).to_ascii_lowercase().as_str() {
                "realm" => challenge.realm = value.to_owned(),
                "nonce" => challenge.nonce = value.to_owned(),
                "opaque" => challenge.opaque = Some(value.to_owned()),
                "algorithm" => challenge.algorithm = Some(value.trim().to_owned()),
                "qop" => challenge.qop = value.split(',').any(|one| one.trim() == "auth"),
                _ => {}
            }
            rest = after;
        }
        challenge
    }
}

fn digest(challenge: &Challenge, username: &str, password: &str, method: &str, path: &str, client_nonce: &str) -> Option<String> {
    let algorithm = challenge.algorithm.as_deref().unwrap_or("MD5");
    let hash = |text: String| match algorithm.to_ascii_uppercase().as_str() {
        "MD5" => Some(format!("{:x}", Md5::digest(text))),
        "SHA-256" => Some(format!("{:x}", Sha256::digest(text))),
        _ => None,
    };
    let secret = hash(format!("{username}:{}:{password}", challenge.realm))?;
    let request = hash(format!("{method}:{path}"))?;
    let nonce = &challenge.nonce;
    let response = if challenge.qop {
        hash(format!("{secret}:{nonce}:00000001:{client_nonce}:auth:{request}"))?
    } else {
        hash(format!("{secret}:{nonce}:{request}"))?
    };
    let mut header = format!(
        "Digest username=\"{}\", realm=\"{}\", nonce=\"{nonce}\", uri=\"{path}\", algorithm={algorithm}, response=\"{response}\"",
        username.replace('\\', "\\\\").replace('"', "\\\""),
        challenge.realm
    );
    if challenge.qop {
        header.push_str(&format!(", qop=auth, nc=00000001, cnonce=\"{client_nonce}\""));
    }
    if let Some(opaque) = &challenge.opaque {
        header.push_str(&format!(", opaque=\"{opaque}\""));
    }
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7616, section 3.9.1.
    #[test]
    fn the_digest_of_the_rfc() {
        let asked = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        for (algorithm, response) in
            [("MD5", "8ca523f5e9506fed4657c9700eebdbec"), ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
        {
            let challenge = Challenge { algorithm: Some(algorithm.into()), ..Challenge::read(asked) };
            let header = digest(&challenge, "Mufasa", "Circle of Life", "GET", "/dir/index.html", cnonce).unwrap();
            assert!(header.contains(&format!("response=\"{response}\"")), "{header}");
            assert!(header.contains("opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""), "{header}");
        }
    }
}
