//! Parsers that people chose over the API: versions in the state store, laid over the sources of the configuration file.
//!
//! A choice for a source that the file no longer has waits until the file has it again; one that no longer compiles is left out
//! and logged, because a file that people edit must not keep Magpie from starting.

use magpie_api::{ParserChoice, ParserOrigin, ParserReport};
use magpie_model::config::{Config, Parse, Source};
use magpie_pipeline::normalise::plan::Plan;
use magpie_store::{Document, StateStore};

use super::tryout;

/// What the choices are in the state store.
pub(super) const KIND: &str = "parser";

/// The configuration with the stored choices.
pub(super) fn apply(mut config: Config, state: &dyn StateStore) -> magpie_store::Result<Config> {
    for document in state.documents(KIND)? {
        let Some(choice) = choice_of(&document) else { continue };
        let Some(at) = config.sources.iter().position(|source| source.name == document.name) else { continue };
        let chosen = lay_over(&config.sources[at], &choice);
        let alone = Config { sources: vec![chosen.clone()], ..config.clone() };
        match Plan::compile(&alone) {
            Ok(_) => config.sources[at] = chosen,
            Err(problems) => {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                tracing::error!(source = document.name, problems = problems.join("; "), "a parser chosen over the API no longer fits");
            }
        }
    }
    Ok(config)
}

/// A source with another parser. The file's own expressions stay where the choice has none of that name.
pub(super) fn lay_over(source: &Source, choice: &ParserChoice) -> Source {
    let request = choice.as_request();
    let mut map = source.map.clone();
    for (name, written) in tryout::map_of(&request) {
        match map.iter_mut().find(|(known, _)| *known == name) {
            Some((_, place)) => *place = written,
            None => map.push((name, written)),
        }
    }
    Source { parse: tryout::parse_of(&request), map, zone: choice.zone.clone().or_else(|| source.zone.clone()), ..source.clone() }
}

fn choice_of(document: &Document) -> Option<ParserChoice> {
    serde_json::from_value(document.content.clone()?).ok()
}

/// What is in force for a source, and where it was chosen.
pub(super) fn report(source: &Source, documents: &[Document]) -> ParserReport {
    let chosen = documents.iter().find(|document| document.name == source.name);
    match chosen.and_then(|document| Some((document, choice_of(document)?))) {
        Some((document, choice)) => {
            ParserReport { origin: ParserOrigin::Ui, choice, at: Some(document.signature.at), version: Some(document.version) }
        }
        None => ParserReport { choice: written(source), ..ParserReport::default() },
    }
}

/// What the configuration file says of a source's parser, as far as a choice can say it.
fn written(source: &Source) -> ParserChoice {
    let map = source.map.iter().map(|(name, written)| (name.clone(), written.text.clone())).collect();
    let mut choice = ParserChoice { map, zone: source.zone.clone(), ..ParserChoice::default() };
    match &source.parse {
        Parse::Auto => choice.format = Some("auto".to_owned()),
        Parse::Format(name) => choice.format = Some(name.clone()),
        Parse::Pattern(written) => choice.pattern = Some(written.text.clone()),
        Parse::Regex(written) => choice.regex = Some(written.text.clone()),
        Parse::Grok { pattern, .. } => choice.grok = Some(pattern.text.clone()),
        Parse::Json { paths } => choice.json = Some(paths.clone()),
        Parse::Csv { .. } => choice.format = Some("csv".to_owned()),
        Parse::Vrl(_) => choice.format = Some("vrl".to_owned()),
    }
    choice
}
