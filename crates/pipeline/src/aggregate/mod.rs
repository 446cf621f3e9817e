//! Records → rollups: a batch folds into one small table per open bucket, and a drained bucket into every monitor.
//!
//! A [`Folder`] belongs to one operator and sees only that operator's records; what folders hand over merges exactly, in
//! any grouping and order, so the number of operators never shows. The way of `magpie report`: each operator folds its
//! batches, [`Folder::finish`] turns it into a [`Folded`], those are merged with [`Folded::merge`], and rows are read in
//! sorted order without ever standing in memory together. The way of `magpie serve`: whenever the open segment is sealed,
//! [`Folder::drain`] empties every folder, and its tables go into the segment together with the records.
//!
//! Memory is bounded whatever comes in (design 7): the normaliser bounds distinct values, a bucket bounds its
//! combinations, and above a number of open buckets, of open rows or of noted values the oldest bucket is drained to
//! compact bytes. Those end at [`Ceilings::kept_bytes`]; beyond it even time folds, into one `(other)` row per year.
//! Every record that loses its combination is marked and counted. When buckets close is [`watermark`]'s business, what
//! closing means is `judge`'s.

mod bucket;
mod counting;
mod folded;
mod folder;
mod from_agent;
mod kept;
mod plan;
mod recipe;
mod rows;
mod selection;
mod shape;
mod stride;
mod tally;
pub mod watermark;

pub use counting::Counting;
pub use folded::{Drained, Folded, RowRef, Rows, completeness};
pub use folder::{Ceilings, FoldCounts, Folder};
pub use plan::BASE;
pub use recipe::recipes;
pub use watermark::Watermarks;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
