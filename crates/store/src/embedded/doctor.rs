//! Examining a data directory, and repairing what can be repaired.
//!
//! The examination reads every byte that the manifest names and believes nothing that it can compute: checksums,
//! lengths, row counts, ranges. A repair never deletes what was acknowledged: what cannot be read is moved to `quarantine`
//! and no longer named, a segment only where it is its records that cannot be read; its rollups are made anew by the next
//! start. Of a damaged manifest the lines that fit their checksums stay in force; what only the others named is moved aside, too, and
//! what of it is nowhere else is taken back. Whether rollups equal a fresh aggregation needs the pipeline and is checked by
//! the binary, by `scan` and `rollups`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, RealDisk};
use super::lock::DirLock;
use super::manifest::{Change, Manifest, State};
use super::rollups::RollupsReader;
use super::segment::RecordsReader;
use super::store::LOG;
use super::wal::Wal;
use super::{aside, counts, recover};
use crate::telemetry::{SegmentFile, SegmentInfo};
use crate::{Error, Result};

/// Where segments are put that cannot be read.
pub const QUARANTINE: &str = "quarantine";

const RECORDS: &str = ".records.parquet";
const ROLLUPS: &str = ".rollups.parquet";

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
    /// Move one file of the segment aside: its rollups, which are made anew of its records, or how complete its buckets are.
    SetAside(u64),
    /// Move a file aside that a damaged manifest may have named.
    MoveUnnamed,
    /// Move a file aside that a crash left or that a manifest named which lost its end.
    Keep,
    /// Make a segment of the records in the quarantine that no segment has.
    TakeBack,
    /// Forget the halves of calls that waited for their other halves.
    ForgetHalves,
    /// Write the manifest anew of the lines that can be read, and keep the old one aside.
    Rewrite,
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
    /// Segments in the quarantine of which Magpie, when it runs again, may read the lines again.
    pub waiting: usize,
    /// What is not as it should be; nothing when all is well.
    pub findings: Vec<Finding>,
}

/// Examines a data directory without changing anything. It must not be in use.
pub fn examine(dir: &Path) -> Result<Examination> {
    let _lock = DirLock::take(dir)?;
    examine_on(&RealDisk, dir)
}

pub(super) fn examine_on(disk: &dyn Disk, dir: &Path) -> Result<Examination> {
    let mut examination = Examination::default();
    let (state, torn, damage) = read_manifest(disk, dir)?;
    for what in &damage {
        examination.findings.push(Finding { path: dir.join("MANIFEST"), what: what.clone(), repair: Some(Repair::Rewrite) });
    }
    if torn > 0 {
        let what = format!("its last {torn} bytes were never completely written");
        examination.findings.push(Finding { path: dir.join("MANIFEST"), what, repair: Some(Repair::Cut) });
    }
    examine_unnamed(disk, dir, &state, !damage.is_empty(), &mut examination)?;
    for segment in state.segments.values() {
        examination.segments += 1;
        examination.rows += segment.rows;
        examination.bytes += segment.bytes;
        examine_segment(disk, dir, segment, &mut examination.findings);
    }
    if let Some(Err((path, what))) = state.spans.as_ref().map(|file| examine_file(disk, dir, file)) {
        examination.findings.push(Finding { path, what, repair: Some(Repair::ForgetHalves) });
    }
    examine_log(disk, dir, &state, &mut examination);
    examine_aside(disk, dir, &state, &mut examination)?;
    Ok(examination)
}

/// Files that nothing names: what any start removes, and what the manifest may have named.
fn examine_unnamed(disk: &dyn Disk, dir: &Path, state: &State, is_damaged: bool, examination: &mut Examination) -> Result<()> {
    let unnamed = recover::unnamed(disk, dir, state)?;
    // Where something named is gone, a line is lost that said by what it was replaced.
    let is_torn = recover::check_presence(disk, dir, state).is_err();
    let whole = aside::whole(disk, dir, &unnamed, if is_torn { 0 } else { state.next });
    for name in unnamed {
        let is_whole = whole.values().flatten().any(|kept| *kept == name);
        let (what, repair) = match (is_damaged, is_whole) {
            (true, _) => ("what can be read of the manifest does not name it", Repair::MoveUnnamed),
            (false, false) => ("the manifest does not name it", Repair::Remove),
            (false, true) if is_torn || whole.len() > aside::LEFT_BY_A_CRASH => {
                ("the manifest does not name it, though it is whole: it has lost lines", Repair::MoveUnnamed)
            }
            (false, true) => ("a crash left it, or the manifest has lost its last line", Repair::Keep),
        };
        examination.findings.push(Finding { path: dir.join(name), what: what.to_owned(), repair: Some(repair) });
    }
    Ok(())
}

