//! The report for a terminal: what was read, who calls whom, what is worst, what fired.
//!
//! Read from top to bottom it answers: how much, from what, what does it look like, where does it hurt, what was not
//! understood. Lines fit the width, colour only marks trouble and is never the only sign; hostile text is made plain.

use std::collections::BTreeMap;
use std::io::{self, Write};

use magpie_model::graph::Edge;
use magpie_model::{Aggregate, AlertState, Column, Severity};

use super::chart::{self, Combination, Measure, TimeAxis};
use super::paint::{Cell, Paint, Table, Tone};
use super::text::{cut, left, plain, right, width};
use super::tree::{self, Callee, Line};
use super::{MonitorTable, Report, View, label, numbers};

/// Lines of the tree that are printed; what is beyond is counted.
const TREE_LINES: usize = 500;
/// Height of a chart over time.
const CHART_HEIGHT: usize = 6;
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Writes the whole report.
pub(crate) fn write(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { report, view, paint: Paint { color: view.color }, width: view.width.clamp(40, 200), out };
    page.summary()?;
    page.formats()?;
    page.alerts()?;
    if report.graph.edges.is_empty() {
        page.severities()?;
        page.components()?;
    } else {
        page.graph()?;
        page.rankings()?;
    }
    page.over_time()?;
    page.charts()?;
    page.reasons()?;
    page.remarks()
}

/// Writes the graph alone: the tree, with what each call was worth.
pub(crate) fn write_graph(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    Page { report, view, paint: Paint { color: view.color }, width: view.width.clamp(40, 200), out }.graph()
}

