//! Hiding secrets in what is shown or logged; what a retry needs is kept whole elsewhere.

use serde_json::Value;

/// Stands where something was hidden.
pub const HIDDEN: &str = "(hidden)";
/// Keys whose values are never shown.
const KEYS: [&str; 9] = ["password", "passwd", "secret", "token", "authorization", "apikey", "privatekey", "credential", "cookie"];
/// Secrets shorter than this are only hidden where they stand alone.
const SHORT: usize = 4;

/// Hides the values of secrets and of keys that name secrets, and cuts what is long.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    secrets: Vec<String>,
    longest: usize,
}

impl Redactor {
    /// Knows every text in the given secrets; texts longer than `longest` characters are cut.
    pub fn new(secrets: &Value, longest: usize) -> Self {
        let mut found = Vec::new();
        collect(secrets, &mut found);
        found.sort_by_key(|text: &String| std::cmp::Reverse(text.len()));
        Self { secrets: found, longest }
    }

    /// What of a text stands in front of what was cut, if the text as it is shown was cut.
    pub fn beginning<'a>(&self, shown: &'a str) -> Option<&'a str> {
        let (at, _) = shown.char_indices().nth(self.longest)?;
        (self.longest > 0).then_some(&shown[..at])
    }

    /// The value as it may be shown.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item)).collect()),
            Value::Object(entries) => {
                let shown =
                    |key: &String, value: &Value| if names_secret(key) && !value.is_null() { HIDDEN.into() } else { self.value(value) };
                Value::Object(entries.iter().map(|(key, value)| (key.clone(), shown(key, value))).collect())
            }
            other => other.clone(),
        }
    }

    /// The text as it may be shown.
    pub fn text(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for secret in &self.secrets {
            if secret.len() < SHORT {
                if shown == *secret {
                    shown = HIDDEN.to_owned();
                }
            } else if shown.contains(secret.as_str()) {
                shown = shown.replace(secret.as_str(), HIDDEN);
            }
        }
        match shown.char_indices().nth(self.longest) {
            Some((at, _)) if self.longest > 0 => format!("{}… ({} characters)", &shown[..at], shown.chars().count()),
            _ => shown,
        }
    }
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(entries) => entries.values().for_each(|value| collect(value, found)),
        _ => {}
    }
}

fn names_secret(key: &str) -> bool {
    let key: String = key.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    KEYS.iter().any(|name| key.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let redactor = Redactor::new(&json!({"db": {"password": "hunter2", "user": "me"}}), 20);
        let shown = redactor.value(&json!({
            "url": "postgres://hunter2@h", "user": "me", "name": "memory", "api_key": "k", "Set-Cookie": ["x"], "token": null, "long": "x".repeat(30), "n": 5,
        }));
        assert_eq!(
            shown,
            json!({
                "url": "postgres://(hidden)@… (21 characters)", "user": HIDDEN, "name": "memory", "api_key": HIDDEN, "Set-Cookie": HIDDEN, "token": null,
                "long": format!("{}… (30 characters)", "x".repeat(20)), "n": 5,
            })
        );
    }
}
