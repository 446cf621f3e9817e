//! The web UI as a browser asks for it: files, places, what it may keep, what it may load, and who may ask.

use magpie_api::Page;

use crate::client::{get, send};
use crate::world::World;

const PAGES: &[Page] = &[
    Page { path: "index.html", plain: b"<html>", brotli: Some(b"BR"), gzip: Some(b"GZ"), tag: "0000000000000001" },
    Page { path: "assets/index-1a2b.js", plain: b"js", brotli: None, gzip: Some(b"GZ"), tag: "0000000000000002" },
    Page { path: "favicon.svg", plain: b"<svg>", brotli: None, gzip: None, tag: "0000000000000003" },
];

async fn world() -> World {
    World::with(|api| api.pages = PAGES).await
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_places_of_the_ui() {
    let world = world().await;
    let page = ("Accept", "text/html,*/*;q=0.8");
    let program = ("Accept", "*/*");
    for (path, accept, status, content_type, body) in [
        ("/", page, 200, "text/html; charset=utf-8", "<html>"),
        ("/index.html", program, 200, "text/html; charset=utf-8", "<html>"),
        ("/map", program, 200, "text/html; charset=utf-8", "<html>"),
        ("/records/00000000000000aa?q=x", page, 200, "text/html; charset=utf-8", "<html>"),
        ("/sources/access.log", page, 200, "text/html; charset=utf-8", "<html>"),
        ("/assets/index-1a2b.js", program, 200, "text/javascript; charset=utf-8", "js"),
        ("/favicon.svg", program, 200, "image/svg+xml", "<svg>"),
        ("/robots.txt", program, 404, "application/problem+json", ""),
        ("/assets/gone-3c4d.js", page, 404, "application/problem+json", ""),
        ("/api", page, 404, "application/problem+json", ""),
        ("/api/v1/recrods", page, 404, "application/problem+json", ""),
        ("/../Cargo.toml", program, 404, "application/problem+json", ""),
    ] {
        let answer = send(world.address, "GET", path, &[accept], "").await;
        assert_eq!((answer.status, answer.header("content-type")), (status, Some(content_type)), "{path}");
        assert!(status != 200 || answer.text() == body, "{path}: {}", answer.text());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    assert_eq!(send(world.address, "POST", "/map", &[("Content-Type", "application/json")], "{}").await.status, 404);
    let head = send(world.address, "HEAD", "/", &[], "").await;
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, Some("6")));
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_as_the_browser_takes_it() {
    let world = world().await;
    for (path, accepted, coding, body) in [
        ("/", "gzip, deflate, br, zstd", Some("br"), "BR"),
        ("/", "gzip", Some("gzip"), "GZ"),
        ("/", "br;q=0, gzip", Some("gzip"), "GZ"),
        ("/", "identity", None, "<html>"),
        ("/assets/index-1a2b.js", "br, gzip", Some("gzip"), "GZ"),
        ("/favicon.svg", "br, gzip", None, "<svg>"),
    ] {
        let answer = send(world.address, "GET", path, &[("Accept-Encoding", accepted)], "").await;
        assert_eq!((answer.header("content-encoding"), answer.text().as_str()), (coding, body), "{path} {accepted}");
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_browser_may_keep_and_when_it_has_it_already() {
    let world = world().await;
    for (path, keep) in [("/", "no-cache"), ("/map", "no-cache"), ("/assets/index-1a2b.js", "public, max-age=31536000, immutable")] {
        let first = get(world.address, path).await;
        let tag = first.header("etag").unwrap().to_owned();
        assert_eq!(first.header("cache-control"), Some(keep), "{path}");
        for (known, status) in [(tag.clone(), 304), (format!("\"x\", W/{tag}"), 304), ("*".to_owned(), 304), ("\"x\"".to_owned(), 200)] {
            let again = send(world.address, "GET", path, &[("If-None-Match", &known)], "").await;
            assert_eq!((again.status, again.body.is_empty()), (status, status == 304), "{path} {known}");
            assert_eq!(again.header("etag"), Some(tag.as_str()));
        }
        let other = send(world.address, "GET", path, &[("If-None-Match", &tag), ("Accept-Encoding", "gzip")], "").await;
        assert_eq!(other.status, 200, "another coding is another representation");
    }
    assert_eq!(get(world.address, "/api/v1/health").await.header("cache-control"), Some("no-store"), "answers are not kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_may_load_only_what_is_ours_and_no_stranger_may_ask_for_it() {
    let world = world().await;
    let policy = |answer: &crate::client::Answer| answer.header("content-security-policy").unwrap().to_owned();
    let page = get(world.address, "/").await;
    for rule in ["default-src 'self'", "script-src 'self';", "connect-src 'self'", "frame-ancestors 'none'", "object-src 'none'"] {
        assert!(policy(&page).contains(rule), "{rule}: {}", policy(&page));
    }
    assert!(policy(&get(world.address, "/api/v1/health").await).starts_with("default-src 'none'"), "an answer is no page");
    let port = world.address.port();
    for (header, status) in [
        (("Host", "evil.example".to_owned()), 403),
        (("Origin", "https://evil.example".to_owned()), 403),
        (("Sec-Fetch-Site", "cross-site".to_owned()), 403),
        (("Host", format!("localhost:{port}")), 200),
    ] {
        assert_eq!(send(world.address, "GET", "/", &[(header.0, &header.1)], "").await.status, status, "{header:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_built_ui_the_root_says_how_to_build_it() {
    let world = World::with(|api| api.pages = &[]).await;
    let root = get(world.address, "/").await;
    assert_eq!((root.status, root.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert!(root.text().contains("make web"), "{}", root.text());
    assert_eq!(get(world.address, "/map").await.status, 404);
}