struct Page<'a> {
    report: &'a Report,
    view: &'a View,
    paint: Paint,
    width: usize,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", text.trim_end())
    }

    fn title(&mut self, title: &str, note: &str) -> io::Result<()> {
        let note = cut(&plain(note).replace('\u{202f}', " "), self.width.saturating_sub(width(title) + 2));
        let note = self.paint.of(Tone::Quiet, &note);
        let title = self.paint.of(Tone::Strong, title);
        self.line("")?;
        self.line(&format!("{title}  {note}"))
    }

    fn note(&mut self, note: &str) -> io::Result<()> {
        let note = self.paint.of(Tone::Quiet, &cut(&format!("  {}", note.replace('\u{202f}', " ")), self.width));
        self.line(&note)
    }

    fn summary(&mut self) -> io::Result<()> {
        let report = self.report;
        let title = self.paint.of(Tone::Strong, "Magpie report");
        let range = match (report.from, report.to) {
            (Some(from), Some(to)) => {
                let to_text = if numbers::date(from) == numbers::date(to) { numbers::time(to) } else { numbers::moment(to) };
                format!("{} – {to_text} UTC, buckets of {}", numbers::moment(from), magpie_model::time::format_duration(report.bucket))
            }
            _ => "no record has a time".to_owned(),
        };
        let range = self.paint.of(Tone::Quiet, &cut(&range, self.width - 15));
        self.line(&format!("{title}  {range}"))?;
        self.line("")?;
        let mut facts = vec![(Tone::Strong, numbers::counted(report.records, "record"))];
        if let (Some(from), Some(to)) = (report.from, report.to)
            && to > from
        {
            facts.push((Tone::Normal, numbers::rate(report.records as f64 / (to.since(from) as f64 / 1e9))));
        }
        let all = report.records + report.unparsed;
        facts.push(match report.unparsed {
            0 if all == 0 => (Tone::Pending, "nothing to read".to_owned()),
            0 => (Tone::Normal, "every event understood".to_owned()),
            unparsed => (Tone::Pending, format!("{} unparsed, {}", numbers::count(unparsed), numbers::share(unparsed as f64 / all as f64))),
        });
        for state in [AlertState::Firing, AlertState::Pending, AlertState::Resolved] {
            let number = report.alerts.iter().filter(|alert| alert.state == state).count();
            if number > 0 {
                facts.push((Tone::of(state), format!("{} {} {}", mark(state), numbers::count(number as u64), state.name())));
            }
        }
        self.facts(&facts)
    }

    /// Facts side by side, on as many lines as they need.
    fn facts(&mut self, facts: &[(Tone, String)]) -> io::Result<()> {
        let (mut line, mut used) = (" ".to_owned(), 1);
        for (tone, fact) in facts {
            let fact = fact.replace('\u{202f}', " ");
            if used > 1 && used + 3 + width(&fact) > self.width {
                self.line(&line)?;
                (line, used) = (" ".to_owned(), 1);
            }
            let gap = if used == 1 { " " } else { "   " };
            used += gap.len() + width(&fact);
            line.push_str(gap);
            line.push_str(&self.paint.of(*tone, &fact));
        }
        self.line(&line)
    }

    fn formats(&mut self) -> io::Result<()> {
        if self.report.formats.is_empty() {
            return Ok(());
        }
        let mut table = Table::new(&[("Source", false), ("format", false), ("confidence", true), ("records", true), ("unparsed", true)]);
        for format in self.report.formats.iter().take(self.view.top.max(10)) {
            let tone = if format.unparsed > 0 { Tone::Pending } else { Tone::Normal };
            table.row(vec![
                Cell::text(&format.source),
                Cell::text(&format.format),
                Cell::toned(&numbers::share(format.confidence), if format.confidence < 0.9 { Tone::Pending } else { Tone::Normal }),
                Cell::text(&numbers::count(format.records)),
                Cell::toned(&numbers::count(format.unparsed), tone),
            ]);
        }
        self.line("")?;
        table.print(&self.paint, self.width, self.out)?;
        self.more(self.report.formats.len(), self.view.top.max(10), "source")
    }

    fn more(&mut self, all: usize, shown: usize, noun: &str) -> io::Result<()> {
        match all.saturating_sub(shown) {
            0 => Ok(()),
            rest => self.note(&numbers::counted(rest as u64, &format!("more {noun}"))),
        }
    }

    fn alerts(&mut self) -> io::Result<()> {
        if self.report.alerts.is_empty() {
            return Ok(());
        }
        self.title("Alerts", "")?;
        let mut alerts: Vec<_> = self.report.alerts.iter().collect();
        alerts.sort_by_key(|alert| {
            (alert.state != AlertState::Firing, alert.state != AlertState::Pending, std::cmp::Reverse(alert.severity))
        });
        let shown = self.view.top.max(10);
        for alert in alerts.iter().take(shown) {
            let tone = tone(Some(alert.state));
            let head = self.paint.of(tone, &left(&format!("{} {}", mark(alert.state), alert.state.name()), 10));
            let room = self.width.saturating_sub(14);
            let who = cut(&plain(&label::interaction(alert)), room);
            self.line(&format!("  {head}  {who}"))?;
            let what = format!(
                "{}: {}, {}{}",
                alert.severity.name(),
                label::finding(alert, &self.report.fields),
                label::course(alert, self.report.bucket),
                if self.report.monitors.len() > 1 { format!(", monitor {}", alert.monitor) } else { String::new() }
            );
            for part in wrapped(&plain(&what).replace('\u{202f}', " "), room) {
                self.line(&format!("  {}  {part}", " ".repeat(10)))?;
            }
        }
        self.more(alerts.len(), shown, "alert")
    }

    fn graph(&mut self) -> io::Result<()> {
        let graph = &self.report.graph;
        self.title("Calls", &label::size(self.report))?;
        let lines = tree::grow(graph);
        let shown = &lines[..lines.len().min(TREE_LINES)];
        let columns = TreeColumns::fit(self.report, shown, self.width);
        let head = columns.head();
        let head = self.paint.of(Tone::Quiet, &head);
        self.line(&head)?;
        for (at, line) in shown.iter().enumerate() {
            let opened = matches!((line, shown.get(at + 1)), (Line::Call { rails, .. }, Some(Line::Call { rails: next, .. })) if next.len() > rails.len());
            match line {
                Line::Root(node) => {
                    let name = cut(&plain(&label::node(&graph.nodes[*node])), self.width - 2);
                    let name = self.paint.of(Tone::Strong, &name);
                    self.line(&format!("  {name}"))?;
                }
                Line::Call { edge, target, rails, last, callee } => {
                    let name = plain(&label::node(&graph.nodes[*target]));
                    self.call(&columns, &graph.edges[*edge], (&name, *callee), rails, *last)?;
                    self.limits(&columns, &graph.edges[*edge], rails, *last, opened)?;
                }
            }
        }
        let hidden = lines[shown.len()..].iter().filter(|line| matches!(line, Line::Call { .. })).count();
        let references: Vec<&str> = [Callee::Above, Callee::Below, Callee::Cycle, Callee::Itself]
            .iter()
            .filter(|of| shown.iter().any(|line| matches!(line, Line::Call { callee, .. } if callee == *of)))
            .map(|of| match of {
                Callee::Below => "↓ its calls are below",
                Callee::Cycle => "↻ cycle",
                Callee::Itself => "↺ calls itself",
                _ => "↑ its calls are above",
            })
            .collect();
        if !references.is_empty() {
            self.note(&references.join("   "))?;
        }
        match hidden {
            0 => Ok(()),
            _ => self.note(&format!(
                "{}: fold them with --by, or see all with --json or --csv",
                numbers::counted(hidden as u64, "more interaction")
            )),
        }
    }

    fn call(&mut self, columns: &TreeColumns, edge: &Edge, (name, callee): (&str, Callee), rails: &[bool], last: bool) -> io::Result<()> {
        let tone = tone(edge.alert.filter(|state| *state != AlertState::Resolved));
        let rail: String = rails.iter().map(|&more| if more { "│  " } else { "   " }).collect();
        let dashes = if edge.alert == Some(AlertState::Firing) { "╌╌▶ " } else { "──▶ " };
        let arrow = format!("{}{dashes}", if last { '└' } else { '├' });
        let note = reference(callee);
        let room = columns.name.saturating_sub(width(&rail) + width(&arrow));
        let short = cut(name, room.saturating_sub(width(note)));
        let fill = " ".repeat(room.saturating_sub(width(&short) + width(note)));
        let service = left(&super::text::cut_middle(&plain(&label::service(edge).unwrap_or_default()), columns.service), columns.service);
        let mut line = format!("  {}{}", self.paint.of(Tone::Quiet, &rail), self.paint.of(tone, &arrow));
        line.push_str(&format!("{}{}{fill}  {service}", self.paint.of(tone, &short), self.paint.of(Tone::Quiet, note)));
        for (text, size, tone) in columns.values(edge, self.report) {
            line.push_str("  ");
            line.push_str(&self.paint.of(tone, &right(&text, size)));
        }
        self.line(&line)
    }

    /// Below a call: the thresholds that have an alert, and all of them where they have no columns.
    fn limits(&mut self, columns: &TreeColumns, edge: &Edge, rails: &[bool], last: bool, opened: bool) -> io::Result<()> {
        let rail: String = rails.iter().map(|&more| if more { "│  " } else { "   " }).collect();
        let below = format!("  {rail}{}  {}", if last { " " } else { "│" }, if opened { "│" } else { " " });
        for limit in label::judged(edge, self.report) {
            let text = format!("{} ({})", plain(&limit.name), limit.value).replace('\u{202f}', " ");
            let tone = match limit.state {
                Some(state) => Tone::of(state),
                None if columns.limits.is_empty() => Tone::Quiet,
                None => continue,
            };
            let state = limit.state.map_or_else(|| "  ".to_owned(), |state| format!("{} ", mark(state)));
            let word = limit.word();
            let pad = " ".repeat((columns.name + 2).saturating_sub(width(&below)).max(4));
            let rail = self.paint.of(Tone::Quiet, &below);
            let text = self.paint.of(tone, &cut(&format!("{state}{text}{word}"), self.width.saturating_sub(width(&below) + pad.len())));
            self.line(&format!("{rail}{pad}{text}"))?;
        }
        Ok(())
    }

    fn rankings(&mut self) -> io::Result<()> {
        let Some(monitor) = self.report.monitors.first() else { return Ok(()) };
        let slow = chart::measures(self.report, self.view).into_iter().find(|measure| *measure != Measure::CALLS);
        self.ranking(monitor, "Most calls", Measure::CALLS, slow)?;
        if let Some(slow) = slow {
            let title =
                if matches!(slow.0, Some((at, _)) if self.report.fields[at].unit.as_deref() == Some("ms")) { "Slowest" } else { "Highest" };
            self.ranking(monitor, title, slow, Some(slow))?;
        }
        for (flag, title) in [("error", "Most errors"), ("warning", "Most warnings")] {
            let found = self.report.fields.iter().position(|spec| spec.name == flag);
            if let Some(at) = found {
                self.ranking(monitor, title, Measure(Some((at, Aggregate::Count))), slow)?;
            }
        }
        Ok(())
    }

    fn ranking(&mut self, monitor: &MonitorTable, title: &str, by: Measure, also: Option<Measure>) -> io::Result<()> {
        let ranked = chart::ranked(self.report, monitor, &monitor.by, by);
        let worth: Vec<&Combination> = ranked.iter().filter(|of| of.value.is_some_and(|value| value > 0.0 || !by.adds_up())).collect();
        let shown = &worth[..worth.len().min(self.view.top)];
        if shown.is_empty() {
            return Ok(());
        }
        let mut measures = vec![Measure::CALLS];
        measures.extend([Some(by), also].into_iter().flatten().filter(|measure| *measure != Measure::CALLS));
        measures.dedup();
        let wholes = chart::whole(monitor, &monitor.by, shown);
        let titles: Vec<String> = measures.iter().map(|measure| measure.title(self.report)).collect();
        let mut columns = vec![(title, false)];
        columns.extend(titles.iter().map(|title| (title.as_str(), true)));
        columns.push(("", false));
        let mut table = Table::new(&columns);
        let most = shown.iter().filter_map(|of| of.value).fold(0.0, f64::max);
        for (combination, partial) in shown.iter().zip(&wholes) {
            let tone = tone(combination.alert);
            let name = match combination.alert {
                Some(state) => format!("{} {}", mark(state), combination.label(&monitor.by)),
                None => combination.label(&monitor.by),
            };
            let mut row = vec![Cell::toned(&name, tone)];
            let length = chart::covered(self.report);
            row.extend(measures.iter().map(|measure| Cell::text(&measure.show(measure.of(partial, self.report, length), self.report))));
            row.push(Cell::toned(&bar(combination.value.unwrap_or(0.0) / most, 10), if tone == Tone::Normal { Tone::Quiet } else { tone }));
            table.row(row);
        }
        self.line("")?;
        table.print(&self.paint, self.width, self.out)?;
        self.more(worth.len(), shown.len(), "interaction")
    }

    fn severities(&mut self) -> io::Result<()> {
        let counts: Vec<(Severity, u64)> = self.report.severities.iter().rev().map(|(severity, count)| (*severity, *count)).collect();
        let all: u64 = counts.iter().map(|(_, count)| count).sum();
        if all == 0 {
            return Ok(());
        }
        let mut table = Table::new(&[("Severity", false), ("records", true), ("share", true), ("", false)]);
        for (severity, count) in counts {
            let tone = match severity {
                Severity::Error | Severity::Fatal => Tone::Firing,
                Severity::Warn => Tone::Pending,
                _ => Tone::Normal,
            };
            let share = count as f64 / all as f64;
            table.row(vec![
                Cell::toned(severity.name(), tone),
                Cell::text(&numbers::count(count)),
                Cell::text(&numbers::share(share)),
                Cell::toned(&bar(share, 24), if tone == Tone::Normal { Tone::Quiet } else { tone }),
            ]);
        }
        self.line("")?;
        table.print(&self.paint, self.width, self.out)
    }

    fn components(&mut self) -> io::Result<()> {
        let Some(monitor) = chart::monitor_with(self.report, &[Column::Component]) else { return Ok(()) };
        let ranked = chart::ranked(self.report, monitor, &[Column::Component], Measure::CALLS);
        let Some(most) = ranked.first().map(|component| component.records as f64) else { return Ok(()) };
        let mut table = Table::new(&[("Component", false), ("records", true), ("", false)]);
        for component in ranked.iter().take(self.view.top) {
            let bar = bar(component.records as f64 / most.max(1.0), 24);
            table.row(vec![
                Cell::text(&component.words[0]),
                Cell::text(&numbers::count(component.records)),
                Cell::toned(&bar, Tone::Quiet),
            ]);
        }
        self.line("")?;
        table.print(&self.paint, self.width, self.out)?;
        self.more(ranked.len(), self.view.top, "component")
    }

    /// One line: how much, over the whole range.
    fn over_time(&mut self) -> io::Result<()> {
        let axis = chart::all_over_time(self.report, self.width - 24);
        let values = axis.values(Measure::CALLS, self.report);
        let Some((peak, at)) = values
            .iter()
            .zip(&axis.columns)
            .filter_map(|(value, column)| Some(((*value)?, column.start)))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
        else {
            return Ok(());
        };
        let word = if self.report.graph.edges.is_empty() { "Records" } else { "Calls" };
        self.title("Over time", &format!("one mark is {}", magpie_model::time::format_duration(axis.length)))?;
        let spark: String = values.iter().map(|value| EIGHTHS[eighths(value.unwrap_or(0.0) / peak.max(1.0), 1)]).collect();
        self.line(&format!("  {word}  {spark}"))?;
        self.note(&format!("{}  most {} at {}", " ".repeat(word.len()), numbers::plain(peak), numbers::tick(at, axis.range())))
    }

    fn charts(&mut self) -> io::Result<()> {
        for measure in chart::measures(self.report, self.view) {
            if self.view.x.is_empty() {
                self.time_chart(measure)?;
            } else {
                self.bar_chart(measure)?;
            }
        }
        Ok(())
    }

    fn time_chart(&mut self, measure: Measure) -> io::Result<()> {
        let axis = chart::all_over_time(self.report, self.width - 14);
        let values = axis.values(measure, self.report);
        let Some(most) = values.iter().flatten().copied().reduce(f64::max).filter(|most| *most > 0.0) else { return Ok(()) };
        if measure == Measure::CALLS && self.view.fields.is_empty() {
            return Ok(());
        }
        let each = ((self.width - 14) / values.len().max(1)).clamp(1, 4);
        self.title(&measure.title(self.report), &format!("over time, one column is {}", magpie_model::time::format_duration(axis.length)))?;
        for row in (0..CHART_HEIGHT).rev() {
            let scale = match row {
                _ if row + 1 == CHART_HEIGHT => measure.show(Some(most), self.report),
                0 => "0".to_owned(),
                _ => String::new(),
            };
            let cells: String = values
                .iter()
                .flat_map(|value| {
                    let level = value.map_or(0, |value| eighths(value / most, CHART_HEIGHT)).saturating_sub(row * 8).min(8);
                    let mark = if value.is_none() && row == 0 { '·' } else { EIGHTHS[level] };
                    std::iter::repeat_n(mark, each.saturating_sub(1).max(1)).chain((each > 1).then_some(' '))
                })
                .collect();
            let scale = self.paint.of(Tone::Quiet, &right(&scale.replace('\u{202f}', " "), 9));
            self.line(&format!("  {scale} {cells}"))?;
        }
        self.time_ticks(&axis, each)
    }

    fn time_ticks(&mut self, axis: &TimeAxis, each: usize) -> io::Result<()> {
        let mut ticks = String::new();
        for (at, column) in axis.columns.iter().enumerate() {
            let text = numbers::tick(column.start, axis.range());
            let place = at * each;
            let free = place == 0 || place >= width(&ticks) + 6;
            if free && place + width(&text) <= self.width - 12 {
                ticks = format!("{}{text}", left(&ticks, place));
            }
        }
        self.note(&format!("{}{ticks}", " ".repeat(10)))
    }

    fn bar_chart(&mut self, measure: Measure) -> io::Result<()> {
        let names: Vec<&str> = self.view.x.iter().map(|column| column.name()).collect();
        let Some(monitor) = chart::monitor_with(self.report, &self.view.x) else { return Ok(()) };
        let ranked = chart::ranked(self.report, monitor, &self.view.x, measure);
        let shown = &ranked[..ranked.len().min(self.view.top)];
        let most = shown.iter().filter_map(|of| of.value).fold(0.0, f64::max);
        self.title(&measure.title(self.report), &format!("by {}", names.join(", ")))?;
        let names: Vec<String> = shown.iter().map(|of| cut(&plain(&of.label(&self.view.x)), self.width / 2)).collect();
        let values: Vec<String> = shown.iter().map(|of| measure.show(of.value, self.report).replace('\u{202f}', " ")).collect();
        let name_width = names.iter().map(|name| width(name)).max().unwrap_or(0);
        let value_width = values.iter().map(|value| width(value)).max().unwrap_or(0);
        let room = self.width.saturating_sub(name_width + value_width + 6);
        for ((of, name), value) in shown.iter().zip(&names).zip(&values) {
            let bar = bar(of.value.unwrap_or(0.0) / most, room);
            let bar = self.paint.of(tone(of.alert), &bar);
            self.line(&format!("  {}  {}  {bar}", left(name, name_width), right(value, value_width)))?;
        }
        self.more(ranked.len(), shown.len(), "value")
    }

    fn reasons(&mut self) -> io::Result<()> {
        if self.report.reasons.is_empty() {
            return Ok(());
        }
        self.title("Not understood", &format!("{}, kept as text", numbers::counted(self.report.unparsed, "event")))?;
        for reason in self.report.reasons.iter().take(self.view.top) {
            let text = plain(&format!("{}  {}, {}", numbers::count(reason.count), reason.reason, reason.source));
            self.line(&format!("  {}", cut(&text, self.width - 2)))?;
            for sample in reason.samples.iter().take(3) {
                let sample = self.paint.of(Tone::Quiet, &cut(&plain(sample), self.width - 6));
                self.line(&format!("    │ {sample}"))?;
            }
        }
        self.more(self.report.reasons.len(), self.view.top, "reason")
    }

    fn remarks(&mut self) -> io::Result<()> {
        let told: Vec<String> = self
            .report
            .remarks
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{name}: {}", numbers::count(*count)))
            .collect();
        if told.is_empty() {
            return Ok(());
        }
        self.title("Not whole", "")?;
        for line in wrapped(&told.join(", "), self.width - 2) {
            self.line(&format!("  {line}"))?;
        }
        Ok(())
    }
}

