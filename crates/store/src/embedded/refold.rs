//! Making the rollups of a sealed segment anew, for monitors that are newer than it or were changed since.
//!
//! The records stay where they are; a new rollups file takes the place of the old one by one line of the manifest, which
//! also says by which recipes its rows are made. So a crash leaves the old file or the new one, never a part, and
//! nothing can be counted twice. The long work is done without a lock; what compaction or retention took away meanwhile
//! is found gone at the end, and whoever asked looks again. How records become rows is the caller's.

use std::sync::{Arc, PoisonError};

use magpie_model::record::RecordBatch;
use magpie_model::rollup::{Recipe, key_columns};
use magpie_model::{Column, FieldSpec, PartialTable};

use super::columns;
use super::live::Segment;
use super::manifest::Change;
use super::rollups::{RollupsReader, RollupsWriter};
use super::seal::{cover, file_name, finish};
use super::store::EmbeddedTelemetry;
use crate::telemetry::{SegmentInfo, Unfolded};
use crate::{Error, Result};

/// Rows of a monitor that are gathered before they are written.
const GATHERED_ROWS: usize = 150_000;

/// Segments with records whose rows some declared recipe has yet to make, newest first.
pub(super) fn unfolded(store: &EmbeddedTelemetry) -> Vec<Unfolded> {
    let declared = store.declared();
    let segments = store.read_live().segments.clone();
    let mut unfolded: Vec<Unfolded> = segments
        .iter()
        .filter(|segment| segment.info.rows > 0)
        .filter_map(|segment| {
            let missing = declared.recipes.iter().filter(|recipe| !segment.info.recipes.contains(recipe));
            let recipes: Vec<Recipe> = missing.cloned().collect();
            (!recipes.is_empty()).then(|| Unfolded { segment: segment.info.clone(), recipes })
        })
        .collect();
    unfolded.sort_by_key(|unfolded| std::cmp::Reverse((unfolded.segment.to, unfolded.segment.id)));
    unfolded
}

/// Makes the rows of some recipes anew; `false` when the segment is no longer there.
pub(super) fn refold(
    store: &EmbeddedTelemetry,
    id: u64,
    recipes: &[Recipe],
    shapes: &[PartialTable],
    fold: &mut dyn FnMut(&RecordBatch) -> Result<Vec<PartialTable>>,
) -> Result<bool> {
    let Some(old) = store.read_live().segments.iter().find(|segment| segment.info.id == id).cloned() else { return Ok(false) };
    // A number that no segment has: the file's name is never used again.
    let name = file_name(id, &format!("-{:012}.rollups.parquet", store.next_segment_id()));
    let clean_up = || drop(store.disk.remove(&store.dir.join(&name)));
    let info = write(store, &old, &name, recipes, shapes, fold).inspect_err(|_| clean_up())?;
    let _one_at_a_time = store.compacting.lock().unwrap_or_else(PoisonError::into_inner);
    if !store.read_live().segments.iter().any(|segment| Arc::ptr_eq(segment, &old)) {
        clean_up();
        return Ok(false);
    }
    let mut manifest = store.lock_manifest();
    if let Err(error) = manifest.commit(&Change { add: vec![info.clone()], ..Change::default() }) {
        if !manifest.is_dirty() {
            clean_up();
        }
        return Err(error);
    }
    let new = store.new_segment(info.clone());
    store.write_live().segments.iter_mut().filter(|segment| Arc::ptr_eq(segment, &old)).for_each(|segment| *segment = Arc::clone(&new));
    old.give_way_to(&info);
    Ok(true)
}

/// Writes the new rollups file; gives the segment's new description.
fn write(
    store: &EmbeddedTelemetry,
    old: &Segment,
    name: &str,
    recipes: &[Recipe],
    shapes: &[PartialTable],
    fold: &mut dyn FnMut(&RecordBatch) -> Result<Vec<PartialTable>>,
) -> Result<SegmentInfo> {
    let is_made = |monitor: &str| recipes.iter().any(|recipe| recipe.monitor == monitor);
    let reader = old.rollups()?;
    let kept: Vec<_> = reader.iter().flat_map(|reader| reader.tables()).filter(|note| !is_made(&note.monitor)).collect();
    let of_kept = kept.iter().map(|note| (key_columns(&note.by), note.fields.as_slice()));
    let all: Vec<(Vec<Column>, &[FieldSpec])> = of_kept.chain(shapes.iter().map(|shape| (shape.key_columns(), &*shape.fields))).collect();
    let mut writer = RollupsWriter::create(&*store.disk, &store.dir.join(name), &all)?;
    for note in kept {
        copy(reader.as_deref(), note, &mut writer)?;
    }
    write_fresh(old, shapes, fold, &mut writer)?;
    let (file, range) = writer.finish(name.to_owned())?;
    let mut info = old.info.clone();
    info.files.retain(|file| !file.name.ends_with(".rollups.parquet"));
    info.files.push(file);
    cover(&mut info, range);
    info.recipes.retain(|recipe| !is_made(&recipe.monitor));
    info.recipes.extend_from_slice(recipes);
    finish(&*store.disk, &store.dir, &mut info)?;
    Ok(info)
}

fn copy(reader: Option<&RollupsReader>, note: &super::rollups::TableNote, writer: &mut RollupsWriter) -> Result<()> {
    let Some(reader) = reader else { return Ok(()) };
    reader.read_all(note, &mut |table| writer.write(&table))
}

/// Folds the records batch by batch. A monitor with very many rows is written in parts, which meet when they are read.
fn write_fresh(
    segment: &Segment,
    shapes: &[PartialTable],
    fold: &mut dyn FnMut(&RecordBatch) -> Result<Vec<PartialTable>>,
    writer: &mut RollupsWriter,
) -> Result<()> {
    let Some(records) = segment.records()? else { return Ok(()) };
    let empty = |shape: &PartialTable| PartialTable::new(Arc::clone(&shape.monitor), shape.by.clone(), Arc::clone(&shape.fields));
    let mut gathered: Vec<PartialTable> = shapes.iter().map(empty).collect();
    for group in 0..records.groups().len() {
        let batch = columns::from_arrow(&records.read_all(group, None)?, |_| true);
        for table in fold(&batch)? {
            let of = |shape: &&mut PartialTable| shape.monitor == table.monitor && shape.by == table.by && shape.fields == table.fields;
            let Some(mine) = gathered.iter_mut().find(of) else {
                return Err(Error::Query(format!("the rows of monitor `{}` are not of the shape that was told", table.monitor)));
            };
            mine.append(&table);
            if mine.rows.len() > GATHERED_ROWS {
                mine.fold();
            }
            if mine.rows.len() > GATHERED_ROWS {
                mine.sort();
                writer.write(mine)?;
                *mine = empty(mine);
            }
        }
    }
    for mut table in gathered {
        table.fold();
        table.sort();
        writer.write(&table)?;
    }
    Ok(())
}
