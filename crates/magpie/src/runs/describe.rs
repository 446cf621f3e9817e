//! What a definition says of itself: its row in lists, its diagram, its due times to come. Pure.

use jiff::tz::TimeZone;
use magpie_api::{Diagram, DiagramEdge, DiagramNode, NextDue, ZoneChange};
use magpie_flows::definition::{Definition, Kind, TaskList};
use magpie_flows::schedule::{DueTime, Options, Overlap, Schedule, Shift, transitions};
use magpie_model::Timestamp;
use magpie_model::run::{DueShift, FlowOrigin, FlowRow, OverlapRule, RunKind, ScheduleKind, ScheduleText, TriggerPort};
use magpie_model::time::format_duration;

use super::secrets::id_of;

/// The row of a flow with this definition; what a definition does not say is taken from the row before.
pub(super) fn row(
    definition: &Definition,
    before: Option<FlowRow>,
    origin: FlowOrigin,
    file: Option<String>,
    zone: &str,
    now: Timestamp,
) -> FlowRow {
    let document = &definition.document;
    let options = Options::read(&document.metadata).unwrap_or_default();
    let schedule = schedule(definition, zone);
    let new = before.is_none();
    let before = before.unwrap_or_else(|| FlowRow::new(&id_of(definition), RunKind::Flow, origin, now));
    let enabled_at = if is_followed_on(&before, schedule.as_ref()) { before.enabled_at } else { now };
    FlowRow {
        flow: id_of(definition),
        namespace: document.namespace.clone(),
        name: document.name.clone(),
        title: document.title.clone(),
        summary: document.summary.clone(),
        application: document.application.clone().unwrap_or_default(),
        region: document.region.clone().unwrap_or_default(),
        labels: document.labels.clone(),
        version: document.version.clone(),
        enabled: new || before.enabled,
        origin,
        file,
        triggers: TriggerPort::of(RunKind::Flow, schedule.as_ref()),
        schedule,
        problem: None,
        concurrency: options.concurrency,
        overlap: match options.overlap {
            Overlap::Skip => OverlapRule::Skip,
            Overlap::Queue => OverlapRule::Queue,
            Overlap::Replace => OverlapRule::Replace,
            Overlap::Allow => OverlapRule::Allow,
        },
        enabled_at,
        ..before
    }
}

/// Whether a schedule has been in force already. What is new has missed nothing that lies before it: neither while it was a draft,
/// nor under another schedule. A pause between runs counts from the last run, whatever its length was.
fn is_followed_on(before: &FlowRow, schedule: Option<&ScheduleText>) -> bool {
    let (Some(_), Some(old), Some(new)) = (before.published, &before.schedule, schedule) else { return false };
    let is_pause = |schedule: &ScheduleText| schedule.kind == ScheduleKind::After;
    (is_pause(old) && is_pause(new)) || (old.kind, &old.text, &old.timezone) == (new.kind, &new.text, &new.timezone)
}

/// The zone of a flow's schedule.
pub(super) fn zone_of(definition: &Definition, default: &str) -> String {
    definition.document.timezone.clone().unwrap_or_else(|| default.to_owned())
}

/// The zone itself; names were checked when they were read.
pub(super) fn time_zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn schedule(definition: &Definition, zone: &str) -> Option<ScheduleText> {
    let written = definition.written.get("schedule")?;
    let cron = || written["cron"].as_str().unwrap_or_default().to_owned();
    let (kind, text) = match definition.schedule.as_ref()? {
        Schedule::Cron(_) => (ScheduleKind::Cron, cron()),
        Schedule::Every(every) => (ScheduleKind::Every, format_duration(every.nanos)),
        Schedule::After(pause) => (ScheduleKind::After, format_duration(*pause)),
        Schedule::On(strategy) => {
            let types: Vec<String> = strategy
                .filters()
                .into_iter()
                .map(|filter| filter.with.get("type").and_then(|kind| kind.as_str()).unwrap_or("any").to_owned())
                .collect();
            (ScheduleKind::On, types.join(", "))
        }
    };
    Some(ScheduleText { kind, text, timezone: zone_of(definition, zone), next: None })
}

