//! The record filters of a URL as a query of the store: `source=a&source=b`, `not.status=200`, `words=…`.
//!
//! The same filters hold for searching, histograms, top values and the live stream, so they are declared and read once.
//! Several values of one name mean any of them; several names mean all of them.

use std::num::NonZeroU32;

use magpie_model::config::{Config, unknown};
use magpie_model::query::{ColumnFilter, Cursor, RecordQuery, RowTest, TextMatch, TimeRange};
use magpie_model::query_line::{self, Line, Mistake};
use magpie_model::{Code, Column, Kind, Severity, Timestamp};
use regex::RegexBuilder;
use serde_json::json;

use crate::params::{Parameter, Place, Query, column, is_parameter};
use crate::problem::Problem;

/// Longest search text in bytes.
const LONGEST_TEXT: usize = 1_000;
/// Most bytes that a compiled expression may take.
const REGEX_SIZE: usize = 1 << 20;
/// The kinds of records.
pub(crate) const KINDS: [Kind; 3] = [Kind::Log, Kind::Call, Kind::Run];

/// The filters as parameters.
pub(crate) fn filter_parameters() -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Column::ALL
        .iter()
        .map(|column| {
            Parameter::text(column.name(), Place::Repeated, format!("`{}` is one of these; empty for \"no value\".", column.name()))
        })
        .collect();
    let severities: Vec<&str> = Severity::ALL.iter().map(|severity| severity.name()).collect();
    let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
    parameters.extend([
        Parameter::new("severity", Place::Repeated, "The severity is one of these.", json!({"type": "string", "enum": severities})),
        Parameter::new("kind", Place::Repeated, "The record is of one of these kinds.", json!({"type": "string", "enum": kinds})),
        Parameter::text("job_id", Place::Query, "The job id is this one."),
        Parameter::text("trace_id", Place::Query, "The trace id is this one (hex)."),
        is_parameter(),
        Parameter::text("not", Place::Keyed, "`not.<column>=value`: the column has none of these values."),
        Parameter::text("attr", Place::Keyed, "`attr.<key>=value`: the attribute has this value."),
        Parameter::text("min", Place::Keyed, "`min.<field>=number`: the field is at least this, in its unit."),
        Parameter::text(
            "words",
            Place::Query,
            "These whole words follow each other in the message (letters of any case, each CJK character a word).",
        ),
        Parameter::text("contains", Place::Query, "This text occurs in the message, letters of any case."),
        Parameter::text("regex", Place::Query, "This expression matches in the message (syntax of the Rust crate `regex`)."),
        line_parameter("records"),
    ]);
    parameters
}

/// `q`: the query line.
pub(crate) fn line_parameter(of: &str) -> Parameter {
    let description = format!(
        "A query line that chooses {of}, besides the other filters: `target_module:video severity>=warn elapsed_ms>300 \"timed out\" \
         -status:200`. A mistake is told with its column."
    );
    Parameter::text("q", Place::Query, description)
}

/// The query line of a request; the empty one without.
pub(crate) fn query_line(query: &Query) -> Result<Line, Problem> {
    query_line::read(query.one("q").unwrap_or("")).map_err(line_problem)
}

pub(crate) fn line_problem(mistake: Mistake) -> Problem {
    let column = u32::try_from(mistake.column).ok().and_then(NonZeroU32::new);
    let problem = Problem::parameter("q", mistake.to_string(), mistake.fix).told(mistake.told);
    Problem { column, ..problem }
}

