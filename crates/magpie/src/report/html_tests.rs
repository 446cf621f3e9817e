//! The page: nothing from outside, nothing that a log could run, nothing larger than it must be.

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::report::sample;
use crate::report::svg::tests::elements;

fn page(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &sample::view(80), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The page's body as XML: our own HTML closes every element but the void ones of the head.
fn body(page: &str) -> &str {
    let start = page.find("<main>").unwrap();
    &page[start..page.find("<script>").unwrap()]
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |three: u32, at: u32| char::from(LETTERS[(three >> (18 - 6 * at) & 63) as usize]);
    bytes
        .chunks(3)
        .map(|chunk| {
            let three = chunk.iter().fold(0, |all, &byte| all << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
            (0..4).map(|at| if at as usize > chunk.len() { '=' } else { letter(three, at) }).collect::<String>()
        })
        .collect()
}

#[test]
fn the_policy_allows_our_script_and_nothing_else() {
    assert_eq!(SCRIPT_HASH, format!("sha256-{}", base64(&Sha256::digest(SCRIPT.as_bytes()))));
    let page = page(&sample::shop());
    assert!(page.contains("default-src 'none'"));
    assert_eq!(page.matches("<script").count(), 1);
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    for request in ["http:", "https:", "//cdn", "url(http", "@import", "src=", "<link"] {
        assert!(!outside.replace("-src", "").contains(request), "{request}");
    }
    assert!(!page.contains(" style=\"") && !page.contains(" onclick"));
}

#[test]
fn a_page_says_what_the_report_says() {
    let page = page(&sample::shop()).replace('\u{202f}', " ");
    for said in [
        "<html lang=\"en\">",
        "<title>Magpie report, 2026-11-22 14:02:00</title>",
        "<span class=\"state firing\">▲ firing</span><b>order → payment  POST /v2/charge</b>",
        "critical: elapsed_ms 1.24 s, above 400 ms, since 14:17:00, 15 min, from 97 % of lines, monitor interactions",
        "<td class=\"word\">order</td><td class=\"word\">payment</td><td class=\"word\">POST /v2/charge</td><td class=\"firing\">firing</td>",
        "threshold 400 ms",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "cut lines: 3, bad times: 1",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(STYLE.len() + SCRIPT.len() + svg::TOKENS.len() + svg::STYLE.len() < 200_000);
    assert!(elements(body(&page)).is_ok());
}

#[test]
fn rows_that_are_no_calls_are_not_called_so() {
    let mut report = sample::shop();
    assert!(page(&report).contains("<td class=\"n\" data-h=\"calls\""));
    report.monitors[0].of_calls = false;
    let page = page(&report);
    assert!(page.contains("<td class=\"n\" data-h=\"records\"") && !page.contains("data-h=\"calls\""));
}

#[test]
fn a_pure_log_has_no_empty_graph() {
    let page = page(&sample::pure_log());
    assert!(!page.contains("class=\"frame\""));
    assert!(page.contains("Plain log events by severity") && page.contains("dfs.DataNode"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_name_breaks_the_page(name in "(\\PC|[<>&\"'\\x00-\\x1f]){1,40}") {
        let page = page(&sample::hostile(&name));
        prop_assert!(elements(body(&page)).is_ok_and(|names| !names.iter().any(|name| name == "script")));
        prop_assert_eq!(page.matches("<script").count(), 1);
    }
}

#[test]
fn look() {
    if let Ok(to) = std::env::var("LOOK_AT") {
        for (name, report) in [("shop", sample::shop()), ("log", sample::pure_log())] {
            std::fs::write(format!("{to}/{name}.html"), page(&report)).unwrap();
        }
    }
}