/// The word for what a change of the clock did to a due time.
pub(super) fn shift(due: &DueTime) -> Option<DueShift> {
    due.shift.map(|shift| match shift {
        Shift::Gap => DueShift::Forward,
        Shift::Overlap => DueShift::Back,
    })
}

/// Due times after a moment, at most `limit`.
pub(super) fn due_after(
    definition: &Definition,
    zone: &str,
    anchor: Timestamp,
    after: Timestamp,
    until: Timestamp,
    limit: usize,
) -> Vec<NextDue> {
    let Some(schedule) = &definition.schedule else { return Vec::new() };
    let zone = time_zone(&zone_of(definition, zone));
    let times = schedule.between(after, until, &zone, anchor, limit);
    times.iter().map(|due| NextDue { due: due.at, shift: shift(due) }).collect()
}

/// The next changes of the zone of a schedule by the clock.
pub(super) fn zone_changes(definition: &Definition, zone: &str, after: Timestamp) -> Vec<ZoneChange> {
    if !matches!(definition.schedule, Some(Schedule::Cron(_))) {
        return Vec::new();
    }
    let changes = transitions(&time_zone(&zone_of(definition, zone)), after, 2);
    changes.into_iter().map(|change| ZoneChange { at: change.at, before: change.before, after: change.after }).collect()
}

/// The steps of a flow and where each goes on.
pub(super) fn diagram(definition: &Definition) -> Diagram {
    let mut diagram = Diagram::default();
    node(&mut diagram, "start", "start", "start", None);
    list(&mut diagram, &definition.tasks, None, ("start", None), "end");
    node(&mut diagram, "end", "end", "end", None);
    diagram
}

fn node(diagram: &mut Diagram, id: &str, name: &str, kind: &str, parent: Option<&str>) {
    diagram.nodes.push(DiagramNode { id: id.to_owned(), name: name.to_owned(), kind: kind.to_owned(), parent: parent.map(str::to_owned) });
}

fn edge(diagram: &mut Diagram, from: &str, to: &str, label: Option<&str>) {
    diagram.edges.push(DiagramEdge { from: from.to_owned(), to: to.to_owned(), label: label.map(str::to_owned) });
}

/// Adds a list of tasks: entered from a node, and left to `after` at its end.
fn list(diagram: &mut Diagram, tasks: &TaskList, parent: Option<&str>, (entry, label): (&str, Option<&str>), after: &str) {
    let Some(first) = tasks.first() else { return };
    edge(diagram, entry, &first.pointer, label);
    for (at, task) in tasks.iter().enumerate() {
        node(diagram, &task.pointer, &task.name, task.keyword(), parent);
        let following = tasks.get(at + 1).map_or(after, |next| next.pointer.as_str());
        let goes_to = |then: Option<&str>| match then {
            None | Some("continue") => following.to_owned(),
            Some("exit") => after.to_owned(),
            Some("end") => "end".to_owned(),
            Some(name) => tasks.iter().find(|task| task.name == name).map_or(following.to_owned(), |task| task.pointer.clone()),
        };
        let leaves = goes_to(task.base.then.as_deref());
        match &task.kind {
            Kind::Switch(cases) => {
                for case in cases {
                    edge(diagram, &task.pointer, &goes_to(Some(&case.then)), Some(&case.name));
                }
                if cases.iter().all(|case| case.when.is_some()) {
                    edge(diagram, &task.pointer, &leaves, None);
                }
            }
            Kind::Fork { branches, .. } => {
                for branch in branches {
                    node(diagram, &branch.pointer, &branch.name, branch.keyword(), Some(&task.pointer));
                    edge(diagram, &task.pointer, &branch.pointer, Some(&branch.name));
                    edge(diagram, &branch.pointer, &leaves, None);
                    inner(diagram, branch);
                }
            }
            _ => {
                edge(diagram, &task.pointer, &leaves, None);
                inner(diagram, task);
            }
        }
    }
}