/// Reads the filters; range, limit and cursor are the caller's.
pub(crate) fn record_query(query: &Query, range: TimeRange, config: &Config) -> Result<RecordQuery, Problem> {
    query.check_columns()?;
    let mut filters = Vec::new();
    for column in Column::ALL {
        let values = query.of_column(column);
        if !values.is_empty() {
            filters.push(ColumnFilter::Is(column, values));
        }
    }
    for (name, value) in query.keyed("not") {
        not(&mut filters, column(&format!("not.{name}"), name)?, value);
    }
    let severities = query.all("severity").map(severity).collect::<Result<Vec<_>, _>>()?;
    if !severities.is_empty() {
        filters.push(ColumnFilter::Severity(severities));
    }
    let kinds = query.all("kind").map(kind).collect::<Result<Vec<_>, _>>()?;
    if !kinds.is_empty() {
        filters.push(ColumnFilter::Kind(kinds));
    }
    filters.extend(query.one("job_id").map(|id| ColumnFilter::JobId(id.to_owned())));
    filters.extend(query.one("trace_id").map(|id| ColumnFilter::TraceId(id.to_ascii_lowercase())));
    filters.extend(query.keyed("attr").map(|(key, value)| ColumnFilter::Attribute(key.to_owned(), value.to_owned())));
    for (name, value) in query.keyed("min") {
        filters.push(at_least(name, value, config)?);
    }
    let (asked, searched) = query_line::records::bind(&query_line(query)?, &config.fields).map_err(line_problem)?;
    filters.extend(asked);
    let text = match (text(query)?, searched) {
        (Some(text), Some(TextMatch::Substring(also))) => {
            filters.push(ColumnFilter::Asked { wanted: true, test: RowTest::Message(also) });
            Some(text)
        }
        (text, searched) => text.or(searched),
    };
    Ok(RecordQuery { filters, text, ..RecordQuery::range(range) })
}

/// A cursor as clients see it: 32 hex digits that mean nothing to them.
pub(crate) fn write_cursor(cursor: Cursor) -> String {
    format!("{:016x}{:016x}", cursor.time.0.cast_unsigned(), cursor.id)
}

/// Reads a cursor of ours.
pub(crate) fn read_cursor(text: &str) -> Option<Cursor> {
    if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let half = |range| u64::from_str_radix(&text[range], 16).ok();
    Some(Cursor { time: Timestamp(half(0..16)?.cast_signed()), id: half(16..32)? })
}

fn not(filters: &mut Vec<ColumnFilter>, column: Column, value: &str) {
    for filter in filters.iter_mut() {
        if let ColumnFilter::Not(of, values) = filter
            && *of == column
        {
            values.push(value.to_owned());
            return;
        }
    }
    filters.push(ColumnFilter::Not(column, vec![value.to_owned()]));
}

fn severity(name: &str) -> Result<Severity, Problem> {
    let found = Severity::ALL.into_iter().find(|severity| severity.name() == name);
    let names = Severity::ALL.map(Severity::name);
    found.ok_or_else(|| Problem::parameter("severity", unknown("severity", name, names), format!("use one of {}", names.join(", "))))
}

fn kind(name: &str) -> Result<Kind, Problem> {
    let names = KINDS.map(Kind::name);
    Kind::from_name(name)
        .ok_or_else(|| Problem::parameter("kind", unknown("kind", name, names), format!("use one of {}", names.join(", "))))
}

fn at_least(name: &str, value: &str, config: &Config) -> Result<ColumnFilter, Problem> {
    let parameter = format!("min.{name}");
    let Some(at) = config.field(name) else {
        let names: Vec<&str> = config.fields.iter().map(|spec| spec.name.as_str()).collect();
        let fix = format!("use one of {}", names.join(", "));
        return Err(Problem::parameter(&parameter, unknown("field", name, names), fix));
    };
    match config.fields[at].parse(value) {
        Some(least) => Ok(ColumnFilter::FieldAtLeast(at, least)),
        None => Err(Problem::parameter(
            &parameter,
            format!("`{value}` is not a number"),
            "write a number in the field's unit, such as 200 or 0.5",
        )),
    }
}

