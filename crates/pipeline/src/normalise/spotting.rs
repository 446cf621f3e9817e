//! Where the values of a record stand in its line: for showing a person what a parser took from where.
//!
//! The line is read once more by its parser, and every value that is a piece of the line is found by its place in memory. Values
//! that were put together (unescaped strings, results of expressions over several values) stand nowhere. Never part of the way
//! of a line.

use std::ops::Range;

use magpie_model::Column;

use super::bind::{Bound, NumberFrom, TimeFrom, WordFrom};
use super::plan::Plan;
use super::values::{Value, Values, read_event};

/// A value of a line: the column, the field or `attr.` and the name of the attribute, and where it stands, in bytes.
pub type Spot = (String, Range<usize>);

/// The values that stand in a line, ascending by place. None for lines that hold many events, and for those not understood.
pub fn spots(plan: &Plan, bound: &Bound, line: &str) -> Vec<Spot> {
    if bound.parser.many().is_some() {
        return Vec::new();
    }
    let mut values = Values::new(bound.parser.names().len());
    if read_event(&*bound.parser, line, &mut values).is_err() {
        return Vec::new();
    }
    let place = |slot: usize| match values.get(slot) {
        Value::Text(text) => place_of(line, text),
        _ => None,
    };
    let of_word = |from: &WordFrom| slot_of(from).and_then(place);
    let first = |sources: &[WordFrom]| {
        // The first source that has a value is where the value comes from, whether it stands in the line or not.
        let present = sources.iter().find(|from| slot_of(from).is_none_or(|slot| values.get(slot).is_present()));
        present.and_then(of_word)
    };
    let mut spots: Vec<Spot> = Vec::new();
    let mut note = |name: &str, place: Option<Range<usize>>| spots.extend(place.map(|place| (name.to_owned(), place)));
    match &bound.time {
        TimeFrom::Slot(slot) => note("time", place(*slot)),
        TimeFrom::Expression(template) => note("time", template.slots().first().copied().and_then(place)),
        TimeFrom::Nowhere => {}
    }
    note("severity", first(&bound.severity));
    for column in Column::ALL {
        note(column.name(), first(&bound.words[column.index()]));
    }
    for (spec, sources) in plan.fields().iter().zip(&bound.numbers) {
        let slots = sources.iter().filter_map(|from| match from {
            NumberFrom::Scaled(slot, _) => Some(*slot),
            NumberFrom::Expression(template) => template.slots().first().copied(),
        });
        note(&spec.name, slots.into_iter().find_map(place));
    }
    let texts = &bound.texts;
    for (name, sources) in
        [("message", &texts.message), ("job_id", &texts.job_id), ("trace_id", &texts.trace_id), ("span_id", &texts.span_id)]
    {
        note(name, first(sources));
    }
    for (name, from) in &bound.attributes {
        note(&format!("attr.{name}"), of_word(from));
    }
    for (name, text) in &values.extra {
        note(&format!("attr.{name}"), place_of(line, text));
    }
    spots.sort_by_key(|(_, place)| (place.start, place.end));
    spots
}

/// The slot that a word is taken from, where it is one.
fn slot_of(from: &WordFrom) -> Option<usize> {
    match from {
        WordFrom::Slot(slot) | WordFrom::Route(slot) | WordFrom::Single(_, slot) | WordFrom::Piece { slot, .. } => Some(*slot),
        WordFrom::Expression(template) => template.slots().first().copied(),
        WordFrom::Constant(_) => None,
    }
}

/// Where a piece of the line stands in it; `None` when it is text from elsewhere, or empty.
fn place_of(line: &str, piece: &str) -> Option<Range<usize>> {
    let start = (piece.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
    let end = start.checked_add(piece.len())?;
    (!piece.is_empty() && end <= line.len() && line.get(start..end) == Some(piece)).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::config::{Config, Parse, Source, Written};

    fn shown(parse: Parse, map: &[(&str, &str)], line: &str) -> Vec<(String, String)> {
        let written = |text: &str| Written { text: text.to_owned(), line: 0 };
        let map = map.iter().map(|(name, text)| ((*name).to_owned(), written(text))).collect();
        let source = Source { name: "t".into(), parse, map, ..Source::default() };
        let plan = Plan::compile(&Config { sources: vec![source], ..Config::default() }).unwrap();
        let bound = plan.bind(0, line);
        spots(&plan, &bound, line).into_iter().map(|(name, place)| (name, line[place].to_owned())).collect()
    }

    fn expected(spots: &[(&str, &str)]) -> Vec<(String, String)> {
        spots.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn values_stand_where_they_were_taken_from() {
        let pattern = |text: &str| Parse::Pattern(Written { text: text.to_owned(), line: 0 });
        assert_eq!(
            shown(pattern("<source> [<time>] <path> <elapsed_s> <user>"), &[], "10.0.0.1 [2026-11-20T10:00:00Z] /视频/1 0.5 猫"),
            expected(&[
                ("source", "10.0.0.1"),
                ("time", "2026-11-20T10:00:00Z"),
                ("service", "/视频/1"),
                ("elapsed_ms", "0.5"),
                ("attr.user", "猫"),
            ])
        );
        assert_eq!(
            shown(Parse::Json { paths: [("status".to_owned(), "a.code".to_owned())].into() }, &[], r#"{"a":{"code":"500"},"b":"x\ny"}"#),
            expected(&[("status", "500")]),
            "an unescaped text stands nowhere"
        );
        assert_eq!(
            shown(pattern("<a>-<b>"), &[("status", "{a}"), ("region", "eu")], "1-2"),
            expected(&[("status", "1"), ("attr.a", "1"), ("attr.b", "2")])
        );
        assert_eq!(shown(pattern("<a>-<b>"), &[], "no"), expected(&[]), "a line that is not understood has no values");
    }
}
