//! Where the words of a batch of lines come from: source after source, all lines at once.
//!
//! Words go through a memo keyed by the raw bytes, per column and origin of the word, so that what was read once is not
//! read again; a path is cut at its query and a text at its separators before that, because what varies from line to line
//! would make the memo useless. Which column follows which rule is told in `rows`.

use std::borrow::Cow;
use std::ops::Range;

use magpie_model::dictionary::NULL;
use memchr::memmem;

use super::batch::{Batch, Piece};
use super::bind::WordFrom;
use super::bytes::{BLOCK, find, near_path_end, near_piece, shifted};
use super::expr::Scope;
use super::memo::{Key, Memo, Remembered};
use super::normaliser::Place;
use super::route::{Routes, path_within};
use super::values::Values;
use super::who::Directory;

/// What is remembered of no word.
pub(super) const NOTHING: Remembered = [NULL; 3];

/// What expressions may look at besides a line and its values.
#[derive(Clone, Copy)]
pub(super) struct Around<'b> {
    pub(super) host: &'b str,
    pub(super) file: &'b str,
    pub(super) routes: &'b Routes,
    pub(super) directory: &'b Directory,
}

impl<'b> Around<'b> {
    #[inline]
    pub(super) fn scope<'v>(self, values: &'b Values<'v>, line: &'b str) -> Scope<'b, 'v> {
        let Self { host, file, routes, directory } = self;
        Scope { values, line, host, file, routes, directory }
    }
}

/// `-` is how many formats write nothing.
#[inline(always)]
pub(super) fn is_nothing(text: &[u8]) -> bool {
    matches!(text, [] | [b'-'])
}

/// Values are pieces of text, cut where characters begin.
#[inline]
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// For every event, the first of `sources` that gives a word, and what `make` makes of it.
#[inline]
pub(super) fn resolve(
    sources: &[WordFrom],
    memos: &mut [Memo],
    batch: &Batch<'_>,
    around: Around<'_>,
    found: &mut Vec<Remembered>,
    mut make: impl FnMut(&str) -> Remembered,
) {
    found.clear();
    found.resize(batch.len(), NOTHING);
    for (from, memo) in sources.iter().zip(memos) {
        match from {
            WordFrom::Constant(word) => {
                let word = memo.constant(|| make(word));
                found.iter_mut().filter(|found| found[0] == NULL).for_each(|found| *found = word);
            }
            WordFrom::Slot(slot) => {
                let of = |word: &[u8], memo: &mut Memo| memo.get(word, || if is_nothing(word) { NOTHING } else { make(text(word)) });
                each(batch, *slot, memo, found, Key::beginning, of);
            }
            WordFrom::Route(slot) => {
                let near = |target: &[u8; BLOCK], length| Key::beginning(target, near_path_end(target, length)?);
                let of = |target: &[u8], memo: &mut Memo| {
                    let path = &target[path_within(target)];
                    if is_nothing(target) { NOTHING } else { memo.get(path, || make(&around.routes.route(text(path)))) }
                };
                each(batch, *slot, memo, found, near, of);
            }
            WordFrom::Piece { slot, separator, at } => {
                let near = |block: &[u8; BLOCK], length| {
                    let &[separator] = separator.as_bytes() else { return None };
                    let piece = near_piece(block, separator, *at).filter(|piece| piece.end <= length)?;
                    Key::beginning(&shifted(block, piece.start), piece.len())
                };
                let of = |written: &[u8], memo: &mut Memo| {
                    let Some(piece) = piece_within(written, separator.as_bytes(), *at) else { return NOTHING };
                    let piece = &written[piece];
                    memo.get(piece, || make(text(piece)))
                };
                each(batch, *slot, memo, found, near, of);
            }
            WordFrom::Single(template, slot) => {
                let mut values = batch.table();
                for (row, found) in still_open(found) {
                    let mut word = || {
                        batch.read(row, &mut values);
                        let scope = around.scope(&values, batch.place(row).line());
                        template.evaluate(&scope).to_text().map_or(NOTHING, |word| make(&word))
                    };
                    *found = match batch.bytes(row, *slot) {
                        Some(input) => memo.get(input, word),
                        None => word(),
                    };
                }
            }
            WordFrom::Expression(template) => {
                let mut values = batch.table();
                for (row, found) in still_open(found) {
                    batch.read(row, &mut values);
                    let scope = around.scope(&values, batch.place(row).line());
                    *found = template.evaluate(&scope).to_text().map_or(NOTHING, |word| make(&word));
                }
            }
        }
    }
}

