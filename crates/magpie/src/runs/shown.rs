//! Data as it is shown: redacted and cut. What a retry needs is kept whole elsewhere; who edits what is shown need not know what is hidden.

use magpie_flows::run::{HIDDEN, Redactor};
use magpie_model::run::Shown;
use serde_json::Value;

/// Longest data that is shown, in bytes of JSON.
const LONGEST: usize = 64 << 10;
/// Pointers of redacted values that are told.
const POINTERS: usize = 100;

/// A value as it may be shown.
pub(super) fn shown(redactor: &Redactor, value: &Value) -> Shown {
    let hidden = redactor.value(value);
    let mut found = Differences { redactor, redacted: Vec::new(), cut: false };
    found.between(value, &hidden, &mut String::new());
    let Differences { redacted, cut, .. } = found;
    let size = size_of(&hidden, LONGEST + 1);
    if size <= LONGEST {
        return Shown { value: hidden, cut, redacted };
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

/// What differs between a value and the same as it is shown.
struct Differences<'a> {
    redactor: &'a Redactor,
    /// Pointers of what is hidden.
    redacted: Vec<String>,
    /// Whether a text was cut.
    cut: bool,
}

impl Differences<'_> {
    fn between(&mut self, one: &Value, other: &Value, at: &mut String) {
        let length = at.len();
        match (one, other) {
            (Value::Array(ones), Value::Array(others)) => {
                for (index, (one, other)) in ones.iter().zip(others).enumerate() {
                    at.push_str(&format!("/{index}"));
                    self.between(one, other, at);
                    at.truncate(length);
                }
            }
            (Value::Object(ones), Value::Object(others)) => {
                for (key, one) in ones {
                    let Some(other) = others.get(key) else { continue };
                    step_into(at, key);
                    self.between(one, other, at);
                    at.truncate(length);
                }
            }
            (one, other) if one != other => {
                let beginning = other.as_str().and_then(|text| self.redactor.beginning(text));
                self.cut |= beginning.is_some();
                let is_only_cut = beginning.zip(one.as_str()).is_some_and(|(beginning, whole)| whole.starts_with(beginning));
                if !is_only_cut && self.redacted.len() < POINTERS {
                    self.redacted.push(at.clone());
                }
            }
            _ => {}
        }
    }
}

fn step_into(at: &mut String, key: &str) {
    at.push('/');
    at.push_str(&key.replace('~', "~0").replace('/', "~1"));
}

/// A value that somebody edited in the form in which it is shown, with what is hidden in it as it is kept.
///
/// # Errors
/// The pointer of something hidden whose place is not that of anything that is kept.
pub(super) fn restored(edited: &Value, shown: &Value, kept: &Value) -> Result<Value, String> {
    if shown == kept { Ok(edited.clone()) } else { restored_at(edited, Some((shown, kept)), &mut String::new()) }
}

fn restored_at(edited: &Value, known: Option<(&Value, &Value)>, at: &mut String) -> Result<Value, String> {
    if let Some((shown, kept)) = known
        && edited == shown
    {
        return Ok(kept.clone());
    }
    let length = at.len();
    match edited {
        Value::Object(entries) => {
            let mut whole = serde_json::Map::new();
            for (key, value) in entries {
                step_into(at, key);
                let known = known.and_then(|(shown, kept)| Some((shown.get(key)?, kept.get(key)?)));
                whole.insert(key.clone(), restored_at(value, known, at)?);
                at.truncate(length);
            }
            Ok(Value::Object(whole))
        }
        Value::Array(items) => {
            // Of a list that is longer or shorter now, nobody knows which item is which.
            let same = known.filter(|(shown, _)| shown.as_array().is_some_and(|list| list.len() == items.len()));
            let mut whole = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                at.push_str(&format!("/{index}"));
                let known = same.and_then(|(shown, kept)| Some((shown.get(index)?, kept.get(index)?)));
                whole.push(restored_at(item, known, at)?);
                at.truncate(length);
            }
            Ok(Value::Array(whole))
        }
        Value::String(text) if text == HIDDEN => Err(at.clone()),
        other => Ok(other.clone()),
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

    #[test]
    fn a_text_that_is_only_cut_is_not_called_redacted() {
        let redactor = Redactor::new(&json!(["hunter2"]), 10);
        let told = shown(&redactor, &json!({"a": "y".repeat(30), "b": format!("hunter2{}", "y".repeat(30)), "c": "short"}));
        assert_eq!((told.cut, told.redacted), (true, vec!["/b".to_owned()]));
    }

    #[test]
    fn what_is_hidden_stays_as_it_is_kept_when_something_else_is_edited() {
        let kept =
            json!({"n": 1, "user": {"name": "a", "password": "x"}, "list": [{"token": "t0"}, {"token": "t1"}], "long": "y".repeat(30)});
        let shown = Redactor::new(&Value::Null, 10).value(&kept);
        let edit = |change: &dyn Fn(&mut Value)| {
            let mut edited = shown.clone();
            change(&mut edited);
            restored(&edited, &shown, &kept)
        };
        let with = |pointer: &str, value: Value| {
            let mut whole = kept.clone();
            *whole.pointer_mut(pointer).unwrap() = value;
            whole
        };
        assert_eq!(edit(&|_| {}).unwrap(), kept);
        assert_eq!(edit(&|edited| edited["n"] = json!(2)).unwrap(), with("/n", json!(2)));
        assert_eq!(edit(&|edited| edited["user"]["password"] = json!("new")).unwrap(), with("/user/password", json!("new")));
        assert_eq!(edit(&|edited| drop(edited["list"].as_array_mut().unwrap().remove(0))), Err("/list/0/token".to_owned()));
        assert_eq!(edit(&|edited| edited["other"] = json!({"password": HIDDEN})), Err("/other/password".to_owned()));
        let plain = json!({"n": 1});
        assert_eq!(restored(&json!({"n": HIDDEN}), &plain, &plain).unwrap(), json!({"n": HIDDEN}), "nothing was hidden");
    }
}
