//! What the specification's schema cannot say about a document: names that must exist, expressions that must parse, places a
//! task may lead to; and what is valid but not built in this program.

use magpie_model::config::{nearest, unknown_word};
use magpie_model::{Code, Notice};
use serde_json::Value;

use super::parts::{InputSpec, OutputSpec, RetrySpec, SchemaSpec, Span, Strategy, TimeoutSpec, Until};
use super::task::{Kind, Process, RetryRef, Task, TaskList};
use super::tree::segment;
use super::{Definition, Schema, directives};
use crate::connector;
use crate::expression;
use crate::schedule::Schedule;

/// Variables that every expression has.
pub(super) const VARIABLES: [&str; 8] = ["context", "input", "output", "secrets", "authorization", "task", "workflow", "runtime"];

/// Parts of a document; keys that begin with `x-` are free.
const PARTS: [&str; 8] = ["document", "input", "use", "do", "timeout", "output", "schedule", "evaluate"];

/// Protocols of the specification that are valid and not built.
pub const UNSUPPORTED_CALLS: [&str; 4] = ["grpc", "asyncapi", "mcp", "a2a"];

/// Pointer and message of each finding.
#[derive(Default)]
pub(super) struct Findings {
    /// The document is not valid.
    pub(super) mistakes: Vec<(String, Notice)>,
    /// The document is valid, but cannot be run.
    pub(super) unsupported: Vec<(String, Notice)>,
}

/// What a person should write where the schema has a pattern.
pub(super) fn hint(pattern: &str) -> Option<(Code, &'static str)> {
    Some(match pattern {
        pattern if pattern.starts_with("^(0|[1-9]\\d*)\\.") => (Code::TextNotAVersion, "write a semantic version such as `1.0.0`"),
        pattern if pattern.starts_with("^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}") => {
            (Code::TextNotAName, "write letters, digits and `-`, at most 63 of them")
        }
        pattern if pattern.starts_with("^P(?!$)") => {
            (Code::TextNotAnIsoDuration, "write an ISO 8601 duration such as `PT30S`, or a mapping such as `{ seconds: 30 }`")
        }
        pattern if pattern.starts_with("^\\s*\\$\\{") => (Code::TextNotAnExpression, "write an expression as `${ .field }`"),
        pattern if pattern.starts_with("^[A-Za-z][A-Za-z0-9+\\-.]*://") => {
            (Code::TextNotAUri, "write an absolute URI such as `https://example.com/items/{id}`")
        }
        _ => return None,
    })
}

/// Keys beside the parts of a document that were meant to be one of them, each with which.
pub(super) fn misspelt_parts(written: &Value) -> Vec<(String, &'static str)> {
    let keys = || written.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    let free: Vec<&str> = PARTS.into_iter().filter(|part| keys().all(|key| key != *part)).collect();
    let strange = keys().filter(|key| !PARTS.contains(key) && !key.starts_with("x-"));
    strange
        .filter_map(|key| {
            let meant = nearest(key, &free)?;
            Some((key.to_owned(), PARTS.into_iter().find(|part| *part == meant)?))
        })
        .collect()
}

/// Checks a document that the schema found valid.
pub(super) fn check(definition: &Definition) -> Findings {
    let mut checker = Checker { definition, found: Findings::default(), variables: VARIABLES.map(str::to_owned).to_vec() };
    checker.document();
    checker.list(&definition.tasks, "/do");
    checker.found
}

struct Checker<'a> {
    definition: &'a Definition,
    found: Findings,
    variables: Vec<String>,
}

