//! The web UI: files that were compiled into the binary, served from `/` (design 15).
//!
//! What the browser may keep for ever (`/assets/`, whose names change with their content) is told so; everything else is asked
//! for again and answered with 304 when it is the same. Paths that name no file are places within the UI, which knows them by
//! itself, so they get its `index.html`. How the files are listed is told in `build.rs`; the guard stands before all of this.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::endpoint::AnsweredBy;

/// A file of the web UI.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Path below `/`, such as `assets/index-1a2b.js`.
    pub path: &'static str,
    /// The content.
    pub plain: &'static [u8],
    /// The same, compressed as `br` (RFC 7932).
    pub brotli: Option<&'static [u8]>,
    /// The same, compressed as `gzip`.
    pub gzip: Option<&'static [u8]>,
    /// Changes with the content; without quotes.
    pub tag: &'static str,
}

/// The web UI that was built before this was compiled; empty when none was.
pub const BUILT: &[Page] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Where the UI begins.
const INDEX: &str = "index.html";
/// Files below it have names that change with their content.
const ASSETS: &str = "assets/";
/// What a page may load and do. Styles are set from code (Mantine, ECharts, Cytoscape), pictures are made in the page, the
/// layout of the graph runs in a worker; scripts and connections are ours only.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
    font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";
const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";
const HOW_TO_BUILD: &str = "Magpie runs, but its web UI was not built into this binary.\n\n\
    Build it with `make web`, then build Magpie again. The API is at /api/v1, its document at /api/v1/openapi.json.\n";

/// The answer to a request that no endpoint takes; `None` when it is none for the UI either.
pub(crate) fn answer(pages: &'static [Page], request: &Request) -> Option<Response> {
    let path = request.uri().path();
    if !matches!(*request.method(), Method::GET | Method::HEAD) || is_of_api(path) {
        return None;
    }
    let path = path.trim_start_matches('/');
    let find = |path: &str| pages.iter().find(|page| page.path == path);
    let page = match find(path) {
        Some(page) => page,
        None if is_place(path, request.headers()) => match find(INDEX) {
            Some(index) => index,
            None => return path.is_empty().then(|| told(StatusCode::OK, HOW_TO_BUILD)),
        },
        None => return None,
    };
    Some(sent(page, request.headers()))
}

/// Paths that programs ask: a mistake there is told as a problem, never as a page.
fn is_of_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || matches!(path, "/metrics" | "/healthz" | "/readyz")
}

/// Whether a path that names no file may be a place within the UI: the last part has no ending, or a person goes there.
fn is_place(path: &str, headers: &HeaderMap) -> bool {
    if path.starts_with(ASSETS) {
        return false;
    }
    let last = path.rsplit('/').next().unwrap_or("");
    !last.contains('.') || accepts(headers, header::ACCEPT, "text/html")
}

fn sent(page: &Page, headers: &HeaderMap) -> Response {
    let accepted = |coding: &str| accepts(headers, header::ACCEPT_ENCODING, coding);
    let (body, coding) = match (page.brotli, page.gzip) {
        (Some(body), _) if accepted("br") => (body, Some("br")),
        (_, Some(body)) if accepted("gzip") => (body, Some("gzip")),
        _ => (page.plain, None),
    };
    // Each coding is another representation (RFC 9110, 8.8.3), so it has another tag.
    let tag = coding.map_or_else(|| format!("\"{}\"", page.tag), |coding| format!("\"{}-{coding}\"", page.tag));
    let known = is_known(headers, &tag);
    let mut response = Response::new(if known { Body::empty() } else { Body::from(body) });
    *response.status_mut() = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let headers = response.headers_mut();
    let keep = if page.path.starts_with(ASSETS) { FOREVER } else { ASK_AGAIN };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.extend(HeaderValue::try_from(tag).ok().map(|tag| (header::ETAG, tag)));
    if !known {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(page.path)));
        headers.extend(coding.map(|coding| (header::CONTENT_ENCODING, HeaderValue::from_static(coding))));
    }
    as_page(response)
}

fn told(status: StatusCode, text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, ASK_AGAIN)];
    as_page((status, headers, text).into_response())
}

fn as_page(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response.extensions_mut().insert(AnsweredBy("(pages)"));
    response
}

/// Whether a list such as `br;q=0.5, gzip` takes `wanted`: it is named, and not with a weight of nothing.
fn accepts(headers: &HeaderMap, name: header::HeaderName, wanted: &str) -> bool {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')).any(|item| {
        let (word, parameters) = item.split_once(';').unwrap_or((item, ""));
        let refused = parameters.split(';').filter_map(|pair| pair.trim().strip_prefix("q=")).any(|q| q.parse() == Ok(0.0));
        word.trim().eq_ignore_ascii_case(wanted) && !refused
    })
}

/// Whether the browser has this representation already (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|known| matches!(known.trim(), "*") || known.trim().trim_start_matches("W/") == tag)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_nothing_refuse() {
        for (list, taken) in [
            ("gzip, deflate, br", true),
            ("GZIP", true),
            ("gzip;q=0.1", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("xgzip", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(list).unwrap());
            assert_eq!(accepts(&headers, header::ACCEPT_ENCODING, "gzip"), taken, "{list}");
        }
    }

    #[test]
    fn what_was_built_has_an_index_and_known_endings() {
        if BUILT.is_empty() {
            eprintln!("skipped: web/dist was not built");
            return;
        }
        assert!(BUILT.iter().any(|page| page.path == INDEX));
        for page in BUILT {
            assert_ne!(content_type(page.path), "application/octet-stream", "{} would be downloaded", page.path);
            assert_eq!(page.tag.len(), 16);
        }
    }
}
