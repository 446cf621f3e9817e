//! Segments that no manifest names and that may yet be all that is left of their records: kept aside, and taken back.
//!
//! A manifest that lost its last lines looks like one whose last commit a crash cut off, and what those lines named looks like
//! what the crash left. What cannot be lost goes as before: a number that the manifest has passed was removed by it, or was
//! never committed; a file that is not whole was never committed either. A whole records file of a later number is moved to
//! `quarantine`. After a crash its lines are read again, so it must not simply count as a segment; which of its records are nowhere
//! else is known only when Magpie has run again and sealed a later segment. Then the doctor takes those back, by their ids,
//! which a line keeps however often it is read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hashbrown::HashSet;
use magpie_model::Timestamp;

use super::disk::Disk;
use super::doctor::QUARANTINE;
use super::gather::{Order, RowOf};
use super::manifest::{Change, Manifest, State};
use super::seal::{cover, file_name, finish, write_counts};
use super::segment::{RecordsReader, RecordsWriter};
use super::store::SEGMENTS;
use super::{columns, counts};
use crate::telemetry::{SegmentFile, SegmentInfo};
use crate::{Error, Result};

const RECORDS: &str = ".records.parquet";
const COUNTS: &str = ".counts.parquet";
/// Begins the names of what a start has set aside although a crash may have left it.
const OF_CRASH: &str = "unnamed-";
/// Segments that one crash can leave: one being sealed and one being merged.
pub(super) const LEFT_BY_A_CRASH: usize = 2;
/// Segments kept of what crashes may have left, the newest: Magpie may be killed again and again.
const KEPT: usize = 8;

/// The segment whose file this is.
pub(super) fn number(name: &str) -> Option<u64> {
    let name = name.rsplit('/').next()?;
    name.strip_prefix(OF_CRASH).unwrap_or(name).get(..12)?.parse().ok()
}

/// Of files that nothing names, those of segments with a whole records file, by number; `from` is the first that counts.
pub(super) fn whole(disk: &dyn Disk, dir: &Path, names: &[String], from: u64) -> BTreeMap<u64, Vec<String>> {
    let mut found: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for name in names {
        if let Some(number) = number(name).filter(|&number| number >= from) {
            found.entry(number).or_default().push(name.clone());
        }
    }
    found.retain(|_, files| files.iter().any(|name| name.ends_with(RECORDS) && open(disk, &dir.join(name)).is_ok()));
    found
}

fn open(disk: &dyn Disk, path: &Path) -> Result<RecordsReader> {
    RecordsReader::open(disk, path, &SegmentFile { name: String::new(), bytes: 0, checksum: 0, metadata: None })
}

/// Moves files to the quarantine.
pub(super) fn set_aside(disk: &dyn Disk, dir: &Path, names: &[String]) -> Result<()> {
    move_aside(disk, dir, names, "")
}

/// What a start does with whole segments that nothing names.
pub(super) fn keep(disk: &dyn Disk, dir: &Path, segments: &BTreeMap<u64, Vec<String>>) -> Result<()> {
    if segments.is_empty() {
        return Ok(());
    }
    let prefix = if segments.len() > LEFT_BY_A_CRASH { "" } else { OF_CRASH };
    let names: Vec<String> = segments.values().flatten().cloned().collect();
    move_aside(disk, dir, &names, prefix)?;
    let mut kept: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for name in quarantined(disk, dir).into_iter().filter(|name| name.contains(OF_CRASH)) {
        kept.entry(number(&name).unwrap_or_default()).or_default().push(name);
    }
    let many = kept.len().saturating_sub(KEPT);
    kept.values().take(many).flatten().try_for_each(|name| remove(disk, &dir.join(name)))
}

