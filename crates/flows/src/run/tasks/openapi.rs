//! `call: openapi`: finds the operation in an OpenAPI 3 or Swagger 2 document and makes its HTTP call.

use serde_json::{Map, Value};

use super::http::{self, HttpCall};
use super::{Data, Going, Scope, Standard, Step, Stop, fault, text_of, uri};
use crate::definition::Tree;
use crate::run::world::HttpRequest;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// `call: openapi`.
pub(super) async fn call(going: &Going, with: &Value, step: &Step<'_>, scope: &mut Scope) -> Result<Data, Stop> {
    let (address, document) = fetch(going, &with["document"]["endpoint"], step, scope).await?;
    let operation = with["operationId"].as_str().unwrap_or_default();
    let parameters = going.filled(&with["parameters"], step, scope).await?;
    let built = build(&document, &address, operation, parameters.as_object().cloned().unwrap_or_default());
    let built = built.map_err(|message| fault(step, Standard::Configuration, message))?;
    let call = HttpCall {
        form: http::form(&with["output"]),
        redirect: with["redirect"].as_bool().unwrap_or_default(),
        authentication: with["authentication"].clone(),
        ..built
    };
    http::perform(going, call, step, scope).await
}

async fn fetch(going: &Going, endpoint: &Value, step: &Step<'_>, scope: &Scope) -> Result<(String, Value), Stop> {
    let (address, route) = http::endpoint(going, endpoint, step, scope).await?;
    let mut headers = vec![("accept".into(), "application/json, application/yaml;q=0.9, */*;q=0.1".into())];
    let credentials = super::authentication::credentials(going, &endpoint["authentication"], step, scope).await?;
    if let Some((scheme, parameter)) = credentials.as_ref().and_then(|credentials| credentials.header()) {
        headers.push(("authorization".into(), format!("{scheme} {parameter}")));
    }
    let request = HttpRequest { method: "GET".into(), uri: address.clone(), headers, body: bytes::Bytes::new() };
    let response = http::send(going, &request, &route, step).await?;
    if response.status != 200 {
        return Err(fault(step, Standard::Communication, format!("the OpenAPI document at `{address}` answered {}", response.status)));
    }
    let text = String::from_utf8_lossy(&response.body);
    let document = serde_json::from_str(&text).or_else(|_| Tree::read(&text).map(|tree| tree.value));
    let document =
        document.map_err(|problem| fault(step, Standard::Communication, format!("`{address}` is no OpenAPI document: {problem}")))?;
    Ok((address, document))
}

/// The call of an operation.
fn build(document: &Value, address: &str, operation_id: &str, mut given: Map<String, Value>) -> Result<HttpCall, String> {
    let (path, method, item, operation) = find(document, operation_id)?;
    let mut route = path.to_owned();
    let mut call = HttpCall {
        method: method.to_ascii_uppercase(),
        uri: String::new(),
        route: path.to_owned(),
        headers: Vec::new(),
        query: Vec::new(),
        body: Value::Null,
        form: http::Form::Content,
        redirect: false,
        authentication: Value::Null,
    };
    let mut fields = Map::new();
    for parameter in parameters(document, item, operation) {
        let name = parameter["name"].as_str().unwrap_or_default();
        let place = parameter["in"].as_str().unwrap_or_default();
        let value = given.remove(name).or_else(|| default_of(parameter));
        let Some(value) = value.filter(|value| !value.is_null()) else {
            if parameter["required"] == Value::Bool(true) {
                return Err(format!(
                    "the operation `{operation_id}` needs the parameter `{name}` (in {place}); give it under `parameters`"
                ));
            }
            continue;
        };
        match place {
            "path" => route = route.replace(&format!("{{{name}}}"), &uri::encode(&text_of(&value), false)),
            "query" => call.query.extend(query(parameter, name, &value)),
            "header" => call.headers.push((name.to_owned(), text_of(&value))),
            "cookie" => call.headers.push(("cookie".into(), format!("{name}={}", text_of(&value)))),
            "body" => call.body = value,
            "formData" => {
                fields.insert(name.to_owned(), value);
            }
            _ => {}
        }
    }
    if !fields.is_empty() {
        call.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
        call.body = Value::Object(fields);
    } else if let Some(content) = resolve(document, &operation["requestBody"]).get("content") {
        call.body = given.remove("body").unwrap_or(Value::Object(std::mem::take(&mut given)));
        let kind = content.as_object().and_then(|kinds| kinds.keys().find(|kind| kind.contains("json")).or_else(|| kinds.keys().next()));
        call.headers.extend(kind.map(|kind| ("content-type".to_owned(), kind.clone())));
    }
    if let Some(unknown) = given.keys().next() {
        return Err(format!("the operation `{operation_id}` has no parameter `{unknown}`"));
    }
    call.uri = format!("{}{route}", base(document, address).trim_end_matches('/'));
    Ok(call)
}

