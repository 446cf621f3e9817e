//! Lines read by a program in Vector Remap Language; only in builds with the feature `vrl` (docs/adr/0004).
//!
//! The program gets the line as `.message` and leaves an object, whose members are read like those of a JSON document. What it
//! may do is a list, not everything that the library offers: no function sees the machine, the network or chance, so that a record
//! is made of its line; none makes gigabytes of a short line; and how much of a program one line may run is bounded. What becomes
//! of the members is left to the plan, as with every parser.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use magpie_model::Timestamp;
use magpie_model::config::{Problem, Written};
use vrl::compiler::runtime::{Runtime, Terminate};
use vrl::compiler::{ExpressionError, Function, Program, TargetValue, TimeZone};
use vrl::diagnostic::Diagnostic;
use vrl::value::{KeyString, ObjectMap, Secrets, Value as Member};

use super::json::JsonPaths;
use super::values::{LineParser, Reason, Value, Values};

/// Expressions that may run for one line. Programs of a hundred lines run a few hundred; only what goes through the elements of
/// a long line comes near.
const MOST_STEPS: u32 = 50_000;
/// Bytes of a program.
const LONGEST_PROGRAM: usize = 64 << 10;
/// Objects inside each other, in what a program leaves.
const DEEPEST: usize = 64;
/// Brackets and operators inside each other, in a program: the compiler goes down all of them at once, and so does every run.
const DEEPEST_EXPRESSION: usize = 128;
/// Different texts of `abort` that become reasons of their own, over the life of the process, and the length of one.
const MOST_ABORTS: usize = 256;
const LONGEST_ABORT: usize = 80;

/// The program said `abort`, without a text or with one made for this line.
const ABORTED: Reason = Reason("the VRL program aborted");
/// An operator met values that it is not made for, or the library gave up.
const FAILED: Reason = Reason("the VRL program failed");
/// The line kept the program busy for longer than a line may.
const TOO_LONG: Reason = Reason("the VRL program ran for too many steps");
/// `.` was made something that has no members.
const NO_OBJECT: Reason = Reason("the VRL program left no object");

/// The functions a program may call, each with the reason that is given where it fails and nothing catches that.
macro_rules! functions {
    ($($name:literal)*) => {
        const FUNCTIONS: &[(&str, Reason)] = &[$(($name, Reason(concat!("the VRL function ", $name, " failed")))),*];
    };
}

// Left out on purpose: what looks at the machine, its files, the clock or chance (get_*, dns, http, parse_groks, now, random_*,
// uuid_v*; parse_syslog and parse_klog do ask for the year where a line has none), writes elsewhere (log), unpacks (decode_gzip
// and its like: a short line may hold gigabytes), descends as deep as a line says (parse_xml, parse_ruby_hash, set, unflatten),
// tries without end (parse_grok, which backtracks), or compiles what a line says (to_regex).
functions! {
    "abs" "append" "array" "assert" "assert_eq" "basename" "boolean" "camelcase" "ceil" "chunks" "compact" "contains" "contains_all"
    "decode_base16" "decode_base64" "decode_percent" "del" "dirname" "downcase" "encode_base16" "encode_base64" "encode_csv"
    "encode_json" "encode_key_value" "encode_logfmt" "encode_percent" "ends_with" "exists" "filter" "find" "flatten" "float" "floor"
    "for_each" "format_int" "format_number" "format_timestamp" "from_entries" "from_unix_timestamp" "get" "includes" "integer"
    "ip_aton" "ip_cidr_contains" "ip_ntoa" "ip_subnet" "ip_to_ipv6" "ipv6_to_ipv4" "is_array" "is_boolean" "is_empty" "is_float"
    "is_integer" "is_ipv4" "is_ipv6" "is_json" "is_null" "is_nullish" "is_object" "is_regex" "is_string" "is_timestamp" "join"
    "kebabcase" "keys" "length" "map_keys" "map_values" "match" "match_any" "match_array" "merge" "mod" "object" "object_from_array"
    "parse_apache_log" "parse_aws_alb_log" "parse_aws_vpc_flow_log" "parse_bytes" "parse_cef" "parse_common_log" "parse_csv"
    "parse_duration" "parse_float" "parse_glog" "parse_influxdb" "parse_int" "parse_json" "parse_key_value" "parse_klog"
    "parse_linux_authorization" "parse_logfmt" "parse_nginx_log" "parse_query_string" "parse_regex" "parse_regex_all" "parse_syslog"
    "parse_timestamp" "parse_tokens" "parse_url" "parse_user_agent" "pascalcase" "pop" "push" "range" "redact" "remove" "replace"
    "replace_with" "round" "screamingsnakecase" "sieve" "slice" "snakecase" "split" "split_path" "starts_with" "string"
    "strip_ansi_escape_codes" "strip_whitespace" "strlen" "tally" "timestamp" "to_bool" "to_entries" "to_float" "to_int" "to_string"
    "to_syslog_facility" "to_syslog_facility_code" "to_syslog_level" "to_syslog_severity" "to_unix_timestamp" "truncate" "unique"
    "upcase" "values" "zip"
}