/// The events that have no word yet.
fn still_open(found: &mut [Remembered]) -> impl Iterator<Item = (usize, &mut Remembered)> {
    found.iter_mut().enumerate().filter(|(_, found)| found[0] == NULL)
}

/// Gives every event that has no word yet what is remembered of its value, where it has one: by the short key that `near` finds in
/// the block where the value begins and in its length, else by what `of` makes of the value.
#[inline]
fn each(
    batch: &Batch<'_>,
    slot: usize,
    memo: &mut Memo,
    found: &mut [Remembered],
    near: impl Fn(&[u8; BLOCK], usize) -> Option<Key>,
    mut of: impl FnMut(&[u8], &mut Memo) -> Remembered,
) {
    let left = recall_all(batch, slot, memo, found, near);
    memo.count_hits(found.len() - left);
    if left > 0 {
        for (piece, found) in batch.pieces(slot).zip(found).filter(|(_, found)| found[0] == NULL) {
            if let Some(value) = batch.text_of(piece) {
                *found = of(value, memo);
            }
        }
    }
}

/// Gives every event that has no word yet what is remembered by its short key; for how many that have a value nothing is. A loop of its own, that has the
/// processor's registers for itself.
#[inline(never)]
fn recall_all(
    batch: &Batch<'_>,
    slot: usize,
    memo: &Memo,
    found: &mut [Remembered],
    near: impl Fn(&[u8; BLOCK], usize) -> Option<Key>,
) -> usize {
    let mut left = 0;
    for (piece, found) in batch.pieces(slot).zip(found) {
        if found[0] == NULL {
            let key = batch.block(piece).and_then(|(block, length)| near(block, length));
            match key.and_then(|key| memo.recall(&key)) {
                Some(word) => *found = word,
                None => left += usize::from(piece != Piece::MISSING),
            }
        }
    }
    left
}

/// Where a piece of a text stands, counted from 0 between separators that are not empty.
#[inline]
fn piece_within(text: &[u8], separator: &[u8], at: usize) -> Option<Range<usize>> {
    if let (&[separator], Some(block)) = (separator, text.first_chunk())
        && let Some(near) = near_piece(block, separator, at)
    {
        return Some(near);
    }
    let next = |from: usize| match separator {
        &[byte] => find(text, from, byte),
        _ => memmem::find(text.get(from..)?, separator).map(|place| from + place),
    };
    let mut start = 0;
    for _ in 0..at {
        start = next(start)? + separator.len();
    }
    Some(start..next(start).unwrap_or(text.len()))
}

/// Reads texts of the events of a batch. Mostly a text is a slot's bytes; only for an expression all values of its event
/// are put into a table.
pub(super) struct EventTexts<'b> {
    batch: &'b Batch<'b>,
    around: Around<'b>,
    values: Values<'b>,
    /// The event whose values those are.
    read: Option<usize>,
}

impl<'b> EventTexts<'b> {
    pub(super) fn of(batch: &'b Batch<'b>, around: Around<'b>) -> Self {
        Self { batch, around, values: batch.table(), read: None }
    }

    /// The events.
    pub(super) fn batch(&self) -> &'b Batch<'b> {
        self.batch
    }

    /// Where an event stands.
    pub(super) fn place(&self, row: usize) -> Place<'b> {
        self.batch.place(row)
    }

    /// Whether one of the sources has a text without any character.
    pub(super) fn is_empty(&self, sources: &[WordFrom], row: usize) -> bool {
        sources.iter().any(|from| matches!(from, WordFrom::Slot(slot) if self.batch.bytes(row, *slot).is_some_and(<[u8]>::is_empty)))
    }

    /// The first of `sources` that gives an event a text.
    #[inline]
    pub(super) fn get<'s>(&'s mut self, sources: &'s [WordFrom], row: usize) -> Option<Cow<'s, str>> {
        if sources.iter().all(|from| matches!(from, WordFrom::Slot(_) | WordFrom::Constant(_))) {
            let plain = |from: &'s WordFrom| match from {
                WordFrom::Slot(slot) => self.batch.bytes(row, *slot).map(text),
                WordFrom::Constant(text) => Some(text.as_str()),
                _ => None,
            };
            return sources.iter().find_map(|from| plain(from).filter(|text| !text.is_empty())).map(Cow::Borrowed);
        }
        if self.read != Some(row) {
            self.batch.read(row, &mut self.values);
            self.read = Some(row);
        }
        text_of(sources, &self.around.scope(&self.values, self.batch.place(row).line()))
    }
}