/// Widths of the columns beside the tree: the service, calls, and one column per threshold.
struct TreeColumns {
    name: usize,
    service: usize,
    calls: usize,
    /// Titles and widths of thresholds; empty when they are printed below each line, or there are none.
    limits: Vec<(String, usize)>,
    /// Width of errors and of the first measure, where there are no thresholds.
    measures: Option<(usize, usize)>,
}

impl TreeColumns {
    fn fit(report: &Report, lines: &[Line], width_of_all: usize) -> Self {
        let (mut name, mut service, mut calls) = (12, 0, 5);
        let mut limits: BTreeMap<usize, (String, usize)> = BTreeMap::new();
        for line in lines {
            let Line::Call { edge, target, rails, callee, .. } = line else { continue };
            let edge = &report.graph.edges[*edge];
            let depth = rails.len() * 3 + 5;
            name = name.max(depth + width(&plain(&label::node(&report.graph.nodes[*target]))) + width(reference(*callee)));
            service = service.max(width(&plain(&label::service(edge).unwrap_or_default())));
            calls = calls.max(numbers::count(edge.records).len());
            for (at, limit) in label::limits(edge, &report.fields).into_iter().enumerate() {
                let size = width(&limit.value).max(width(&limit.name));
                let known = limits.entry(at).or_insert_with(|| (limit.name.clone(), size));
                known.1 = known.1.max(size);
            }
        }
        let limits: Vec<(String, usize)> = limits.into_values().map(|(name, size)| (plain(&name), size)).collect();
        let measures = limits.is_empty().then_some((6, 9));
        let beside = |limits: &[(String, usize)]| {
            calls + 2 + limits.iter().map(|(_, size)| size + 2).sum::<usize>() + measures.map_or(0, |(a, b)| a + b + 4)
        };
        let fits = width_of_all >= 4 + beside(&limits) + (name + service).min(36);
        let limits = if fits { limits } else { Vec::new() };
        let room = width_of_all.saturating_sub(4 + beside(&limits));
        if name + service > room {
            service = service.min(room.saturating_sub(name).max(room * 2 / 5));
            name = name.min(room.saturating_sub(service)).max(8);
        }
        Self { name, service, calls, limits, measures }
    }