fn text(query: &Query) -> Result<Option<TextMatch>, Problem> {
    let given: Vec<(&str, &str)> = ["words", "contains", "regex"]
        .into_iter()
        .filter_map(|name| Some((name, query.one(name)?)))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let &[(name, text)] = given.as_slice() else {
        return match given.get(1) {
            None => Ok(None),
            Some((name, _)) => {
                Err(Problem::parameter(name, "more than one of `words`, `contains` and `regex`", "give one of them; a regex can say more"))
            }
        };
    };
    if text.len() > LONGEST_TEXT {
        let long = Problem::parameter(name, format!("the search text is longer than {LONGEST_TEXT} bytes"), "search for a part of it");
        return Err(long.coded(Code::TextTooLong, &[("limit", &LONGEST_TEXT)]));
    }
    Ok(Some(match name {
        "words" => TextMatch::Words(text.to_owned()),
        "contains" => TextMatch::Substring(text.to_owned()),
        _ => TextMatch::Regex(
            RegexBuilder::new(text)
                .size_limit(REGEX_SIZE)
                .build()
                .map_err(|error| Problem::parameter("regex", error.to_string(), "see https://docs.rs/regex/latest/regex/#syntax"))?,
        ),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<RecordQuery, Problem> {
        let query = Query::read(&filter_parameters(), query, Vec::new())?;
        record_query(&query, TimeRange::ALL, &Config::default())
    }

    #[test]
    fn filters_of_a_url() {
        let is = |column, values: &[&str]| ColumnFilter::Is(column, values.iter().map(|&value| value.to_owned()).collect());
        for (query, expected) in [
            ("", vec![]),
            ("source=a&source=b&status=", vec![is(Column::Source, &["a", "b"]), is(Column::Status, &[""])]),
            ("step=a&is.step=b&is[region]=c", vec![is(Column::Region, &["c"]), is(Column::Step, &["a", "b"])]),
            ("not.status=200&not[status]=304", vec![ColumnFilter::Not(Column::Status, vec!["200".into(), "304".into()])]),
            ("severity=warn&severity=error", vec![ColumnFilter::Severity(vec![Severity::Warn, Severity::Error])]),
            ("kind=call&job_id=7", vec![ColumnFilter::Kind(vec![Kind::Call]), ColumnFilter::JobId("7".into())]),
            ("trace_id=ABC", vec![ColumnFilter::TraceId("abc".into())]),
            ("attr.user=x%26y", vec![ColumnFilter::Attribute("user".into(), "x&y".into())]),
            ("min.elapsed_ms=0.5", vec![ColumnFilter::FieldAtLeast(0, 500_000)]),
            (
                "q=-status:200+region:c&source=a",
                vec![is(Column::Source, &["a"]), ColumnFilter::Not(Column::Status, vec!["200".into()]), is(Column::Region, &["c"])],
            ),
        ] {
            assert_eq!(read(query).unwrap().filters, expected, "{query}");
        }
        assert!(matches!(read("contains=a").unwrap().text, Some(TextMatch::Substring(text)) if text == "a"));
        assert!(matches!(read("q=%22timed+out%22").unwrap().text, Some(TextMatch::Substring(text)) if text == "timed out"));
        let both = read("q=slow&words=a").unwrap();
        assert!(matches!(both.text, Some(TextMatch::Words(_))));
        assert_eq!(both.filters, [ColumnFilter::Asked { wanted: true, test: RowTest::Message("slow".into()) }]);
        assert!(matches!(read("words=a+b&contains=").unwrap().text, Some(TextMatch::Words(text)) if text == "a b"));
        assert!(matches!(read("regex=a%2B").unwrap().text, Some(TextMatch::Regex(regex)) if regex.as_str() == "a+"));
    }

    #[test]
    fn wrong_filters_name_the_parameter() {
        for (query, parameter) in [
            ("severity=wran", "severity"),
            ("kind=span", "kind"),
            ("not.sauce=1", "not.sauce"),
            ("is.sauce=1", "is.sauce"),
            ("min.elapsed=1", "min.elapsed"),
            ("min.elapsed_ms=fast", "min.elapsed_ms"),
            ("regex=(", "regex"),
            ("regex=%5Cw%7B1000%7D%7B1000%7D", "regex"),
            ("words=a&regex=b", "regex"),
            ("job_id=1&job_id=2", "job_id"),
            ("q=a+sauce:1", "q"),
            ("q=%22a", "q"),
            ("elapsed_ms=2", "elapsed_ms"),
        ] {
            let problem = read(query).unwrap_err();
            assert_eq!((problem.status, problem.parameter.as_deref()), (400, Some(parameter)), "{query}: {}", problem.detail);
            assert!(!problem.fix.is_empty());
        }
        assert_eq!(read("q=a+sauce:1").unwrap_err().column, NonZeroU32::new(3));
        let long = format!("contains={}", "x".repeat(LONGEST_TEXT + 1));
        assert_eq!(read(&long).unwrap_err().parameter.as_deref(), Some("contains"));
    }

    #[test]
    fn cursors_read_back_and_others_do_not() {
        for cursor in [Cursor { time: Timestamp(-5), id: u64::MAX }, Cursor { time: Timestamp(1_795_168_800_000_000_000), id: 0 }] {
            assert_eq!(read_cursor(&write_cursor(cursor)), Some(cursor));
        }
        for text in ["", "xyz", "+0000000000000000000000000000001", "ä000000000000000000000000000000"] {
            assert_eq!(read_cursor(text), None, "{text}");
        }
    }
}