/// What was set aside before, of which the records can be read.
fn examine_aside(disk: &dyn Disk, dir: &Path, state: &State, examination: &mut Examination) -> Result<()> {
    for aside in aside::waiting(disk, dir, state)? {
        let (what, repair) = match aside.missing {
            None => {
                examination.waiting += 1;
                continue;
            }
            Some(0) => ("all of its records are in segments".to_owned(), Repair::Remove),
            Some(rows) => (format!("{rows} of its records are in no segment"), Repair::TakeBack),
        };
        examination.findings.push(Finding { path: dir.join(&aside.name), what, repair: Some(repair) });
    }
    Ok(())
}

/// What is wrong with a SQLite file of a data directory; `None` where it is sound or not there. Nothing is made and nothing changed.
pub fn examine_database(path: &Path) -> Option<String> {
    if path.metadata().ok()?.len() == 0 {
        return Some("it is empty".to_owned());
    }
    let connection = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE);
    let checked = connection.and_then(|connection| connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)));
    match checked {
        Ok(told) if told == "ok" => None,
        Ok(told) => Some(told),
        Err(error) => Some(error.to_string()),
    }
}

/// What the manifest says, the bytes of a torn end, and what is wrong with it besides.
fn read_manifest(disk: &dyn Disk, dir: &Path) -> Result<(State, u64, Vec<String>)> {
    if disk.list(dir).map_err(Error::io("list", dir))?.iter().any(|(name, _)| name == "MANIFEST") {
        match Manifest::inspect(disk, dir) {
            Ok((state, torn)) => return Ok((state, torn, Vec::new())),
            Err(Error::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let (state, damage) = Manifest::salvage(disk, dir)?;
    Ok((state, 0, damage))
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

fn examine_segment(disk: &dyn Disk, dir: &Path, segment: &SegmentInfo, findings: &mut Vec<Finding>) {
    let wrong = segment.files.iter().filter_map(|file| Some((file, examine_segment_file(disk, dir, segment, file).err()?)));
    let wrong: Vec<(&SegmentFile, Wrong)> = wrong.collect();
    let is_lost = wrong.iter().any(|(file, _)| file.name.ends_with(RECORDS));
    for (file, (path, what)) in wrong {
        let repair = match is_lost {
            true if file.name.ends_with(RECORDS) => Repair::Quarantine(segment.id),
            // Goes with the records.
            true => continue,
            false => Repair::SetAside(segment.id),
        };
        findings.push(Finding { path, what, repair: Some(repair) });
    }
}

fn examine_segment_file(disk: &dyn Disk, dir: &Path, segment: &SegmentInfo, file: &SegmentFile) -> Result<(), Wrong> {
    examine_file(disk, dir, file)?;
    let path = dir.join(&file.name);
    let readable = if file.name.ends_with(RECORDS) {
        examine_records(disk, &path, file, segment)
    } else if file.name.ends_with(ROLLUPS) {
        examine_rollups(disk, &path, file)
    } else {
        counts::read(disk, &path, file).map(|_| ())
    };
    readable.map_err(|error| (path, error.to_string()))
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
    let mut examination = examine_on(&*disk, dir)?;
    mend_manifest(&*disk, dir, &examination)?;
    // Opening cuts the torn end.
    let (mut manifest, _) = Manifest::open(Arc::clone(&disk), dir)?;
    let (mut change, mut aside) = (Change::default(), Vec::new());
    for finding in &examination.findings {
        match finding.repair {
            // What is in the quarantine goes when all of it was looked at.
            Some(Repair::Remove) if finding.path.starts_with(dir.join(QUARANTINE)) => {}
            Some(Repair::Remove) => disk.remove(&finding.path).map_err(Error::io("remove", &finding.path))?,
            Some(Repair::Quarantine(id)) => {
                let files = manifest.state().segments.get(&id).map_or(&[][..], |segment| &segment.files);
                aside.extend(files.iter().map(|file| file.name.clone()));
                change.remove.push(id);
            }
            Some(Repair::SetAside(id)) => {
                let named = |segment: &SegmentInfo| segment.files.iter().find(|file| dir.join(&file.name) == finding.path).cloned();
                let changed = change.add.iter().find(|segment| segment.id == id).or_else(|| manifest.state().segments.get(&id));
                let Some((segment, file)) = changed.and_then(|segment| Some((segment.clone(), named(segment)?))) else { continue };
                change.add.retain(|segment| segment.id != id);
                aside.push(file.name.clone());
                change.add.push(without(segment, &file));
            }
            Some(Repair::MoveUnnamed | Repair::Keep) => aside.extend(name_of(dir, finding)),
            Some(Repair::Cut | Repair::Rewrite | Repair::TakeBack | Repair::ForgetHalves) | None => {}
        }
    }
    if change != Change::default() {
        manifest.commit(&change)?;
    }
    if !aside.is_empty() {
        aside::set_aside(&*disk, dir, &aside)?;
        // Of what was moved just now, part may be known to be nowhere else.
        examination.findings.retain(|finding| !finding.path.starts_with(dir.join(QUARANTINE)));
        examination.waiting = 0;
        examine_aside(&*disk, dir, manifest.state(), &mut examination)?;
    }
    aside::take_back(&disk, dir, &mut manifest)?;
    Ok(examination)
}

/// A segment that has lost one of its files. Whoever finds that no recipe made its rows makes them.
fn without(mut segment: SegmentInfo, lost: &SegmentFile) -> SegmentInfo {
    segment.files.retain(|file| file.name != lost.name);
    segment.bytes = segment.bytes.saturating_sub(lost.bytes);
    if lost.name.ends_with(ROLLUPS) {
        segment.recipes.clear();
    }
    segment
}

/// Puts a manifest of what can be read in the place of a damaged one. What it may have named is moved aside first, as unnamed files
/// would be removed by the next start.
fn mend_manifest(disk: &dyn Disk, dir: &Path, examination: &Examination) -> Result<()> {
    let is = |repair: Repair| move |finding: &&Finding| finding.repair == Some(repair);
    let has = |repair: Repair| examination.findings.iter().any(|finding| finding.repair == Some(repair));
    if !has(Repair::Rewrite) && !has(Repair::ForgetHalves) {
        return Ok(());
    }
    let (mut state, _) = Manifest::salvage(disk, dir)?;
    let unnamed: Vec<String> =
        examination.findings.iter().filter(is(Repair::MoveUnnamed)).filter_map(|finding| name_of(dir, finding)).collect();
    aside::set_aside(disk, dir, &unnamed)?;
    if has(Repair::ForgetHalves) {
        let halves = state.spans.take().map(|file| file.name);
        aside::set_aside(disk, dir, halves.as_slice())?;
    }
    keep_manifest(disk, dir)?;
    Manifest::begin_anew(disk, dir, state, aside::next(disk, dir))
}

/// A finding's file, relative to the data directory.
fn name_of(dir: &Path, finding: &Finding) -> Option<String> {
    finding.path.strip_prefix(dir).ok().map(|name| name.display().to_string())
}

/// Keeps a copy of the manifest, which stays in its place until another one takes that.
fn keep_manifest(disk: &dyn Disk, dir: &Path) -> Result<()> {
    let (from, to) = (dir.join("MANIFEST"), dir.join(QUARANTINE).join("MANIFEST"));
    let bytes = match disk.read(&from) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        read => read.map_err(Error::io("read", &from))?,
    };
    let mut copy = disk.create(&to).map_err(Error::io("create", &to))?;
    copy.write_all(&bytes).and_then(|()| copy.flush()).and_then(|()| copy.sync()).map_err(Error::io("write", &to))
}