    fn head(&self) -> String {
        let mut head = format!("  {}  {}  {}", left("", self.name), left("", self.service), right("calls", self.calls));
        for (title, size) in &self.limits {
            head.push_str(&format!("  {}", right(title, *size)));
        }
        if let Some((errors, measure)) = self.measures {
            head.push_str(&format!("  {}  {}", right("errors", errors), right("", measure)));
        }
        head
    }

    fn values(&self, edge: &Edge, report: &Report) -> Vec<(String, usize, Tone)> {
        let mut values = vec![(numbers::count(edge.records), self.calls, Tone::Normal)];
        let limits = label::limits(edge, &report.fields);
        values.extend(self.limits.iter().zip(limits).map(|((_, size), limit)| {
            let tone = limit.state.map_or(Tone::Normal, Tone::of);
            (limit.value.replace('\u{202f}', " "), *size, tone)
        }));
        if let Some((errors, measure)) = self.measures {
            let wrong = label::errors(edge);
            let tone = if wrong.is_some_and(|wrong| wrong > 0.0) { Tone::Strong } else { Tone::Quiet };
            values.push((wrong.map_or_else(String::new, numbers::plain), errors, tone));
            let first = label::first_measure(edge, &report.fields).unwrap_or_default();
            values.push((first.replace('\u{202f}', " "), measure, Tone::Normal));
        }
        values
    }
}

