//! CSV by RFC 4180: quoted fields with doubled quotes and line breaks; also with other delimiters.

use serde_json::{Map, Value};

use super::{Failure, text};

/// Most rows that are read.
const MAX_ROWS: usize = 200_000;

/// Reads `text`, with `delimiter` and `header`.
pub(super) fn parse(arguments: &Value) -> Result<Value, Failure> {
    let rows = rows(text(arguments, "text")?, delimiter(arguments)?)?;
    let list = |row: Vec<String>| Value::Array(row.into_iter().map(Value::String).collect());
    if arguments["header"] == Value::Bool(false) {
        return Ok(rows.into_iter().map(list).collect());
    }
    let mut rows = rows.into_iter();
    let header = rows.next().unwrap_or_default();
    let mut found = Vec::new();
    for (number, row) in rows.enumerate() {
        if row.len() != header.len() {
            return Err(Failure::new(format!("row {} has {} fields, the header {}", number + 2, row.len(), header.len())));
        }
        let fields: Map<String, Value> = header.iter().cloned().zip(row.into_iter().map(Value::String)).collect();
        found.push(Value::Object(fields));
    }
    Ok(Value::Array(found))
}

fn delimiter(arguments: &Value) -> Result<char, Failure> {
    let written = arguments["delimiter"].as_str().unwrap_or(",");
    let mut letters = written.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter != '"' => Ok(letter),
        _ => Err(Failure::new(format!("`{written}` is not a delimiter; write one character"))),
    }
}

fn rows(text: &str, delimiter: char) -> Result<Vec<Vec<String>>, Failure> {
    let mut rows = Vec::new();
    let (mut row, mut field) = (Vec::new(), String::new());
    let mut quoted = false;
    let mut letters = text.strip_prefix('\u{feff}').unwrap_or(text).chars().peekable();
    let mut is_open = false;
    while let Some(letter) = letters.next() {
        is_open = true;
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
                is_open = false;
            }
            letter if letter == delimiter && !quoted => row.push(std::mem::take(&mut field)),
            letter => field.push(letter),
        }
        if rows.len() > MAX_ROWS {
            return Err(Failure::new(format!("the text has more than {MAX_ROWS} rows")));
        }
    }
    if quoted {
        return Err(Failure::new(format!("a quote is not closed before the end, in row {}", rows.len() + 1)));
    }
    if is_open {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}

/// Writes `rows`, with `delimiter` and `columns`.
pub(super) fn format(arguments: &Value) -> Result<Value, Failure> {
    let delimiter = delimiter(arguments)?;
    let rows = arguments["rows"].as_array().ok_or_else(|| Failure::new("`rows` must be a list"))?;
    let columns: Vec<String> = match arguments["columns"].as_array() {
        Some(columns) => columns.iter().map(cell).collect(),
        None => rows.first().and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.clone()).collect(),
    };
    let mut written = String::new();
    if !columns.is_empty() {
        line(&mut written, columns.iter().map(String::as_str), delimiter);
    }
    for row in rows {
        let cells: Vec<String> = match row {
            Value::Array(cells) => cells.iter().map(cell).collect(),
            Value::Object(fields) => columns.iter().map(|name| fields.get(name).map(cell).unwrap_or_default()).collect(),
            other => return Err(Failure::new(format!("a row must be a mapping or a list, and is {other}"))),
        };
        line(&mut written, cells.iter().map(String::as_str), delimiter);
    }
    Ok(written.into())
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn line<'a>(written: &mut String, cells: impl Iterator<Item = &'a str>, delimiter: char) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            written.push(delimiter);
        }
        if cell.contains(['"', '\n', '\r', delimiter]) {
            written.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
        } else {
            written.push_str(cell);
        }
    }
    written.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_and_their_rows() {
        for (arguments, expected) in [
            (json!({"text": "a,b\n1,2\n"}), json!([{"a": "1", "b": "2"}])),
            (json!({"text": "\u{feff}a;b\r\n\"1\";\"x;\"\"y\"\"\nz\"", "delimiter": ";"}), json!([{"a": "1", "b": "x;\"y\"\nz"}])),
            (json!({"text": "1,\n,2", "header": false}), json!([["1", ""], ["", "2"]])),
            (json!({"text": ""}), json!([])),
        ] {
            assert_eq!(parse(&arguments).unwrap(), expected, "{arguments}");
        }
        for (arguments, words) in [
            (json!({"text": "a,b\n1\n"}), "row 2 has 1 fields"),
            (json!({"text": "a\n\"1"}), "not closed"),
            (json!({"text": "a", "delimiter": ",,"}), "not a delimiter"),
        ] {
            assert!(parse(&arguments).unwrap_err().message.contains(words), "{arguments}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let rows = json!([{"a": "x,y", "b": "say \"hi\"\n"}, {"a": "", "b": "z"}]);
        let written = format(&json!({"rows": rows})).unwrap();
        assert_eq!(written, "a,b\n\"x,y\",\"say \"\"hi\"\"\n\"\n,z\n");
        assert_eq!(parse(&json!({"text": written})).unwrap(), rows);
        assert_eq!(format(&json!({"rows": [[1, null, true]], "columns": ["a", "b", "c"]})).unwrap(), "a,b,c\n1,,true\n");
    }
}
