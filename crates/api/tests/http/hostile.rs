//! The queries of all endpoints against mutated seeds, for a bounded number of requests: whatever stands in a URL, the answer is an
//! answer, a refusal that says why, and never a failure of the server.
//!
//! Names come from the committed OpenAPI document, so that a new parameter is tried as soon as it is declared; values from
//! `fuzz/seeds/url_query`, which also keeps what once broke a reader. `MAGPIE_FUZZ_REQUESTS` makes it longer, `MAGPIE_FUZZ_SEED` makes
//! it different.

use std::path::Path;

use serde_json::Value;

use crate::client::get;
use crate::world::World;

/// Requests to each endpoint, where nothing else is said.
const REQUESTS: usize = 40;
/// What breaks readers of values.
const PIECES: [&str; 20] = [
    "",
    "0",
    "-1",
    "1",
    "99999999999999999999",
    "1e999",
    "now",
    "now-1h",
    "now-99999999999d",
    "2026-11-22T10:00:00Z",
    "9999-99-99",
    "%00",
    "%FF%FE",
    "%22",
    "a%3Ab%28",
    "%5Bk%5D",
    "all",
    "1s",
    "elapsed_ms",
    "\u{1F426}",
];

/// A path with its parameters in the query: name, and whether it is a name with keys.
struct Asked {
    path: String,
    parameters: Vec<(String, bool)>,
}

/// Every endpoint that is read with GET and ends.
fn asked() -> Vec<Asked> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(document).unwrap()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let read = paths.filter(|(path, methods)| methods.get("get").is_some() && !path.contains("stream"));
    read.map(|(path, methods)| {
        let declared = methods["get"]["parameters"].as_array().cloned().unwrap_or_default();
        let parameters = declared.iter().filter(|parameter| parameter["in"] == "query");
        let named = |parameter: &Value| (parameter["name"].as_str().unwrap().to_owned(), parameter["style"] == "deepObject");
        Asked { path: path.clone(), parameters: parameters.map(named).collect() }
    })
    .collect()
}

/// The values of the seeds, as they stand there.
fn values() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/url_query");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).trim().to_owned());
    let pairs: Vec<String> = texts.flat_map(|text| text.split('&').map(str::to_owned).collect::<Vec<_>>()).collect();
    let seeds = pairs.iter().filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.to_owned());
    seeds.chain(PIECES.iter().map(|piece| (*piece).to_owned())).filter(|value| !value.contains(char::is_whitespace)).collect()
}

fn target(asked: &Asked, values: &[String], random: &mut fastrand::Rng) -> String {
    let value = |random: &mut fastrand::Rng| {
        let mut value = values[random.usize(..values.len())].clone();
        if random.u8(..4) == 0 {
            value.push_str(&values[random.usize(..values.len())]);
        }
        value
    };
    let mut path = asked.path.clone();
    while let Some((start, end)) = path.find('{').zip(path.find('}')) {
        let word = value(random).replace(['/', '{', '}', '?', '#'], "");
        path.replace_range(start..=end, if word.is_empty() { "x" } else { &word });
    }
    let count = if asked.parameters.is_empty() { 0 } else { random.usize(..6) };
    let pairs: Vec<String> = (0..count)
        .map(|_| {
            let (name, is_keyed) = &asked.parameters[random.usize(..asked.parameters.len())];
            let key = if *is_keyed || random.u8(..8) == 0 { format!(".{}", value(random)) } else { String::new() };
            format!("{name}{key}={}", value(random))
        })
        .collect();
    format!("{path}?{}", pairs.join("&"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_query_makes_the_server_fail() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let requests = number("MAGPIE_FUZZ_REQUESTS").map_or(REQUESTS, |requests| requests as usize);
    let mut random = fastrand::Rng::with_seed(number("MAGPIE_FUZZ_SEED").unwrap_or(1));
    let (world, values) = (World::new().await, values());
    let mut answered = 0;
    for asked in asked() {
        for _ in 0..requests {
            let target = target(&asked, &values, &mut random);
            let answer = get(world.address, &target).await;
            // A process without flows says that it has none.
            assert!(answer.status < 500 || answer.status == 501, "{target} gives {}: {}", answer.status, answer.text());
            answered += usize::from(answer.status == 200);
        }
    }
    assert!(answered > requests, "some of it is asked rightly, and answered");
}
