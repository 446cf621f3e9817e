//! A requested path → the route it is an instance of: `/item/123?x=1` → `/item/{id}`.
//!
//! Services must be few (design 7): a graph over URLs has as many edges as requests. What varies from request to request
//! is recognised by its form, segment by segment; what only the owner knows is said by `routes:`, which come first.

use std::borrow::Cow;
use std::ops::Range;

use magpie_model::config::RouteRule;
use regex::Regex;

use super::address;
use super::bytes::find_any;

/// Longest route in bytes; the rest is cut off.
const LONGEST: usize = 200;
/// Most segments; a deeper path ends in `/…`.
const DEEPEST: usize = 12;

/// The configured rules, compiled.
#[derive(Debug, Default)]
pub struct Routes {
    rules: Vec<Rule>,
}

#[derive(Debug)]
enum Rule {
    Glob { segments: Vec<String>, route: String },
    Regex { regex: Regex, route: String },
}

impl Routes {
    /// Compiles `routes:`; the error is the index of the rule and what is wrong with it.
    pub fn compile(rules: &[RouteRule]) -> Result<Self, (usize, String)> {
        let compiled = rules.iter().enumerate().map(|(at, rule)| compile(rule).map_err(|message| (at, message)));
        Ok(Self { rules: compiled.collect::<Result<_, _>>()? })
    }

    /// The route of a path or URL; the empty text stays empty.
    pub fn route(&self, written: &str) -> String {
        let path = path_of(written);
        if path.is_empty() {
            return String::new();
        }
        for rule in &self.rules {
            if let Some(route) = rule.apply(path) {
                return bounded(route);
            }
        }
        template(path)
    }
}

/// The path of a URL or request target, without authority, query and fragment.
pub fn path_of(written: &str) -> &str {
    written.get(path_within(written.as_bytes())).unwrap_or(written)
}

/// Where the path of a URL or request target stands in it.
#[inline]
pub(super) fn path_within(written: &[u8]) -> Range<usize> {
    let end = find_any(written, [b'?', b'#', b' ']).unwrap_or(written.len());
    if written.first() == Some(&b'/') { 0..end } else { path_of_url(written, end) }
}

#[cold]
fn path_of_url(written: &[u8], end: usize) -> Range<usize> {
    match memchr::memmem::find(&written[..end], b"://") {
        // A URL without a path is that of its root; the slash before its authority stands for it.
        Some(scheme) => memchr::memchr(b'/', &written[scheme + 3..end]).map_or(scheme + 1..scheme + 2, |slash| scheme + 3 + slash..end),
        None => 0..end,
    }
}

fn compile(rule: &RouteRule) -> Result<Rule, String> {
    let text = rule.matches.text.trim();
    let route = rule.route.clone();
    match text.strip_prefix('~') {
        Some(regex) => {
            let regex = regex.strip_prefix('/').and_then(|inner| inner.strip_suffix('/')).unwrap_or(regex);
            Ok(Rule::Regex { regex: Regex::new(regex).map_err(|error| error.to_string())?, route })
        }
        None => Ok(Rule::Glob { segments: segments(text).map(str::to_owned).collect(), route }),
    }
}

