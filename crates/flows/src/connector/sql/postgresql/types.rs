//! Values of PostgreSQL and JSON, both ways.
//!
//! A parameter goes as the text that the database itself would read for its type, so every type that has a text takes one. A result
//! comes in the binary forms of the protocol (the `*send` functions of PostgreSQL's sources); a type whose form is not known
//! here is an error that names the column and the cast that helps. What JSON cannot hold exactly is a text: decimals, times, bytes (base64).

use std::error::Error;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use jiff::Span;
use jiff::civil::{Date, DateTime, Time};
use serde_json::{Number, Value};
use tokio_postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

type AnyError = Box<dyn Error + Sync + Send>;

/// A value as a parameter.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, AnyError> {
        match literal(self.0, kind)? {
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// The text that PostgreSQL reads for a value of a type; `None` for NULL.
fn literal(value: &Value, kind: &Type) -> Result<Option<String>, String> {
    let kind = base(kind);
    let text = match (value, kind.kind()) {
        (Value::Null, _) => return Ok(None),
        (value, _) if is_json(kind) => value.to_string(),
        (Value::String(text), _) if *kind == Type::BYTEA => hexadecimal(text)?,
        (Value::String(text), _) => text.clone(),
        (Value::Array(items), Kind::Array(of)) => array(items, of)?,
        (value, _) => value.to_string(),
    };
    match text.contains('\0') {
        true => Err("PostgreSQL has no character 0 in texts".into()),
        false => Ok(Some(text)),
    }
}

fn is_json(kind: &Type) -> bool {
    [Type::JSON, Type::JSONB].contains(kind)
}

/// The type that a domain restricts.
fn base(kind: &Type) -> &Type {
    match kind.kind() {
        Kind::Domain(of) => base(of),
        _ => kind,
    }
}

fn hexadecimal(text: &str) -> Result<String, String> {
    let bytes = STANDARD.decode(text).map_err(|error| format!("bytes are given as base64, and this is none: {error}"))?;
    Ok(bytes.iter().fold("\\x".to_owned(), |text, byte| text + &format!("{byte:02x}")))
}

fn array(items: &[Value], of: &Type) -> Result<String, String> {
    let item = |item: &Value| match item {
        Value::Array(inner) if !is_json(base(of)) => array(inner, of),
        item => Ok(literal(item, of)?.map_or_else(|| "NULL".to_owned(), |text| quoted(&text))),
    };
    let items: Vec<String> = items.iter().map(item).collect::<Result<_, _>>()?;
    Ok(format!("{{{}}}", items.join(",")))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A value as it came; `None` for NULL.
pub(super) struct Raw<'a>(pub(super) Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, bytes: &'a [u8]) -> Result<Self, AnyError> {
        Ok(Self(Some(bytes)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, AnyError> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A value of a result; what is wrong with its column otherwise.
pub(super) fn cell(kind: &Type, bytes: Option<&[u8]>) -> Result<Value, String> {
    let Some(bytes) = bytes else { return Ok(Value::Null) };
    let kind = base(kind);
    let value = match kind.kind() {
        Kind::Array(of) => elements(of, bytes)?,
        Kind::Enum(_) => text(bytes),
        _ => simple(kind, bytes)?,
    };
    value.ok_or_else(|| format!("has a value of the type `{kind}` that cannot be shown: cast it to text (`::text`)"))
}

/// A value of a type without parts; `None` when its bytes are not what they should be.
fn simple(kind: &Type, bytes: &[u8]) -> Result<Option<Value>, String> {
    Ok(match *kind {
        // What a function that yields nothing yields, `SELECT refresh_totals()`.
        Type::VOID => Some(Value::Null),
        Type::BOOL => bytes.first().map(|byte| (*byte != 0).into()),
        Type::INT2 => fixed(bytes).map(|bytes| i16::from_be_bytes(bytes).into()),
        Type::INT4 => fixed(bytes).map(|bytes| i32::from_be_bytes(bytes).into()),
        Type::INT8 => fixed(bytes).map(|bytes| i64::from_be_bytes(bytes).into()),
        Type::OID => fixed(bytes).map(|bytes| u32::from_be_bytes(bytes).into()),
        Type::FLOAT4 => fixed(bytes).map(|bytes| single(f32::from_be_bytes(bytes))),
        Type::FLOAT8 => fixed(bytes).map(|bytes| double(f64::from_be_bytes(bytes))),
        Type::NUMERIC => numeric(bytes),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::XML | Type::UNKNOWN => text(bytes),
        Type::JSON => serde_json::from_slice(bytes).ok(),
        // The first byte is the version of the form.
        Type::JSONB => bytes.strip_prefix(&[1]).and_then(|bytes| serde_json::from_slice(bytes).ok()),
        Type::BYTEA => Some(STANDARD.encode(bytes).into()),
        Type::UUID => fixed(bytes).map(|bytes| uuid(u128::from_be_bytes(bytes))),
        Type::DATE => fixed(bytes).and_then(|bytes| date(i32::from_be_bytes(bytes))),
        Type::TIME => fixed(bytes).and_then(|bytes| time(i64::from_be_bytes(bytes))),
        Type::TIMESTAMP => fixed(bytes).and_then(|bytes| timestamp(i64::from_be_bytes(bytes), "")),
        Type::TIMESTAMPTZ => fixed(bytes).and_then(|bytes| timestamp(i64::from_be_bytes(bytes), "Z")),
        Type::INTERVAL => interval(bytes),
        // Of types that extensions bring, only the name is known.
        _ if ["citext", "ltree"].contains(&kind.name()) => text(bytes),
        _ => return Err(format!("has the type `{kind}`, which is not supported: cast it to text (`::text`)")),
    })
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn text(bytes: &[u8]) -> Option<Value> {
    std::str::from_utf8(bytes).ok().map(Into::into)
}

fn double(number: f64) -> Value {
    Number::from_f64(number).map_or_else(|| special(number.is_nan(), number < 0.0), Value::Number)
}

/// By its shortest text, so that 0.1 stays 0.1.
fn single(number: f32) -> Value {
    let number = number.to_string().parse().unwrap_or(f64::from(number));
    double(number)
}

fn special(is_nan: bool, is_negative: bool) -> Value {
    match (is_nan, is_negative) {
        (true, _) => "NaN",
        (_, true) => "-Infinity",
        _ => "Infinity",
    }
    .into()
}

/// Groups of four decimal digits, weighted by powers of 10,000; sign and shown digits behind the point before them.
fn numeric(bytes: &[u8]) -> Option<Value> {
    let words: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    let [_, weight, sign, scale, digits @ ..] = words.as_slice() else { return None };
    match *sign {
        0x0000 | 0x4000 => {}
        other => return Some(special(other == 0xC000, other == 0xF000)),
    }
    let weight = i32::from(weight.cast_signed());
    let group = |at: i32| usize::try_from(weight - at).ok().and_then(|index| digits.get(index)).copied().unwrap_or_default();
    let whole: String = (0..=weight.max(0)).rev().map(|at| format!("{:04}", group(at))).collect();
    let whole = whole.trim_start_matches('0');
    let groups = i32::from(scale.div_ceil(4));
    let mut fraction: String = (1..=groups).map(|at| format!("{:04}", group(-at))).collect();
    fraction.truncate(usize::from(*scale));
    let sign = if *sign == 0x4000 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{}{point}{fraction}", if whole.is_empty() { "0" } else { whole }).into())
}

fn uuid(number: u128) -> Value {
    let digits = format!("{number:032x}");
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-").into()
}

const EPOCH: Date = jiff::civil::date(2000, 1, 1);

fn date(days: i32) -> Option<Value> {
    match days {
        i32::MAX => Some("infinity".into()),
        i32::MIN => Some("-infinity".into()),
        days => shown_date(EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()?).map(Into::into),
    }
}

/// Years before the first are written in another way by PostgreSQL.
fn shown_date(date: Date) -> Option<String> {
    (date.year() > 0).then(|| date.to_string())
}

fn time(micros: i64) -> Option<Value> {
    match micros {
        // The end of a day, which has no time of its own elsewhere.
        86_400_000_000 => Some("24:00:00".into()),
        micros => Time::midnight().checked_add(Span::new().try_microseconds(micros).ok()?).ok().map(|time| time.to_string().into()),
    }
}

fn timestamp(micros: i64, zone: &str) -> Option<Value> {
    let at: DateTime = match micros {
        i64::MAX => return Some("infinity".into()),
        i64::MIN => return Some("-infinity".into()),
        micros => EPOCH.to_datetime(Time::midnight()).checked_add(Span::new().try_microseconds(micros).ok()?).ok()?,
    };
    shown_date(at.date()).map(|_| format!("{at}{zone}").into())
}

/// As ISO 8601 has it; months, days and the rest may each have a sign, and PostgreSQL reads that too.
fn interval(bytes: &[u8]) -> Option<Value> {
    let micros = i64::from_be_bytes(fixed(bytes.get(..8)?)?);
    let days = i32::from_be_bytes(fixed(bytes.get(8..12)?)?);
    let months = i32::from_be_bytes(fixed(bytes.get(12..)?)?);
    let part = |number: i64, unit: &str| if number == 0 { String::new() } else { format!("{number}{unit}") };
    let calendar = part((months / 12).into(), "Y") + &part((months % 12).into(), "M") + &part(days.into(), "D");
    let sign = if micros < 0 { "-" } else { "" };
    let (whole, rest) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
    let fraction = if rest == 0 { String::new() } else { format!(".{rest:06}").trim_end_matches('0').to_owned() };
    let clock = if micros == 0 { String::new() } else { format!("T{sign}{whole}{fraction}S") };
    let shown = format!("P{calendar}{clock}");
    Some(if shown == "P" { "PT0S".into() } else { shown.into() })
}

/// Dimensions with their lengths, then the elements, each with its length, -1 for NULL.
fn elements(of: &Type, bytes: &[u8]) -> Result<Option<Value>, String> {
    let mut reader = Reader { bytes };
    let Some(dimensions) = reader.int().filter(|count| (0..=6).contains(count)) else { return Ok(None) };
    reader.skip(8);
    let mut lengths = Vec::new();
    for _ in 0..dimensions {
        let Some(length) = reader.int().and_then(|length| usize::try_from(length).ok()) else { return Ok(None) };
        reader.skip(4);
        lengths.push(length);
    }
    if lengths.is_empty() {
        return Ok(Some(Value::Array(Vec::new())));
    }
    nested(of, &mut reader, &lengths)
}

fn nested(of: &Type, reader: &mut Reader<'_>, lengths: &[usize]) -> Result<Option<Value>, String> {
    let Some((length, inner)) = lengths.split_first() else {
        return match reader.value() {
            Some(bytes) => cell(of, bytes).map(Some),
            None => Ok(None),
        };
    };
    let mut items = Vec::new();
    for _ in 0..*length {
        match nested(of, reader, inner)? {
            Some(item) => items.push(item),
            None => return Ok(None),
        }
    }
    Ok(Some(Value::Array(items)))
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    fn skip(&mut self, length: usize) {
        _ = self.take(length);
    }

    fn int(&mut self) -> Option<i32> {
        fixed(self.take(4)?).map(i32::from_be_bytes)
    }

    fn value(&mut self) -> Option<Option<&'a [u8]>> {
        match self.int()? {
            -1 => Some(None),
            length => self.take(usize::try_from(length).ok()?).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decimal(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Value {
        let head = [digits.len() as u16, weight.cast_unsigned(), sign, scale];
        let bytes: Vec<u8> = head.iter().chain(digits).flat_map(|word| word.to_be_bytes()).collect();
        numeric(&bytes).unwrap()
    }

    #[test]
    fn decimals_are_exact() {
        for (weight, sign, scale, digits, shown) in [
            (0, 0, 0, &[][..], "0"),
            (0, 0, 2, &[], "0.00"),
            (0, 0, 2, &[12, 3400], "12.34"),
            (-1, 0x4000, 3, &[50], "-0.005"),
            (-2, 0, 8, &[1], "0.00000001"),
            (1, 0, 0, &[1], "10000"),
            (2, 0, 1, &[1, 0, 1, 5000], "100000001.5"),
            (0, 0xC000, 0, &[], "NaN"),
            (0, 0xD000, 0, &[], "Infinity"),
            (0, 0xF000, 0, &[], "-Infinity"),
        ] {
            assert_eq!(decimal(weight, sign, scale, digits), shown, "{digits:?}");
        }
        assert_eq!(numeric(&[0, 1]), None);
    }

    #[test]
    fn parameters_are_texts_that_the_database_reads() {
        for (value, kind, text) in [
            (json!(null), Type::INT4, None),
            (json!(5), Type::INT8, Some("5")),
            (json!("12345678901234567890.5"), Type::NUMERIC, Some("12345678901234567890.5")),
            (json!(true), Type::BOOL, Some("true")),
            (json!("a"), Type::JSONB, Some("\"a\"")),
            (json!("AP8="), Type::BYTEA, Some("\\x00ff")),
            (json!([1, null]), Type::INT4_ARRAY, Some("{\"1\",NULL}")),
            (json!([["a\"b"], ["c\\d"]]), Type::TEXT_ARRAY, Some("{{\"a\\\"b\"},{\"c\\\\d\"}}")),
            (json!([[1], {"a": 2}]), Type::JSONB_ARRAY, Some("{\"[1]\",\"{\\\"a\\\":2}\"}")),
            (json!({"a": 1}), Type::TEXT, Some("{\"a\":1}")),
        ] {
            assert_eq!(literal(&value, &kind).unwrap().as_deref(), text, "{value} as {kind}");
        }
        assert!(literal(&json!("!"), &Type::BYTEA).unwrap_err().contains("base64"));
        assert!(literal(&json!("a\0b"), &Type::TEXT).unwrap_err().contains("character 0"));
    }

    #[test]
    fn bytes_that_are_no_value_are_told_and_never_panic() {
        let kinds = [
            Type::INT4,
            Type::NUMERIC,
            Type::JSONB,
            Type::UUID,
            Type::DATE,
            Type::TIME,
            Type::TIMESTAMPTZ,
            Type::INTERVAL,
            Type::INT4_ARRAY,
        ];
        for kind in kinds {
            for length in 0..40 {
                for byte in [0x00, 0x01, 0x7F, 0xFF] {
                    _ = cell(&kind, Some(&vec![byte; length]));
                }
            }
            assert!(cell(&kind, Some(&[1])).unwrap_err().contains("cast it to text"), "{kind}");
        }
        assert!(cell(&Type::POINT, Some(&[0; 16])).unwrap_err().contains("`point`, which is not supported"));
    }
}
