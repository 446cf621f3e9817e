//! Trying a parser on some lines, for `POST /api/v1/parse`: the real way of a line, with nothing stored.

use std::ops::Range;
use std::sync::Arc;

use magpie_api::{ParseRefusal, ParseReply, ParseRequest, ParsedEvent, ValueSpan};
use magpie_model::config::{Config, Input, Parse, Source, Written};
use magpie_model::origin::{Chunk, Origin};
use magpie_model::record::Record;
use magpie_pipeline::normalise::intake::{Intake, Work};
use magpie_pipeline::normalise::normaliser::Normaliser;
use magpie_pipeline::normalise::plan::{Keep, Plan};
use magpie_pipeline::normalise::spans::{Ceilings, Pairer};
use magpie_pipeline::normalise::spotting;

use super::now;

/// Reads the lines of a request as the configuration in force would, but by the request's parser.
pub(super) fn parse(config: &Config, request: ParseRequest) -> Result<ParseReply, ParseRefusal> {
    let named = request.format.as_deref().is_some_and(|format| format != "auto");
    let auto = !named && request.pattern.is_none() && request.regex.is_none() && request.grok.is_none() && request.json.is_none();
    let source = source(&request);
    let mut config = Config { sources: vec![source], ..config.clone() };
    if let Some(zone) = &request.zone {
        config.zone.clone_from(zone);
    }
    let plan = Plan::compile(&config).map_err(|mistakes| ParseRefusal { mistakes })?;
    let text = request.text.clone().unwrap_or_else(|| request.lines.clone().unwrap_or_default().join("\n"));
    let origin = Arc::new(Origin::new(0, magpie_collect::host_name().into(), "".into(), 0, now()));
    let end = text.len() as u64;
    let chunk = Chunk {
        origin: Arc::clone(&origin),
        offset: 0,
        bytes: text.clone().into_bytes(),
        cuts: Vec::new(),
        first_line: 1,
        end,
        events: Vec::new(),
        entries: Vec::new(),
    };
    let mut intake = Intake::new(Arc::clone(&plan));
    let mut works: Vec<Work> = intake.take(chunk);
    works.extend(intake.flush(&origin));
    let format = intake.format(&origin).cloned();
    Ok(ParseReply {
        format: format.as_ref().map_or_else(|| "plain".to_owned(), |format| format.format.clone()),
        confidence: format.filter(|_| auto).map(|format| format.confidence),
        events: events(&config, &plan, &works, &text),
    })
}

fn events(config: &Config, plan: &Arc<Plan>, works: &[Work], text: &str) -> Vec<ParsedEvent> {
    let text_lines: Vec<&str> = text.lines().collect();
    let mut normaliser = Normaliser::new(Arc::clone(plan), Keep::Everything);
    let (mut pairer, mut calls): (Pairer, Vec<Record>) = (Pairer::new(config.span_wait, Ceilings::default()), Vec::new());
    // The format of each row's work.
    let mut formats: Vec<(usize, &Work)> = Vec::new();
    for work in works {
        formats.push((normaliser.records.len(), work));
        normaliser.normalise(work, now());
        for span in normaliser.spans.drain(..) {
            pairer.offer(span, now(), &mut calls);
        }
    }
    pairer.finish(&mut calls);
    let record = |row| normaliser.records.get(row, plan.fields(), &normaliser.dictionaries);
    let line = |row: usize| normaliser.lines.get(row).copied().unwrap_or(0);
    let mut events: Vec<ParsedEvent> =
        (0..normaliser.records.len()).map(|row| ParsedEvent { line: line(row), record: record(row), spans: Vec::new() }).collect();
    for (row, event) in events.iter_mut().enumerate() {
        let work = formats.iter().rev().find(|(first, _)| *first <= row).map(|(_, work)| work);
        let text = usize::try_from(event.line).ok().and_then(|line| text_lines.get(line.checked_sub(1)?));
        if let (Some(work), Some(text)) = (work, text) {
            event.spans = spotting::spots(plan, &work.format, text).into_iter().map(|(column, place)| span(text, column, place)).collect();
        }
    }
    events.extend(calls.into_iter().map(|record| ParsedEvent { line: 0, record, spans: Vec::new() }));
    events
}

/// A place in bytes, counted as a browser counts.
fn span(line: &str, column: String, place: Range<usize>) -> ValueSpan {
    let units = |end: usize| line[..end].encode_utf16().count();
    ValueSpan { column, start: units(place.start), end: units(place.end) }
}

fn written(text: &str) -> Written {
    Written { text: text.to_owned(), line: 0 }
}

fn source(request: &ParseRequest) -> Source {
    Source { name: "tryout".to_owned(), input: Input::Stdin, parse: parse_of(request), map: map_of(request), ..Source::default() }
}

/// The parser that a request means.
pub(super) fn parse_of(request: &ParseRequest) -> Parse {
    if let Some(pattern) = &request.pattern {
        Parse::Pattern(written(pattern))
    } else if let Some(regex) = &request.regex {
        Parse::Regex(written(regex))
    } else if let Some(grok) = &request.grok {
        Parse::Grok { pattern: written(grok), definitions: Default::default() }
    } else if let Some(paths) = &request.json {
        Parse::Json { paths: paths.clone() }
    } else {
        match request.format.as_deref() {
            None | Some("auto") => Parse::Auto,
            Some(name) => Parse::named(name),
        }
    }
}

/// The expressions of a request.
pub(super) fn map_of(request: &ParseRequest) -> Vec<(String, Written)> {
    request.map.iter().map(|(name, expression)| (name.clone(), written(expression))).collect()
}