fn move_aside(disk: &dyn Disk, dir: &Path, names: &[String], prefix: &str) -> Result<()> {
    let quarantine = dir.join(QUARANTINE);
    disk.create_dir(&quarantine).map_err(Error::io("create", &quarantine))?;
    for name in names {
        let from = dir.join(name);
        let name = name.strip_prefix(SEGMENTS).unwrap_or(name).trim_start_matches('/');
        match disk.rename(&from, &quarantine.join(format!("{prefix}{name}"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io("move", &from)(error)),
            _ => {}
        }
    }
    disk.sync_dir(&quarantine).map_err(Error::io("sync", &quarantine))
}

/// What is in the quarantine, relative to the data directory.
fn quarantined(disk: &dyn Disk, dir: &Path) -> Vec<String> {
    let files = disk.list(&dir.join(QUARANTINE)).unwrap_or_default();
    files.into_iter().map(|(name, _)| format!("{QUARANTINE}/{name}")).collect()
}

/// The first number that no file in the quarantine has, so that none is given twice.
pub(super) fn next(disk: &dyn Disk, dir: &Path) -> u64 {
    quarantined(disk, dir).iter().filter_map(|name| number(name)).max().map_or(0, |last| last + 1)
}

/// A segment in the quarantine whose records can be read.
pub(super) struct Aside {
    files: Vec<String>,
    /// Its file of records.
    pub name: String,
    /// How many of its records no segment has; `None` while that cannot be known.
    pub missing: Option<u64>,
}

/// The segments in the quarantine whose records can be read.
pub(super) fn waiting(disk: &dyn Disk, dir: &Path, state: &State) -> Result<Vec<Aside>> {
    let mut found = Vec::new();
    for (number, files) in whole(disk, dir, &quarantined(disk, dir), 0) {
        let Some(name) = files.iter().find(|name| name.ends_with(RECORDS)).cloned() else { continue };
        // Later segments are there: what was read after this one was lost is in them, so what they lack was not read again.
        let is_over = state.segments.keys().next_back().is_some_and(|&last| last > number);
        let missing = is_over.then(|| missing(disk, dir, state, &open(disk, &dir.join(&name))?)).transpose();
        // What cannot be read after all stays where it is.
        if let Ok(missing) = missing {
            let missing = missing.map(|rows| rows.iter().map(|(_, rows)| rows.len() as u64).sum());
            found.push(Aside { files, name, missing });
        }
    }
    Ok(found)
}

/// The rows of each row group whose records no segment has.
fn missing(disk: &dyn Disk, dir: &Path, state: &State, reader: &RecordsReader) -> Result<Vec<(usize, Vec<u32>)>> {
    let Some((from, to)) = range(reader) else { return Ok(Vec::new()) };
    let mut stored: HashSet<u64> = HashSet::new();
    for segment in state.segments.values().filter(|segment| segment.from <= to && segment.to >= from) {
        for file in segment.files.iter().filter(|file| file.name.ends_with(RECORDS)) {
            let path = dir.join(&file.name);
            let other = RecordsReader::open(disk, &path, file)?;
            (0..other.groups().len()).try_for_each(|group| ids(&other, group, &path).map(|ids| stored.extend(ids)))?;
        }
    }
    let path = Path::new(QUARANTINE);
    let lacking = |group: usize| {
        let ids = ids(reader, group, path)?;
        Ok((group, (0..).zip(ids).filter(|(_, id)| !stored.contains(id)).map(|(row, _)| row).collect()))
    };
    (0..reader.groups().len()).map(lacking).collect()
}

fn range(reader: &RecordsReader) -> Option<(Timestamp, Timestamp)> {
    let from = reader.groups().iter().map(|group| group.from).min()?;
    let to = reader.groups().iter().map(|group| group.to).max()?;
    Some((Timestamp(from), Timestamp(to)))
}

fn ids(reader: &RecordsReader, group: usize, path: &Path) -> Result<Vec<u64>> {
    let place = reader.place("id").ok_or_else(|| Error::damaged(path, "it has no ids"))?;
    Ok(columns::ids(&reader.read(group, &[place], None)?).to_vec())
}

/// Makes segments of the records in the quarantine that no segment has, and removes what is stored whole by now.
pub(super) fn take_back(disk: &Arc<dyn Disk>, dir: &Path, manifest: &mut Manifest) -> Result<()> {
    for aside in waiting(&**disk, dir, manifest.state())? {
        let reader = open(&**disk, &dir.join(&aside.name))?;
        // Counted again: what was taken back before may be the same records, as a segment and those that it was merged of.
        if aside.missing.is_none() {
            continue;
        }
        let rows = missing(&**disk, dir, manifest.state(), &reader)?;
        if rows.iter().any(|(_, rows)| !rows.is_empty()) {
            let id = manifest.state().next.max(next(&**disk, dir));
            let info = segment_of(&**disk, dir, id, &aside, &reader, &rows, manifest.state())?;
            manifest.commit(&Change { add: vec![info], ..Change::default() })?;
        }
        aside.files.iter().try_for_each(|name| remove(&**disk, &dir.join(name)))?;
    }
    Ok(())
}

fn segment_of(
    disk: &dyn Disk,
    dir: &Path,
    id: u64,
    aside: &Aside,
    reader: &RecordsReader,
    rows: &[(usize, Vec<u32>)],
    state: &State,
) -> Result<SegmentInfo> {
    // When it was sealed is lost; retention counts from now on. Rows of monitors are made anew by the next start.
    let newest = state.segments.values().map(|segment| segment.sealed).max();
    let mut info = SegmentInfo::empty(id, newest.unwrap_or(Timestamp::EPOCH));
    let schema = reader.schema();
    let fields = columns::united_fields(std::iter::once(schema.as_ref()));
    let name = file_name(id, RECORDS);
    let mut writer = RecordsWriter::create(disk, &dir.join(&name), &fields, 1)?;
    for (group, rows) in rows.iter().filter(|(_, rows)| !rows.is_empty()) {
        let order: Vec<RowOf> = rows.iter().map(|&row| RowOf { batch: 0, row }).collect();
        writer.write(&[reader.read_all(*group, None)?], &Order::of(&order))?;
    }
    info.rows = writer.rows();
    cover(&mut info, writer.range());
    info.files.push(writer.finish(name)?);
    // What sources contributed cannot be divided, and would be counted twice where a part was read again.
    let is_whole = reader.groups().iter().map(|group| group.rows as u64).sum::<u64>() == info.rows;
    if let Some(name) = aside.files.iter().find(|name| is_whole && name.ends_with(COUNTS)) {
        let path = dir.join(name);
        let told = disk.read(&path).map_err(Error::io("read", &path))?;
        let told = SegmentFile { name: name.clone(), bytes: told.len() as u64, checksum: crc32fast::hash(&told), metadata: None };
        if let Ok(mut read) = counts::read(disk, &path, &told) {
            info.files.push(write_counts(disk, dir, id, &mut read)?);
            cover(&mut info, read.first().zip(read.last()).map(|(first, last)| (first.bucket, last.bucket)));
        }
    }
    finish(disk, dir, &mut info)?;
    Ok(info)
}

fn remove(disk: &dyn Disk, path: &Path) -> Result<()> {
    disk.remove(path).map_err(Error::io("remove", path))
}