/// A compiled program.
#[derive(Debug)]
pub(super) struct VrlProgram {
    program: Program,
    /// Zone of times that the program reads and that name none.
    zone: TimeZone,
    /// Names and paths, as for documents in JSON.
    members: JsonPaths,
    /// Texts of `abort` that stand in the program, each a reason.
    aborts: Vec<&'static str>,
    whole_events: bool,
}

impl VrlProgram {
    /// Compiles a program; every mistake has the line of the configuration and what VRL says of it. `members` are the names by
    /// which the configuration knows values, `zone` is the source's.
    pub(super) fn compile(written: &Written, zone: &str, members: JsonPaths) -> Result<Self, Vec<Problem>> {
        let one = |message: String| vec![Problem::new(written.line, format!("vrl: {message}"))];
        check_size(&written.text).map_err(one)?;
        let zone = zone_of(zone).ok_or_else(|| one(format!("VRL knows no zone `{zone}`; use an IANA name such as `Asia/Kolkata`")))?;
        // The compiler works on what people wrote for it; a mistake of its own must not end the process.
        let compiled = catch_unwind(|| vrl::compiler::compile(&written.text, &functions()));
        let compiled = compiled.map_err(|_| one("the compiler of VRL gave up on this program".to_owned()))?;
        let result =
            compiled.map_err(|found| found.iter().filter(|one| one.is_problem()).map(|one| problem(written, one)).collect::<Vec<_>>())?;
        Ok(Self {
            program: result.program,
            zone,
            members,
            aborts: abort_texts(&written.text),
            // A program that speaks of line ends was written for events of several lines; the same rule as for `regex`.
            whole_events: written.text.contains("\\n") || written.text.contains("(?s"),
        })
    }

