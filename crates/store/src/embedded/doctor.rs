//! Examining a data directory, and repairing what can be repaired.
//!
//! The examination reads every byte that the manifest names and believes nothing that it can compute: checksums,
//! lengths, row counts, ranges. A repair never deletes what was acknowledged: a segment that cannot be read is moved
//! to `quarantine` and no longer named. Whether rollups equal a fresh aggregation needs the pipeline and is checked by
//! the binary, by `scan` and `rollups`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, RealDisk};
use super::lock::DirLock;
use super::manifest::{Change, Manifest, State};
use super::rollups::RollupsReader;
use super::segment::RecordsReader;
use super::store::{LOG, SEGMENTS};
use super::wal::Wal;
use super::{counts, recover};
use crate::telemetry::{SegmentFile, SegmentInfo};
use crate::{Error, Result};

/// Where segments are put that cannot be read.
pub const QUARANTINE: &str = "quarantine";

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file or directory.
    pub path: PathBuf,
    /// What is wrong.
    pub what: String,
    /// What a repair does about it; `None` when a person must decide.
    pub repair: Option<Repair>,
}

/// What can be done about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Delete a file that nothing names.
    Remove,
    /// Cut an end that was never completely written.
    Cut,
    /// Move the segment's files aside and forget it.
    Quarantine(u64),
}

/// The result of an examination.
#[derive(Clone, Debug, Default)]
pub struct Examination {
    /// Segments examined.
    pub segments: usize,
    /// Records in them.
    pub rows: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What is not as it should be; nothing when all is well.
    pub findings: Vec<Finding>,
}

/// Examines a data directory without changing anything. It must not be in use.
pub fn examine(dir: &Path) -> Result<Examination> {
    let _lock = DirLock::take(dir)?;
    examine_on(&RealDisk, dir)
}

pub(super) fn examine_on(disk: &dyn Disk, dir: &Path) -> Result<Examination> {
    let (state, torn) = Manifest::inspect(disk, dir)?;
    let mut examination = Examination::default();
    if torn > 0 {
        let what = format!("its last {torn} bytes were never completely written");
        examination.findings.push(Finding { path: dir.join("MANIFEST"), what, repair: Some(Repair::Cut) });
    }
    for name in recover::unnamed(disk, dir, &state)? {
        let what = "the manifest does not name it".to_owned();
        examination.findings.push(Finding { path: dir.join(name), what, repair: Some(Repair::Remove) });
    }
    for segment in state.segments.values() {
        examination.segments += 1;
        examination.rows += segment.rows;
        examination.bytes += segment.bytes;
        if let Err((path, what)) = examine_segment(disk, dir, segment) {
            examination.findings.push(Finding { path, what, repair: Some(Repair::Quarantine(segment.id)) });
        }
    }
    if let Some(Err((path, what))) = state.spans.as_ref().map(|file| examine_file(disk, dir, file)) {
        examination.findings.push(Finding { path, what, repair: None });
    }
    examine_log(disk, dir, &state, &mut examination);
    Ok(examination)
}

fn examine_log(disk: &dyn Disk, dir: &Path, state: &State, examination: &mut Examination) {
    // The log is only read here; opening it writes nothing before the first entry.
    match Wal::inspect(disk, &dir.join(LOG)) {
        Ok(0) => {}
        Ok(torn) => examination.findings.push(Finding {
            path: dir.join(LOG),
            what: format!("its last {torn} bytes were never acknowledged; they are passed over"),
            repair: None,
        }),
        Err(error) => examination.findings.push(Finding {
            path: dir.join(LOG),
            what: format!("entries after number {} cannot be read: {error}", state.log.0),
            repair: None,
        }),
    }
}

type Wrong = (PathBuf, String);

fn examine_segment(disk: &dyn Disk, dir: &Path, segment: &SegmentInfo) -> Result<(), Wrong> {
    for file in &segment.files {
        examine_file(disk, dir, file)?;
        let path = dir.join(&file.name);
        let readable = if file.name.ends_with(".records.parquet") {
            examine_records(disk, &path, file, segment)
        } else if file.name.ends_with(".rollups.parquet") {
            examine_rollups(disk, &path, file)
        } else {
            counts::read(disk, &path, file).map(|_| ())
        };
        readable.map_err(|error| (path, error.to_string()))?;
    }
    Ok(())
}

fn examine_file(disk: &dyn Disk, dir: &Path, file: &SegmentFile) -> Result<(), Wrong> {
    let path = dir.join(&file.name);
    let bytes = disk.read(&path).map_err(|error| (path.clone(), error.to_string()))?;
    if bytes.len() as u64 != file.bytes {
        return Err((path, format!("it has {} bytes instead of {}", bytes.len(), file.bytes)));
    }
    if crc32fast::hash(&bytes) != file.checksum {
        return Err((path, "it does not fit its checksum".to_owned()));
    }
    Ok(())
}

fn examine_records(disk: &dyn Disk, path: &Path, file: &SegmentFile, segment: &SegmentInfo) -> Result<()> {
    let reader = RecordsReader::open(disk, path, file)?;
    let (mut rows, mut before) = (0, (i64::MIN, 0));
    for batch in reader.stream(8_192)? {
        let batch = batch?;
        for key in super::columns::times(&batch).iter().copied().zip(super::columns::ids(&batch).iter().copied()) {
            if key < before {
                return Err(Error::damaged(path, format!("record {rows} is older than the one before it")));
            }
            (before, rows) = (key, rows + 1);
        }
    }
    if rows != segment.rows {
        return Err(Error::damaged(path, format!("it has {rows} records instead of {}", segment.rows)));
    }
    Ok(())
}

fn examine_rollups(disk: &dyn Disk, path: &Path, file: &SegmentFile) -> Result<()> {
    let reader = RollupsReader::open(disk, path, file)?;
    reader.tables().iter().try_for_each(|note| reader.read_all(note, &mut |_| Ok(())))
}

/// Repairs what can be repaired; gives what was found and done.
pub fn repair(dir: &Path) -> Result<Examination> {
    let _lock = DirLock::take(dir)?;
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let examination = examine_on(&*disk, dir)?;
    // Opening cuts the torn end.
    let (mut manifest, _) = Manifest::open(Arc::clone(&disk), dir)?;
    let mut remove = Vec::new();
    for finding in &examination.findings {
        match finding.repair {
            Some(Repair::Remove) => disk.remove(&finding.path).map_err(Error::io("remove", &finding.path))?,
            Some(Repair::Quarantine(id)) => remove.push(id),
            Some(Repair::Cut) | None => {}
        }
    }
    if !remove.is_empty() {
        let files: Vec<SegmentFile> =
            remove.iter().filter_map(|id| manifest.state().segments.get(id)).flat_map(|segment| segment.files.clone()).collect();
        manifest.commit(&Change { remove, ..Change::default() })?;
        set_aside(&*disk, dir, &files)?;
    }
    Ok(examination)
}

fn set_aside(disk: &dyn Disk, dir: &Path, files: &[SegmentFile]) -> Result<()> {
    let quarantine = dir.join(QUARANTINE);
    disk.create_dir(&quarantine).map_err(Error::io("create", &quarantine))?;
    for file in files {
        let from = dir.join(&file.name);
        let name = file.name.strip_prefix(SEGMENTS).unwrap_or(&file.name).trim_start_matches('/');
        match disk.rename(&from, &quarantine.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io("move", &from)(error)),
            _ => {}
        }
    }
    disk.sync_dir(&quarantine).map_err(Error::io("sync", &quarantine))
}
