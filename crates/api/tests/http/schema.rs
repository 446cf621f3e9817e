//! A validator for the part of JSON Schema that the document uses, and the document itself.

use std::sync::LazyLock;

use serde_json::Value;

/// The committed document.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("../../openapi.json")).unwrap());

/// What does not fit, as paths with reasons.
pub(crate) fn check(schema: &Value, value: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    validate(schema, value, "$", &mut wrong);
    wrong
}

fn validate(schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let mut refuse = |what: String| wrong.push(format!("{at}: {what}"));
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').unwrap();
        return validate(DOCUMENT.pointer(pointer).expect(reference), value, at, wrong);
    }
    for (keyword, most) in [("anyOf", usize::MAX), ("oneOf", 1)] {
        if let Some(choices) = schema[keyword].as_array() {
            let fitting = choices.iter().filter(|choice| check(choice, value).is_empty()).count();
            if fitting == 0 || fitting > most {
                refuse(format!("{value} fits {fitting} of {keyword}"));
            }
        }
    }
    if !schema["type"].is_null() && !types(&schema["type"]).iter().any(|kind| is_of(kind, value)) {
        return refuse(format!("{value} is not {}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
        refuse(format!("{value} is none of {}", schema["enum"]));
    }
    if schema.get("const").is_some_and(|constant| constant != value) {
        refuse(format!("{value} is not {}", schema["const"]));
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
        && number < least
    {
        refuse(format!("{number} is less than {least}"));
    }
    if let (Some(most), Some(number)) = (schema["maximum"].as_f64(), value.as_f64())
        && number > most
    {
        refuse(format!("{number} is more than {most}"));
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
        && !regex::Regex::new(pattern).unwrap().is_match(text)
    {
        refuse(format!("`{text}` does not match {pattern}"));
    }
    if let (Some("date-time"), Some(text)) = (schema["format"].as_str(), value.as_str())
        && magpie_model::Timestamp::parse_rfc3339(text).is_none()
    {
        refuse(format!("`{text}` is no time"));
    }
    if let Some(items) = value.as_array() {
        items.iter().enumerate().for_each(|(nth, item)| validate(&schema["items"], item, &format!("{at}[{nth}]"), wrong));
    }
    members(schema, value, at, wrong);
}

fn members(schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            wrong.push(format!("{at}: `{name}` is missing"));
        }
    }
    for (name, member) in object {
        let at = format!("{at}.{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(schema), _) => validate(schema, member, &at, wrong),
            (None, Value::Bool(false)) => wrong.push(format!("{at}: is not described")),
            (None, Value::Null) => {}
            (None, schema) => validate(schema, member, &at, wrong),
        }
    }
}

fn types(of: &Value) -> Vec<&str> {
    of.as_array().map_or_else(|| of.as_str().into_iter().collect(), |kinds| kinds.iter().filter_map(Value::as_str).collect())
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

#[test]
fn the_validator_refuses_what_does_not_fit() {
    use serde_json::json;
    let value = json!({"column": "source", "values": [{"value": "a", "records": 1}]});
    let schema = json!({"$ref": "#/components/schemas/TopValues"});
    assert_eq!(check(&schema, &value), Vec::<String>::new());
    for (pointer, change) in [
        ("/column", json!(1)),
        ("/values", json!(null)),
        ("/values/0/records", json!(-1)),
        ("/values/0", json!({"value": "a", "records": 1, "x": 2})),
    ] {
        let mut changed = value.clone();
        *changed.pointer_mut(pointer).unwrap() = change;
        assert!(!check(&schema, &changed).is_empty(), "{pointer}");
    }
    assert!(!check(&schema, &json!({"values": []})).is_empty());
}
