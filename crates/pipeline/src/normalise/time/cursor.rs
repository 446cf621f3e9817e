//! A position in bytes that takes digits and known words: what all timestamp forms are written with.
//!
//! Timestamps are short and read once per line, so they are read by hand; a regex costs ten times as much. Which
//! sequences make a timestamp is told in `forms` and `strftime`.

/// A place in the text of a timestamp.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes this word, if it follows.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// Takes one of `bytes`.
    pub(super) fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| bytes.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    /// Skips blanks; says how many.
    pub(super) fn blanks(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        self.at - start
    }

    /// How many digits follow.
    pub(super) fn digits_ahead(&self) -> usize {
        self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Takes between `min` and `max` digits (at most 19) as a number; a longer run of digits is cut at `max`.
    pub(super) fn number(&mut self, min: usize, max: usize) -> Option<u64> {
        let mut value: u64 = 0;
        let mut taken = 0;
        while taken < max {
            match self.peek() {
                Some(digit @ b'0'..=b'9') => value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?,
                _ => break,
            }
            self.at += 1;
            taken += 1;
        }
        (taken >= min).then_some(value)
    }

    /// Exactly two digits behind this byte.
    pub(super) fn two_after(&mut self, byte: u8) -> Option<u8> {
        if self.eat(byte) { self.two() } else { None }
    }

    /// Exactly two digits.
    #[inline]
    pub(super) fn two(&mut self) -> Option<u8> {
        let [high @ b'0'..=b'9', low @ b'0'..=b'9', ..] = *self.rest() else { return None };
        self.at += 2;
        Some((high - b'0') * 10 + (low - b'0'))
    }

    /// One or two digits.
    pub(super) fn one_or_two(&mut self) -> Option<u8> {
        self.number(1, 2).and_then(|value| u8::try_from(value).ok())
    }

    /// Digits after a point as nanoseconds; digits beyond the ninth are read over.
    pub(super) fn fraction(&mut self) -> Option<u32> {
        let run = self.digits_ahead();
        let nanos = fraction_nanos(self.rest().get(..run)?)?;
        self.at += run;
        Some(nanos)
    }

    /// Takes a run of letters.
    pub(super) fn word(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        self.at += length;
        &rest[..length]
    }

    /// A month by its name, whole or shortened, any case: 1 to 12. In English, or as German, French, Spanish, Italian and
    /// Portuguese locales write it.
    pub(super) fn month(&mut self) -> Option<u8> {
        let start = self.at;
        if let Some(number) = name_index(self.word(), &MONTHS) {
            return u8::try_from(number + 1).ok();
        }
        self.at = start;
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii()).count();
        let word = self.rest().get(..length)?;
        self.at += length;
        month_elsewhere(word)
    }

    /// A weekday by its English name, whole or three letters, any case.
    pub(super) fn weekday(&mut self) -> Option<usize> {
        name_index(self.word(), &WEEKDAYS)
    }
}

/// The digits of a decimal fraction of a second as nanoseconds; `None` when empty or no digits.
pub(super) fn fraction_nanos(digits: &[u8]) -> Option<u32> {
    const SCALE: [u32; 10] = [0, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let used = &digits[..digits.len().min(9)];
    let mut value: u32 = 0;
    for digit in used {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u32::from(digit - b'0');
    }
    (!used.is_empty()).then(|| value * SCALE[used.len()])
}

const MONTHS: [&[u8]; 12] =
    [b"january", b"february", b"march", b"april", b"may", b"june", b"july", b"august", b"september", b"october", b"november", b"december"];
const WEEKDAYS: [&[u8]; 7] = [b"sunday", b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday"];

/// The months that are not written as in English.
fn month_elsewhere(word: &[u8]) -> Option<u8> {
    let mut lower = [0u8; 10];
    let lower = lower.get_mut(..word.len())?;
    lower.iter_mut().zip(word).for_each(|(to, from)| *to = from.to_ascii_lowercase());
    Some(match std::str::from_utf8(lower).ok()? {
        "januar" | "jänner" | "janvier" | "janv" | "enero" | "ene" | "gennaio" | "gen" | "janeiro" => 1,
        "februar" | "février" | "févr" | "fév" | "febrero" | "febbraio" | "fevereiro" | "fev" => 2,
        "märz" | "mär" | "mrz" | "mars" | "marzo" | "março" => 3,
        "avril" | "avr" | "abril" | "abr" | "aprile" => 4,
        "mai" | "mayo" | "maggio" | "mag" | "maio" => 5,
        "juni" | "juin" | "junio" | "giugno" | "giu" | "junho" => 6,
        "juli" | "juillet" | "juil" | "julio" | "luglio" | "lug" | "julho" => 7,
        "août" | "agosto" | "ago" => 8,
        "septembre" | "septiembre" | "settembre" | "setembro" | "set" => 9,
        "oktober" | "okt" | "octobre" | "octubre" | "ottobre" | "ott" | "outubro" | "out" => 10,
        "novembre" | "noviembre" | "novembro" => 11,
        "dezember" | "dez" | "décembre" | "déc" | "diciembre" | "dic" | "dicembre" | "dezembro" => 12,
        _ => return None,
    })
}

fn name_index(word: &[u8], names: &[&[u8]]) -> Option<usize> {
    if word.len() < 3 {
        return None;
    }
    let short = matches!(word.len(), 3) || (word.len() == 4 && word.eq_ignore_ascii_case(b"sept"));
    names.iter().position(|name| {
        if short { name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)) } else { name.eq_ignore_ascii_case(word) }
    })
}
