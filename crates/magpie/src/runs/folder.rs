//! The watched folder: each file is a flow, published as soon as it is right.
//!
//! A reconciler over what lies in the folder and what is stored. A file that cannot be published leaves the flow as it
//! is, with the reason and its line on it; a file that is gone takes its flow with it, and the runs stay.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use magpie_flows::definition::{Definition, Tree};
use magpie_model::Signature;
use magpie_model::attention::ITSELF;
use magpie_model::config::Problem;
use magpie_model::run::{FlowOrigin, FlowProblem, FlowRow, RunKind};
use magpie_store::runs::{FlowChange, Publish};

use super::secrets::id_of;
use super::shared::Shared;
use super::{describe, manage};
use crate::serve::now;

/// How often the folder is looked at.
pub(super) const LOOK: Duration = Duration::from_secs(1);
/// Files that are flows.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];
/// Files looked at.
const MOST: usize = 10_000;
/// Bytes read of a file; documents are shorter.
const LONGEST: u64 = 2 << 20;
/// Folders within folders.
const DEPTH: usize = 4;

/// What was last seen of the folder.
#[derive(Default)]
pub(super) struct Folder {
    seen: HashMap<PathBuf, (SystemTime, u64)>,
    dir: Option<PathBuf>,
}

impl Folder {
    /// One look: what is new or changed is published, what is gone goes.
    pub(super) fn look(&mut self, shared: &Arc<Shared>) {
        let Some(dir) = shared.config().dir.clone() else { return };
        if self.dir.as_ref() != Some(&dir) {
            *self = Self { seen: HashMap::new(), dir: Some(dir.clone()) };
        }
        let mut found = HashMap::new();
        if let Err(error) = find(&dir, DEPTH, &mut found) {
            return tracing::error!(%error, dir = %dir.display(), "the folder of flows cannot be read; its flows stay as they are");
        }
        if found == self.seen {
            return;
        }
        let mut changed: Vec<&PathBuf> =
            found.iter().filter(|(path, stamp)| self.seen.get(*path) != Some(stamp)).map(|(path, _)| path).collect();
        changed.sort();
        let mut is_complete = true;
        for path in changed {
            is_complete &= take(shared, path);
        }
        is_complete &= forget(shared, &found);
        if is_complete {
            self.seen = found;
        }
    }
}

fn find(dir: &Path, depth: usize, found: &mut HashMap<PathBuf, (SystemTime, u64)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let Ok(metadata) = std::fs::metadata(&path) else { continue };
        let is_flow = path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| ENDINGS.contains(&ending));
        if metadata.is_dir() && depth > 0 {
            find(&path, depth - 1, found)?;
        } else if metadata.is_file() && is_flow && found.len() < MOST {
            found.insert(path, (metadata.modified()?, metadata.len()));
        }
    }
    Ok(())
}

/// The text of a file, or as much of it as shows that it is too long.
pub(super) fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Takes a file; `false` when it is to be tried again.
fn take(shared: &Arc<Shared>, path: &Path) -> bool {
    let source = match read(path) {
        Ok(source) => source,
        Err(error) => {
            tracing::warn!(%error, file = %path.display(), "a flow cannot be read");
            return false;
        }
    };
    let outcome = match Definition::read(&source) {
        Ok(definition) => match definition.unsupported().first() {
            None => publish(shared, path, source, definition),
            Some(problem) => note(shared, path, &id_of(&definition), problem),
        },
        Err(invalid) => {
            let problem = invalid.problems.first().cloned().unwrap_or_else(|| Problem::new(0, invalid.to_string()));
            flow_of(shared, path, &source).and_then(|flow| note(shared, path, &flow, &problem))
        }
    };
    if let Err(error) = &outcome {
        tracing::error!(%error, file = %path.display(), "a flow could not be stored");
    }
    outcome.is_ok()
}

/// The flow that a mistaken file was meant to be: the one that it names, else the one that it was before.
fn flow_of(shared: &Shared, path: &Path, source: &str) -> Result<String, String> {
    if let Some(flow) = named(source) {
        return Ok(flow);
    }
    let before = of_file(shared, &path.display().to_string())?.into_iter().next();
    Ok(before.map_or_else(|| format!("folder.{}", path.file_stem().unwrap_or_default().to_string_lossy()), |row| row.flow))
}

/// The flows that came from a file.
fn of_file(shared: &Shared, file: &str) -> Result<Vec<FlowRow>, String> {
    let flows = shared.store.flows().map_err(|error| error.to_string())?;
    Ok(flows.into_iter().filter(|row| row.origin == FlowOrigin::Folder && row.file.as_deref() == Some(file)).collect())
}

/// The flow that a document names, even if the rest of it is wrong.
fn named(source: &str) -> Option<String> {
    let tree = Tree::read(source).ok()?;
    let document = tree.value.get("document")?;
    Some(format!("{}.{}", document.get("namespace")?.as_str()?, document.get("name")?.as_str()?))
}