impl Checker<'_> {
    fn mistake(&mut self, at: impl Into<String>, notice: Notice) {
        self.found.mistakes.push((at.into(), notice));
    }

    fn unsupported(&mut self, at: impl Into<String>, notice: Notice) {
        self.found.unsupported.push((at.into(), notice));
    }

    fn document(&mut self) {
        let definition = self.definition;
        self.input(&definition.input, "/input");
        self.output(&definition.output, "/output", "as");
        self.timeout(definition.timeout.as_ref(), "/timeout");
        if let Err(error) = crate::schedule::Options::read(&definition.document.metadata) {
            let key = if error.key.is_empty() { String::new() } else { format!("/{}", error.key) };
            self.mistake(format!("/document/metadata/schedule{key}"), Notice::new(error.message, *error.told));
        }
        if let Some(Schedule::On(strategy)) = &definition.schedule {
            self.strategy(strategy, "/schedule/on");
        }
        if definition.written.pointer("/use/catalogs").is_some() {
            let message = "catalogs are not fetched, so that a published version never changes; copy the function to `use.functions`";
            self.unsupported("/use/catalogs", Code::NotFetched.says(message, &[("what", &"catalogs")]));
        }
        self.unread();
        for (name, policy) in &definition.uses.authentications {
            self.authentication(policy, &format!("/use/authentications/{}", segment(name)));
        }
        for (name, error) in &definition.uses.errors {
            self.template(error, &format!("/use/errors/{}", segment(name)));
        }
        for (name, retry) in &definition.uses.retries {
            self.retry(retry, &format!("/use/retries/{}", segment(name)));
        }
        for function in definition.uses.functions.values() {
            self.task(function);
        }
        for (index, extension) in definition.uses.extensions.iter().enumerate() {
            let at = format!("/use/extensions/{index}/{}", segment(&extension.name));
            self.condition(extension.when.as_deref(), &format!("{at}/when"));
            for (tasks, key) in
                [(&extension.before, "before"), (&extension.after, "after")].into_iter().filter(|(tasks, _)| !tasks.is_empty())
            {
                self.list(tasks, &format!("{at}/{key}"));
            }
        }
    }

    /// What stands beside the parts of a document that are read. The schema lets it through, and nothing would follow from it.
    fn unread(&mut self) {
        let written = &self.definition.written;
        let language = written["evaluate"]["language"].as_str().unwrap_or("jq");
        if language != "jq" {
            let message = format!("expressions in `{language}` are not evaluated; write them in `jq`");
            let notice = Code::EvaluateLanguage.says(message, &[("language", &language)]);
            self.unsupported("/evaluate/language", notice);
        }
        if written["evaluate"]["mode"].as_str().is_some_and(|mode| mode != "strict") {
            let message = "only `mode: strict` is supported; write expressions as `${ .field }`";
            self.unsupported("/evaluate/mode", Code::EvaluateMode.says(message, &[]));
        }
        let keys: Vec<String> = written.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
        for key in keys.iter().filter(|key| !PARTS.contains(&key.as_str()) && !key.starts_with("x-")) {
            self.unsupported(format!("/{}", segment(key)), unknown_word("key", key, PARTS));
        }
    }

    fn list(&mut self, tasks: &TaskList, at: &str) {
        let names: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
        for (index, task) in tasks.iter().enumerate() {
            if names[..index].contains(&task.name.as_str()) {
                let message = format!("another task of this list is named `{}`; rename one, so that `then` is clear", task.name);
                self.mistake(&task.pointer, Code::TaskTwice.says(message, &[("name", &task.name)]));
            }
            self.task(task);
        }
        self.found.mistakes.extend(directives::mistakes(tasks));
        if tasks.is_empty() {
            self.mistake(at, Code::TasksMissing.says("the list of tasks is empty; add one", &[]));
        }
    }

    fn task(&mut self, task: &Task) {
        let at = task.pointer.as_str();
        self.condition(task.base.condition.as_deref(), &format!("{at}/if"));
        self.input(&task.base.input, &format!("{at}/input"));
        self.output(&task.base.output, &format!("{at}/output"), "as");
        self.output(&task.base.export, &format!("{at}/export"), "as");
        self.timeout(task.base.timeout.as_ref(), &format!("{at}/timeout"));
        match &task.kind {
            Kind::Call { function, with } => self.call(function, with, at),
            Kind::Do(tasks) => self.list(tasks, &format!("{at}/do")),
            Kind::Emit { with } => self.template(with, &format!("{at}/emit/event/with")),
            Kind::For(it) => {
                self.expression(&it.collection, &format!("{at}/for/in"));
                self.with_variables(&[&it.each, &it.at], |checker| {
                    checker.condition(it.condition.as_deref(), &format!("{at}/while"));
                    checker.list(&it.tasks, &format!("{at}/do"));
                });
            }
            Kind::Fork { branches, .. } => {
                self.list(branches, &format!("{at}/fork/branches"));
                self.found.mistakes.extend(directives::mistakes_of_branches(branches));
            }
            Kind::Listen(it) => {
                self.strategy(&it.to, &format!("{at}/listen/to"));
                if let Some(each) = &it.foreach {
                    self.with_variables(&[&each.item, &each.at], |checker| {
                        checker.list(&each.tasks, &format!("{at}/foreach/do"));
                        checker.output(&each.output, &format!("{at}/foreach/output"), "as");
                        checker.output(&each.export, &format!("{at}/foreach/export"), "as");
                    });
                }
            }
            Kind::Raise(error) => self.raise(error, &format!("{at}/raise/error")),
            Kind::Run(run) => self.run(&run.process, at),
            Kind::Set(value) => self.set(value, &format!("{at}/set")),
            Kind::Switch(cases) => {
                for (index, case) in cases.iter().enumerate() {
                    self.condition(case.when.as_deref(), &format!("{at}/switch/{index}/{}/when", segment(&case.name)));
                }
                if cases.iter().filter(|case| case.when.is_none()).count() > 1 {
                    let message = "two cases have no `when`; only one can be the default";
                    self.mistake(format!("{at}/switch"), Code::SwitchDefaults.says(message, &[]));
                }
            }
            Kind::Try(_) => self.catch(task),
            Kind::Wait(span) => self.span(span, &format!("{at}/wait")),
        }
    }

    fn with_variables(&mut self, names: &[&String], inside: impl FnOnce(&mut Self)) {
        let before = self.variables.len();
        self.variables.extend(names.iter().map(|&name| name.clone()));
        inside(self);
        self.variables.truncate(before);
    }

    fn catch(&mut self, task: &Task) {
        let Kind::Try(it) = &task.kind else { return };
        let at = &task.pointer;
        self.list(&it.tasks, &format!("{at}/try"));
        self.with_variables(&[&it.variable], |checker| {
            checker.condition(it.when.as_deref(), &format!("{at}/catch/when"));
            checker.condition(it.except_when.as_deref(), &format!("{at}/catch/exceptWhen"));
            match &it.retry {
                Some(RetryRef::Named(name)) => {
                    let known: Vec<&str> = checker.definition.uses.retries.keys().map(String::as_str).collect();
                    checker.declared("retry policy under `use.retries`", name, &known, &format!("{at}/catch/retry"));
                }
                Some(RetryRef::Written(retry)) => checker.retry(retry, &format!("{at}/catch/retry")),
                None => {}
            }
            if let Some(handler) = &it.handler {
                checker.list(handler, &format!("{at}/catch/do"));
            }
        });
    }

    fn declared(&mut self, what: &str, name: &str, known: &[&str], at: &str) {
        if known.is_empty() {
            let message = format!("there is no {what}, so `{name}` is none; declare it there");
            self.mistake(at, Code::NoneDeclared.says(message, &[("name", &name), ("what", &what)]));
        } else if !known.contains(&name) {
            self.mistake(at, unknown_word(what, name, known.iter().copied()));
        }
    }

    fn call(&mut self, function: &str, with: &Value, at: &str) {
        let definition = self.definition;
        let arguments = format!("{at}/with");
        match function {
            "http" | "openapi" => {
                for key in ["endpoint", "document"] {
                    let endpoint = if key == "endpoint" { &with["endpoint"] } else { &with["document"]["endpoint"] };
                    self.authentication(&endpoint["authentication"], &format!("{arguments}/{key}/authentication"));
                }
                self.authentication(&with["authentication"], &format!("{arguments}/authentication"));
                self.template(with, &arguments);
            }
            _ if UNSUPPORTED_CALLS.contains(&function) => {
                let message = format!("`call: {function}` is not supported; call the service by `http` or `openapi`");
                self.unsupported(format!("{at}/call"), Code::CallUnsupported.says(message, &[("call", &function)]));
            }
            _ if function.contains("://") => {
                let message =
                    "functions are not fetched from addresses, so that a published version never changes; copy it to `use.functions`";
                self.unsupported(format!("{at}/call"), Code::NotFetched.says(message, &[("what", &"functions")]));
            }
            _ => {
                let own: Vec<&str> = definition.uses.functions.keys().map(String::as_str).collect();
                if !own.contains(&function) && connector::find(function).is_none() {
                    let mut known = own.clone();
                    known.extend(connector::names().map(|name| -> &str { name }));
                    self.mistake(format!("{at}/call"), no_such_function(function, nearest(function, &known)));
                } else if !own.contains(&function)
                    && let Some(notice) = connector::find(function).and_then(|connector| connector.misuse(with))
                {
                    self.mistake(&arguments, notice);
                } else if !own.contains(&function)
                    && let Some(message) = connector::find(function).and_then(|connector| connector.unsupported(with))
                {
                    self.unsupported(format!("{arguments}/database"), Code::DatabaseUnsupported.says(&message, &[("cause", &message)]));
                }
                self.template(with, &arguments);
            }
        }
    }

    fn authentication(&mut self, policy: &Value, at: &str) {
        let Some(policy) = policy.as_object() else { return };
        if let Some(Value::String(name)) = policy.get("use") {
            let known: Vec<&str> = self.definition.uses.authentications.keys().map(String::as_str).collect();
            self.declared("authentication under `use.authentications`", name, &known, &format!("{at}/use"));
        }
        for (scheme, settings) in policy.iter().filter(|(scheme, _)| *scheme != "use") {
            if let Some(Value::String(secret)) = settings.get("use") {
                let known: Vec<&str> = self.definition.uses.secrets.iter().map(String::as_str).collect();
                self.declared("secret under `use.secrets`", secret, &known, &format!("{at}/{scheme}/use"));
            }
            let grant = settings["grant"].as_str().unwrap_or("client_credentials");
            if grant == "authorization_code" {
                let message = "`authorization_code` needs a person at a browser; use `client_credentials`";
                self.unsupported(format!("{at}/{scheme}/grant"), Code::GrantNeedsPerson.says(message, &[]));
            }
            let method = settings["client"]["authentication"].as_str().unwrap_or_default();
            if ["client_secret_jwt", "private_key_jwt"].contains(&method) {
                let message = format!("`{method}` is not supported; use `client_secret_post` or `client_secret_basic`");
                self.unsupported(format!("{at}/{scheme}/client"), Code::ClientMethod.says(message, &[("method", &method)]));
            }
            self.template(settings, &format!("{at}/{scheme}"));
        }
    }

    fn raise(&mut self, error: &Value, at: &str) {
        match error {
            Value::String(name) => {
                let known: Vec<&str> = self.definition.uses.errors.keys().map(String::as_str).collect();
                self.declared("error under `use.errors`", name, &known, at);
            }
            written => self.template(written, at),
        }
    }

    fn run(&mut self, process: &Process, at: &str) {
        match process {
            Process::Shell(shell) => {
                if shell["command"].as_str().is_some_and(holds_expression) {
                    let message = "values reach a shell only as arguments: write the command itself here, the value under `arguments:`, and `\"$1\"` in the command";
                    self.mistake(format!("{at}/run/shell/command"), Code::ShellExpression.says(message, &[]));
                }
                for key in ["stdin", "arguments", "environment"] {
                    self.template(&shell[key], &format!("{at}/run/shell/{key}"));
                }
            }
            Process::Script(script) => {
                let language = script["language"].as_str().unwrap_or_default();
                if !["python", "javascript", "js"].contains(&language) {
                    let message = format!("scripts in `{language}` are not run; write `python` or `javascript`");
                    self.unsupported(format!("{at}/run/script/language"), Code::ScriptLanguage.says(message, &[("language", &language)]));
                }
                if script.get("source").is_some() {
                    let message = "scripts are not fetched, so that a published version never changes; write the script under `code`";
                    self.unsupported(format!("{at}/run/script/source"), Code::NotFetched.says(message, &[("what", &"scripts")]));
                }
                for key in ["stdin", "arguments", "environment"] {
                    self.template(&script[key], &format!("{at}/run/script/{key}"));
                }
            }
            Process::Container(container) => {
                if container["lifetime"]["cleanup"] == "eventually" {
                    let message = "`cleanup: eventually` is not supported; write `always` or `never`";
                    self.unsupported(format!("{at}/run/container/lifetime"), Code::ContainerCleanup.says(message, &[]));
                }
                if container["command"].as_str().is_some_and(holds_expression) {
                    let message = "values reach a container only as arguments: write the value under `arguments:`";
                    self.mistake(format!("{at}/run/container/command"), Code::ContainerExpression.says(message, &[]));
                }
                self.template(container, &format!("{at}/run/container"));
            }
            Process::Workflow(workflow) => self.template(&workflow["input"], &format!("{at}/run/workflow/input")),
        }
    }

    fn set(&mut self, value: &Value, at: &str) {
        match value {
            Value::String(text) if expression::strict(text).is_none() => {
                let message = format!("`{text}` is a plain text; write a mapping, or an expression as `${{ {text} }}`");
                self.mistake(at, Code::SetOfText.says(message, &[("text", text)]));
            }
            value => self.template(value, at),
        }
    }

    fn strategy(&mut self, strategy: &Strategy, at: &str) {
        if let Strategy::All(filters) = strategy
            && filters.is_empty()
        {
            let message = "`all` of no events would end at once; write a filter, or `any: []` for each event";
            self.mistake(format!("{at}/all"), Code::AllOfNone.says(message, &[]));
        }
        if let Strategy::Any(_, Some(Until::Condition(condition))) = strategy {
            self.expression(condition, &format!("{at}/until"));
        }
        for filter in strategy.filters() {
            self.template(&Value::Object(filter.with.clone()), at);
            for (name, correlation) in &filter.correlate {
                self.expression(&correlation.from, &format!("{at}/correlate/{name}/from"));
                if let Some(expect) = &correlation.expect {
                    self.template(&Value::String(expect.clone()), &format!("{at}/correlate/{name}/expect"));
                }
            }
        }
    }

    fn retry(&mut self, retry: &RetrySpec, at: &str) {
        let known = self.variables.contains(&"error".to_owned());
        if !known {
            self.variables.push("error".into());
        }
        self.condition(retry.when.as_deref(), &format!("{at}/when"));
        self.condition(retry.except_when.as_deref(), &format!("{at}/exceptWhen"));
        for span in retry.spans() {
            self.span(span, at);
        }
        if !known {
            self.variables.pop();
        }
    }

    fn timeout(&mut self, timeout: Option<&TimeoutSpec>, at: &str) {
        match timeout {
            Some(TimeoutSpec::Named(name)) => {
                let known: Vec<&str> = self.definition.uses.timeouts.keys().map(String::as_str).collect();
                self.declared("timeout under `use.timeouts`", name, &known, at);
            }
            Some(TimeoutSpec::Written { after }) => self.span(after, &format!("{at}/after")),
            None => {}
        }
    }

    fn span(&mut self, span: &Span, at: &str) {
        if let Span::Expression(text) = span {
            self.expression(text, at);
        }
    }

    fn input(&mut self, input: &InputSpec, at: &str) {
        self.schema(input.schema.as_ref(), &format!("{at}/schema"));
        self.filter(input.from.as_ref(), &format!("{at}/from"));
    }

    fn output(&mut self, output: &OutputSpec, at: &str, key: &str) {
        self.schema(output.schema.as_ref(), &format!("{at}/schema"));
        self.filter(output.as_.as_ref(), &format!("{at}/{key}"));
    }

    /// `from` and `as`: a text is an expression with or without `${ }`.
    fn filter(&mut self, filter: Option<&Value>, at: &str) {
        match filter {
            Some(Value::String(text)) => self.expression(text, at),
            Some(value) => self.template(value, at),
            None => {}
        }
    }

    fn schema(&mut self, schema: Option<&SchemaSpec>, at: &str) {
        let Some(schema) = schema else { return };
        let format = schema.format.as_deref().unwrap_or("json");
        if format.split(':').next() != Some("json") {
            let message = format!("schemas in `{format}` are not supported; use `json`");
            self.unsupported(format!("{at}/format"), Code::SchemaFormat.says(message, &[("format", &format)]));
        }
        if schema.resource.is_some() {
            let message = "schemas are not fetched, so that a published version never changes; write it under `document`";
            self.unsupported(format!("{at}/resource"), Code::NotFetched.says(message, &[("what", &"schemas")]));
        }
        if let Some(document) = &schema.document {
            for (inside, notice) in Schema::plain(document.clone()).unsupported() {
                self.unsupported(format!("{at}/document{inside}"), notice);
            }
        }
    }

    fn condition(&mut self, condition: Option<&str>, at: &str) {
        if let Some(text) = condition {
            self.expression(text, at);
        }
    }

    fn expression(&mut self, text: &str, at: &str) {
        let text = expression::strict(text).unwrap_or(text);
        if let Err(notice) = expression::check(text, &self.variables) {
            self.mistake(at, notice);
        }
        let known: Vec<&str> = self.definition.uses.secrets.iter().map(String::as_str).collect();
        for name in secrets_in(text).filter(|name| !known.contains(name)) {
            self.declared("secret under `use.secrets`", name, &known, at);
        }
    }

    /// A value in which texts of the form `${ … }` are expressions.
    fn template(&mut self, value: &Value, at: &str) {
        match value {
            Value::String(text) if expression::strict(text).is_some() => self.expression(text, at),
            Value::String(text) if text.trim_start().starts_with("${") && !text.contains('}') => {
                self.mistake(at, Code::ExpressionOpen.says(format!("`{text}` has no end; write `{text} }}`"), &[("text", text)]));
            }
            Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| self.template(item, &format!("{at}/{index}"))),
            Value::Object(entries) => entries.iter().for_each(|(key, value)| self.template(value, &format!("{at}/{}", segment(key)))),
            _ => {}
        }
    }
}

