//! OpenTelemetry's semantic conventions → what a call needs to know.
//!
//! The table in the module's documentation is what this file does; names change there over the years, so each fact is
//! read from its present name and from the older ones that are still sent. Nothing here knows of requests or of pairs.

use std::borrow::Cow;

use magpie_model::{OUTSIDE, UNKNOWN};

use super::json::{AnyValue, KeyValue};
use super::{Resource, Span, SpanKind};
use crate::normalise::address::Address;
use crate::normalise::route::{Routes, path_of};
use crate::normalise::who::Directory;

/// Longest word that becomes a column, in bytes.
pub(super) const LONGEST_WORD: usize = 256;
/// Longest message, attribute or scope name of a span, in bytes.
pub(super) const LONGEST_TEXT: usize = 4096;
/// Most attributes of a span or log event that are kept; OpenTelemetry's own limit.
pub(super) const MOST_ATTRIBUTES: usize = 128;
/// Attributes of a resource that are kept with each of its records.
const MOST_PLACES: usize = 32;
/// Most bytes of a span's attributes together.
const MOST_ATTRIBUTE_BYTES: usize = 16 << 10;

/// How routes and hosts are named: the compiled `routes:` and `hosts:` of the configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Naming<'n> {
    /// Templates of paths; the built-in ones when not set.
    pub routes: Option<&'n Routes>,
    /// Who is who; nobody is known when not set.
    pub hosts: Option<&'n Directory>,
    /// Name of the configured source that is read.
    pub input: &'n str,
}

impl Naming<'_> {
    fn route(&self, path: &str) -> String {
        self.routes.map_or_else(|| Routes::default().route(path), |routes| routes.route(path))
    }

    /// Canonical name of an address, and its module as far as it is known: of a public address nobody listed, `(outside)`.
    fn who(&self, written: &str) -> (String, &str) {
        if let Some(who) = self.hosts.and_then(|hosts| hosts.who(written)) {
            return (who.host, who.module.unwrap_or(if who.public && !who.listed { OUTSIDE } else { "" }));
        }
        (Address::parse(written).map(|address| address.host.to_string()).unwrap_or_default(), "")
    }
}

/// The first `longest` bytes of a text, or a few less, so that no character is cut.
pub(super) fn cut_to(text: &str, longest: usize) -> &str {
    &text[..text.floor_char_boundary(longest)]
}

/// Who a resource's attributes say it is.
pub(super) fn resource(attributes: &[KeyValue<'_>], naming: &Naming<'_>) -> Resource {
    let first = |names: &[&str]| -> Box<str> {
        let found = names.iter().find_map(|name| {
            attributes.iter().find(|pair| pair.key == *name).map(|pair| pair.value.to_text()).filter(|text| !text.is_empty())
        });
        found.map_or_else(Box::default, |text| cut_to(&text, LONGEST_WORD).into())
    };
    let mut resource = Resource {
        module: first(&["service.name", "k8s.deployment.name"]),
        host: first(&["host.name", "k8s.node.name", "k8s.pod.name", "container.name", "container.id"]),
        application: first(&["service.namespace"]),
        version: first(&["service.version"]),
        region: first(&["cloud.region"]),
        input: naming.input.into(),
    };
    let (host, module) = naming.who(&resource.host);
    resource.host = host.into();
    if resource.module.is_empty() {
        let known = if module.is_empty() || module == OUTSIDE { UNKNOWN } else { module };
        resource.module = known.into();
    }
    resource
}

/// What a resource says of where it runs besides its columns: pod, container, environment, instance. Further ones (of the SDK, the
/// process, the operating system) are the same for all that a module ever says, and are not kept.
pub(super) fn place_of(attributes: &[KeyValue<'_>]) -> Vec<(Box<str>, Box<str>)> {
    let is_place =
        |key: &str| key == "service.instance.id" || ["k8s.", "container.", "deployment."].iter().any(|start| key.starts_with(start));
    let places = attributes.iter().filter(|pair| is_place(&pair.key)).take(MOST_PLACES);
    places.map(|pair| (cut_to(&pair.key, LONGEST_WORD).into(), word(&pair.value.to_text()))).collect()
}

/// The facts of a span's attributes, by their meaning.
#[derive(Default)]
struct Facts<'a> {
    route: Fact<'a>,
    path: Fact<'a>,
    method: Fact<'a>,
    rpc_service: Fact<'a>,
    rpc_method: Fact<'a>,
    query: Fact<'a>,
    db_operation: Fact<'a>,
    collection: Fact<'a>,
    db_system: Fact<'a>,
    destination: Fact<'a>,
    messaging_operation: Fact<'a>,
    messaging_system: Fact<'a>,
    status: Fact<'a>,
    http_status: Fact<'a>,
    bytes: Fact<'a>,
    client: Fact<'a>,
    server: Fact<'a>,
    peer: Fact<'a>,
    peer_module: Fact<'a>,
    job_id: Fact<'a>,
}

/// A fact that may be told under several names: the lowest rank wins, in whatever order they come.
#[derive(Default)]
struct Fact<'a>(Option<(u8, &'a AnyValue<'a>)>);

impl<'a> Fact<'a> {
    fn tell(&mut self, rank: u8, value: &'a AnyValue<'a>) {
        if self.0.is_none_or(|(told, _)| rank < told) {
            self.0 = Some((rank, value));
        }
    }

    fn text(&self) -> Cow<'a, str> {
        self.0.map_or(Cow::Borrowed(""), |(_, value)| value.to_text())
    }
}