fn find<'a>(document: &'a Value, operation_id: &str) -> Result<(&'a str, &'a str, &'a Value, &'a Value), String> {
    let paths = document["paths"].as_object().ok_or("the document has no `paths`; it is not OpenAPI")?;
    let mut known = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().into_iter().flatten().filter(|(method, _)| METHODS.contains(&method.as_str())) {
            match operation["operationId"].as_str() {
                Some(id) if id == operation_id => return Ok((path, method, item, operation)),
                Some(id) => known.push(id),
                None => {}
            }
        }
    }
    Err(magpie_model::config::unknown("operation", operation_id, known))
}

/// Parameters of the operation, then those of its path that it does not replace.
fn parameters<'a>(document: &'a Value, item: &'a Value, operation: &'a Value) -> Vec<&'a Value> {
    let of = |holder: &'a Value| holder["parameters"].as_array().into_iter().flatten().map(|parameter| resolve(document, parameter));
    let mut all: Vec<&Value> = of(operation).collect();
    for parameter in of(item) {
        if !all.iter().any(|own| own["name"] == parameter["name"] && own["in"] == parameter["in"]) {
            all.push(parameter);
        }
    }
    all
}

fn resolve<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).unwrap_or(part),
        None => part,
    }
}

fn default_of(parameter: &Value) -> Option<Value> {
    parameter.get("default").or_else(|| parameter["schema"].get("default")).cloned()
}

fn query(parameter: &Value, name: &str, value: &Value) -> Vec<(String, String)> {
    let Value::Array(items) = value else { return vec![(name.to_owned(), text_of(value))] };
    let texts: Vec<String> = items.iter().map(text_of).collect();
    let repeated = match parameter["collectionFormat"].as_str() {
        Some(format) => format == "multi",
        None => parameter.get("schema").is_some() && parameter["explode"] != Value::Bool(false),
    };
    match repeated {
        true => texts.into_iter().map(|text| (name.to_owned(), text)).collect(),
        false => vec![(name.to_owned(), texts.join(","))],
    }
}

/// Where the service is: the first server of OpenAPI 3, or scheme, host and base path of Swagger 2.
fn base(document: &Value, address: &str) -> String {
    let scheme = address.split("://").next().unwrap_or("https");
    let authority = uri::parts(address).0;
    if document.get("swagger").is_some() {
        let schemes: Vec<&str> = document["schemes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let scheme = if schemes.is_empty() || schemes.contains(&scheme) { scheme } else { schemes[0] };
        let host = document["host"].as_str().unwrap_or(&authority);
        return format!("{scheme}://{host}{}", document["basePath"].as_str().unwrap_or_default());
    }
    let server = &document["servers"][0];
    let mut url = server["url"].as_str().unwrap_or("/").to_owned();
    for (name, variable) in server["variables"].as_object().into_iter().flatten() {
        url = url.replace(&format!("{{{name}}}"), variable["default"].as_str().unwrap_or_default());
    }
    match url {
        url if url.contains("://") => url,
        url => format!("{scheme}://{authority}/{}", url.trim_start_matches('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "openapi": "3.0.0",
            "servers": [{"url": "/api/{version}", "variables": {"version": {"default": "v2"}}}],
            "paths": {"/pets/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {}}],
                "get": {"operationId": "get", "parameters": [{"$ref": "#/components/parameters/tags"}]},
                "put": {"operationId": "put", "requestBody": {"content": {"application/json": {}}}},
            }},
            "components": {"parameters": {"tags": {"name": "tags", "in": "query", "schema": {"type": "array"}}}},
        })
    }

    fn given(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn operations_of_openapi_three() {
        let call = build(&document(), "https://h/docs/openapi.json", "get", given(json!({"id": "a b", "tags": ["x", "y"]}))).unwrap();
        assert_eq!((call.method.as_str(), call.uri.as_str()), ("GET", "https://h/api/v2/pets/a%20b"));
        assert_eq!(call.query, [("tags".into(), "x".into()), ("tags".into(), "y".into())]);
        let call = build(&document(), "https://h/d", "put", given(json!({"id": 1, "name": "Rex"}))).unwrap();
        assert_eq!((call.body, call.headers), (json!({"name": "Rex"}), vec![("content-type".into(), "application/json".into())]));
    }

    #[test]
    fn operations_of_swagger_two() {
        let document = json!({
            "swagger": "2.0", "host": "h:81", "basePath": "/v2", "schemes": ["http"],
            "paths": {"/pets": {"post": {"operationId": "add", "parameters": [{"name": "body", "in": "body"}, {"name": "s", "in": "query", "type": "array"}]}}},
        });
        let call = build(&document, "https://other/d", "add", given(json!({"body": {"a": 1}, "s": [1, 2]}))).unwrap();
        assert_eq!((call.uri.as_str(), call.body), ("http://h:81/v2/pets", json!({"a": 1})));
        assert_eq!(call.query, [("s".into(), "1,2".into())]);
    }

    #[test]
    fn mistakes_are_named() {
        for (operation, parameters, words) in [
            ("gett", json!({}), "did you mean `get`?"),
            ("get", json!({}), "needs the parameter `id`"),
            ("get", json!({"id": 1, "nme": 2}), "no parameter `nme`"),
        ] {
            let error = build(&document(), "https://h/d", operation, given(parameters)).err().unwrap();
            assert!(error.contains(words), "{error}");
        }
    }
}
