//! What a query line means for records: its names are columns, ids, attributes and measured fields.
//!
//! Terms that the store can answer from what it knows of a part (equal words, ids) become the plain filters that do so; the
//! rest become [`ColumnFilter::Asked`], which is compared row by row.

use std::cmp::Ordering;

use super::{Ask, Line, Mistake, Operator, Pattern, Term, Value, only, unknown_value};
use crate::config::unknown;
use crate::query::{ColumnFilter, IdColumn, RowTest, TextMatch, WordTest};
use crate::{Code, Column, FieldSpec, Kind, Severity, Side, time};

/// Names besides columns and fields.
pub const NAMES: [&str; 8] = ["severity", "kind", "side", "job_id", "trace_id", "span_id", "message", "attr."];

/// What a line means, for a query of the store: its filters, and the first text to search for.
pub fn bind(line: &Line, fields: &[FieldSpec]) -> Result<(Vec<ColumnFilter>, Option<TextMatch>), Mistake> {
    let (mut filters, mut text) = (Vec::new(), None);
    for term in &line.terms {
        match &term.ask {
            Ask::Text(wanted) if !term.negated && text.is_none() => text = Some(TextMatch::Substring(wanted.clone())),
            _ => filters.push(filter(term, fields)?),
        }
    }
    Ok((filters, text))
}

fn filter(term: &Term, fields: &[FieldSpec]) -> Result<ColumnFilter, Mistake> {
    let asked = |test| Ok(ColumnFilter::Asked { wanted: !term.negated, test });
    let (name, operator, values) = match &term.ask {
        Ask::Text(text) => return asked(RowTest::Message(text.clone())),
        Ask::Compare { name, operator, values } => (name.as_str(), *operator, values.as_slice()),
    };
    if let Some(column) = Column::from_name(name) {
        return Ok(column_filter(column, words(operator, values)?, term.negated));
    }
    if let Some(key) = name.strip_prefix("attr.").filter(|key| !key.is_empty()) {
        return asked(RowTest::Attribute(key.to_owned(), words(operator, values)?));
    }
    if let Some(field) = fields.iter().position(|spec| spec.name == name) {
        return field_filter(field, &fields[field], operator, values, term.negated);
    }
    match name {
        "severity" | "level" => severities(operator, values, term.negated),
        "kind" => kinds(operator, values, term.negated),
        "side" => asked(RowTest::Side(side(operator, values)?)),
        "message" => message(operator, values, term.negated),
        "job_id" => id(IdColumn::JobId, operator, values, term.negated),
        "trace_id" => id(IdColumn::TraceId, operator, values, term.negated),
        "span_id" => id(IdColumn::SpanId, operator, values, term.negated),
        other => Err(unknown_name(term.at, other, fields)),
    }
}

fn unknown_name(at: usize, name: &str, fields: &[FieldSpec]) -> Mistake {
    let known = Column::ALL.iter().map(|column| column.name()).chain(NAMES).chain(fields.iter().map(|spec| spec.name.as_str()));
    Mistake::new(
        at,
        Code::QueryUnknownName.with(&[("name", &name)]),
        unknown("column or field", name, known),
        "to search for this text, put it in quotes; for an attribute write attr.NAME:value",
    )
}

/// Equal words are what the store can skip parts by.
fn column_filter(column: Column, test: WordTest, negated: bool) -> ColumnFilter {
    if let WordTest::Like(patterns) = &test {
        let literals: Vec<String> = patterns.iter().filter_map(|pattern| Some(pattern.literal()?.to_owned())).collect();
        if literals.len() == patterns.len() {
            return if negated { ColumnFilter::Not(column, literals) } else { ColumnFilter::Is(column, literals) };
        }
    }
    ColumnFilter::Asked { wanted: !negated, test: RowTest::Column(column, test) }
}

fn words(operator: Operator, values: &[Value]) -> Result<WordTest, Mistake> {
    if operator == Operator::Is {
        return Ok(WordTest::Like(values.iter().map(|value| value.pattern.clone()).collect()));
    }
    let (value, text) = only(operator.symbol(), values)?;
    match text.parse::<f64>().ok().filter(|number| number.is_finite()) {
        Some(number) => Ok(WordTest::Number(operator, number)),
        None => Err(Mistake::new(
            value.at,
            Code::QueryNotANumber.with(&[("text", &text)]),
            format!("`{text}` is not a number"),
            format!("`{}` compares numbers; write name:value for words", operator.symbol()),
        )),
    }
}

