//! Times as logs write them → [`Timestamp`].
//!
//! A [`TimeForm`] is compiled once and tried on every line; a [`TimeReader`] also remembers the last seconds it read, so
//! that the thousands of lines of one second cost a comparison each, and so do those that come a minute late. Which zone and year complete a time that lacks
//! them is the caller's to say, in a [`TimeContext`]; which part of a line is its time is `scan`'s to find.

mod civil;
mod cursor;
mod forms;
mod scan;
mod strftime;
mod zone;

use std::ops::Range;
use std::sync::Arc;

use magpie_model::{Notice, Timestamp, time};

use self::cursor::{Cursor, fraction_nanos};
use self::forms::Reading;
use self::strftime::Strftime;
use super::bytes::equal_texts;
use super::values::TimeContext;

pub use self::forms::{DateOrder, Form};
pub use self::scan::{is_continuation, scan, settle_among, settle_order};
pub use self::zone::zone;

/// One way of writing a time.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeForm(Way);

#[derive(Clone, Debug, PartialEq)]
enum Way {
    Any,
    Known(Form),
    Written(Arc<Strftime>),
}

impl TimeForm {
    /// The form that a `strftime` format (`%d/%b/%Y:%H:%M:%S %z`) or a Java one (`yyyy-MM-dd HH:mm:ss,SSS`) describes.
    ///
    /// Names work as well: `iso8601`, `rfc3339`, `clf`, `rfc2822`, `rfc3164`, `asctime`, `klog`, `epoch`, `clock`, `auto`.
    pub fn compile(format: &str) -> Result<Self, Notice> {
        Ok(Self(match format.trim().to_ascii_lowercase().as_str() {
            "" | "auto" => Way::Any,
            "iso8601" | "rfc3339" | "iso" => Way::Known(Form::Iso),
            "clf" | "common" | "rfc2822" => Way::Known(Form::DayMonth),
            "rfc3164" | "syslog" | "asctime" => Way::Known(Form::MonthDay),
            "klog" => Way::Known(Form::Klog),
            "epoch" | "unix" | "epoch_s" | "epoch_ms" | "epoch_us" | "epoch_ns" | "unix_ms" => Way::Known(Form::Epoch),
            "clock" => Way::Known(Form::Clock),
            _ => Way::Written(Arc::new(Strftime::compile(format)?)),
        }))
    }

    /// Any common form.
    pub fn auto() -> Self {
        Self(Way::Any)
    }

    /// A known family.
    pub fn of(form: Form) -> Self {
        Self(Way::Known(form))
    }

    /// Reads a time; `None` when it is not of this form. Blanks, quotes and brackets around it are read over.
    pub fn parse(&self, text: &str, context: &TimeContext) -> Option<Timestamp> {
        civil::resolve(&self.read(text.as_bytes(), None)?.0, context)
    }

    /// What the text says, and which family it is of; `first` is tried before the others.
    fn read(&self, text: &[u8], first: Option<Form>) -> Option<(Reading, Option<Form>)> {
        let start = text.iter().position(|byte| !is_padding(*byte))?;
        let end = text.iter().rposition(|byte| !is_padding(*byte))? + 1;
        let text = text.get(..end)?;
        match &self.0 {
            Way::Known(form) => whole(text, start, |cursor| form.read(cursor)).map(|reading| (reading, Some(*form))),
            Way::Written(format) => whole(text, start, |cursor| format.read(cursor)).map(|reading| (reading, None)),
            Way::Any => {
                let known = first.and_then(|form| Some((whole(text, start, |cursor| form.read(cursor))?, Some(form))));
                known.or_else(|| Form::ALL.into_iter().find_map(|form| Some((whole(text, start, |cursor| form.read(cursor))?, Some(form)))))
            }
        }
    }
}

fn is_padding(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'[' | b']' | b'"' | b'\'' | b'(' | b')')
}

fn whole(text: &[u8], start: usize, read: impl FnOnce(&mut Cursor<'_>) -> Option<Reading>) -> Option<Reading> {
    let mut cursor = Cursor::new(text, start);
    let reading = read(&mut cursor)?;
    cursor.rest().is_empty().then_some(reading)
}

/// Seconds that are remembered: enough for those of two minutes, whose lines come mixed where requests are logged at their end,
/// to seldom stand in each other's place.
const SECONDS: usize = 1 << SECOND_BITS;
const SECOND_BITS: u32 = 9;

/// Reads the times of one input, line after line, remembering the last seconds.
///
/// One reader serves one zone: what it remembers is forgotten when the moment near the lines changes, not when the zone does.
#[derive(Clone, Debug)]
pub struct TimeReader {
    form: TimeForm,
    last_form: Option<Form>,
    /// By [`place_of`] the text.
    memos: Vec<Memo>,
    /// Place of the text that others are compared with first, and of the last one that was another.
    last: usize,
    other: usize,
    recent: Recent,
}

/// A text that was read, if it is as long as most and means the same whatever is around it: compared where it lies. That of the text read
/// last is compared without a look at the memos.
#[derive(Clone, Copy, Debug, Default)]
struct Recent {
    /// 0 where there is none.
    length: usize,
    start: u128,
    end: u128,
    moment: i64,
}

impl Recent {
    fn of(memo: &Memo) -> Self {
        match (memo.before.first_chunk(), memo.before.last_chunk()) {
            (Some(start), Some(end)) if memo.before.len() <= 32 && !memo.has_fraction && memo.near.is_none() => {
                Self { length: memo.before.len(), start: u128::from_le_bytes(*start), end: u128::from_le_bytes(*end), moment: memo.base }
            }
            _ => Self::default(),
        }
    }

    #[inline(always)]
    fn is(&self, text: &[u8]) -> bool {
        let (Some(start), Some(end)) = (text.first_chunk::<16>(), text.last_chunk::<16>()) else { return false };
        (u128::from_le_bytes(*start) ^ self.start) | (u128::from_le_bytes(*end) ^ self.end) == 0 && text.len() == self.length
    }
}

/// Where a text is remembered. Most forms have minute and second within these eight bytes; others do with the last place.
fn place_of(text: &[u8]) -> usize {
    let clock = text.get(12..).and_then(|rest| rest.first_chunk::<8>()).map_or(0, |clock| u64::from_le_bytes(*clock));
    (clock.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SECOND_BITS)) as usize
}