impl<'a> Facts<'a> {
    /// Takes an attribute; whether a column says all of it, so that it need not be kept as an attribute.
    fn take(&mut self, pair: &'a KeyValue<'a>) -> bool {
        let value = &pair.value;
        let (fact, rank, said) = match pair.key.as_ref() {
            "http.route" => (&mut self.route, 0, true),
            "url.template" => (&mut self.route, 1, true),
            "url.path" => (&mut self.path, 0, false),
            "http.target" => (&mut self.path, 1, false),
            "url.full" => (&mut self.path, 2, false),
            "http.url" => (&mut self.path, 3, false),
            "http.request.method" => (&mut self.method, 0, true),
            "http.method" => (&mut self.method, 1, true),
            "http.response.status_code" => (&mut self.http_status, 0, true),
            "http.status_code" => (&mut self.http_status, 1, true),
            "rpc.grpc.status_code" => (&mut self.status, 0, true),
            "rpc.response.status_code" => (&mut self.status, 1, true),
            "db.response.status_code" => (&mut self.status, 2, true),
            "http.response.body.size" => (&mut self.bytes, 0, true),
            "http.response_content_length" => (&mut self.bytes, 1, true),
            "http.response.size" => (&mut self.bytes, 2, true),
            "messaging.message.body.size" => (&mut self.bytes, 3, true),
            "rpc.service" => (&mut self.rpc_service, 0, true),
            "rpc.method" => (&mut self.rpc_method, 0, true),
            "db.query.summary" => (&mut self.query, 0, true),
            "db.operation.name" => (&mut self.db_operation, 0, true),
            "db.operation" => (&mut self.db_operation, 1, true),
            "db.collection.name" => (&mut self.collection, 0, false),
            "db.sql.table" => (&mut self.collection, 1, false),
            "db.system.name" => (&mut self.db_system, 0, false),
            "db.system" => (&mut self.db_system, 1, false),
            "messaging.destination.template" => (&mut self.destination, 0, true),
            "messaging.destination.name" => (&mut self.destination, 1, false),
            "messaging.destination" => (&mut self.destination, 2, false),
            "messaging.operation.name" => (&mut self.messaging_operation, 0, true),
            "messaging.operation" => (&mut self.messaging_operation, 1, true),
            "messaging.operation.type" => (&mut self.messaging_operation, 2, false),
            "messaging.system" => (&mut self.messaging_system, 0, false),
            "client.address" => (&mut self.client, 0, false),
            "http.client_ip" => (&mut self.client, 1, false),
            "server.address" => (&mut self.server, 0, false),
            "net.peer.name" => (&mut self.server, 1, false),
            "network.peer.address" => (&mut self.peer, 0, false),
            "net.sock.peer.addr" => (&mut self.peer, 1, false),
            "net.peer.ip" => (&mut self.peer, 2, false),
            "service.peer.name" => (&mut self.peer_module, 0, false),
            "peer.service" => (&mut self.peer_module, 1, false),
            "job_id" => (&mut self.job_id, 0, true),
            _ => return false,
        };
        fact.tell(rank, value);
        said
    }

    /// What was requested.
    fn service(&self, name: &str, naming: &Naming<'_>) -> String {
        let route = self.route.text();
        if !route.is_empty() {
            return route.into_owned();
        }
        let (service, method) = (self.rpc_service.text(), self.rpc_method.text());
        match (service.is_empty(), method.is_empty()) {
            // Since 1.38 `rpc.method` is the whole name by itself.
            (true, false) => return method.into_owned(),
            (false, true) => return service.into_owned(),
            (false, false) => return format!("{service}/{method}"),
            (true, true) => {}
        }
        let query = self.query.text();
        if !query.is_empty() {
            return query.into_owned();
        }
        let (operation, collection) = (self.db_operation.text(), self.collection.text());
        if !operation.is_empty() {
            return if collection.is_empty() { operation.into_owned() } else { format!("{operation} {collection}") };
        }
        let destination = self.destination.text();
        if !destination.is_empty() {
            return destination.into_owned();
        }
        self.service_of_http(name, naming)
    }