fn field_filter(field: usize, spec: &FieldSpec, operator: Operator, values: &[Value], negated: bool) -> Result<ColumnFilter, Mistake> {
    let tests = if operator == Operator::Is {
        values.iter().map(|value| field_is(field, spec, value)).collect::<Result<Vec<_>, _>>()?
    } else {
        let (value, text) = only(operator.symbol(), values)?;
        vec![RowTest::Field(field, operator, number(spec, value, text)?)]
    };
    let test = match tests.as_slice() {
        [only] => only.clone(),
        _ => RowTest::Any(tests),
    };
    Ok(ColumnFilter::Asked { wanted: !negated, test })
}

fn field_is(field: usize, spec: &FieldSpec, value: &Value) -> Result<RowTest, Mistake> {
    match value.pattern.literal() {
        Some("") => Ok(RowTest::FieldMissing(field)),
        Some(text) => Ok(RowTest::Field(field, Operator::Is, number(spec, value, text)?)),
        None if value.pattern == Pattern::with_stars("*") => Ok(RowTest::Field(field, Operator::AtLeast, crate::field::MISSING + 1)),
        None => Err(Mistake::new(
            value.at,
            Code::QueryNoPattern.with(&[("name", &spec.name)]),
            format!("`{}` is a number and has no pattern", spec.name),
            format!("write {}:* for any value, or compare with > and <", spec.name),
        )),
    }
}

/// A number in the field's unit; of a time also a duration such as `1.5s`; of a flag also `true` and `false`.
fn number(spec: &FieldSpec, value: &Value, text: &str) -> Result<i64, Mistake> {
    let flag = match text {
        "true" if spec.flag => Some(spec.one()),
        "false" if spec.flag => Some(0),
        _ => None,
    };
    flag.or_else(|| spec.parse(text)).or_else(|| duration(spec, text)).ok_or_else(|| {
        let unit = spec.unit.as_deref().map(|unit| format!(" ({unit})")).unwrap_or_default();
        let told = Code::QueryNotANumber.with(&[("text", &text)]);
        Mistake::new(value.at, told, format!("`{text}` is not a number"), format!("write a number in the unit of {}{unit}", spec.name))
    })
}

fn duration(spec: &FieldSpec, text: &str) -> Option<i64> {
    let nanos_per_unit: i128 = match spec.unit.as_deref()? {
        "ms" => time::MILLISECOND.into(),
        "s" => time::SECOND.into(),
        _ => return None,
    };
    let nanos = i128::from(time::parse_duration(text)?);
    i64::try_from(nanos * i128::from(spec.one()) / nanos_per_unit).ok()
}

fn severities(operator: Operator, values: &[Value], negated: bool) -> Result<ColumnFilter, Mistake> {
    let severity = |value: &Value| {
        let text = value.pattern.to_string();
        let found = if text.is_empty() || text == "unset" { Some(Severity::Unset) } else { Severity::from_word(&text) };
        found.ok_or_else(|| unknown_value(value.at, "severity", &text, &Severity::ALL.map(Severity::name)))
    };
    let wanted: Vec<Severity> = if operator == Operator::Is {
        values.iter().map(severity).collect::<Result<_, _>>()?
    } else {
        let limit = severity(only(operator.symbol(), values)?.0)?;
        // A line that names no severity is neither mild nor bad.
        Severity::ALL.into_iter().filter(|of| *of != Severity::Unset && operator.holds(of.cmp(&limit))).collect()
    };
    Ok(ColumnFilter::Severity(Severity::ALL.into_iter().filter(|of| wanted.contains(of) != negated).collect()))
}

fn kinds(operator: Operator, values: &[Value], negated: bool) -> Result<ColumnFilter, Mistake> {
    const ALL: [Kind; 3] = [Kind::Log, Kind::Call, Kind::Run];
    let wanted = of_words("kind", operator, values, Kind::from_name, &ALL.map(Kind::name))?;
    Ok(ColumnFilter::Kind(ALL.into_iter().filter(|kind| wanted.contains(kind) != negated).collect()))
}