/// The lists within a task, each from the task and back to it.
fn inner(diagram: &mut Diagram, task: &magpie_flows::definition::Task) {
    let labels: &[Option<&str>] = if matches!(task.kind, Kind::Try(_)) { &[None, Some("catch")] } else { &[None] };
    for (at, tasks) in task.lists().into_iter().enumerate() {
        let label = labels.get(at).copied().flatten();
        list(diagram, tasks, Some(&task.pointer), (&task.pointer, label), &task.pointer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = "
document: {dsl: '1.0.3', namespace: shop, name: sync, version: '1.2.0', metadata: {application: shop, schedule: {overlap: skip, concurrency: 2}}}
schedule: {cron: '30 2 * * *'}
do:
  - read: {set: {a: 1}}
  - decide: {switch: [{many: {when: .a > 2, then: total}}, {few: {then: end}}]}
  - each: {for: {in: .items}, do: [{keep: {set: {b: 2}}}]}
  - total: {try: [{risky: {set: {c: 3}}}], catch: {do: [{mend: {set: {d: 4}}}]}}
";

    #[test]
    fn a_row_says_what_the_document_says() {
        let row = row(&Definition::read(FLOW).unwrap(), None, FlowOrigin::Api, None, "Europe/Berlin", Timestamp(7));
        assert_eq!((row.flow.as_str(), row.version.as_str(), row.application.as_str()), ("shop.sync", "1.2.0", "shop"));
        assert_eq!((row.overlap, row.concurrency, row.enabled, row.enabled_at), (OverlapRule::Skip, 2, true, Timestamp(7)));
        let schedule = row.schedule.unwrap();
        assert_eq!(
            (schedule.kind, schedule.text.as_str(), schedule.timezone.as_str()),
            (ScheduleKind::Cron, "30 2 * * *", "Europe/Berlin")
        );
        assert_eq!(row.triggers, [TriggerPort::Schedule, TriggerPort::Manual, TriggerPort::Webhook]);
    }

    #[test]
    fn edges_lead_where_the_flow_goes_on() {
        let diagram = diagram(&Definition::read(FLOW).unwrap());
        let edges: Vec<String> = diagram
            .edges
            .iter()
            .map(|edge| {
                format!(
                    "{} > {} {}",
                    edge.from.rsplit('/').next().unwrap(),
                    edge.to.rsplit('/').next().unwrap(),
                    edge.label.as_deref().unwrap_or("")
                )
                .trim()
                .to_owned()
            })
            .collect();
        assert_eq!(
            edges,
            [
                "start > read",
                "read > decide",
                "decide > total many",
                "decide > end few",
                "each > total",
                "each > keep",
                "keep > each",
                "total > end",
                "total > risky",
                "risky > total",
                "total > mend catch",
                "mend > total"
            ]
        );
        let keep = diagram.nodes.iter().find(|node| node.name == "keep").unwrap();
        assert_eq!(keep.parent.as_deref(), Some("/do/2/each"));
    }

    #[test]
    fn a_change_of_the_clock_is_told_with_the_due_time() {
        let definition = Definition::read(FLOW).unwrap();
        let spring = Timestamp::parse_rfc3339("2026-03-28T00:00:00Z").unwrap();
        let due = due_after(&definition, "Europe/Berlin", spring, spring, Timestamp::MAX, 3);
        assert_eq!(due.iter().map(|due| due.shift).collect::<Vec<_>>(), [None, Some(DueShift::Forward), None]);
        assert_eq!(zone_changes(&definition, "Europe/Berlin", spring)[0].after, 7_200);
    }
}