    fn run(&self, line: &str) -> Result<ObjectMap, Reason> {
        let mut target = TargetValue {
            value: Member::Object(ObjectMap::from([(KeyString::from("message"), Member::from(line))])),
            metadata: Member::Object(ObjectMap::new()),
            secrets: Secrets::default(),
        };
        let mut steps = 0;
        let mut budget = || {
            steps += 1;
            if steps > MOST_STEPS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let run = || Runtime::default().resolve_with_control(&mut target, &self.program, &self.zone, &mut budget);
        // Overflow checks are on in every build, for dependencies, too: what a line makes of them must not end the operator.
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(_)) => {}
            Ok(Err(stopped)) => return Err(self.reason(&stopped)),
            Err(_) => return Err(FAILED),
        }
        match target.value {
            Member::Object(members) => Ok(members),
            _ => Err(NO_OBJECT),
        }
    }

    fn reason(&self, stopped: &Terminate) -> Reason {
        match stopped {
            Terminate::Interrupted => TOO_LONG,
            Terminate::Abort(ExpressionError::Abort { message, .. }) => {
                let known = message.as_ref().and_then(|said| self.aborts.iter().find(|text| *text == said));
                known.map_or(ABORTED, |text| Reason(text))
            }
            Terminate::Error(ExpressionError::Error { message, .. }) => reason_of_error(message),
            Terminate::Abort(_) | Terminate::Error(_) => FAILED,
        }
    }

    fn read(&self, object: ObjectMap, node: Option<u32>, path: &mut String, depth: usize, values: &mut Values<'_>) {
        for (key, member) in object {
            let (slot, below) = node.map_or((None, None), |node| self.members.member(node, &key));
            match member {
                Member::Null => {}
                Member::Object(object) if depth < DEEPEST && (below.is_some() || slot.is_none()) => {
                    let before = path.len();
                    path.push_str(&key);
                    path.push('.');
                    self.read(object, below, path, depth + 1, values);
                    path.truncate(before);
                }
                scalar => match slot {
                    Some(slot) if values.wants(slot) => values.set(slot, value(&scalar)),
                    Some(_) => {}
                    None if values.wants_extra() => {
                        values.extra.push((format!("{path}{key}").into(), scalar.to_string_lossy().into_owned().into()));
                    }
                    None => {}
                },
            }
        }
    }
}

impl LineParser for VrlProgram {
    fn names(&self) -> &[String] {
        self.members.names()
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let object = self.run(line)?;
        self.read(object, Some(0), &mut String::new(), 0, values);
        Ok(())
    }

    fn wants_whole_event(&self) -> bool {
        self.whole_events
    }
}

fn functions() -> Vec<Box<dyn Function>> {
    let mut functions = vrl::stdlib::all();
    functions.retain(|function| FUNCTIONS.iter().any(|(name, _)| *name == function.identifier()));
    functions
}

fn value(member: &Member) -> Value<'static> {
    match member {
        Member::Integer(number) => Value::Integer(*number),
        Member::Float(number) => Value::Float(number.into_inner()),
        Member::Boolean(flag) => Value::Bool(*flag),
        Member::Timestamp(time) => time.timestamp_nanos_opt().map_or(Value::Missing, |nanos| Value::Time(Timestamp(nanos))),
        other => Value::Owned(other.to_string_lossy().into_owned()),
    }
}

/// Refuses what would take the compiler, which goes down a program by recursion, deeper than a thread's stack.
fn check_size(text: &str) -> Result<(), String> {
    if text.len() > LONGEST_PROGRAM {
        return Err(format!("the program has {} bytes, more than {LONGEST_PROGRAM}", text.len()));
    }
    match depth(text) {
        deep if deep > DEEPEST_EXPRESSION => {
            Err(format!("brackets and operators stand inside each other {deep} deep, more than {DEEPEST_EXPRESSION}"))
        }
        _ => Ok(()),
    }
}

/// How deep expressions stand inside each other, at most: open brackets, and the operators of the expressions around them.
fn depth(text: &str) -> usize {
    let bytes = text.as_bytes();
    // Operators so far in the expression inside each open bracket.
    let mut open = vec![0usize];
    let (mut at, mut deepest, mut last) = (0, 0, b'\n');
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'#' => at += bytes[at..].iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len() - at),
            b'"' | b'\'' => at = end_of_literal(bytes, at, byte),
            b'(' | b'[' | b'{' => open.push(0),
            b')' | b']' | b'}' if open.len() > 1 => {
                open.pop();
            }
            b'\n' | b';' if ends_statement(last, &text[at..]) => {
                open.last_mut().into_iter().for_each(|operators| *operators = 0);
            }
            b'e' if bytes[at..].starts_with(b"lse") => open.last_mut().into_iter().for_each(|operators| *operators += 1),
            byte if is_operator(byte) => open.last_mut().into_iter().for_each(|operators| *operators += 1),
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            last = byte;
        }
        deepest = deepest.max(open.len() - 1 + open.iter().sum::<usize>());
    }
    deepest
}