/// A text read before, less its fraction, and the second it means.
#[derive(Clone, Debug, Default)]
struct Memo {
    recent: Recent,
    before: Vec<u8>,
    after: Vec<u8>,
    has_fraction: bool,
    /// The moment near the line, where the time depends on it.
    near: Option<Timestamp>,
    /// In ns, of the whole second if the text has a fraction.
    base: i64,
}

impl TimeReader {
    /// A reader of times of that form.
    pub fn new(form: TimeForm) -> Self {
        Self { form, last_form: None, memos: vec![Memo::default(); SECONDS], last: 0, other: 0, recent: Recent::default() }
    }

    /// Reads a time; `None` when it is not of the form. Equal to [`TimeForm::parse`], but faster within one second.
    #[inline(always)]
    pub fn read(&mut self, text: &[u8], context: &TimeContext) -> Option<Timestamp> {
        if self.recent.is(text) { Some(Timestamp(self.recent.moment)) } else { self.read_another(text, context) }
    }

    #[inline(never)]
    fn read_another(&mut self, text: &[u8], context: &TimeContext) -> Option<Timestamp> {
        // Where there is a recent text, it is that of this memo, and was compared already.
        if self.recent.length == 0
            && let Some(known) = self.memos[self.last].recall(text, context.near)
        {
            return Some(known);
        }
        let place = place_of(text);
        let known = self.memos[place].recall(text, context.near);
        // The time of a late line comes once among others, which would be compared with it in vain.
        if std::mem::replace(&mut self.other, place) != place && known.is_some() {
            return known;
        }
        self.last = place;
        let moment = known.or_else(|| self.read_anew(text, context));
        self.recent = self.memos[place].recent;
        moment
    }

    fn read_anew(&mut self, text: &[u8], context: &TimeContext) -> Option<Timestamp> {
        let (reading, form) = self.form.read(text, self.last_form)?;
        self.last_form = form;
        let moment = civil::resolve(&reading, context)?;
        let near = civil::needs_near(&reading).then_some(context.near);
        // A clock without date may lie before or after the moment near it by its fraction alone.
        let certain = near.is_none() || form != Some(Form::Clock);
        let fraction = reading.fraction.clone().filter(|_| certain);
        self.memos[self.last].keep(text, fraction, near, moment, reading.nanos);
        Some(moment)
    }
}

impl Memo {
    #[inline(always)]
    fn recall(&self, text: &[u8], near: Timestamp) -> Option<Timestamp> {
        if self.recent.is(text) {
            return Some(Timestamp(self.recent.moment));
        }
        if self.near.is_some_and(|known| known != near) || self.before.is_empty() {
            return None;
        }
        if self.has_fraction {
            return self.recall_second(text);
        }
        equal_texts(text, &self.before).then_some(Timestamp(self.base))
    }

    #[inline(never)]
    fn recall_second(&self, text: &[u8]) -> Option<Timestamp> {
        let rest = text.strip_prefix(self.before.as_slice())?;
        let digits = rest.strip_suffix(self.after.as_slice())?;
        Some(Timestamp(self.base.checked_add(i64::from(fraction_nanos(digits)?))?))
    }

    fn keep(&mut self, text: &[u8], fraction: Option<Range<usize>>, near: Option<Timestamp>, moment: Timestamp, nanos: u32) {
        self.before.clear();
        self.after.clear();
        self.near = near;
        self.has_fraction = fraction.is_some();
        self.base = moment.0;
        match fraction {
            Some(range) => {
                self.before.extend_from_slice(&text[..range.start]);
                self.after.extend_from_slice(&text[range.end..]);
                self.base = moment.0 - i64::from(nanos);
            }
            None => self.before.extend_from_slice(text),
        }
        self.recent = Recent::of(self);
    }
}

/// Whether a moment is one that a log may sensibly tell of: 1990 to 2100.
pub fn is_plausible(moment: Timestamp) -> bool {
    const FROM: i64 = 631_152_000;
    const TO: i64 = 4_102_444_800;
    (FROM * time::SECOND..TO * time::SECOND).contains(&moment.0)
}

#[cfg(test)]
mod tests;
