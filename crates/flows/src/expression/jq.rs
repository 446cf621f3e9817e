//! The bridge to jaq: compiling an expression and running it on JSON values.
//!
//! What reaches out of the expression (`env`, `input`, `halt`, modules) is not given to it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data::JustLut, unwrap_valr};
use jaq_json::{Num, Val};
use magpie_model::{Code, Notice};
use serde_json::{Map, Number, Value};

/// A compiled expression.
pub(super) type Filter = jaq_core::Filter<JustLut<Val>>;

/// Most outputs of an expression.
const MAX_OUTPUTS: usize = 100_000;
/// Deepest value that is read back.
const MAX_DEPTH: usize = 256;
/// More signs of nesting than this, and an expression is compiled on a stack of its own.
const SHALLOW: usize = 64;
/// Most signs of nesting.
const DEEPEST: usize = 4000;
/// Enough for that many levels; memory is taken only as far as the stack really grows.
const DEEP_STACK: usize = 128 << 20;

/// Functions of jaq that reach out of the expression.
const CLOSED: [&str; 8] = ["env", "halt", "halt_error", "input", "inputs", "debug", "stderr", "input_line_number"];

/// Compiles an expression that may use the variables (named without `$`).
///
/// # Errors
/// What is wrong, with the expression quoted.
pub(super) fn compile(expression: &str, variables: &[String]) -> Result<Filter, Notice> {
    let arena = Arena::default();
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).filter(|def| !CLOSED.contains(&def.name));
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs()).filter(|(name, ..)| !CLOSED.contains(name));
    let modules = Loader::new(defs).load(&arena, File { code: expression, path: () }).map_err(|errors| {
        let first = errors.into_iter().next().map(|(_, error)| load_error(&error)).unwrap_or_default();
        let expression = shortened(expression);
        let message = if first.is_empty() { String::new() } else { format!(": {first}") };
        Code::JqUnfit.says(format!("`{expression}` is not a jq expression{message}"), &[("cause", &first), ("expression", &expression)])
    })?;
    let globals: Vec<String> = variables.iter().map(|name| format!("${name}")).collect();
    let compiler = Compiler::default().with_funs(funs).with_global_vars(globals.iter().map(String::as_str));
    compiler.compile(modules).map_err(|errors| {
        let names = errors.into_iter().flat_map(|(_, errors)| errors).map(|(name, kind)| match kind {
            jaq_core::compile::Undefined::Filter(arity) => ("function", format!("{name}/{arity}")),
            kind => (kind.as_str(), name.to_owned()),
        });
        let names: Vec<(&str, String)> = names.collect();
        let expression = shortened(expression);
        let missing: Vec<String> = names.iter().map(|(kind, name)| format!("no {kind} `{name}`")).collect();
        let names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
        let message = format!("`{expression}` is not valid: there is {}", missing.join(", "));
        Code::JqUndefined.says(message, &[("expression", &expression), ("names", &names.join(", "))])
    })
}

