//! URI templates (RFC 6570), with the operators of its levels 1 to 3 and `*` for lists.
//!
//! A plain `{name}` without a value is an error here, not an empty text: `DELETE /orders/{id}` must never become
//! `DELETE /orders/`. The optional forms `{?a}` and `{&a}` leave out what has no value.

use serde_json::Value;

/// Expands a template with the top-level fields of a value.
///
/// # Errors
/// Which name has no value.
pub(super) fn expand(template: &str, values: &Value) -> Result<String, String> {
    let mut expanded = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        expanded.push_str(&rest[..open]);
        let close = rest[open..].find('}').ok_or_else(|| format!("`{template}` has `{{` without `}}`"))? + open;
        expression(&rest[open + 1..close], values, &mut expanded)?;
        rest = &rest[close + 1..];
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// What an operator puts first, between, and whether it names, and keeps reserved characters.
struct Operator {
    first: &'static str,
    between: &'static str,
    named: bool,
    reserved: bool,
    optional: bool,
}

fn operator(sign: char) -> Option<Operator> {
    let (first, between, named, reserved, optional) = match sign {
        '+' => ("", ",", false, true, false),
        '#' => ("#", ",", false, true, true),
        '.' => (".", ".", false, false, true),
        '/' => ("/", "/", false, false, false),
        ';' => (";", ";", true, false, true),
        '?' => ("?", "&", true, false, true),
        '&' => ("&", "&", true, false, true),
        _ => return None,
    };
    Some(Operator { first, between, named, reserved, optional })
}

fn expression(written: &str, values: &Value, expanded: &mut String) -> Result<(), String> {
    let plain = Operator { first: "", between: ",", named: false, reserved: false, optional: false };
    let (operator, names) = match written.chars().next().and_then(operator) {
        Some(operator) => (operator, &written[1..]),
        None => (plain, written),
    };
    let mut is_first = true;
    for name in names.split(',') {
        let (name, explode) = match name.trim().strip_suffix('*') {
            Some(name) => (name, true),
            None => (name.trim(), false),
        };
        let texts = match values.get(name) {
            None | Some(Value::Null) if operator.optional => continue,
            None | Some(Value::Null) => return Err(format!("`{{{written}}}` has no value: the task's input has no field `{name}`")),
            Some(Value::Array(items)) => items.iter().map(super::text_of).collect(),
            Some(value) => vec![super::text_of(value)],
        };
        let texts: Vec<String> = texts.iter().map(|text| encode(text, operator.reserved)).collect();
        let joined = if explode { texts } else { vec![texts.join(",")] };
        for text in joined {
            expanded.push_str(if is_first { operator.first } else { operator.between });
            is_first = false;
            if operator.named {
                expanded.push_str(&encode(name, false));
                expanded.push('=');
            }
            expanded.push_str(&text);
        }
    }
    Ok(())
}

/// Percent-encodes all but unreserved characters, and reserved ones where they may stand.
pub(super) fn encode(text: &str, reserved: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let stays = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (reserved && b":/?#[]@!$&'()*+,;=%".contains(&byte));
        if stays {
            encoded.push(byte as char);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Appends query parameters.
pub(super) fn with_query(uri: &str, query: &[(String, String)]) -> String {
    let (base, fragment) = uri.split_once('#').map_or((uri, None), |(base, fragment)| (base, Some(fragment)));
    let mut whole = base.to_owned();
    for (name, value) in query {
        whole.push(if whole.contains('?') { '&' } else { '?' });
        whole.push_str(&format!("{}={}", encode(name, false), encode(value, false)));
    }
    if let Some(fragment) = fragment {
        whole.push('#');
        whole.push_str(fragment);
    }
    whole
}

/// Host and port, and the path without its query.
pub(super) fn parts(uri: &str) -> (String, String) {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest[..end].rsplit('@').next().unwrap_or_default();
    let path = rest[end..].split(['?', '#']).next().unwrap_or_default();
    (authority.to_owned(), if path.is_empty() { "/".to_owned() } else { path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_expand() {
        let values = json!({"id": 5, "name": "a b/ü", "list": ["x", "y"], "on": true, "none": null});
        for (template, expanded) in [
            ("https://h/pet/{id}", "https://h/pet/5"),
            ("https://h/{name}", "https://h/a%20b%2F%C3%BC"),
            ("https://h/{+name}", "https://h/a%20b/%C3%BC"),
            ("https://h{/id,name}", "https://h/5/a%20b%2F%C3%BC"),
            ("https://h/p{?id,missing,on}", "https://h/p?id=5&on=true"),
            ("https://h/p?a=1{&id}", "https://h/p?a=1&id=5"),
            ("https://h/p?status={list}", "https://h/p?status=x,y"),
            ("https://h/p{?list*}", "https://h/p?list=x&list=y"),
            ("https://h/p{#id}", "https://h/p#5"),
            ("https://h/p{;id}{.on}", "https://h/p;id=5.true"),
            ("https://h/plain", "https://h/plain"),
        ] {
            assert_eq!(expand(template, &values).as_deref(), Ok(expanded), "{template}");
        }
        for template in ["https://h/{missing}", "https://h/{none}", "https://h/{id"] {
            assert!(expand(template, &values).is_err(), "{template}");
        }
    }

    #[test]
    fn queries_are_appended_and_parts_taken() {
        let query = [("q".to_owned(), "a&b".to_owned())];
        assert_eq!(with_query("https://h/p", &query), "https://h/p?q=a%26b");
        assert_eq!(with_query("https://h/p?x=1#f", &query), "https://h/p?x=1&q=a%26b#f");
        assert_eq!(parts("https://user:pw@h:8080/a/b?c=d"), ("h:8080".into(), "/a/b".into()));
        assert_eq!(parts("http://h"), ("h".into(), "/".into()));
    }
}
