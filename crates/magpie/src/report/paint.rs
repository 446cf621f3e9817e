//! Tables and tones of a terminal: columns that line up whatever script their words are in, colour only where allowed.
//!
//! Widths are those of the terminal's columns, so cells are padded before they are coloured. What is said in them is
//! the business of `terminal`.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use magpie_model::AlertState;

use super::text::{cut_middle, left, plain, right, width};

/// What a piece of text is to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Ink.
    Normal,
    /// Titles and totals.
    Strong,
    /// Secondary.
    Quiet,
    /// Look soon.
    Pending,
    /// Broken.
    Firing,
}

impl Tone {
    /// The tone of an alert's state.
    pub(crate) fn of(state: AlertState) -> Self {
        match state {
            AlertState::Firing => Self::Firing,
            AlertState::Pending => Self::Pending,
            AlertState::Resolved => Self::Quiet,
        }
    }
}

/// Colours text, or does not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    /// Whether colours may be used.
    pub(crate) color: bool,
}

impl Paint {
    /// The text in a tone.
    pub(crate) fn of(self, tone: Tone, text: &str) -> String {
        let style = match tone {
            Tone::Normal => return text.to_owned(),
            Tone::Strong => Style::new().bold(),
            Tone::Quiet => Style::new().dimmed(),
            Tone::Pending => AnsiColor::Yellow.on_default(),
            Tone::Firing => AnsiColor::Red.on_default().bold(),
        };
        if self.color && !text.trim().is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// One cell.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// Text in ink, made plain.
    pub(crate) fn text(text: &str) -> Self {
        Self::toned(text, Tone::Normal)
    }

    /// Text in a tone, made plain.
    pub(crate) fn toned(text: &str, tone: Tone) -> Self {
        Self { text: plain(text).replace('\u{202f}', " "), tone }
    }
}

/// A table with a title row.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    titles: Vec<(String, bool)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Titles, and whether each column is moved to the right; the first title names the table.
    pub(crate) fn new(titles: &[(&str, bool)]) -> Self {
        Self { titles: titles.iter().map(|&(title, right)| (title.to_owned(), right)).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Prints the table; where it is too wide the widest column of words gives way.
    pub(crate) fn print(&self, paint: &Paint, room: usize, out: &mut dyn Write) -> io::Result<()> {
        let widths = self.widths(room);
        let titles: Vec<Cell> = self
            .titles
            .iter()
            .enumerate()
            .map(|(at, (title, _))| Cell::toned(title, if at == 0 { Tone::Strong } else { Tone::Quiet }))
            .collect();
        self.print_row(&titles, &widths, true, paint, out)?;
        for row in &self.rows {
            self.print_row(row, &widths, false, paint, out)?;
        }
        Ok(())
    }

    /// Titles begin at the edge of the page, rows two columns further in.
    fn print_row(&self, row: &[Cell], widths: &[usize], title: bool, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
        let mut line = String::new();
        for (at, (cell, &size)) in row.iter().zip(widths).enumerate() {
            let size = if at == 0 && title { size + 2 } else { size };
            let short = cut_middle(&cell.text, size);
            let text = if self.titles[at].1 { right(&short, size) } else { left(&short, size) };
            line.push_str(if at > 0 || !title { "  " } else { "" });
            line.push_str(&paint.of(cell.tone, &text));
        }
        writeln!(out, "{}", line.trim_end())
    }

    fn widths(&self, room: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.titles.iter().map(|(title, _)| width(title)).collect();
        if let Some(first) = widths.first_mut() {
            *first = first.saturating_sub(2);
        }
        for row in &self.rows {
            for (size, cell) in widths.iter_mut().zip(row) {
                *size = (*size).max(width(&cell.text));
            }
        }
        while widths.iter().map(|size| size + 2).sum::<usize>() > room {
            let words = (0..widths.len()).filter(|&at| !self.titles[at].1).max_by_key(|&at| (widths[at], std::cmp::Reverse(at)));
            match words {
                Some(at) if widths[at] > 8 => widths[at] -= 1,
                _ => break,
            }
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_line_up_and_long_words_give_way() {
        let mut table = Table::new(&[("Source", false), ("records", true)]);
        table.row(vec![Cell::text("支付服务"), Cell::text("5,208")]);
        table.row(vec![Cell::text("/var/log/a/very/long/path/access.log"), Cell::toned("7", Tone::Firing)]);
        let mut out = Vec::new();
        table.print(&Paint { color: false }, 32, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "Source                   records\n  支付服务                 5,208\n  /var/log/a…access.log        7\n"
        );
    }
}
