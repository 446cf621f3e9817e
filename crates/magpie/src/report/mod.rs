//! What `magpie report` found, ready to be shown in any form.
//!
//! The forms - terminal, JSON, CSV, HTML, SVG - each have a module and only read this; how it is computed is in
//! `engine`. Tables can be large (800,000 rows), so the forms that print every row write as they go.

pub(crate) mod chart;
pub(crate) mod csv;
mod draw;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod label;
mod layout;
pub(crate) mod numbers;
pub(crate) mod paint;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod svg;
pub(crate) mod terminal;
pub(crate) mod text;
mod tree;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use magpie_model::graph::Graph;
use magpie_pipeline::aggregate::{Folded, Rows};

use crate::engine::shown::for_each_shown;
use magpie_model::{Alert, Column, FieldSpec, Partial, PartialTable, Severity, Threshold, Timestamp};

/// Everything a report shows.
#[derive(Debug)]
pub(crate) struct Report {
    /// Events read and understood.
    pub(crate) records: u64,
    /// Events that no parser understood.
    pub(crate) unparsed: u64,
    /// Time of the first record.
    pub(crate) from: Option<Timestamp>,
    /// Time of the last record.
    pub(crate) to: Option<Timestamp>,
    /// Length of a bucket in ns.
    pub(crate) bucket: i64,
    /// What each source was read as.
    pub(crate) formats: Vec<FormatCount>,
    /// Why events were not understood, with samples.
    pub(crate) reasons: Vec<ReasonCount>,
    /// Plain log events by severity.
    pub(crate) severities: BTreeMap<Severity, u64>,
    /// Declared fields.
    pub(crate) fields: Arc<[FieldSpec]>,
    /// The monitors, sides resolved and rows sorted; the first one is the one asked for by `--by`.
    pub(crate) monitors: Vec<MonitorTable>,
    /// Calls per bucket over everything, ascending: for the sparkline.
    pub(crate) series: Vec<(Timestamp, Partial)>,
    /// The graph of the modules.
    pub(crate) graph: Graph,
    /// Alerts, newest first.
    pub(crate) alerts: Vec<Alert>,
    /// Numbers that are not whole: folded values, cut lines, bad times. Name and count.
    pub(crate) remarks: Vec<(&'static str, u64)>,
}

/// What one source was read as.
#[derive(Clone, Debug)]
pub(crate) struct FormatCount {
    /// File or configured source.
    pub(crate) source: String,
    /// Name of the format.
    pub(crate) format: String,
    /// Share of sampled lines the format read, 0 to 1; of all lines, when the user wrote how to read them.
    pub(crate) confidence: f64,
    /// Events read by it.
    pub(crate) records: u64,
    /// Events it did not understand.
    pub(crate) unparsed: u64,
}

/// Events that could not be understood for one reason.
#[derive(Clone, Debug)]
pub(crate) struct ReasonCount {
    /// File or configured source.
    pub(crate) source: String,
    /// Why.
    pub(crate) reason: String,
    /// How many.
    pub(crate) count: u64,
    /// Some of the lines.
    pub(crate) samples: Vec<String>,
}

/// A monitor with its rows.
#[derive(Debug)]
pub(crate) struct MonitorTable {
    /// Name of the monitor.
    pub(crate) name: String,
    /// Its columns.
    pub(crate) by: Vec<Column>,
    /// Its rows folded over all buckets, or with few rows one per bucket; sides resolved, sorted.
    pub(crate) table: PartialTable,
    /// Its rows per bucket, to be read one by one; `None` where `table` has them.
    pub(crate) buckets: Option<Arc<Folded>>,
    /// Its thresholds.
    pub(crate) thresholds: Vec<Threshold>,
    /// Whether it counts calls alone; else what it counts is called records.
    pub(crate) of_calls: bool,
    /// Whether buckets were folded into one (`--total`).
    pub(crate) total: bool,
}

/// Bytes of folded rows that are rendered together.
const PIECE: usize = 64 << 10;

impl MonitorTable {
    /// The rows that are not in `table`.
    fn folded_rows(&self) -> Option<Rows<'_>> {
        self.buckets.as_deref()?.rows(&self.name)
    }

    /// Renders every row, in order, and gives the text in pieces; `threads` of them are rendered at once. Each piece has a renderer of its
    /// own. Ends at the first error.
    pub(crate) fn render_rows<F>(
        &self,
        threads: usize,
        renderer: impl Fn() -> F + Sync,
        mut emit: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()>
    where
        F: FnMut(Option<Timestamp>, &[&str], &Partial, &mut Vec<u8>),
    {
        let Some(rows) = self.folded_rows() else {
            let (mut render, mut text) = (renderer(), Vec::new());
            return self.for_each_row(|time, words, partial| {
                text.clear();
                render(time, words, partial, &mut text);
                emit(&text)
            });
        };
        let render_piece = |piece: &Rows<'_>, place: &mut Vec<u8>| {
            // On a stack of its own while it grows: side by side, the texts of two threads would share a cache line.
            let mut text = std::mem::take(place);
            let mut render = renderer();
            text.clear();
            for_each_shown(piece, |bucket, words, partial| render(Some(bucket), words, partial, &mut text));
            *place = text;
        };
        let mut texts = vec![Vec::new(); threads.max(1)];
        for pieces in rows.pieces(PIECE).chunks(texts.len()) {
            std::thread::scope(|scope| {
                let mut jobs = pieces.iter().zip(&mut texts);
                let mine = jobs.next();
                jobs.for_each(|(piece, text)| drop(scope.spawn(|| render_piece(piece, text))));
                mine.into_iter().for_each(|(piece, text)| render_piece(piece, text));
            });
            texts[..pieces.len()].iter().try_for_each(|text| emit(text))?;
        }
        Ok(())
    }

    /// Gives every row: its bucket (`None` where buckets are folded into one), its words, what was folded. Ends at the
    /// first error.
    pub(crate) fn for_each_row(&self, mut write: impl FnMut(Option<Timestamp>, &[&str], &Partial) -> io::Result<()>) -> io::Result<()> {
        let Some(rows) = self.folded_rows() else {
            for row in &self.table.rows {
                let words: Vec<&str> = (0..self.by.len()).map(|position| self.table.value(row, position).unwrap_or("")).collect();
                write((!self.total).then_some(row.bucket), &words, &row.partial)?;
            }
            return Ok(());
        };
        let mut outcome = Ok(());
        for_each_shown(&rows, |bucket, words, partial| {
            if outcome.is_ok() {
                outcome = write(Some(bucket), words, partial);
            }
        });
        outcome
    }
}

/// How it is to be shown.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// Horizontal axis: empty for time, else these columns.
    pub(crate) x: Vec<Column>,
    /// Field and aggregation to chart and rank by; `None` for the number of records.
    pub(crate) fields: Vec<(usize, magpie_model::Aggregate)>,
    /// Rows of tables on a terminal.
    pub(crate) top: usize,
    /// Whether colours may be used.
    pub(crate) color: bool,
    /// Width of the terminal in characters.
    pub(crate) width: usize,
}