fn side(operator: Operator, values: &[Value]) -> Result<Vec<Side>, Mistake> {
    let from_name = |name: &str| [Side::Callee, Side::Caller].into_iter().find(|side| side.name() == name);
    of_words("side", operator, values, from_name, &["callee", "caller"])
}

fn of_words<T>(
    what: &str,
    operator: Operator,
    values: &[Value],
    find: impl Fn(&str) -> Option<T>,
    known: &[&str],
) -> Result<Vec<T>, Mistake> {
    if operator != Operator::Is {
        let (at, fix) = (values.first().map_or(1, |value| value.at), format!("use one of {}", known.join(", ")));
        return Err(Mistake::new(at, Code::QueryNoOrder.with(&[("name", &what)]), format!("`{what}` has no order"), fix));
    }
    let word = |value: &Value| {
        let text = value.pattern.to_string();
        find(&text).ok_or_else(|| unknown_value(value.at, what, &text, known))
    };
    values.iter().map(word).collect()
}

/// `message:text` searches like bare text; with stars the whole message is compared.
fn message(operator: Operator, values: &[Value], negated: bool) -> Result<ColumnFilter, Mistake> {
    if operator != Operator::Is {
        let at = values.first().map_or(1, |value| value.at);
        let told = Code::QueryNoOrder.with(&[("name", &"message")]);
        return Err(Mistake::new(at, told, "`message` has no order", "write message:text, or the text alone"));
    }
    let tests: Vec<RowTest> = values
        .iter()
        .map(|value| match value.pattern.literal() {
            Some(text) if !text.is_empty() => RowTest::Message(text.to_owned()),
            _ => RowTest::Id(IdColumn::Message, WordTest::Like(vec![value.pattern.clone()])),
        })
        .collect();
    Ok(ColumnFilter::Asked { wanted: !negated, test: RowTest::Any(tests) })
}

/// One id is looked up by the store's bloom filters.
fn id(column: IdColumn, operator: Operator, values: &[Value], negated: bool) -> Result<ColumnFilter, Mistake> {
    let test = words(operator, values)?;
    let literal = match &test {
        WordTest::Like(patterns) if !negated && patterns.len() == 1 => patterns[0].literal(),
        _ => None,
    };
    Ok(match (column, literal) {
        (IdColumn::JobId, Some(id)) => ColumnFilter::JobId(id.to_owned()),
        (IdColumn::TraceId, Some(id)) => ColumnFilter::TraceId(id.to_ascii_lowercase()),
        _ => ColumnFilter::Asked { wanted: !negated, test: RowTest::Id(column, test) },
    })
}

impl WordTest {
    /// Whether a word is meant; the empty word stands for "no value".
    pub fn matches(&self, word: &str) -> bool {
        match self {
            Self::Like(patterns) => patterns.iter().any(|pattern| pattern.matches(word)),
            Self::Number(operator, number) => {
                word.parse::<f64>().ok().and_then(|value| value.partial_cmp(number)).is_some_and(|order| operator.holds(order))
            }
        }
    }
}

