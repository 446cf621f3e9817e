//! Looks for files that rotation moved out of the patterns' sight before they were read to their end.
//!
//! While a file is followed it is held open, so a rename loses nothing. But when the process was down meanwhile, a pattern
//! such as `app.log` finds only the new file, and the rest of the old one lies beside it under a related name. What is found
//! here is only a candidate: it is read if it turns out to be what was being read, and let go otherwise.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::kinship::are_related;
use crate::content::{Content, open, read_up_to};
use crate::find::file_id;
use crate::generation::{FileId, Generation, HEAD, Head};

/// How often is looked while something is missed.
pub(super) const EVERY: Duration = Duration::from_secs(5);

/// Files of one folder that are looked into at most.
const MOST_LOOKS: usize = 512;

/// Files beside the `sought` ones, with a related name and the same content; `is_known` ones are left out.
pub(super) fn find<'a>(sought: impl Iterator<Item = (&'a Path, Generation)>, is_known: impl Fn(&FileId) -> bool) -> Vec<(FileId, PathBuf)> {
    let mut folders: BTreeMap<&Path, Vec<(&Path, Generation)>> = BTreeMap::new();
    for (path, generation) in sought {
        let folder = path.parent().unwrap_or(Path::new("."));
        folders.entry(folder).or_default().push((path, generation));
    }
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for (folder, sought) in folders {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let paths = entries.flatten().map(|entry| entry.path());
        for path in paths.filter(|path| sought.iter().any(|(other, _)| are_related(path, other))).take(MOST_LOOKS) {
            let Some((id, head)) = look(&path) else { continue };
            let wanted = sought.iter().any(|(_, generation)| generation.same_text(&head));
            if wanted && !is_known(&id) && seen.insert(id) {
                found.push((id, path));
            }
        }
    }
    found
}

/// Which file it is and how it starts; `None` for what cannot be read.
fn look(path: &Path) -> Option<(FileId, Head)> {
    let file = open(path).ok()?;
    let id = file_id(&file.metadata().ok()?);
    let mut content = Content::of_file(&file).ok()?;
    let (first, _) = read_up_to(&mut content.reader, HEAD);
    Some((id, Head::of(&first)))
}