impl Rule {
    fn apply(&self, path: &str) -> Option<String> {
        match self {
            Self::Glob { segments: wanted, route } => {
                let mut given = segments(path);
                for segment in wanted {
                    match (segment.as_str(), given.next()) {
                        ("**", _) => return Some(route.clone()),
                        ("*", Some(_)) => {}
                        (wanted, Some(given)) if wanted == given => {}
                        _ => return None,
                    }
                }
                given.next().is_none().then(|| route.clone())
            }
            Self::Regex { regex, route } => {
                let captures = regex.captures(path)?;
                if !route.contains('$') {
                    return Some(route.clone());
                }
                let mut out = String::new();
                captures.expand(route, &mut out);
                Some(out)
            }
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

fn template(path: &str) -> String {
    if !path.starts_with('/') {
        // `*` of OPTIONS, `host:443` of CONNECT, a bare operation name.
        return bounded(path.to_owned());
    }
    let mut route = String::with_capacity(path.len());
    for (depth, segment) in segments(path).enumerate() {
        if depth == DEEPEST {
            route.push_str("/…");
            break;
        }
        route.push('/');
        push_segment(&mut route, segment);
    }
    if route.is_empty() {
        route.push('/');
    }
    bounded(route)
}

fn push_segment(route: &mut String, segment: &str) {
    let segment = segment.split_once(';').map_or(segment, |(name, _)| name);
    let segment = decoded(segment);
    if let Some(placeholder) = placeholder(&segment) {
        route.push_str(placeholder);
        return;
    }
    if let Some((stem, extension)) = segment.rsplit_once('.')
        && (1..=5).contains(&extension.len())
        && extension.bytes().all(|b| b.is_ascii_alphanumeric())
        && extension.bytes().any(|b| b.is_ascii_alphabetic())
        && let Some(placeholder) = placeholder(stem)
    {
        route.push_str(placeholder);
        route.push('.');
        route.push_str(extension);
        return;
    }
    if let Some((prefix, number)) = segment.rsplit_once(['-', '_', ':'])
        && number.len() >= 3
        && number.bytes().all(|b| b.is_ascii_digit())
        && prefix.bytes().all(|b| b.is_ascii_alphabetic())
        && !prefix.is_empty()
    {
        route.push_str(&segment[..=prefix.len()]);
        route.push_str("{id}");
        return;
    }
    route.push_str(&segment);
}

/// What a segment is an instance of, if it is one.
fn placeholder(segment: &str) -> Option<&'static str> {
    let bytes = segment.as_bytes();
    if !bytes.iter().any(u8::is_ascii_digit) {
        return is_email(segment).then_some("{email}").or((bytes.len() >= 32 && all_hex(bytes)).then_some("{hash}"));
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        return Some(if is_compact_date(bytes) { "{date}" } else { "{id}" });
    }
    if is_uuid(bytes) {
        return Some("{uuid}");
    }
    if is_date(bytes) {
        return Some("{date}");
    }
    if is_email(segment) {
        return Some("{email}");
    }
    if is_hash(bytes) {
        return Some("{hash}");
    }
    let numbers = bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'-' | b'+'));
    (numbers || address::parse_ip(segment).is_some()).then_some("{id}")
}

fn all_hex(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_hexdigit)
}

pub(super) fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, b)| if matches!(at, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() })
}

/// Digests in hexadecimal (of at least 8 digits, two of them decimal), and long random words such as ULID or base64.
fn is_hash(bytes: &[u8]) -> bool {
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let bare = bytes.strip_prefix(b"0x").unwrap_or(bytes);
    if bare.len() >= 8 && all_hex(bare) && digits >= 2 {
        return true;
    }
    let word = bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'=' | b'+'));
    bytes.len() >= 20 && word && digits >= 4
}

/// `2026-11-22`, `22-11-2026`, `2026-11`, and what follows a date in RFC 3339.
fn is_date(bytes: &[u8]) -> bool {
    let shape = |form: &[u8]| {
        bytes.len() >= form.len() && form.iter().zip(bytes).all(|(f, b)| if *f == b'9' { b.is_ascii_digit() } else { f == b })
    };
    let two = |at: usize| (bytes[at] - b'0') * 10 + (bytes[at + 1] - b'0');
    let full = shape(b"9999-99-99") && (1..=12).contains(&two(5)) && (1..=31).contains(&two(8));
    (full && (bytes.len() == 10 || matches!(bytes[10], b'T' | b't' | b'_' | b' ')))
        || (bytes.len() == 10 && shape(b"99-99-9999") && two(0) <= 31 && two(3) <= 31)
        || (bytes.len() == 7 && shape(b"9999-99") && (1..=12).contains(&two(5)) && matches!(two(0), 19 | 20))
}

fn is_compact_date(bytes: &[u8]) -> bool {
    let two = |at: usize| (bytes[at] - b'0') * 10 + (bytes[at + 1] - b'0');
    bytes.len() == 8 && matches!(two(0), 19 | 20) && (1..=12).contains(&two(4)) && (1..=31).contains(&two(6))
}