/// Where a literal ends that begins before `at`.
fn end_of_literal(bytes: &[u8], mut at: usize, quote: u8) -> usize {
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b'\\' => 2,
            byte if byte == quote => return at + 1,
            _ => 1,
        };
    }
    bytes.len()
}

fn is_operator(byte: u8) -> bool {
    b"!+-*/%|&?=<>".contains(&byte)
}

/// Whether an expression ends with this line: nothing on either side of the line end asks for more.
fn ends_statement(last: u8, rest: &str) -> bool {
    let rest = rest.trim_start();
    let goes_on = rest.starts_with("else") || rest.as_bytes().first().is_some_and(|&byte| is_operator(byte));
    !is_operator(last) && !goes_on
}

/// The zone as VRL knows it: by name, or one of the whole hours that have one.
fn zone_of(name: &str) -> Option<TimeZone> {
    let named = |name: &str| TimeZone::parse(name).filter(|zone| matches!(zone, TimeZone::Named(_)));
    named(name.trim()).or_else(|| {
        let seconds = super::time::zone(name)?.to_fixed_offset().ok()?.seconds();
        // The names under Etc count westwards.
        (seconds % 3600 == 0).then(|| named(&format!("Etc/GMT{:+}", -seconds / 3600)))?
    })
}

/// A mistake that VRL found: on which line of the configuration, and in its own words.
fn problem(written: &Written, found: &Diagnostic) -> Problem {
    let primary = found.labels().iter().find(|label| label.primary).or_else(|| found.labels().first());
    let before = primary.and_then(|label| written.text.get(..label.span.start().min(written.text.len()))).unwrap_or_default();
    let row = before.matches('\n').count();
    let column = before.chars().rev().take_while(|&character| character != '\n').count() + 1;
    let mut message = format!("vrl, line {} column {column} of the program: error[E{:03}]: {}", row + 1, found.code, found.message());
    let labels = found.labels().iter().map(|label| label.message.clone());
    let hints = found.notes().iter().map(ToString::to_string).filter(|note| !note.contains("://"));
    for part in labels.chain(hints).filter(|part| !part.trim().is_empty() && *part != found.message()) {
        message.push_str("; ");
        message.push_str(part.trim());
    }
    Problem::new(line_of(written, row), message)
}

/// Line of the configuration of a row of the program, counted from 0. A program of several lines is a block, which begins on the
/// line below its `|`; one from the command line has no lines at all.
fn line_of(written: &Written, row: usize) -> usize {
    match written.line {
        0 => 0,
        line if written.text.contains('\n') => line + row,
        line => line,
    }
}

/// The reason for an error of the run: the function where it began.
fn reason_of_error(message: &str) -> Reason {
    let mut rest = message;
    let mut reason = FAILED;
    // A call in an argument fails inside the call around it: the innermost one is the cause.
    while let Some((name, after)) = rest.strip_prefix("function call error for \"").and_then(|rest| rest.split_once('"')) {
        reason = FUNCTIONS.iter().find(|(known, _)| *known == name).map_or(FAILED, |(_, reason)| *reason);
        rest = after.split_once("): ").map_or("", |(_, message)| message);
    }
    reason
}

/// The texts after `abort` that are the same for every line. Reasons live as long as the process, so only so many are kept; what
/// a program makes of a line is never one.
fn abort_texts(text: &str) -> Vec<&'static str> {
    static KEPT: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut kept = KEPT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut found = Vec::new();
    for after in text.split("abort").skip(1) {
        let Some((said, _)) = after.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"')) else { continue };
        if said.is_empty() || said.len() > LONGEST_ABORT || said.contains(['\\', '{', '\n']) {
            continue;
        }
        let mut known = kept.iter().find(|text| **text == said).copied();
        if known.is_none() && kept.len() < MOST_ABORTS {
            let fresh: &'static str = Box::leak(said.into());
            kept.push(fresh);
            known = Some(fresh);
        }
        found.extend(known);
    }
    found
}