/// The first of `sources` that gives a text.
fn text_of<'s>(sources: &'s [WordFrom], scope: &Scope<'s, '_>) -> Option<Cow<'s, str>> {
    sources.iter().find_map(|from| {
        let text = match from {
            WordFrom::Constant(text) => Cow::Borrowed(text.as_str()),
            WordFrom::Slot(slot) => scope.values.get(*slot).to_text()?,
            WordFrom::Route(slot) => Cow::Owned(scope.routes.route(&scope.values.get(*slot).to_text()?)),
            WordFrom::Piece { slot, separator, at } => {
                let text = scope.values.get(*slot).to_text()?;
                Cow::Owned(text.get(piece_within(text.as_bytes(), separator.as_bytes(), *at)?)?.to_owned())
            }
            WordFrom::Single(template, _) | WordFrom::Expression(template) => Cow::Owned(template.evaluate(scope).to_text()?.into_owned()),
        };
        (!text.is_empty()).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::batch::{Piece, Spare};

    #[test]
    fn pieces_are_those_of_a_split() {
        let long = "a/b".repeat(20);
        for text in ["", "/", "a", "/video/search", "/video/search/of/something/long", &long, "a, b,, c", "::", "a::b:::c"] {
            for separator in ["/", ",", ", ", "::"] {
                for at in 0..5 {
                    let piece = piece_within(text.as_bytes(), separator.as_bytes(), at).and_then(|range| text.get(range));
                    assert_eq!(piece, text.split(separator).nth(at), "{text} by {separator}, {at}");
                }
            }
        }
    }

    /// What each way of finding a word makes of a value, as plainly as it can be said.
    fn plainly(from: &WordFrom, value: &str, routes: &Routes) -> Option<String> {
        match from {
            WordFrom::Piece { separator, at, .. } => value.split(separator).nth(*at).map(str::to_owned),
            _ if is_nothing(value.as_bytes()) => None,
            WordFrom::Route(_) => Some(routes.route(&value[path_within(value.as_bytes())])),
            _ => Some(value.to_owned()),
        }
    }

    #[test]
    fn a_word_is_the_same_wherever_its_value_stands_in_the_text_and_whatever_stands_around_it() {
        let (routes, directory) = (Routes::default(), Directory::default());
        let around = Around { host: "", file: "", routes: &routes, directory: &directory };
        let values =
            ["", "-", "/", "a", "/a", "/?b", "?c", "-?d", "/cart/view?q=1/2", "/cart/view/of/a/customer?q", "10.0.3.17:8080", "/#/x"];
        let piece = |separator: &str, at| WordFrom::Piece { slot: 0, separator: separator.to_owned(), at };
        for from in [WordFrom::Slot(0), WordFrom::Route(0), piece("/", 0), piece("/", 1), piece("/", 2), piece("?q", 1)] {
            let (mut memos, mut words) = (vec![Memo::default()], vec![String::new()]);
            for (value, behind) in
                (0..3).flat_map(|_| values).flat_map(|value| ["", "/", "?/ \"/ and what follows"].map(|behind| (value, behind)))
            {
                let text = format!("/{value}{behind}");
                let mut batch = Batch::new(text.as_bytes(), 1, Spare::default());
                batch.open_row()[0] = Piece::between(1, 1 + value.len());
                batch.end_row(Place { offset: 0, start: 0, text: text.as_bytes(), first: text.len(), cut: false }, None);
                let mut found = Vec::new();
                resolve(std::slice::from_ref(&from), &mut memos, &batch, around, &mut found, |word| {
                    words.push(word.to_owned());
                    [words.len() as u32 - 1, 0, 0]
                });
                let expected = plainly(&from, value, &routes);
                assert_eq!(
                    (found[0][0] != NULL).then(|| words[found[0][0] as usize].clone()),
                    expected,
                    "{value} before {behind} by {from:?}"
                );
            }
        }
    }
}
