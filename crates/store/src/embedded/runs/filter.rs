//! A filter for runs as conditions of SQL with their values.

use magpie_model::run::{FaultFilter, RunFilter, SHORTEST_SUFFIX, Status};
use rusqlite::ToSql;

/// States in which something more happens by itself, as the partial index spells them.
pub(super) const ACTIVE: &str = "status IN ('queued', 'running', 'waiting', 'retrying')";

/// What a run failed with: kind, status, step.
pub(super) const FAULT_KIND: &str = "coalesce(json_extract(run, '$.fault.type'), '')";
pub(super) const FAULT_STATUS: &str = "coalesce(json_extract(run, '$.fault.status'), 0)";
pub(super) const FAULT_POINTER: &str = "coalesce(json_extract(run, '$.fault.pointer'), '')";

/// Conditions joined by AND, and their values in order.
pub(super) struct Conditions {
    pub(super) text: String,
    pub(super) values: Vec<Box<dyn ToSql>>,
}

impl Conditions {
    /// Those of a filter; without `timed`, whatever the time.
    pub(super) fn of(filter: &RunFilter, timed: bool) -> Self {
        let mut conditions = Self { text: "1 = 1".to_owned(), values: Vec::new() };
        if timed {
            conditions.add("queued >= ? AND queued < ?", [filter.range.from.0, filter.range.to.0]);
        }
        conditions.any_of("region", &filter.regions);
        conditions.any_of("application", &filter.applications);
        conditions.any_of("version", &filter.versions);
        conditions.any_of("flow", &filter.flows);
        conditions.any_of("status", &filter.statuses.iter().map(|status: &Status| status.name().to_owned()).collect::<Vec<_>>());
        conditions.any_of("made_by", &filter.triggers.iter().map(|kind| kind.name().to_owned()).collect::<Vec<_>>());
        if let Some(kind) = filter.kind {
            conditions.add("kind = ?", [kind.name()]);
        }
        match filter.open {
            Some(true) => conditions.text.push_str(" AND open = 1"),
            Some(false) => conditions.text.push_str(" AND open = 0"),
            None => {}
        }
        match filter.retried {
            Some(true) => conditions.text.push_str(" AND status = 'succeeded' AND first_try = 0"),
            Some(false) => conditions.text.push_str(" AND NOT (status = 'succeeded' AND first_try = 0)"),
            None => {}
        }
        conditions.failed_with(&filter.fault);
        if !filter.job_ids.is_empty() {
            let ids: Vec<(String, Vec<String>)> = filter.job_ids.iter().map(|id| job_condition(id)).collect();
            let any: Vec<&str> = ids.iter().map(|(condition, _)| condition.as_str()).collect();
            conditions.add(&format!("({})", any.join(" OR ")), ids.iter().flat_map(|(_, values)| values.clone()));
        }
        if let Some(text) = filter.text.as_ref().filter(|text| !text.is_empty()) {
            let (like, hex) = (contains(text), contains(&text.replace('-', "")));
            let any =
                "(flow LIKE ? ESCAPE '\\' OR hex(job_id) LIKE ? ESCAPE '\\' OR json_extract(run, '$.fault.detail') LIKE ? ESCAPE '\\')";
            conditions.add(any, [like.clone(), hex, like]);
        }
        conditions
    }

    pub(super) fn add<T: ToSql + 'static>(&mut self, condition: &str, values: impl IntoIterator<Item = T>) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
        self.values.extend(values.into_iter().map(|value| Box::new(value) as Box<dyn ToSql>));
    }

    fn failed_with(&mut self, fault: &FaultFilter) {
        if let Some(kind) = &fault.kind {
            self.add(&format!("{FAULT_KIND} = ?"), [kind.clone()]);
        }
        if let Some(status) = fault.status {
            self.add(&format!("{FAULT_STATUS} = ?"), [status]);
        }
        if let Some(pointer) = &fault.pointer {
            self.add(&format!("{FAULT_POINTER} = ?"), [pointer.clone()]);
        }
    }

    fn any_of(&mut self, column: &str, values: &[String]) {
        if !values.is_empty() {
            self.add(&format!("{column} IN ({})", vec!["?"; values.len()].join(", ")), values.iter().cloned());
        }
    }

    pub(super) fn values(&self) -> Vec<&dyn ToSql> {
        self.values.iter().map(|value| &**value).collect()
    }
}

/// A condition on the job id, as hexadecimal digits, with its values. The index by the last eight digits finds the rows.
pub(super) fn job_condition(id: &str) -> (String, Vec<String>) {
    let digits: String = id.chars().filter(|&c| c != '-').collect::<String>().to_ascii_uppercase();
    let is_suffix = (SHORTEST_SUFFIX..=32).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_suffix {
        return ("0 = 1".to_owned(), Vec::new());
    }
    let tail = digits[digits.len() - SHORTEST_SUFFIX..].to_owned();
    ("(substr(hex(job_id), -8) = ? AND hex(job_id) LIKE ?)".to_owned(), vec![tail, format!("%{digits}")])
}

/// A pattern for texts that contain this one.
fn contains(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