fn load_error(error: &jaq_core::load::Error<&str>) -> String {
    let (expected, found) = match error {
        jaq_core::load::Error::Lex(errors) => match errors.first() {
            Some((expect, at)) => (expect.as_str().to_owned(), (*at).to_owned()),
            None => return String::new(),
        },
        jaq_core::load::Error::Parse(errors) => match errors.first() {
            Some((expect, at)) => (expect.as_str().to_owned(), (*at).to_owned()),
            None => return String::new(),
        },
        jaq_core::load::Error::Io(_) => return "modules cannot be loaded".into(),
    };
    let at = if found.is_empty() { "the end".to_owned() } else { format!("`{}`", shortened(&found)) };
    format!("expected {expected} at {at}")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Runs a compiled expression; `variables` in the order they were compiled with.
///
/// # Errors
/// What jq says.
pub(super) fn run(filter: &Filter, input: &Value, variables: impl IntoIterator<Item = Val>) -> Result<Value, String> {
    // Nothing is shared with the evaluation, so a panic in a library's function leaves nothing half done.
    let outcome = catch_unwind(AssertUnwindSafe(|| outputs(filter, input, variables)));
    outcome.unwrap_or_else(|_| Err("jq panicked on this input".to_owned()))
}

fn outputs(filter: &Filter, input: &Value, variables: impl IntoIterator<Item = Val>) -> Result<Value, String> {
    let ctx = Ctx::<JustLut<Val>>::new(&filter.lut, Vars::new(variables));
    let mut outputs = Vec::new();
    for output in filter.id.run((ctx, val(input))).map(unwrap_valr) {
        let output = output.map_err(|error| error.to_string())?;
        outputs.push(value(output, 0)?);
        if outputs.len() > MAX_OUTPUTS {
            return Err(format!("it has more than {MAX_OUTPUTS} outputs"));
        }
    }
    Ok(match outputs.len() {
        0 => Value::Null,
        1 => outputs.remove(0),
        _ => Value::Array(outputs),
    })
}

/// Does work that recurses with the expression's nesting on a stack that is deep enough for it.
///
/// # Errors
/// When the expression could nest deeper than any stack that is given to it.
pub(super) fn on_deep_stack<T: Send>(expression: &str, work: impl FnOnce() -> Result<T, Notice> + Send) -> Result<T, Notice> {
    let signs = expression.bytes().filter(|byte| !byte.is_ascii_alphanumeric()).count();
    if signs <= SHALLOW {
        return work();
    }
    if signs > DEEPEST {
        let expression = shortened(expression);
        let message = format!("`{expression}` is too long: it has {signs} operators and brackets, at most {DEEPEST} are allowed");
        return Err(Code::JqTooManySigns.says(message, &[("count", &signs), ("expression", &expression), ("limit", &DEEPEST)]));
    }
    std::thread::scope(|scope| {
        let spawned = std::thread::Builder::new().stack_size(DEEP_STACK).spawn_scoped(scope, work);
        let result = spawned.ok().and_then(|thread| thread.join().ok());
        result.unwrap_or_else(|| {
            let expression = shortened(expression);
            Err(Code::JqNotCompiled.says(format!("`{expression}` could not be compiled"), &[("expression", &expression)]))
        })
    })
}

/// JSON as jaq's value.
pub(super) fn val(value: &Value) -> Val {
    match value {
        Value::Null => Val::Null,
        Value::Bool(flag) => Val::Bool(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) => Val::Num(Num::from_integral(number)),
            (_, Some(number), _) => Val::Num(Num::from_integral(number)),
            (_, _, number) => Val::Num(Num::Float(number.unwrap_or_default())),
        },
        Value::String(text) => Val::utf8_str(text.clone().into_bytes()),
        Value::Array(items) => Val::Arr(jaq_json::Rc::new(items.iter().map(val).collect())),
        Value::Object(entries) => {
            Val::obj(entries.iter().map(|(key, value)| (Val::utf8_str(key.clone().into_bytes()), val(value))).collect())
        }
    }
}

/// jaq's value as JSON; numbers that JSON has not become `null`, as jq prints them.
fn value(value_: Val, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err(format!("the value nests deeper than {MAX_DEPTH} levels"));
    }
    Ok(match value_ {
        Val::Null => Value::Null,
        Val::Bool(flag) => Value::Bool(flag),
        Val::Num(number) => number_of(&number),
        Val::BStr(bytes) | Val::TStr(bytes) => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
        Val::Arr(items) => Value::Array(items.iter().map(|item| value(item.clone(), depth + 1)).collect::<Result<_, _>>()?),
        Val::Obj(entries) => {
            let mut map = Map::new();
            for (key, entry) in entries.iter() {
                let key = match key {
                    Val::BStr(bytes) | Val::TStr(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    other => other.to_string(),
                };
                map.insert(key, value(entry.clone(), depth + 1)?);
            }
            Value::Object(map)
        }
    })
}

fn number_of(number: &Num) -> Value {
    match number {
        Num::Int(number) => Value::Number((*number as i64).into()),
        Num::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Value::Number((*number as i64).into()),
        Num::Float(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
        other => serde_json::from_str(&other.to_string()).unwrap_or(Value::Null),
    }
}
