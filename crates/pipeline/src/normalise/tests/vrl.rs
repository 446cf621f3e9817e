//! Programs in Vector Remap Language as a parse step: lines in, records out, and what is said of those that do not compile.

use std::path::Path;

use magpie_model::config::{Problem, read};

use super::*;

fn source(program: &str) -> Source {
    Source { name: "app".to_owned(), parse: Parse::Vrl(written(program)), ..Source::default() }
}

fn problems(program: &str) -> Vec<Problem> {
    Plan::compile(&config(source(program))).unwrap_err()
}

/// A program as people write one: two kinds of line, told apart, each with a reader of its own.
const PROGRAM: &str = r#"
if starts_with(string!(.message), "{") {
    . = parse_json!(.message)
    if .user == "probe" { abort "health check" }
    .elapsed_ms = round(to_float!(del(.took_us)) / 1000.0, precision: 3)
} else {
    . = parse_key_value!(.message)
    .elapsed_ms = to_int!(.elapsed_s) * 1000 + 7
    del(.elapsed_s)
}
.target_module = if exists(.db) { "database" } else { "search-" + downcase(string!(.zone)) }
del(.zone)
if to_int!(.status) >= 500 { .warning = true }
"#;

#[test]
fn a_program_reads_each_line_by_what_it_is() {
    let json = r#"{"time":"2026-11-22T10:15:03Z","source":"10.0.3.17","path":"/item/123?x=1","status":503,"took_us":43250,"zone":"EU","user":{"id":7,"tags":["a","b"]}}"#;
    let pairs = "time=2026-11-22T10:15:04Z source=10.0.3.18 path=/item/9/edit status=200 elapsed_s=2 db=users";
    let probe = json.replace(r#"{"id":7,"tags":["a","b"]}"#, r#""probe""#);
    let text = [json, pairs, &probe, "{broken"].join("\n");
    let (records, counts) = records(&config(source(PROGRAM)), text.as_bytes(), 1, 1 << 20);
    assert_eq!((records.len(), counts.parsed, counts.unparsed), (4, 2, 2));
    let columns = [Column::Source, Column::Service, Column::TargetModule, Column::Status, Column::ParseError];
    let words = |at: usize| columns.map(|column| records[at].text(column));
    assert_eq!(words(0), [Some("10.0.3.17"), Some("/item/{id}"), Some("search-eu"), Some("503"), None]);
    assert_eq!(words(1), [Some("10.0.3.18"), Some("/item/{id}/edit"), Some("database"), Some("200"), None]);
    assert_eq!(words(2)[4], Some("health check"));
    assert_eq!(words(3)[4], Some("the VRL function parse_json failed"));
    assert_eq!(records[3].message, "{broken");
    let field = |at: usize, name: &str| records[at].fields.get(name).copied();
    assert_eq!((field(0, "elapsed_ms"), field(1, "elapsed_ms")), (Some(43_250_000), Some(2_007_000_000)));
    assert_eq!((field(0, "warning"), field(0, "error"), field(1, "error")), (Some(1), Some(1), Some(0)));
    assert_eq!(records[0].time, Timestamp::parse_rfc3339("2026-11-22T10:15:03Z").unwrap());
    let attribute = |name: &str| records[0].attributes.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
    assert_eq!((attribute("user.id"), attribute("user.tags")), (Some("7"), Some(r#"["a","b"]"#)));
}

#[test]
fn members_are_mapped_like_those_of_json() {
    let program = r#". = parse_regex!(.message, r'^(?P<time>\S+) (?P<who>\w+) (?P<rest>.*)$')
                     .http = {"route": "/cart/" + string!(.who), "code": 200}"#;
    let map = [("source_module", "{upper(who)}"), ("service", "{http.route}"), ("status", "{http.code}")];
    let source = Source { map: map.iter().map(|(name, text)| ((*name).to_owned(), written(text))).collect(), ..source(program) };
    let record = only(&config(source), "2026-11-22T10:15:03Z shop paid");
    assert_eq!(record.text(Column::SourceModule), Some("SHOP"));
    assert_eq!(record.text(Column::Service), Some("/cart/shop"));
    assert_eq!(record.text(Column::Status), Some("200"));
    assert!(record.attributes.contains(&("rest".to_owned(), "paid".to_owned())), "{:?}", record.attributes);
}

#[test]
fn values_keep_their_kind() {
    let program = r#".time = parse_timestamp!("2026-11-22 18:15:03", "%F %T")
                     .bytes = 5120
                     .elapsed_ms = 1.5
                     .warning = false
                     .job_id = null
                     .level = "warn""#;
    let zoned = Source { zone: Some("Asia/Shanghai".to_owned()), ..source(program) };
    let record = only(&config(zoned), "anything at all");
    assert_eq!(record.time, Timestamp::parse_rfc3339("2026-11-22T10:15:03Z").unwrap());
    let fields: Vec<(&str, i64)> = record.fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert!(
        fields.contains(&("bytes", 5120)) && fields.contains(&("elapsed_ms", 1_500_000)) && fields.contains(&("warning", 0)),
        "{fields:?}"
    );
    assert_eq!((record.severity, record.job_id.as_str(), record.message.as_str()), (magpie_model::Severity::Warn, "", "anything at all"));
}

#[test]
fn lines_that_a_program_gives_up_are_counted_by_reason() {
    let many = format!("[{}]", vec!["1"; 30_000].join(","));
    for (program, line, reason) in [
        ("abort", "x", "the VRL program aborted"),
        (r#"abort "no " + "request""#, "x", "the VRL program aborted"),
        (r#"abort "no request""#, "x", "no request"),
        (". = string!(.message)", "x", "the VRL program left no object"),
        (".a = to_int!(parse_json!(.message))", "{", "the VRL function parse_json failed"),
        (".a = to_int!(parse_json!(.message))", "[]", "the VRL function to_int failed"),
        (
            "n = 0\nfor_each(array!(parse_json!(.message))) -> |_at, one| { n = n + to_int!(one) }\n.bytes = n",
            many.as_str(),
            "the VRL program ran for too many steps",
        ),
    ] {
        let (records, counts) = records(&config(source(program)), line.as_bytes(), 1, 1 << 20);
        let reasons: Vec<(&str, u64)> = counts.reasons.iter().map(|(reason, count)| (reason.0, *count)).collect();
        assert_eq!(reasons, [(reason, 1)], "{program}");
        assert_eq!(records[0].text(Column::ParseError), Some(reason), "{program}");
        assert_eq!(counts.samples[0].reason.0, reason);
    }
}

#[test]
fn a_program_that_does_not_compile_is_told_with_its_line() {
    // The program of these stands on line 7 of its file.
    for (program, line, said) in [
        (".a = parse_json(.message)", 7, "unhandled fallible assignment"),
        (".a = ", 7, "syntax error"),
        (".a = no_such_function(1)", 7, "undefined function"),
        (".a = 1\n.b = 2\n.c = upcase(3)\n", 9, "invalid argument type"),
    ] {
        let problems = problems(program);
        assert!(problems[0].line == line && problems[0].message.contains(said), "{program}: {problems:?}");
    }
}

#[test]
fn the_line_of_a_mistake_is_that_of_the_file() {
    let text = "sources:\n  - name: app\n    file: a.log\n    parse:\n      vrl: |\n        .a = 1\n        .b = parse_json(.message)\n";
    let config = read(text, Path::new("magpie.yaml"), &|_| None).unwrap();
    let problems = Plan::compile(&config).unwrap_err();
    assert!(problems[0].line == 7 && problems[0].message.contains("line 2 column 6 of the program"), "{problems:?}");
}

#[test]
fn programs_see_neither_machine_nor_clock_nor_chance() {
    for call in [
        "now()",
        "random_int(1, 5)",
        "uuid_v4()",
        r#"get_env_var!("HOME")"#,
        "get_hostname!()",
        r#"dns_lookup!("example.com")"#,
        r#"http_request!("http://example.com")"#,
        r#"log("x")"#,
        "decode_gzip!(.message)",
        "parse_xml!(.message)",
    ] {
        let problems = problems(&format!(".a = {call}"));
        assert!(problems[0].message.contains("undefined function"), "{call}: {problems:?}");
    }
}

#[test]
fn programs_too_deep_for_a_stack_are_refused() {
    for (program, said) in [
        (format!(".a = {}1{}", "(".repeat(129), ")".repeat(129)), "inside each other"),
        (format!(".a = 1{}", " + 1".repeat(3_000)), "inside each other"),
        (format!(".a = (1{})", " +\n 1".repeat(129)), "inside each other"),
        (format!(".a = \"}}\" + ({}1{})", "(1 + ".repeat(70), ")".repeat(70)), "inside each other"),
        (format!(".a = {}true", "!".repeat(3_000)), "inside each other"),
        (format!("if .a == 1 {{ .b = 1 }}{}", " else if .a == 1 {\n .b = 1\n}".repeat(80)), "inside each other"),
        (format!(".a = \"{}\"", "x".repeat(70_000)), "bytes"),
    ] {
        let problems = problems(&program);
        assert!(problems[0].line == 7 && problems[0].message.contains(said), "{problems:?}");
    }
    // What is just allowed compiles and runs on a thread's usual stack, and there may be any number of statements.
    for program in [
        format!(".bytes = {}1{}", "(".repeat(126), ")".repeat(126)),
        format!(".bytes = 1{}", " + 1".repeat(126)),
        format!(".warning = {}true", "!".repeat(126)),
        format!("if .a == 1 {{ .b = 1 }}{}", " else if .a == 1 { .b = 1 }".repeat(40)),
        ".bytes = 1 + 2 # it's (\n".repeat(1_000),
    ] {
        assert_eq!(only(&config(source(&program)), "x").text(Column::ParseError), None);
    }
}

#[test]
fn zones_are_those_of_the_source() {
    let program = r#".time = parse_timestamp!(.message, "%F %T")"#;
    for (zone, time) in [("UTC", "2026-11-22T10:00:00Z"), ("Asia/Shanghai", "2026-11-22T02:00:00Z"), ("+08:00", "2026-11-22T02:00:00Z")] {
        let record = only(&config(Source { zone: Some(zone.to_owned()), ..source(program) }), "2026-11-22 10:00:00");
        assert_eq!(record.time, Timestamp::parse_rfc3339(time).unwrap(), "{zone}");
    }
    let odd = Plan::compile(&config(Source { zone: Some("+05:30".to_owned()), ..source(program) })).unwrap_err();
    assert!(odd[0].message.contains("+05:30"), "{odd:?}");
}

#[test]
fn results_do_not_depend_on_the_number_of_operators() {
    let lines =
        ["{\"took_us\":5,\"zone\":\"A\",\"status\":1,\"time\":\"2026-11-22T10:15:03Z\"}", "elapsed_s=1 zone=b status=500", "nothing"];
    let text: Vec<&str> = lines.into_iter().cycle().take(900).collect();
    let config = config(source(PROGRAM));
    let (one, one_counts) = records(&config, text.join("\n").as_bytes(), 1, 2_000);
    let (three, three_counts) = records(&config, text.join("\n").as_bytes(), 3, 2_000);
    assert!(one == three && one_counts == three_counts && one_counts.parsed >= 300 && one_counts.unparsed >= 300, "{one_counts:?}");
}

#[test]
fn the_program_on_the_page_does_what_the_page_says() {
    let page = include_str!("../../../../../docs/configuration.md");
    let (_, block) = page.split_once("```yaml vrl\n").unwrap();
    let (text, _) = block.split_once("```").unwrap();
    let config = read(text, Path::new("docs/configuration.md"), &|_| None).unwrap();
    let lines = "time=2026-11-22T10:15:03Z user=ann took_us=1500 db=users\ntime=2026-11-22T10:15:03Z user=probe took_us=1";
    let (records, counts) = records(&config, lines.as_bytes(), 1, 1 << 20);
    assert_eq!((records[0].text(Column::TargetModule), records[0].fields.get("elapsed_ms")), (Some("database"), Some(&1_500_000)));
    assert_eq!(counts.reasons.iter().map(|(reason, count)| (reason.0, *count)).collect::<Vec<_>>(), [("health check", 1)]);
}