fn reference(callee: Callee) -> &'static str {
    match callee {
        Callee::Here | Callee::Next => "",
        Callee::Above => " ↑",
        Callee::Below => " ↓",
        Callee::Cycle => " ↻",
        Callee::Itself => " ↺",
    }
}

fn mark(state: AlertState) -> &'static str {
    match state {
        AlertState::Firing => "▲",
        AlertState::Pending => "△",
        AlertState::Resolved => "✓",
    }
}

fn tone(state: Option<AlertState>) -> Tone {
    state.map_or(Tone::Normal, Tone::of)
}

/// Height in eighths of a character, of `rows` rows; what is there at all is never invisible.
fn eighths(part: f64, rows: usize) -> usize {
    let level = (part.clamp(0.0, 1.0) * (rows * 8) as f64).round() as usize;
    if part > 0.0 { level.max(1) } else { 0 }
}

/// A bar of at most `room` columns, in eighths; what is there at all is never invisible.
fn bar(part: f64, room: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if !part.is_finite() || part <= 0.0 {
        return String::new();
    }
    let level = ((part.min(1.0) * (room * 8) as f64).round() as usize).max(1);
    format!("{}{}", "█".repeat(level / 8), PARTS[level % 8])
}

/// Lines of at most `room` columns, broken at spaces.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(cut(word, room)),
        }
    }
    lines
}

#[cfg(test)]
#[path = "terminal_tests.rs"]
mod tests;
