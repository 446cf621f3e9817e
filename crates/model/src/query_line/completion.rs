//! Where the cursor stands in a query line: at a name, or at a value of a name. What fits there is looked up by the caller.
//!
//! The line may be unfinished and wrong elsewhere; only what stands around the cursor counts.

use super::parse::{Reader, operator_at};

/// What the cursor stands at. Offsets are in bytes of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place<'l> {
    /// At a name, or at a bare word, which may become one.
    Name {
        /// Where it begins.
        from: usize,
        /// What of it stands before the cursor.
        typed: &'l str,
    },
    /// At a value.
    Value {
        /// Where it begins, its opening quote included.
        from: usize,
        /// The name before the operator.
        name: &'l str,
        /// What of the value stands before the cursor, without its opening quote.
        typed: &'l str,
    },
    /// In quoted text, which has nothing to be completed to.
    Text,
}

/// What stands at `cursor`, a byte offset; one within a character counts as before it.
pub fn place(line: &str, cursor: usize) -> Place<'_> {
    let mut cursor = cursor.min(line.len());
    while !line.is_char_boundary(cursor) {
        cursor -= 1;
    }
    let mut reader = Reader { text: &line[..cursor], at: 0 };
    let (mut place, mut end) = (Place::Name { from: cursor, typed: "" }, cursor);
    while reader.skip_space() {
        if reader.rest().starts_with('-') {
            reader.at += 1;
        }
        place = term(&mut reader);
        end = reader.at;
    }
    // After a space something new begins; a quote that is still open reaches to the cursor, spaces included.
    if end < cursor { Place::Name { from: cursor, typed: "" } } else { place }
}

fn term<'l>(reader: &mut Reader<'l>) -> Place<'l> {
    let from = reader.at;
    if reader.rest().starts_with('"') {
        return if skip_quoted(reader) { Place::Name { from: reader.at, typed: "" } } else { Place::Text };
    }
    if let Some(name) = reader.name()
        && let Some(((symbol, _), _)) = operator_at(&reader.text[reader.at + name.len()..])
    {
        reader.at += name.len() + symbol.len();
        return value(reader, name);
    }
    let word = reader.rest().split(char::is_whitespace).next().unwrap_or("");
    reader.at += word.len();
    Place::Name { from, typed: word }
}

fn value<'l>(reader: &mut Reader<'l>, name: &'l str) -> Place<'l> {
    loop {
        let from = reader.at;
        if reader.rest().starts_with('"') {
            if !skip_quoted(reader) {
                return Place::Value { from, name, typed: &reader.text[from + 1..] };
            }
        } else {
            let word = reader.rest().split(|c: char| c == ',' || c.is_whitespace()).next().unwrap_or("");
            reader.at += word.len();
        }
        if !reader.rest().starts_with(',') {
            return Place::Value { from, name, typed: &reader.text[from..reader.at] };
        }
        reader.at += 1;
    }
}

/// Moves behind quoted text; tells whether it is closed.
fn skip_quoted(reader: &mut Reader<'_>) -> bool {
    let mut escaped = false;
    for (at, character) in reader.rest().char_indices().skip(1) {
        match character {
            '"' if !escaped => {
                reader.at += at + 1;
                return true;
            }
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    reader.at = reader.text.len();
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cursor_stands_at_names_and_values() {
        let name = |from, typed| Place::Name { from, typed };
        let value = |from, name, typed| Place::Value { from, name, typed };
        // `|` is the cursor.
        for (line, expected) in [
            ("|", name(0, "")),
            ("tar|get", name(0, "tar")),
            ("x tar|", name(2, "tar")),
            ("-tar|", name(1, "tar")),
            ("x |", name(2, "")),
            ("status:|", value(7, "status", "")),
            ("status:50|0", value(7, "status", "50")),
            ("status:500,4|", value(11, "status", "4")),
            ("status:500 |", name(11, "")),
            ("-severity>=wa|", value(11, "severity", "wa")),
            ("service:\"/a b|\"", value(8, "service", "/a b")),
            ("service:\"/a |", value(8, "service", "/a ")),
            ("service:\"/a\" |", name(13, "")),
            ("\"timed |out\"", Place::Text),
            ("\"timed out\" s|", name(12, "s")),
            ("查询 tar|", name(7, "tar")),
        ] {
            let cursor = line.find('|').unwrap();
            assert_eq!(place(&line.replace('|', ""), cursor), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn nothing_typed_panics(line in "(.|[-:=<>,\"\\\\ a视]){0,30}", cursor in 0usize..120) {
            match place(&line, cursor) {
                Place::Name { from, typed } => prop_assert!(from + typed.len() <= line.len()),
                Place::Value { from, typed, .. } => prop_assert!(from + typed.len() <= line.len()),
                Place::Text => {}
            }
        }
    }
}
