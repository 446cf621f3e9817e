//! The report as one HTML file that needs nothing else: graph, charts, tables, light and dark, from desk to phone.
//!
//! Its policy forbids every request, and every script but ours by its hash, so that what a log says stays text even if
//! an escape were missed. All pictures are drawn here; the script only moves the graph and sorts tables.

use std::fmt::Write as _;
use std::io::{self, Write};

use magpie_model::{Aggregate, Alert, AlertState, Column};

use super::chart::{self, Combination, Measure};
use super::draw::{Series, TimeChart};
use super::text::escaped;
use super::{MonitorTable, Report, View, label, numbers, svg};

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
/// SHA-256 of the script, as the policy wants it; a test keeps the two together.
const SCRIPT_HASH: &str = "sha256-LOuo6+F3nnC12u6PbGq/IJC3T2Bn7ju6w6IU72tGQ2w=";
/// Rows of the table of interactions; what is beyond is counted.
const ROWS: usize = 500;
/// Resolved alerts that are shown unfolded below open ones.
const RESOLVED: usize = 3;
/// Lines in a chart: as many as there are colours.
const LINES: usize = 6;
/// Columns of a chart over time.
const COLUMNS: usize = 180;
const BARS: usize = 24;

/// Writes the page.
pub(crate) fn write(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'\">"
    )?;
    writeln!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">"
    )?;
    writeln!(out, "<title>Magpie report{}</title>", report.from.map_or_else(String::new, |from| format!(", {}", numbers::moment(from))))?;
    writeln!(out, "<style>{}{}{STYLE}</style>\n</head>\n<body>\n<main>", svg::TOKENS, svg::STYLE)?;
    for section in [summary, alerts, graph, over_time, bars, interactions, severities, sources, reasons, remarks] {
        out.write_all(section(report, view).as_bytes())?;
    }
    writeln!(out, "<footer>Written by Magpie {}. Times are UTC.</footer>\n</main>", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn heading(title: &str, note: &str) -> String {
    let note = if note.is_empty() { String::new() } else { format!("<p class=\"note\">{}</p>\n", escaped(note)) };
    format!("<h2>{}</h2>\n{note}", escaped(title))
}

fn summary(report: &Report, _: &View) -> String {
    let range = match (report.from, report.to) {
        (Some(from), Some(to)) => format!(
            "{} – {} UTC, buckets of {}",
            numbers::moment(from),
            numbers::moment(to),
            magpie_model::time::format_duration(report.bucket)
        ),
        _ => "no record has a time".to_owned(),
    };
    let mut text = format!("<h1>Magpie report</h1>\n<p class=\"note\">{}</p>\n<dl class=\"facts\">", escaped(&range));
    let mut fact = |class: &str, value: &str, name: &str, exact: &str| {
        let _ = write!(text, "<div><dt>{name}</dt><dd class=\"{class}\" title=\"{exact}\">{}</dd></div>", escaped(value));
    };
    fact("", &numbers::count(report.records), if report.records == 1 { "record" } else { "records" }, &report.records.to_string());
    if let (Some(from), Some(to)) = (report.from, report.to)
        && to > from
    {
        fact("", &numbers::rate(report.records as f64 / (to.since(from) as f64 / 1e9)), "on average", "");
    }
    let all = report.records + report.unparsed;
    if report.unparsed > 0 {
        let share = numbers::share(report.unparsed as f64 / all as f64);
        fact("pending", &numbers::count(report.unparsed), &format!("not understood, {}", escaped(&share)), &report.unparsed.to_string());
    }
    for state in [AlertState::Firing, AlertState::Pending, AlertState::Resolved] {
        let count = report.alerts.iter().filter(|alert| alert.state == state).count();
        if count > 0 {
            fact(state.name(), &numbers::count(count as u64), state.name(), "");
        }
    }
    text.push_str("</dl>\n");
    text
}

fn alerts(report: &Report, _: &View) -> String {
    if report.alerts.is_empty() {
        return String::new();
    }
    let mut sorted: Vec<_> = report.alerts.iter().collect();
    sorted.sort_by_key(|alert| (alert.state != AlertState::Firing, alert.state != AlertState::Pending, std::cmp::Reverse(alert.severity)));
    let open = sorted.partition_point(|alert| alert.state != AlertState::Resolved);
    let (open, resolved) = sorted.split_at(open);
    let mut text = heading("Alerts", "");
    text.push_str(&alert_list(report, open));
    if open.is_empty() || resolved.len() <= RESOLVED {
        text.push_str(&alert_list(report, resolved));
    } else {
        // What is over must not stand between the reader and the graph.
        let _ = write!(
            text,
            "<details><summary>{} resolved</summary>\n{}</details>\n",
            numbers::count(resolved.len() as u64),
            alert_list(report, resolved)
        );
    }
    text
}

fn alert_list(report: &Report, alerts: &[&Alert]) -> String {
    if alerts.is_empty() {
        return String::new();
    }
    let mut text = "<ul class=\"alerts\">\n".to_owned();
    for alert in alerts.iter().take(ROWS) {
        let labels: String = alert.labels.iter().map(|(name, value)| format!(", {name}={value}")).collect();
        let what = format!(
            "{}: {}, {}, monitor {}{labels}",
            alert.severity.name(),
            label::finding(alert, &report.fields),
            label::course(alert, report.bucket),
            alert.monitor
        );
        let mark = match alert.state {
            AlertState::Firing => "▲",
            AlertState::Pending => "△",
            AlertState::Resolved => "✓",
        };
        let _ = writeln!(
            text,
            "<li><span class=\"state {0}\">{mark} {0}</span><b>{1}</b><span class=\"what\">{2}</span></li>",
            alert.state.name(),
            escaped(&label::interaction(alert)),
            escaped(&what)
        );
    }
    text.push_str("</ul>\n");
    text.push_str(&more(alerts.len(), ROWS, "alert", ""));
    text
}

fn more(all: usize, shown: usize, noun: &str, where_to: &str) -> String {
    match all.saturating_sub(shown) {
        0 => String::new(),
        rest => format!("<p class=\"note\">{}{where_to}</p>\n", numbers::counted(rest as u64, &format!("more {noun}"))),
    }
}

fn graph(report: &Report, _: &View) -> String {
    if report.graph.edges.is_empty() {
        return String::new();
    }
    let picture = svg::picture(report);
    let focus = picture.focus.map_or_else(String::new, |point| format!(" data-focus=\"{:.0} {:.0}\"", point.x, point.y));
    format!(
        "{}<div class=\"frame\"><svg class=\"graph\" viewBox=\"0 0 {2:.0} {3:.0}\" data-whole=\"0 0 {2:.0} {3:.0}\"{focus} role=\"img\" aria-label=\"Graph of calls; the table of interactions below says the same\">\n{1}</svg>\
         <div class=\"tools\" hidden=\"\"><button type=\"button\" data-step=\"out\" aria-label=\"Zoom out\">−</button><button type=\"button\" data-step=\"in\" aria-label=\"Zoom in\">+</button><button type=\"button\" data-step=\"home\" aria-label=\"Show as at first\">⌂</button></div></div>\n",
        heading("Calls", &label::size(report)),
        picture.content,
        picture.width,
        picture.height
    )
}

fn over_time(report: &Report, view: &View) -> String {
    let axis = chart::all_over_time(report, COLUMNS);
    if axis.columns.is_empty() {
        return String::new();
    }
    let each = magpie_model::time::format_duration(axis.length);
    let word = if report.graph.edges.is_empty() { "Records" } else { "Calls" };
    let volume = [Series { name: word.to_lowercase(), values: axis.values(Measure::CALLS, report), class: "bars".into() }];
    let show = |value: Option<f64>| Measure::CALLS.show(value, report);
    let chart = TimeChart { axis: &axis, series: &volume, limits: &[], bars: true, show: &show };
    let mut text = format!("{}{}\n", heading(&format!("{word} over time"), &format!("each bar is {each}")), chart.draw(120.0));
    for measure in chart::measures(report, view).into_iter().filter(|measure| *measure != Measure::CALLS) {
        text.push_str(&lines(report, measure, &each));
    }
    text
}

/// A measure over time, one line per interaction: those in trouble first, then the highest; else one for everything.
fn lines(report: &Report, measure: Measure, each: &str) -> String {
    let (Some(monitor), show) = (report.monitors.first(), |value: Option<f64>| measure.show(value, report)) else { return String::new() };
    let mut ranked = chart::ranked(report, monitor, &monitor.by, measure);
    ranked.retain(|of| of.value.is_some());
    ranked.sort_by_key(|of| std::cmp::Reverse(of.alert));
    let of: Vec<&Combination> = ranked.iter().take(LINES).collect();
    let Some(axes) = chart::over_time(report, monitor, &monitor.by, &of, COLUMNS).filter(|axes| !axes.is_empty()) else {
        return whole_line(report, measure, each);
    };
    let series: Vec<Series> = of
        .iter()
        .zip(&axes)
        .enumerate()
        .map(|(at, (of, axis))| Series { name: of.label(&monitor.by), values: axis.values(measure, report), class: format!("s{at}") })
        .collect();
    let limits = measure.limits(monitor, report);
    let chart = TimeChart { axis: &axes[0], series: &series, limits: &limits, bars: false, show: &show };
    let mut text = format!(
        "{}{}\n<ul class=\"legend\">",
        heading(&measure.title(report), &format!("over time, each point is {each}")),
        chart.draw(240.0)
    );
    for series in &series {
        let _ = write!(
            text,
            "<li><svg viewBox=\"0 0 18 8\" aria-hidden=\"true\"><path class=\"{}\" d=\"M0 4h18\"/></svg>{}</li>",
            series.class,
            escaped(&series.name)
        );
    }
    text.push_str("</ul>\n");
    text.push_str(&more(ranked.len(), LINES, "interaction", ", in the table below"));
    text
}

fn whole_line(report: &Report, measure: Measure, each: &str) -> String {
    let axis = chart::all_over_time(report, COLUMNS);
    let series = [Series { name: measure.title(report), values: axis.values(measure, report), class: "s0".into() }];
    let show = |value: Option<f64>| measure.show(value, report);
    let chart = TimeChart { axis: &axis, series: &series, limits: &[], bars: false, show: &show };
    format!("{}{}\n", heading(&measure.title(report), &format!("everything, over time, each point is {each}")), chart.draw(240.0))
}

/// Bars by the dimensions asked for, else by the callee.
fn bars(report: &Report, view: &View) -> String {
    let asked: Vec<Column> = match (view.x.is_empty(), report.monitors.first()) {
        (false, _) => view.x.clone(),
        (true, Some(monitor)) => [Column::TargetModule, Column::Target, Column::Service, Column::Component]
            .into_iter()
            .find(|column| monitor.by.contains(column))
            .or(monitor.by.first().copied())
            .into_iter()
            .collect(),
        (true, None) => Vec::new(),
    };
    let Some(monitor) = chart::monitor_with(report, &asked).filter(|_| !asked.is_empty()) else { return String::new() };
    let names: Vec<&str> = asked.iter().map(|column| column.name()).collect();
    let limits_apply = asked == monitor.by;
    let mut text = String::new();
    for measure in chart::measures(report, view) {
        let ranked = chart::ranked(report, monitor, &asked, measure);
        let limits = if limits_apply && !measure.adds_up() { measure.limits(monitor, report) } else { Vec::new() };
        let most = ranked.iter().filter_map(|of| of.value).chain(limits.iter().copied()).fold(0.0, f64::max);
        text.push_str(&heading(&measure.title(report), &format!("by {}", names.join(", "))));
        text.push_str("<table class=\"bars\"><tbody>\n");
        for of in ranked.iter().take(BARS) {
            let wide = if most > 0.0 { of.value.unwrap_or(0.0).max(0.0) / most * 100.0 } else { 0.0 };
            let state = of.alert.map_or("calm", AlertState::name);
            let _ = write!(
                text,
                "<tr><td class=\"word\">{}</td><td class=\"n\">{}</td><td class=\"draw\"><svg viewBox=\"0 0 100 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"{state}\" y=\"2\" width=\"{wide:.2}\" height=\"10\"/>",
                escaped(&of.label(&asked)),
                escaped(&measure.show(of.value, report))
            );
            for limit in &limits {
                let _ = write!(text, "<path vector-effect=\"non-scaling-stroke\" d=\"M{:.2} 0v14\"/>", limit / most * 100.0);
            }
            text.push_str("</svg></td></tr>\n");
        }
        text.push_str("</tbody></table>\n");
        text.push_str(&more(ranked.len(), BARS, "value", ""));
    }
    text
}

fn interactions(report: &Report, view: &View) -> String {
    let mut text = String::new();
    for monitor in report.monitors.iter().filter(|monitor| !monitor.table.rows.is_empty()) {
        text.push_str(&heading(
            &monitor.name,
            &format!("{}, over the whole range", monitor.by.iter().map(|column| column.name()).collect::<Vec<_>>().join(", ")),
        ));
        text.push_str(&monitor_table(report, monitor, view));
    }
    text
}

fn monitor_table(report: &Report, monitor: &MonitorTable, view: &View) -> String {
    let ranked = chart::ranked(report, monitor, &monitor.by, Measure::CALLS);
    let shown: Vec<&Combination> = ranked.iter().take(ROWS).collect();
    let wholes = chart::whole(monitor, &monitor.by, &shown);
    let mut measures = vec![Measure::CALLS];
    measures.extend(view.fields.iter().map(|&field| Measure(Some(field))));
    for (at, spec) in report.fields.iter().enumerate() {
        let used = wholes.iter().any(|partial| partial.fields[at].count > 0);
        let kept = [Aggregate::Avg, Aggregate::P95, Aggregate::Max, Aggregate::Sum, Aggregate::Count];
        let of_it = kept
            .into_iter()
            .filter(|aggregate| used && spec.aggregates.contains(aggregate))
            .take(if spec.unit.as_deref() == Some("ms") { 3 } else { 1 });
        measures.extend(
            of_it
                .map(|aggregate| Measure(Some((at, aggregate))))
                .filter(|measure| !view.fields.iter().any(|&field| Measure(Some(field)) == *measure)),
        );
    }
    let mut text = "<div class=\"scroll\"><table class=\"sortable stack\"><thead><tr>".to_owned();
    for column in &monitor.by {
        let _ = write!(text, "<th scope=\"col\">{}</th>", column.name());
    }
    text.push_str("<th scope=\"col\">alert</th>");
    let titles: Vec<String> = measures.iter().map(|measure| escaped(&measure.title_in(monitor, report))).collect();
    for title in &titles {
        let _ = write!(text, "<th scope=\"col\" class=\"n\">{title}</th>");
    }
    text.push_str("</tr></thead><tbody>\n");
    for (of, partial) in shown.iter().zip(&wholes) {
        text.push_str("<tr>");
        for word in &of.words {
            let _ = write!(text, "<td class=\"word\">{}</td>", escaped(word));
        }
        let state = of.alert.map_or("", AlertState::name);
        let _ = write!(text, "<td class=\"{state}\">{state}</td>");
        for (measure, title) in measures.iter().zip(&titles) {
            let value = measure.of(partial, report, chart::covered(report));
            let exact = value.map_or_else(String::new, |value| value.to_string());
            let _ = write!(
                text,
                "<td class=\"n\" data-h=\"{title}\" data-v=\"{exact}\" title=\"{exact}\">{}</td>",
                escaped(&measure.show(value, report))
            );
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody></table></div>\n");
    text.push_str(&more(ranked.len(), ROWS, "row", ": --csv or --json have them all"));
    text
}

fn severities(report: &Report, _: &View) -> String {
    let all: u64 = report.severities.values().sum();
    if all == 0 {
        return String::new();
    }
    let mut text = format!("{}<table class=\"bars\"><tbody>\n", heading("Plain log events by severity", ""));
    for (severity, count) in report.severities.iter().rev() {
        let share = *count as f64 / all as f64;
        let class = match severity.name() {
            "error" | "fatal" => "firing",
            "warn" => "pending",
            _ => "calm",
        };
        let _ = writeln!(
            text,
            "<tr><td class=\"word\">{}</td><td class=\"n\" title=\"{count}\">{}</td><td class=\"n\">{}</td><td class=\"draw\"><svg viewBox=\"0 0 100 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"{class}\" y=\"2\" width=\"{:.2}\" height=\"10\"/></svg></td></tr>",
            severity.name(),
            numbers::count(*count),
            numbers::share(share),
            share * 100.0
        );
    }
    text.push_str("</tbody></table>\n");
    text
}

fn sources(report: &Report, _: &View) -> String {
    let mut text = heading("Sources", "what each was read as");
    text.push_str("<div class=\"scroll\"><table class=\"sortable stack\"><thead><tr><th scope=\"col\">source</th><th scope=\"col\">format</th><th scope=\"col\" class=\"n\">confidence</th><th scope=\"col\" class=\"n\">records</th><th scope=\"col\" class=\"n\">unparsed</th></tr></thead><tbody>\n");
    for format in report.formats.iter().take(ROWS) {
        let _ = write!(text, "<tr><td class=\"word\">{}</td><td>{}</td>", escaped(&format.source), escaped(&format.format));
        let _ = write!(
            text,
            "<td class=\"n\" data-h=\"confidence\" data-v=\"{}\">{}</td>",
            format.confidence,
            numbers::share(format.confidence)
        );
        for (name, count) in [("records", format.records), ("unparsed", format.unparsed)] {
            let class = if name == "unparsed" && count > 0 { "n pending" } else { "n" };
            let _ =
                write!(text, "<td class=\"{class}\" data-h=\"{name}\" data-v=\"{count}\" title=\"{count}\">{}</td>", numbers::count(count));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody></table></div>\n");
    text.push_str(&more(report.formats.len(), ROWS, "source", ""));
    text
}

fn reasons(report: &Report, _: &View) -> String {
    if report.reasons.is_empty() {
        return String::new();
    }
    let mut text = heading("Not understood", "kept as text; some of the lines");
    for reason in report.reasons.iter().take(ROWS) {
        let _ =
            write!(text, "<p><b>{}</b> {}, {}</p>\n<pre>", numbers::count(reason.count), escaped(&reason.reason), escaped(&reason.source));
        let samples: Vec<String> = reason.samples.iter().map(|sample| escaped(&super::text::cut(sample, 2_000))).collect();
        let _ = writeln!(text, "{}</pre>", samples.join("\n"));
    }
    text.push_str(&more(report.reasons.len(), ROWS, "reason", ""));
    text
}

fn remarks(report: &Report, _: &View) -> String {
    let told: Vec<String> =
        report.remarks.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name}: {}", numbers::count(*count))).collect();
    if told.is_empty() { String::new() } else { heading("Not whole", &told.join(", ")) }
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
