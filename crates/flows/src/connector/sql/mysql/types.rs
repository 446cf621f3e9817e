//! Values of MySQL and JSON, both ways. What JSON cannot hold exactly is a text: decimals, times, bytes (base64).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::{Column, Value as Cell};
use serde_json::{Number, Value};

/// The character set of what is bytes and no text.
const BINARY: u16 = 63;

/// A value as a parameter; lists and mappings as their JSON text.
pub(super) fn bound(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::NULL,
        Value::Bool(flag) => Cell::Int(i64::from(*flag)),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Cell::Int(number),
            (_, Some(number)) => Cell::UInt(number),
            _ => Cell::Double(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Cell::Bytes(text.as_bytes().to_vec()),
        other => Cell::Bytes(other.to_string().into_bytes()),
    }
}

/// Bytes of a value, about.
pub(super) fn size(value: &Cell) -> usize {
    match value {
        Cell::Bytes(bytes) => bytes.len(),
        _ => 8,
    }
}

/// A value of a result; what is wrong with its column otherwise.
pub(super) fn cell(column: &Column, value: Cell) -> Result<Value, String> {
    Ok(match value {
        Cell::NULL => Value::Null,
        Cell::Int(number) => number.into(),
        Cell::UInt(number) => number.into(),
        // By its shortest text, so that 0.1 stays 0.1.
        Cell::Float(number) => float(number.to_string().parse().unwrap_or(f64::from(number))),
        Cell::Double(number) => float(number),
        Cell::Date(year, month, day, hour, minute, second, micros) => {
            let date = format!("{year:04}-{month:02}-{day:02}");
            match column.column_type() {
                ColumnType::MYSQL_TYPE_DATE => date.into(),
                _ => format!("{date}T{}", clock(hour.into(), minute, second, micros)).into(),
            }
        }
        Cell::Time(is_negative, days, hours, minute, second, micros) => {
            let sign = if is_negative { "-" } else { "" };
            format!("{sign}{}", clock(days * 24 + u32::from(hours), minute, second, micros)).into()
        }
        Cell::Bytes(bytes) => of_bytes(column, bytes)?,
    })
}

fn of_bytes(column: &Column, bytes: Vec<u8>) -> Result<Value, String> {
    match column.column_type() {
        ColumnType::MYSQL_TYPE_BIT => Ok(bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)).into()),
        ColumnType::MYSQL_TYPE_JSON => serde_json::from_slice(&bytes).map_err(|error| format!("is no JSON: {error}")),
        ColumnType::MYSQL_TYPE_NEWDECIMAL | ColumnType::MYSQL_TYPE_DECIMAL => text(bytes),
        _ if column.character_set() == BINARY && column.flags().contains(ColumnFlags::BINARY_FLAG) => Ok(STANDARD.encode(bytes).into()),
        _ => text(bytes),
    }
}

fn text(bytes: Vec<u8>) -> Result<Value, String> {
    let text = String::from_utf8(bytes).map(Value::String);
    text.map_err(|_| "is a text that is not UTF-8: ask for it as `TO_BASE64(…)`".into())
}

fn float(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn clock(hours: u32, minute: u8, second: u8, micros: u32) -> String {
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    format!("{hours:02}:{minute:02}:{second:02}{fraction}")
}