fn no_such_function(function: &str, near: Option<&str>) -> Notice {
    match near {
        Some(near) => {
            let message = format!("there is no function `{function}`; did you mean `{near}`?");
            Code::NoSuchFunctionNear.says(message, &[("function", &function), ("near", &near)])
        }
        None => {
            let message =
                format!("there is no function `{function}`; declare it under `use.functions`, or call a connector such as `logger`");
            Code::NoSuchFunction.says(message, &[("function", &function)])
        }
    }
}

/// Whether a command was meant to hold an expression, whole or within it: `sh` cannot read one, and refuses what begins so.
fn holds_expression(command: &str) -> bool {
    expression::strict(command).is_some()
        || command.split("${").skip(1).any(|rest| {
            let mut signs = rest.chars();
            match signs.next() {
                Some('$') => signs.next().is_some_and(char::is_alphabetic),
                Some(sign) => sign == '.' || sign.is_whitespace(),
                None => false,
            }
        })
}

/// The secrets that an expression reads as `$secrets.name` or `$secrets["name"]`. One that is not declared would be `null`, and a call
/// would go out without it.
fn secrets_in(expression: &str) -> impl Iterator<Item = &str> {
    expression.split("$secrets").skip(1).filter_map(secret_read)
}

fn secret_read(rest: &str) -> Option<&str> {
    let quoted = rest.strip_prefix('[').map(str::trim_start).or_else(|| rest.strip_prefix('.')).and_then(|rest| rest.strip_prefix('"'));
    let name = match quoted {
        Some(quoted) => quoted.split('"').next(),
        None => rest.strip_prefix('.')?.split(|sign: char| !sign.is_alphanumeric() && sign != '_').next(),
    };
    name.filter(|name| !name.is_empty())
}