    /// A span named `GET /item/{id}` has its route in the name; one named `GET` or `HTTP GET` has none.
    fn service_of_http(&self, name: &str, naming: &Naming<'_>) -> String {
        let method = self.method.text();
        let after = name.strip_prefix("HTTP ").unwrap_or(name);
        let rest = match after.split_once(' ') {
            Some((first, rest)) if is_method(first) && rest.starts_with('/') => Some(rest),
            _ => None,
        };
        if let Some(rest) = rest {
            return rest.to_owned();
        }
        let path = self.path.text();
        let bare = is_method(after) || after == "HTTP" || (!method.is_empty() && path_of(name) == path_of(&path));
        if bare && !path.is_empty() { naming.route(&path) } else { name.to_owned() }
    }

    fn operation(&self) -> Cow<'a, str> {
        [&self.method, &self.db_operation, &self.messaging_operation]
            .into_iter()
            .map(Fact::text)
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    /// Module that attributes name for the other side, before its address is looked up.
    fn peer_module(&self) -> Cow<'a, str> {
        self.peer_module.text()
    }
}

fn is_method(word: &str) -> bool {
    matches!(word, "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "HEAD" | "OPTIONS" | "CONNECT" | "TRACE" | "QUERY")
}

/// Fills in what name, status message and attributes say of a span.
pub(super) fn describe(span: &mut Span, name: &str, said: &str, attributes: &[KeyValue<'_>], naming: &Naming<'_>) {
    let mut facts = Facts::default();
    let mut left = MOST_ATTRIBUTE_BYTES;
    for pair in attributes {
        if !facts.take(pair) {
            keep_attribute(span, pair, &mut left);
        }
    }
    span.service = word(&facts.service(name, naming));
    span.operation = word(&facts.operation());
    span.bytes = facts.bytes.0.and_then(|(_, value)| value.to_text().parse().ok()).filter(|&bytes: &i64| bytes >= 0);
    span.job_id = word(&facts.job_id.text());
    let http = facts.http_status.text();
    if http.parse::<u16>().is_ok_and(|status| (500..600).contains(&status)) {
        span.outcome = super::SpanStatus::Error;
    }
    span.status = word(if http.is_empty() { facts.status.text() } else { http }.as_ref());
    if span.status.is_empty() {
        span.status = match span.outcome {
            super::SpanStatus::Unset => "".into(),
            super::SpanStatus::Ok => "OK".into(),
            super::SpanStatus::Error => "ERROR".into(),
        };
    }
    span.message = match said {
        "" => cut_to(name, LONGEST_TEXT).into(),
        said => format!("{}: {}", cut_to(name, LONGEST_TEXT), cut_to(said, LONGEST_TEXT)).into(),
    };
    span.cut |= name.len() > LONGEST_TEXT || said.len() > LONGEST_TEXT;
    describe_peer(span, &facts, naming);
}

fn describe_peer(span: &mut Span, facts: &Facts<'_>, naming: &Naming<'_>) {
    let stated = if span.kind.is_caller() { facts.server.text() } else { facts.client.text() };
    let written = if stated.is_empty() { facts.peer.text() } else { stated };
    let (host, module) = naming.who(&written);
    span.peer = word(&host);
    let named = facts.peer_module();
    span.peer_module = match (named.as_ref(), module, span.kind) {
        ("", "", SpanKind::Client | SpanKind::Producer) => {
            let system = facts.db_system.text();
            word(if system.is_empty() { facts.messaging_system.text() } else { system }.as_ref())
        }
        ("", module, _) => word(module),
        (named, _, _) => word(named),
    };
}

fn word(text: &str) -> Box<str> {
    cut_to(text, LONGEST_WORD).into()
}

fn keep_attribute(span: &mut Span, pair: &KeyValue<'_>, left: &mut usize) {
    let value = pair.value.to_text();
    let kept = cut_to(&value, LONGEST_TEXT);
    let size = pair.key.len() + kept.len();
    if span.attributes.len() == MOST_ATTRIBUTES || size > *left {
        span.cut = true;
        return;
    }
    span.cut |= kept.len() < value.len();
    *left -= size;
    span.attributes.push((pair.key.as_ref().into(), kept.into()));
}
