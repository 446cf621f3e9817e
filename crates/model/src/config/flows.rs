//! `flows:`: where flows come from, what they may do on this machine, and how their runs are bounded and kept.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::document::{Mapping, Node, Reading};
use crate::time::{DAY, MINUTE, SECOND};

const KEYS: [&str; 9] = ["dir", "state_dir", "slots", "queue", "max_input", "retry", "allow", "secrets", "retention"];

/// Flows: nothing of what they could do on this machine is allowed unless it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Flows {
    /// Folder whose `.yaml`, `.yml` and `.json` files are flows; `None` when flows only come over the API.
    pub dir: Option<PathBuf>,
    /// Where runs are kept; `data_dir` when not set. Several Magpies may share it.
    pub state_dir: Option<PathBuf>,
    /// Runs that work at once; those that wait for a time or an event do not count.
    pub slots: usize,
    /// Runs that wait for their turn; a trigger beyond is tried again like a failed run.
    pub queue: u64,
    /// Largest input in bytes, as JSON.
    pub max_input: usize,
    /// How failed runs are retried whose flow does not say it.
    pub retry: RunRetry,
    /// What flows may do.
    pub allow: Allowed,
    /// Secrets by name.
    pub secrets: BTreeMap<String, SecretRule>,
    /// How long ended runs are kept, in ns.
    pub retention: i64,
}

/// How failed runs are retried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunRetry {
    /// Attempts in all; 1 for no retry.
    pub attempts: u32,
    /// Pause before the second attempt, in ns.
    pub delay: i64,
    /// Each pause is so many times the one before.
    pub factor: f64,
    /// Longest pause, in ns.
    pub max_delay: i64,
}

/// What flows may do on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// `run: shell`.
    pub shell: bool,
    /// `run: script`.
    pub script: bool,
    /// `run: container`.
    pub container: bool,
    /// Calls to link-local addresses, such as the metadata services of clouds.
    pub link_local: bool,
    /// Directories whose files and databases connectors may use.
    pub directories: Vec<PathBuf>,
}

/// Where a secret comes from, and who may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRule {
    /// Where from.
    pub from: SecretFrom,
    /// Flows that may read it, as ids; all when empty.
    pub flows: Vec<String>,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFrom {
    /// An environment variable of the process.
    Environment(String),
    /// A file, read anew for each run; its last line break does not belong to it.
    File(PathBuf),
}

impl Default for Flows {
    fn default() -> Self {
        Self {
            dir: None,
            state_dir: None,
            slots: 64,
            queue: 10_000,
            max_input: 1 << 20,
            retry: RunRetry { attempts: 3, delay: 10 * SECOND, factor: 2.0, max_delay: 15 * MINUTE },
            allow: Allowed::default(),
            secrets: BTreeMap::new(),
            retention: 30 * DAY,
        }
    }
}

pub(super) fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Flows {
    let mut flows = Flows::default();
    let Some(mapping) = reading.mapping(node, "flows", &KEYS) else { return flows };
    let mut path = |key: &str| mapping.get(key).and_then(|node| reading.text(node, key)).map(|text| PathBuf::from(text.text));
    flows.dir = path("dir");
    flows.state_dir = path("state_dir");
    if let Some(slots) = mapping.get("slots").and_then(|node| reading.count(node, "slots")) {
        flows.slots = slots.max(1);
    }
    if let Some(queue) = mapping.get("queue").and_then(|node| reading.count(node, "queue")) {
        flows.queue = queue as u64;
    }
    if let Some(size) = mapping.get("max_input").and_then(|node| reading.size(node, "max_input")) {
        flows.max_input = usize::try_from(size).unwrap_or(usize::MAX);
    }
    if let Some(age) = mapping.get("retention").and_then(|node| reading.duration(node, "retention")) {
        flows.retention = age;
    }
    if let Some(node) = mapping.get("retry") {
        retry(&mut flows.retry, node, reading);
    }
    if let Some(node) = mapping.get("allow") {
        flows.allow = allowed(node, reading);
    }
    if let Some(node) = mapping.get("secrets") {
        flows.secrets = secrets(node, reading);
    }
    flows
}

fn retry(retry: &mut RunRetry, node: Node<'_>, reading: &mut Reading<'_>) {
    let Some(mapping) = reading.mapping(node, "retry", &["attempts", "delay", "factor", "max_delay"]) else { return };
    if let Some(attempts) = mapping.get("attempts").and_then(|node| reading.count(node, "attempts")) {
        retry.attempts = u32::try_from(attempts).unwrap_or(u32::MAX).max(1);
    }
    for (key, place) in [("delay", &mut retry.delay), ("max_delay", &mut retry.max_delay)] {
        if let Some(nanos) = mapping.get(key).and_then(|node| reading.duration(node, key)) {
            *place = nanos;
        }
    }
    if let Some(node) = mapping.get("factor")
        && let Some(factor) = reading.number(node, "factor")
    {
        if factor >= 1.0 {
            retry.factor = factor;
        } else {
            reading.problem(node.line(), "factor must be at least 1: pauses do not become shorter");
        }
    }
}

fn allowed(node: Node<'_>, reading: &mut Reading<'_>) -> Allowed {
    let mut allowed = Allowed::default();
    let Some(mapping) = reading.mapping(node, "allow", &["shell", "script", "container", "link_local", "directories"]) else {
        return allowed;
    };
    for (key, place) in [
        ("shell", &mut allowed.shell),
        ("script", &mut allowed.script),
        ("container", &mut allowed.container),
        ("link_local", &mut allowed.link_local),
    ] {
        if let Some(flag) = mapping.get(key).and_then(|node| reading.flag(node, key)) {
            *place = flag;
        }
    }
    if let Some(node) = mapping.get("directories") {
        allowed.directories = reading.texts(node, "a directory").into_iter().map(|text| text.text.into()).collect();
    }
    allowed
}

fn secrets(node: Node<'_>, reading: &mut Reading<'_>) -> BTreeMap<String, SecretRule> {
    let Some(mapping) = reading.any_mapping(node, "secrets") else { return BTreeMap::new() };
    let mut secrets = BTreeMap::new();
    for (name, node) in mapping.entries() {
        if let Some(entry) = reading.mapping(node, "a secret", &["env", "file", "flows"])
            && let Some(rule) = secret(&entry, reading)
        {
            secrets.insert(name.text.clone(), rule);
        }
    }
    secrets
}

fn secret(entry: &Mapping<'_>, reading: &mut Reading<'_>) -> Option<SecretRule> {
    let env = entry.get("env").and_then(|node| reading.text(node, "env"));
    let file = entry.get("file").and_then(|node| reading.text(node, "file"));
    let from = match (env, file) {
        (Some(name), None) => SecretFrom::Environment(name.text),
        (None, Some(path)) => SecretFrom::File(path.text.into()),
        _ => {
            reading.problem(entry.line, "a secret needs exactly one of `env:` (an environment variable) and `file:`");
            return None;
        }
    };
    let flows = entry.get("flows").map(|node| reading.texts(node, "a flow").into_iter().map(|text| text.text).collect());
    Some(SecretRule { from, flows: flows.unwrap_or_default() })
}
