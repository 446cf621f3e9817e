//! What the documentation shows is what the program does.
//!
//! Every YAML block of the pages and every file in `examples/` is a configuration that must be accepted, patterns and
//! expressions included, and every row of the table of expressions is computed by `magpie parse`. Whether the examples read
//! real logs right is tested with the pipeline, beside the logs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use magpie_model::config;
use magpie_pipeline::normalise::plan::Plan;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the crate lies in crates/").to_owned()
}

fn read(path: &str) -> String {
    let path = workspace().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The fenced YAML blocks of a page, each after as many line ends as stand before it, so that mistakes name the page's line.
fn yaml_blocks(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for (number, line) in page.lines().enumerate() {
        match &mut block {
            None if line == "```yaml" => block = Some("\n".repeat(number + 1)),
            None => {}
            Some(_) if line == "```" => blocks.extend(block.take()),
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    assert!(block.is_none(), "a block is never closed");
    blocks
}

fn assert_accepted(text: &str, path: &Path) {
    let config = config::read(text, path, &|_| None).unwrap_or_else(|error| panic!("{error}"));
    if let Err(problems) = Plan::compile(&config) {
        panic!("{}: {problems:?}", path.display());
    }
}

fn yaml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            // Flows are no configurations; `example_flows` runs them.
            if !entry.ends_with("examples/flows") {
                yaml_files(&entry, found);
            }
        } else if entry.extension().is_some_and(|ending| ending == "yaml") {
            found.push(entry);
        }
    }
}

#[test]
fn configurations_on_pages_are_accepted() {
    for (page, least) in [("docs/configuration.md", 15), ("docs/formats.md", 1), ("README.md", 1), ("README.zh-CN.md", 1)] {
        let blocks = yaml_blocks(&read(page));
        assert!(blocks.len() >= least, "{page} has {} blocks, at least {least} were expected", blocks.len());
        for block in &blocks {
            assert_accepted(block, Path::new(page));
        }
    }
}

#[test]
fn configurations_of_agents_on_the_page_are_accepted_and_every_key_is_on_it() {
    let page = read("docs/agent.md");
    let blocks = yaml_blocks(&page);
    assert!(!blocks.is_empty());
    for block in &blocks {
        config::agent::read(block, Path::new("docs/agent.md"), &|_| None).unwrap_or_else(|error| panic!("{error}"));
    }
    for key in config::agent::keys() {
        assert!(page.contains(&format!("`{key}`")) || page.contains(&format!("{key}:")), "docs/agent.md does not tell of `{key}`");
    }
}

#[test]
fn examples_are_accepted_and_listed() {
    let folder = workspace().join("examples");
    let mut files = Vec::new();
    yaml_files(&folder, &mut files);
    assert!(files.len() >= 13, "{files:?}");
    let list = read("examples/README.md");
    for path in files {
        assert_accepted(&fs::read_to_string(&path).expect("the example is text"), &path);
        let name = path.strip_prefix(&folder).expect("it lies in the folder").display().to_string();
        assert!(list.contains(&format!("({name})")), "examples/README.md does not list {name}");
    }
}

#[test]
fn every_key_of_the_configuration_is_on_the_page() {
    let page = read("docs/configuration.md");
    let schema: serde_json::Value = serde_json::from_str(config::SCHEMA).expect("the schema is JSON");
    let objects =
        [&schema, &schema["$defs"]["source"], &schema["$defs"]["monitor"], &schema["$defs"]["threshold"], &schema["$defs"]["field"]];
    for object in objects {
        for key in object["properties"].as_object().expect("an object with keys").keys() {
            assert!(page.contains(&format!("`{key}`")), "docs/configuration.md does not tell of `{key}`");
        }
    }
}

#[test]
fn every_format_is_on_the_page() {
    let page = read("docs/formats.md");
    for name in magpie_pipeline::normalise::detect::names() {
        assert!(page.contains(&format!("`{name}`")), "docs/formats.md does not tell of `{name}`");
    }
}

/// The rows of the table of expressions: expression, and value or `None` for null.
fn expressions(page: &str) -> Vec<(String, Option<String>)> {
    let table = page.split("<!-- expressions -->").nth(1).expect("the table is marked");
    let rows = table.trim_start().lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split(" | ").map(str::trim);
        let expression = cells.next().expect("an expression").trim_matches('`').to_owned();
        let value = cells.next().expect("a value");
        (expression, (value != "null").then(|| value.trim_matches('`').to_owned()))
    })
    .collect()
}

#[test]
fn every_expression_on_the_page_has_the_value_on_the_page() {
    let rows = expressions(&read("docs/configuration.md"));
    assert!(rows.len() >= 35, "{} rows", rows.len());
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("app.log");
    fs::write(&log, "2026-11-22T10:15:03Z GET /item/123?x=1 503 0.043 10.0.9.4:8080\n").expect("the log is written");
    let map: String = rows.iter().enumerate().map(|(row, (text, _))| format!("      e{row}: '{}'\n", text.replace('\'', "''"))).collect();
    let yaml = format!(
        "hosts: {{ 10.0.9.4: video }}\nsources:\n  - name: app\n    file: '{}'\n    parse: {{ pattern: '<time> <method> <path> <code> <took> <peer>' }}\n    map:\n{map}",
        log.display()
    );
    let path = folder.path().join("magpie.yaml");
    fs::write(&path, yaml).expect("the configuration is written");
    let output =
        Command::new(env!("CARGO_BIN_EXE_magpie")).args(["parse", "--json", "-c"]).arg(&path).arg(&log).output().expect("magpie runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let event: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one event");
    for (row, (expression, value)) in rows.iter().enumerate() {
        assert_eq!(event["attributes"][format!("e{row}")].as_str(), value.as_deref(), "{expression}");
    }
}
