//! Data as it is shown: redacted and cut. What a retry needs is kept whole elsewhere.

use magpie_flows::run::Redactor;
use magpie_model::run::Shown;
use serde_json::Value;

/// Longest data that is shown, in bytes of JSON.
const LONGEST: usize = 64 << 10;
/// Pointers of redacted values that are told.
const POINTERS: usize = 100;

/// A value as it may be shown.
pub(super) fn shown(redactor: &Redactor, value: &Value) -> Shown {
    let hidden = redactor.value(value);
    let mut redacted = Vec::new();
    differences(value, &hidden, &mut String::new(), &mut redacted);
    let size = size_of(&hidden, LONGEST + 1);
    if size <= LONGEST {
        return Shown { value: hidden, cut: false, redacted };
    }
    let mut text = hidden.to_string();
    let end = (0..=LONGEST).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    text.truncate(end);
    Shown { value: Value::String(text), cut: true, redacted }
}

/// Bytes of JSON, roughly, and no further than a bound: a large value is not written out to be measured.
fn size_of(value: &Value, bound: usize) -> usize {
    let mut size = 0;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        size += match value {
            Value::String(text) => text.len() + 2,
            Value::Array(items) => {
                open.extend(items);
                2 + items.len()
            }
            Value::Object(entries) => {
                open.extend(entries.values());
                2 + entries.keys().map(|key| key.len() + 4).sum::<usize>()
            }
            _ => 8,
        };
        if size >= bound {
            return bound;
        }
    }
    size
}

/// Pointers of texts that differ.
fn differences(one: &Value, other: &Value, at: &mut String, found: &mut Vec<String>) {
    if found.len() >= POINTERS {
        return;
    }
    let length = at.len();
    match (one, other) {
        (Value::Array(ones), Value::Array(others)) => {
            for (index, (one, other)) in ones.iter().zip(others).enumerate() {
                at.push_str(&format!("/{index}"));
                differences(one, other, at, found);
                at.truncate(length);
            }
        }
        (Value::Object(ones), Value::Object(others)) => {
            for (key, one) in ones {
                let Some(other) = others.get(key) else { continue };
                at.push('/');
                at.push_str(&key.replace('~', "~0").replace('/', "~1"));
                differences(one, other, at, found);
                at.truncate(length);
            }
        }
        (one, other) if one != other => found.push(at.clone()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_told_by_pointer_and_long_data_is_cut() {
        let redactor = Redactor::new(&json!(["hunter2"]), 0);
        let told = shown(&redactor, &json!({"a/b": [{"password": "x"}], "url": "http://hunter2@h", "n": 1}));
        assert!(!told.value.to_string().contains("hunter2"));
        assert_eq!((told.redacted, told.cut), (vec!["/a~1b/0/password".to_owned(), "/url".to_owned()], false));
        let long = shown(&redactor, &json!({"items": vec!["日本"; 20_000]}));
        assert!(long.cut && long.value.as_str().unwrap().len() <= LONGEST);
    }
}