fn is_email(segment: &str) -> bool {
    match segment.split_once('@') {
        Some((name, domain)) => !name.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.'),
        None => false,
    }
}

/// Resolves percent-encoding unless that would make another path of it.
fn decoded(segment: &str) -> Cow<'_, str> {
    if !segment.contains('%') {
        return Cow::Borrowed(segment);
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |b: &u8| (*b as char).to_digit(16);
        match after {
            [high, low, tail @ ..] if *first == b'%' => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => {
                    bytes.push((high * 16 + low) as u8);
                    rest = tail;
                }
                _ => return Cow::Borrowed(segment),
            },
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '/' | '?' | '#' | '%')) => Cow::Owned(text),
        _ => Cow::Borrowed(segment),
    }
}

fn bounded(mut route: String) -> String {
    if route.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|&at| route.is_char_boundary(at)).unwrap_or(0);
        route.truncate(end);
        route.push('…');
    }
    route
}

#[cfg(test)]
mod tests {
    use magpie_model::config::Written;

    use super::*;

    #[test]
    fn paths_become_routes() {
        let routes = Routes::default();
        for (path, route) in [
            ("/item/123?x=1", "/item/{id}"),
            ("/item/123/", "/item/{id}"),
            ("/", "/"),
            ("/?a=b", "/"),
            ("//a//b", "/a/b"),
            ("/v1/users/me@example.com#top", "/v1/users/{email}"),
            ("/users/me%40example.com", "/users/{email}"),
            ("/o/550e8400-e29b-41d4-a716-446655440000", "/o/{uuid}"),
            ("/v2/54fadb412c4e40cdbaed9335e4c35a9e/servers/detail", "/v2/{hash}/servers/detail"),
            ("/commit/a1b2c3d4", "/commit/{hash}"),
            ("/report/2026-11-22", "/report/{date}"),
            ("/report/20261122", "/report/{date}"),
            ("/report/2026-11-22T10:15:03Z", "/report/{date}"),
            ("/img/123.png", "/img/{id}.png"),
            ("/order-12345", "/order-{id}"),
            ("/api/v2/2.0/facade", "/api/v2/2.0/facade"),
            ("https://example.com:8443/item/5?q", "/item/{id}"),
            ("https://example.com", "/"),
            ("*", "*"),
            ("", ""),
            ("/a;jsessionid=4711/b", "/a/b"),
            ("/a%20b/%C3%A9", "/a%20b/é"),
            ("/ids/1,2,3", "/ids/{id}"),
            ("/-5", "/{id}"),
            ("/a%2Fb", "/a%2Fb"),
            ("/a%zz", "/a%zz"),
            ("/k/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/k/{hash}"),
            ("/host/10.0.0.7", "/host/{id}"),
        ] {
            assert_eq!(routes.route(path), route, "{path}");
        }
        assert!(routes.route(&format!("/{}", "ä".repeat(500))).len() <= LONGEST + 3);
        assert_eq!(routes.route(&"/a".repeat(100)), format!("{}/…", "/a".repeat(DEEPEST)));
    }

    #[test]
    fn configured_routes_come_first() {
        let rule = |matches: &str, route: &str| RouteRule { matches: Written { text: matches.into(), line: 1 }, route: route.into() };
        let rules =
            [rule("/item/*/parts", "/item/{item}/parts"), rule("/static/**", "/static"), rule("~/^\\/(\\w+)\\/by-name\\//", "/$1/{name}")];
        let routes = Routes::compile(&rules).unwrap();
        for (path, route) in [
            ("/item/blue/parts?x", "/item/{item}/parts"),
            ("/item/blue", "/item/blue"),
            ("/static/a/b/c.js", "/static"),
            ("/user/by-name/ann", "/user/{name}"),
        ] {
            assert_eq!(routes.route(path), route, "{path}");
        }
        assert_eq!(Routes::compile(&[rule("/a", "/a"), rule("~(", "")]).unwrap_err().0, 1);
    }
}