/// Whether a field's value compares with a limit, which may be of another scale: both are brought to the same one.
pub fn field_holds(operator: Operator, value: i64, one: i64, limit: i64, limit_one: i64) -> bool {
    let order: Ordering = (i128::from(value) * i128::from(limit_one)).cmp(&(i128::from(limit) * i128::from(one)));
    operator.holds(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query_line::read;
    use proptest::prelude::*;

    fn fields() -> Vec<FieldSpec> {
        vec![FieldSpec::elapsed(), FieldSpec::error()]
    }

    fn asked(wanted: bool, test: RowTest) -> ColumnFilter {
        ColumnFilter::Asked { wanted, test }
    }

    #[test]
    fn what_names_mean() {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let like = |pattern: &str| WordTest::Like(vec![Pattern::with_stars(pattern)]);
        for (line, filter) in [
            ("target_module:video", ColumnFilter::Is(Column::TargetModule, words(&["video"]))),
            ("-status:200,204", ColumnFilter::Not(Column::Status, words(&["200", "204"]))),
            ("service:/video/*", asked(true, RowTest::Column(Column::Service, like("/video/*")))),
            ("-service:/video/*", asked(false, RowTest::Column(Column::Service, like("/video/*")))),
            ("status>=500", asked(true, RowTest::Column(Column::Status, WordTest::Number(Operator::AtLeast, 500.0)))),
            ("severity>=warn", ColumnFilter::Severity(vec![Severity::Warn, Severity::Error, Severity::Fatal])),
            ("level<warn", ColumnFilter::Severity(vec![Severity::Trace, Severity::Debug, Severity::Info])),
            (
                "-severity:WARNING,error",
                ColumnFilter::Severity(vec![Severity::Unset, Severity::Trace, Severity::Debug, Severity::Info, Severity::Fatal]),
            ),
            ("kind!=call", ColumnFilter::Kind(vec![Kind::Log, Kind::Run])),
            ("side:caller", asked(true, RowTest::Side(vec![Side::Caller]))),
            ("job_id:7", ColumnFilter::JobId("7".into())),
            ("trace_id:ABC", ColumnFilter::TraceId("abc".into())),
            ("-job_id:7", asked(false, RowTest::Id(IdColumn::JobId, WordTest::Like(vec![Pattern::exact("7")])))),
            ("span_id:a*", asked(true, RowTest::Id(IdColumn::SpanId, like("a*")))),
            ("attr.user:u1*", asked(true, RowTest::Attribute("user".into(), like("u1*")))),
            ("elapsed_ms>300", asked(true, RowTest::Field(0, Operator::Above, 300_000_000))),
            ("elapsed_ms<=1500us", asked(true, RowTest::Field(0, Operator::AtMost, 1_500_000))),
            ("-elapsed_ms>0.5", asked(false, RowTest::Field(0, Operator::Above, 500_000))),
            (
                "elapsed_ms:1,2",
                asked(true, RowTest::Any(vec![RowTest::Field(0, Operator::Is, 1_000_000), RowTest::Field(0, Operator::Is, 2_000_000)])),
            ),
            ("error:true", asked(true, RowTest::Field(1, Operator::Is, 1))),
            ("elapsed_ms:\"\"", asked(true, RowTest::FieldMissing(0))),
            ("-timeout", asked(false, RowTest::Message("timeout".into()))),
        ] {
            let (filters, text) = bind(&read(line).unwrap(), &fields()).unwrap();
            assert_eq!((filters, text.is_none()), (vec![filter], true), "{line}");
        }
        let (filters, text) = bind(&read("slow \"timed out\"").unwrap(), &fields()).unwrap();
        assert!(matches!(text, Some(TextMatch::Substring(first)) if first == "slow"));
        assert_eq!(filters, [asked(true, RowTest::Message("timed out".into()))]);
    }

    #[test]
    fn mistakes_name_their_column_and_what_to_write() {
        for (line, column, message) in [
            ("x target_modul:video", 3, "unknown column or field `target_modul`, did you mean `target_module`?"),
            ("code=E3", 1, "unknown column or field `code`"),
            ("severity>=wran", 11, "unknown severity `wran`, did you mean `warn`?"),
            ("severity>a,b", 12, "`>` takes one value"),
            ("kind:span", 6, "unknown kind `span`"),
            ("kind>call", 6, "`kind` has no order"),
            ("elapsed_ms>fast", 12, "`fast` is not a number"),
            ("elapsed_ms:1*", 12, "`elapsed_ms` is a number and has no pattern"),
            ("status>ok", 8, "`ok` is not a number"),
            ("status>5*", 8, "`*` can only stand after `:`"),
            ("attr.:x", 1, "unknown column or field `attr.`"),
        ] {
            let mistake = bind(&read(line).unwrap(), &fields()).unwrap_err();
            assert!(mistake.column == column && mistake.message.starts_with(message), "{line}: {mistake}");
            assert!(!mistake.fix.is_empty());
        }
    }

    proptest! {
        #[test]
        fn nothing_typed_panics(line in "((severity|status|elapsed_ms|kind|side|attr.a|message|x)?(:|=|!=|>=|<|>)?(\"[^\"]*\"|[a-z0-9*,.-]{0,8}) ?){0,6}") {
            if let Ok(line) = read(&line) {
                let _ = bind(&line, &fields());
            }
        }
    }
}
