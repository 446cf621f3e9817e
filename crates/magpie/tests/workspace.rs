//! The shape of the workspace: which crate may know which, and what may come in from outside.
//!
//! `model` is known to all and knows none; `collect`, `pipeline`, `flows` and `store` do not know each other; `api` knows `model`
//! and `store`; only the binary knows all. Every dependency comes from crates.io under a licence of the list below.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Crate → the crates of this workspace that it may use (outside its tests).
const ARROWS: [(&str, &[&str]); 8] = [
    ("magpie-model", &[]),
    ("magpie-collect", &["magpie-model"]),
    ("magpie-pipeline", &["magpie-model"]),
    ("magpie-store", &["magpie-model"]),
    ("magpie-flows", &["magpie-model"]),
    ("magpie-api", &["magpie-model", "magpie-store"]),
    ("magpie-testkit", &["magpie-model", "magpie-collect", "magpie-pipeline", "magpie-store", "magpie-api"]),
    ("magpie", &["magpie-model", "magpie-collect", "magpie-pipeline", "magpie-flows", "magpie-store", "magpie-api"]),
];

/// Licences that go together with Apache-2.0 in one binary.
const LICENCES: [&str; 13] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "MIT",
    "MIT-0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unlicense",
    "CC0-1.0",
    "0BSD",
    "Unicode-3.0",
    "bzip2-1.0.6",
];

/// What comes in by a cargo feature alone, under a licence that is not on the list: nobody gets it without asking for it.
///
/// `vrl`: MPL-2.0 binds the files of the crate itself, which are used as they come from crates.io and whose source is there; it
/// may be part of a larger work under Apache-2.0 (MPL-2.0, 3.3). docs/adr/0004 says why it is a feature. What it brings along is
/// under licences of the list.
///
/// `webpki-roots` comes with `mysql`: the certificates of Mozilla's list as data, which CDLA-Permissive-2.0 lets anybody use and pass on with the
/// text of the licence (docs/adr/0052).
const BY_FEATURE: [(&str, &str); 2] = [("vrl", "MPL-2.0"), ("webpki-roots", "CDLA-Permissive-2.0")];

fn metadata() -> Value {
    metadata_with(&["--all-features"])
}

fn metadata_with(features: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .args(features)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().expect("packages").iter()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[test]
fn crates_know_only_what_the_design_allows() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let members: BTreeSet<&str> =
        packages(&metadata).filter(|package| package["source"].is_null()).map(|package| text(package, "name")).collect();
    for package in packages(&metadata).filter(|package| package["source"].is_null()) {
        let name = text(package, "name");
        let may = allowed.get(name).unwrap_or_else(|| panic!("`{name}` is a new crate: say in ARROWS what it may know"));
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let other = text(dependency, "name");
            let in_tests_only = dependency["kind"] == "dev";
            assert!(!members.contains(other) || in_tests_only || may.contains(&other), "`{name}` must not know `{other}`");
        }
    }
}

#[test]
fn the_centre_has_no_runtime_and_no_network() {
    let metadata = metadata();
    for package in packages(&metadata).filter(|package| ["magpie-model", "magpie-pipeline"].contains(&text(package, "name"))) {
        for dependency in package["dependencies"].as_array().expect("dependencies").iter().filter(|dependency| dependency["kind"].is_null())
        {
            let other = text(dependency, "name");
            assert!(
                !["tokio", "axum", "hyper", "rusqlite", "parquet", "reqwest"].contains(&other),
                "`{}` must stay pure, and `{other}` does IO",
                text(package, "name")
            );
        }
    }
}

#[test]
fn dependencies_have_known_licences_and_sources() {
    let metadata = metadata();
    for package in packages(&metadata).filter(|package| !package["source"].is_null()) {
        let (name, licence) = (text(package, "name"), text(package, "license"));
        assert_eq!(text(package, "source"), "registry+https://github.com/rust-lang/crates.io-index", "`{name}` comes from elsewhere");
        assert!(is_allowed(licence) || BY_FEATURE.contains(&(name, licence)), "`{name}` is under `{licence}`, which is not on the list");
    }
}

#[test]
fn what_a_feature_brings_is_in_no_default_build() {
    let (all, usual) = (metadata(), metadata_with(&[]));
    let has = |metadata: &Value, crate_name: &str| metadata["resolve"]["nodes"].to_string().contains(&format!("#{crate_name}@"));
    for name in BY_FEATURE.iter().map(|(name, _)| *name).chain(["mysql_async", "tokio-postgres"]) {
        assert!(has(&all, name), "`{name}` is used by nobody: take it off the list");
        assert!(!has(&usual, name), "`{name}` is in the usual build");
    }
}

/// Whether an SPDX expression can be met: every `AND` part, by one of its `OR` choices.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    expression.split(" AND ").all(|part| {
        part.trim_matches(['(', ')', ' ']).split(" OR ").any(|licence| LICENCES.contains(&licence.trim_matches(['(', ')', ' '])))
    })
}

#[test]
fn licence_expressions_are_understood() {
    for (expression, allowed) in [
        ("MIT OR Apache-2.0", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0", false),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression), allowed, "{expression}");
    }
}
