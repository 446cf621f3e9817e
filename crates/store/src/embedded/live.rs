//! Sealed segments as queries see them: counted by their users, read through a bounded cache.
//!
//! A query holds the segments it began with; the files of a segment that compaction or retention removed are deleted
//! when the last query lets go of it. Metadata of files is kept up to a number of bytes, newest use first.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;
use magpie_model::completeness::SourceCount;

use super::counts;
use super::disk::Disk;
use super::rollups::RollupsReader;
use super::segment::RecordsReader;
use crate::Result;
use crate::telemetry::{SegmentFile, SegmentInfo};

/// Bytes of metadata kept.
const CACHE_BYTES: usize = 48 << 20;

/// A sealed segment.
pub(super) struct Segment {
    /// What the manifest says of it.
    pub info: SegmentInfo,
    dir: PathBuf,
    disk: Arc<dyn Disk>,
    cache: Arc<Cache>,
    /// Files that nothing names any more.
    retired: Mutex<Vec<String>>,
}

impl Segment {
    /// A segment of a data directory.
    pub(super) fn new(info: SegmentInfo, dir: PathBuf, disk: Arc<dyn Disk>, cache: Arc<Cache>) -> Self {
        Self { info, dir, disk, cache, retired: Mutex::default() }
    }

    /// Deletes the files when nobody reads them any more. The manifest no longer names them.
    pub(super) fn remove(&self) {
        self.retire(|_| true);
    }

    /// Deletes the files that its successor does not have, when nobody reads them any more.
    pub(super) fn give_way_to(&self, successor: &SegmentInfo) {
        self.retire(|name| !successor.files.iter().any(|file| file.name == name));
    }

    fn retire(&self, wanted: impl Fn(&str) -> bool) {
        let names = self.info.files.iter().map(|file| &file.name).filter(|name| wanted(name)).cloned();
        *self.retired.lock().unwrap_or_else(PoisonError::into_inner) = names.collect();
    }

    /// Its records; `None` if it has none.
    pub(super) fn records(&self) -> Result<Option<Arc<RecordsReader>>> {
        let Some((file, path)) = self.file(".records.parquet") else { return Ok(None) };
        let opened = self.cache.get_or(&path, || {
            let reader = RecordsReader::open(&*self.disk, &path, file)?;
            Ok((reader.memory(), Reader::Records(Arc::new(reader))))
        })?;
        Ok(if let Reader::Records(reader) = opened { Some(reader) } else { None })
    }

    /// Its rollups; `None` if it has none.
    pub(super) fn rollups(&self) -> Result<Option<Arc<RollupsReader>>> {
        let Some((file, path)) = self.file(".rollups.parquet") else { return Ok(None) };
        let opened = self.cache.get_or(&path, || {
            let reader = RollupsReader::open(&*self.disk, &path, file)?;
            Ok((reader.memory(), Reader::Rollups(Arc::new(reader))))
        })?;
        Ok(if let Reader::Rollups(reader) = opened { Some(reader) } else { None })
    }

    /// Its counts.
    pub(super) fn counts(&self) -> Result<Vec<SourceCount>> {
        self.file(".counts.parquet").map_or(Ok(Vec::new()), |(file, path)| counts::read(&*self.disk, &path, file))
    }

    fn file(&self, ending: &str) -> Option<(&SegmentFile, PathBuf)> {
        self.info.files.iter().find(|file| file.name.ends_with(ending)).map(|file| (file, self.dir.join(&file.name)))
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        for name in self.retired.get_mut().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let path = self.dir.join(name);
            self.cache.forget(&path);
            // What cannot be deleted now is deleted when the store is opened: nothing names it.
            let _ = self.disk.remove(&path);
        }
    }
}

#[derive(Clone)]
enum Reader {
    Records(Arc<RecordsReader>),
    Rollups(Arc<RollupsReader>),
}

struct Cached {
    reader: Reader,
    bytes: usize,
    used: u64,
}

/// Open files with their metadata.
#[derive(Default)]
pub(super) struct Cache {
    readers: Mutex<HashMap<PathBuf, Cached>>,
    clock: AtomicU64,
}

impl Cache {
    fn get_or(&self, path: &Path, open: impl FnOnce() -> Result<(usize, Reader)>) -> Result<Reader> {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        if let Some(cached) = self.lock().get_mut(path) {
            cached.used = now;
            return Ok(cached.reader.clone());
        }
        let (bytes, reader) = open()?;
        let mut readers = self.lock();
        readers.insert(path.to_owned(), Cached { reader: reader.clone(), bytes, used: now });
        let mut total: usize = readers.values().map(|cached| cached.bytes).sum();
        while total > CACHE_BYTES && readers.len() > 1 {
            let Some(oldest) = readers.iter().min_by_key(|(_, cached)| cached.used).map(|(path, _)| path.clone()) else { break };
            total -= readers.remove(&oldest).map_or(0, |cached| cached.bytes);
        }
        Ok(reader)
    }

    fn forget(&self, path: &Path) {
        self.lock().remove(path);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Cached>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
