//! Sources whose lines become records at the agent: they say how by the keys that a source of the server has.
//!
//! What they say is read by the same functions, and becomes a configuration of the server's kind, so that the same program
//! makes the same records of it. `parse:` is what turns it on: `auto` finds the format as the server does.

use crate::config::document::{Mapping, Reading};
use crate::config::{Config, Input, Limits, Source, sources, written};

use super::AgentConfig;

/// How the lines of a source are read here; `None` if they are sent as they are.
pub(super) fn source(mapping: &Mapping<'_>, name: &str, reading: &mut Reading<'_>) -> Option<Source> {
    let Some(parse) = mapping.get("parse") else {
        for key in sources::READING_KEYS {
            if let Some(node) = mapping.get(key) {
                let fix = "add `parse:` (`parse: auto` finds the format) to have it normalised here, or say it to the server";
                reading.problem(node.line(), format!("`{key}:` is for a source that the agent normalises; {fix}"));
            }
        }
        return None;
    };
    let mut source = Source { name: name.to_owned(), input: Input::Agent, ..Source::default() };
    source.parse = sources::parse(parse, reading).unwrap_or(source.parse);
    sources::how_read(mapping, &mut source, reading);
    Some(source)
}

/// One event of so many beside the counts, when nothing is said.
const SAMPLE: u64 = 100;

/// Whether lines of a source are counted when more waits than is allowed, and which part of them is sent nevertheless.
pub(super) fn sample(mapping: &Mapping<'_>, reading: &mut Reading<'_>) -> Option<u64> {
    let counts = mapping.get("when_full").and_then(|node| reading.word(node, "when_full", &[("stop", false), ("count", true)]));
    let counts = counts.unwrap_or(false);
    let every = mapping.get("sample").and_then(|node| reading.size(node, "sample"));
    match mapping.get("when_full").or_else(|| mapping.get("sample")) {
        Some(node) if mapping.get("parse").is_none() => {
            let fix = "add `parse:` (`parse: auto` finds the format), since only what was understood can be counted";
            reading.problem(node.line(), format!("`when_full:` and `sample:` are for a source that the agent normalises; {fix}"));
        }
        Some(node) if !counts && mapping.get("sample").is_some() => {
            reading.problem(node.line(), "`sample:` goes with `when_full: count`: of lines that are not counted, all are sent");
        }
        _ => {}
    }
    counts.then(|| every.unwrap_or(SAMPLE))
}

/// The configuration by which they are normalised, with a source for each of the agent's.
pub(super) fn config(agent: &AgentConfig, top: &Mapping<'_>, reading: &mut Reading<'_>) -> Option<Config> {
    let mut config = Config { path: agent.path.clone(), ..Config::default() };
    written::how_normalised(&mut config, top, reading);
    written::bucket(&mut config, top, reading);
    let plain = |name: &String| Source { name: name.clone(), input: Input::Agent, ..Source::default() };
    let each = agent.sources.iter().map(|source| source.reading.as_deref().cloned().unwrap_or_else(|| plain(&source.name)));
    config.sources = each.collect();
    written::settle_fields(&mut config, top, reading);
    // Nothing is counted here by which memory would have to be bounded; the server has its own ceilings.
    config.limits = Limits { services: usize::MAX, sources: usize::MAX, values: usize::MAX, ..Limits::default() };
    if agent.sources.iter().any(|source| source.reading.is_some()) {
        return Some(config);
    }
    for key in written::NORMALISING_KEYS.into_iter().chain(["bucket"]) {
        if let Some(node) = top.get(key) {
            reading.problem(node.line(), format!("`{key}:` is for sources that the agent normalises, and no source has `parse:`"));
        }
    }
    None
}