fn publish(shared: &Arc<Shared>, path: &Path, source: String, definition: Definition) -> Result<(), String> {
    let (flow, file) = (id_of(&definition), path.display().to_string());
    let before = shared.store.flow(&flow).map_err(|error| error.to_string())?;
    if let Some(reason) = before.as_ref().and_then(|row| taken(row, &file)) {
        tracing::warn!(file, reason, "a flow is not published");
        return Ok(());
    }
    let is_live = before.as_ref().is_some_and(|row| row.published == Some(row.revision) && row.problem.is_none())
        && shared
            .store
            .version(&flow, before.as_ref().map_or(0, |row| row.revision))
            .map_err(|error| error.to_string())?
            .is_some_and(|(_, live)| live == source);
    if is_live {
        return leave(shared, &file, &flow);
    }
    let (zone, time, version) = (shared.zone(), now(), definition.document.version.clone());
    let of_file = file.clone();
    let change = FlowChange {
        flow: flow.clone(),
        row: Box::new(move |before| Ok(Some(describe::row(&definition, before, FlowOrigin::Folder, Some(of_file), &zone, time)))),
        save: Some((source, version)),
        expected: None,
        publish: Some(Publish::New),
        action: Some("publish flow"),
        signature: Signature { by: ITSELF.to_owned(), at: time, comment: format!("`{file}` changed") },
    };
    manage::changed(shared, change).map_err(|error| error.to_string())?;
    tracing::info!(flow, file, "flow published");
    leave(shared, &file, &flow)
}

/// A file is one flow: what it was before it named this one goes, and does not run on by its old schedule.
fn leave(shared: &Arc<Shared>, file: &str, flow: &str) -> Result<(), String> {
    for row in of_file(shared, file)?.into_iter().filter(|row| row.flow != flow) {
        let comment = format!("`{file}` is the flow `{flow}` now");
        manage::remove(shared, &row.flow, Signature { by: ITSELF.to_owned(), at: now(), comment })?;
    }
    Ok(())
}

/// Why a flow is not this file's.
fn taken(row: &FlowRow, file: &str) -> Option<String> {
    match (&row.file, row.kind, row.origin) {
        (_, RunKind::Job, _) => Some(format!("`{}` is a watched job", row.flow)),
        (Some(other), ..) if other != file && Path::new(other).exists() => Some(format!("`{}` is the file `{other}` already", row.flow)),
        (None, _, FlowOrigin::Api) => Some(format!("`{}` was saved over the API; delete it there first", row.flow)),
        _ => None,
    }
}

/// Notes why a file could not be published; what is live stays.
fn note(shared: &Arc<Shared>, path: &Path, flow: &str, problem: &Problem) -> Result<(), String> {
    let Problem { line, message, told, .. } = problem;
    let (file, time) = (path.display().to_string(), now());
    let problem = FlowProblem::new(u32::try_from(*line).unwrap_or(u32::MAX), message, told.as_ref());
    tracing::warn!(file, line, message, "a flow is not published");
    let before = shared.store.flow(flow).map_err(|error| error.to_string())?;
    // What stands on the flow already is no news: it was noted when the file came, before this start.
    let is_known = |row: &FlowRow| row.problem.as_ref() == Some(&problem) && row.file.as_ref() == Some(&file);
    if before.as_ref().is_some_and(|row| is_known(row) || taken(row, &file).is_some()) {
        return Ok(());
    }
    let comment = format!("`{file}`, line {line}: {message}");
    let new = FlowRow::new(flow, RunKind::Flow, FlowOrigin::Folder, time);
    let change = FlowChange {
        flow: flow.to_owned(),
        row: Box::new(move |before| {
            let row = before.unwrap_or(new);
            if taken(&row, &file).is_some() {
                return Ok(Some(row));
            }
            Ok(Some(FlowRow { problem: Some(problem), file: Some(file), ..row }))
        }),
        save: None,
        expected: None,
        publish: None,
        action: Some("fail to publish flow"),
        signature: Signature { by: ITSELF.to_owned(), at: time, comment },
    };
    manage::changed(shared, change).map(drop).map_err(|error| error.to_string())
}

/// Removes flows whose files are gone; `false` when that is to be tried again.
fn forget(shared: &Arc<Shared>, found: &HashMap<PathBuf, (SystemTime, u64)>) -> bool {
    let Ok(flows) = shared.store.flows() else { return false };
    let gone = flows
        .into_iter()
        .filter(|row| row.origin == FlowOrigin::Folder)
        .filter(|row| row.file.as_ref().is_some_and(|file| !found.contains_key(Path::new(file))));
    let mut is_complete = true;
    for row in gone {
        let signature = Signature { by: ITSELF.to_owned(), at: now(), comment: "its file is gone".to_owned() };
        if let Err(error) = manage::remove(shared, &row.flow, signature) {
            tracing::error!(error, flow = row.flow, "a flow could not be removed");
            is_complete = false;
        }
    }
    is_complete
}
