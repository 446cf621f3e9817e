//! What opening a data directory sets right: files that the manifest does not name do not exist.
//!
//! A crash between writing files and naming them leaves files without a name; they are deleted, but for those that a manifest
//! may have named which has lost its end (see `aside`). The reverse, a name without its file, cannot come from a crash, so
//! it is an error and never repaired silently, and nothing is deleted before that is known.

use std::path::Path;

use hashbrown::HashMap;

use super::aside;
use super::disk::Disk;
use super::manifest::State;
use super::store::SEGMENTS;
use crate::{Error, Result};

/// Files in the segments' directory that nothing names, relative to the data directory.
pub(super) fn unnamed(disk: &dyn Disk, dir: &Path, state: &State) -> Result<Vec<String>> {
    let segments = dir.join(SEGMENTS);
    let found = disk.list(&segments).map_err(Error::io("list", &segments))?;
    let named: hashbrown::HashSet<&str> = state.files().map(|file| file.name.as_str()).collect();
    let mut unnamed: Vec<String> =
        found.into_iter().map(|(name, _)| format!("{SEGMENTS}/{name}")).filter(|name| !named.contains(name.as_str())).collect();
    unnamed.sort();
    Ok(unnamed)
}

/// Deletes files that nothing names, and moves whole segments aside that the manifest may have named; gives their numbers.
pub(super) fn clear_unnamed(disk: &dyn Disk, dir: &Path, state: &State) -> Result<Vec<u64>> {
    let unnamed = unnamed(disk, dir, state)?;
    let whole = aside::whole(disk, dir, &unnamed, state.next);
    aside::keep(disk, dir, &whole)?;
    for name in unnamed.iter().filter(|name| !whole.values().flatten().any(|kept| kept == *name)) {
        let path = dir.join(name);
        disk.remove(&path).map_err(Error::io("remove", &path))?;
    }
    Ok(whole.into_keys().collect())
}

/// Checks that every named file is there, in its length.
pub(super) fn check_presence(disk: &dyn Disk, dir: &Path, state: &State) -> Result<()> {
    let segments = dir.join(SEGMENTS);
    let found: HashMap<String, u64> = disk.list(&segments).map_err(Error::io("list", &segments))?.into_iter().collect();
    for file in state.files() {
        let name = file.name.strip_prefix(SEGMENTS).and_then(|name| name.strip_prefix('/')).unwrap_or(&file.name);
        match found.get(name) {
            Some(&bytes) if bytes == file.bytes => {}
            Some(&bytes) => {
                return Err(Error::damaged(&dir.join(&file.name), format!("it has {bytes} bytes instead of {}", file.bytes)));
            }
            None => return Err(Error::damaged(&dir.join(&file.name), "it is gone")),
        }
    }
    Ok(())
}

/// Deletes the files of a segment that was not committed, to give room back; what stays is unnamed anyway.
pub(super) fn remove_segment_files(disk: &dyn Disk, dir: &Path, id: u64) {
    for ending in [".records.parquet", ".rollups.parquet", ".counts.parquet", ".spans"] {
        let _ = disk.remove(&dir.join(super::seal::file_name(id, ending)));
    }
}
