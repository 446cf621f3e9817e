//! What access lines have behind the size or the agent, piece by piece, and which piece says how long the request took.
//!
//! Nothing in a line tells what a bare number is, but the lines of one file agree on their places: of several decimals the one that is
//! never the smaller is the request's (nginx: the upstream's time is part of it, in whichever order they stand), and a whole number that
//! alone could be a time is one in the unit that its sizes make likely. A number behind an address is the status or the size of what
//! was asked there.

use std::collections::BTreeMap;

use super::access::{ELAPSED_S, ELAPSED_US, upstream};
use super::tokens::{Tokens, duration, is_decimal};

/// One piece behind the size or the agent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extra<'a> {
    /// `key=value`.
    Pair(&'a str, &'a str),
    /// A piece that only its place names, and which piece it is, from 1.
    Piece { text: &'a str, is_quoted: bool, number: usize },
}

/// Takes the pieces of a line's rest, from left to right.
pub(super) struct Extras<'a> {
    tokens: Tokens<'a>,
    number: usize,
}

impl<'a> Extras<'a> {
    pub(super) fn of(rest: &'a str) -> Self {
        Self { tokens: Tokens::new(rest), number: 0 }
    }

    /// `rt=0.043`, `urt="0.040"`; the router of Cloud Foundry has `response_time:0.043`.
    fn pair(&mut self) -> Option<(&'a str, &'a str)> {
        let rest = self.tokens.rest;
        let at = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b'.'))?;
        let key = rest.get(..at)?;
        let is_colon = rest.as_bytes().get(at) == Some(&b':') && key.contains('_');
        if key.is_empty() || rest.as_bytes().get(at) != Some(&b'=') && !is_colon {
            return None;
        }
        let mut after = Tokens::new(rest.get(at + 1..)?);
        let value = if after.rest.starts_with([' ', '\t']) { "" } else { after.piece().unwrap_or("") };
        self.tokens = after;
        Some((key, value.trim_end_matches(',')))
    }

    /// The unit of a number that stands behind it as a word of its own: `51 ms`.
    fn unit(&mut self) -> bool {
        let mut after = self.tokens;
        let is_unit = matches!(after.word(), Some("s" | "ms" | "us" | "µs" | "μs" | "ns"));
        if is_unit {
            self.tokens = after;
        }
        is_unit
    }
}

impl<'a> Iterator for Extras<'a> {
    type Item = Extra<'a>;

    fn next(&mut self) -> Option<Extra<'a>> {
        self.tokens.blanks();
        if let Some((key, value)) = self.pair() {
            return Some(Extra::Pair(key, value));
        }
        let (before, is_quoted) = (self.tokens.rest, self.tokens.rest.starts_with('"'));
        let mut text = self.tokens.piece()?;
        // nginx lists the upstreams that it tried one after the other: `10.0.9.4:8080, 10.0.9.5:8080`.
        let goes_on = |extras: &mut Self, text: &str| {
            !is_quoted && (text.ends_with(',') && extras.tokens.word().is_some() || is_decimal(text) && extras.unit())
        };
        while goes_on(self, text) {
            text = before.get(..before.len() - self.tokens.rest.len()).unwrap_or(text);
        }
        self.number += 1;
        Some(Extra::Piece { text, is_quoted, number: self.number })
    }
}

/// Which number is the elapsed time, where no unit says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elapsed {
    /// The first decimal.
    Decimal,
    /// The piece of that number, for the slot of its unit.
    At(usize, usize),
}

/// The numbers that stand at one place.
#[derive(Default)]
struct Place {
    values: Vec<f64>,
    has_points: bool,
    follows_address: bool,
}

impl Elapsed {
    /// By what sample lines have behind the size or the agent.
    pub(super) fn learn<'a>(rests: impl Iterator<Item = &'a str>) -> Self {
        let (mut places, mut lines, mut is_java) = (BTreeMap::<usize, Place>::new(), 0, false);
        for rest in rests.filter(|rest| !rest.contains('|')) {
            lines += 1;
            let mut before = "";
            for extra in Extras::of(rest) {
                let Extra::Piece { text, number, .. } = extra else { continue };
                if duration(text).is_some() {
                    return Self::Decimal;
                }
                is_java |= ["exec-", "http-", "qtp", "XNIO-"].iter().any(|thread| text.contains(thread));
                if is_decimal(text) {
                    let place = places.entry(number).or_default();
                    place.values.extend(text.parse::<f64>());
                    place.has_points |= text.contains('.');
                    place.follows_address |= upstream(before).is_some();
                }
                before = text;
            }
        }
        places.retain(|_, place| place.values.len() * 2 > lines);
        let sum = |place: &Place| place.values.iter().sum::<f64>();
        let decimals = places.iter().rev().filter(|(_, place)| place.has_points);
        if let Some((number, _)) = decimals.max_by(|(_, left), (_, right)| sum(left).total_cmp(&sum(right))) {
            return Self::At(*number, ELAPSED_S);
        }
        let mut whole = places.iter().filter(|(_, place)| !place.follows_address);
        match (whole.next(), whole.next()) {
            (Some((number, place)), None) => Self::At(*number, unit_of(&place.values, is_java)),
            _ => Self::Decimal,
        }
    }

    /// The slot of a number at that place.
    pub(super) fn slot(self, text: &str, number: usize) -> Option<usize> {
        match self {
            Self::Decimal => text.contains('.').then_some(ELAPSED_S),
            Self::At(place, slot) => (place == number).then_some(slot),
        }
    }
}

/// The unit of whole numbers, as a slot: few requests take longer than seconds, servers in Java write milliseconds, and none is answered in
/// less than 50 µs.
fn unit_of(values: &[f64], is_java: bool) -> usize {
    let below = |limit: f64| values.iter().filter(|value| **value < limit).count();
    match () {
        () if below(61.0) == values.len() && below(3.0) * 2 > values.len() => ELAPSED_S,
        () if is_java || below(50.0) > 0 || below(61.0) == values.len() => ELAPSED_S + 1,
        () => ELAPSED_US,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elapsed_time_is_told_by_all_lines() {
        for (rests, expected) in [
            // Request and upstream, in both orders, and one of several upstreams.
            (vec![r#""-" 0.121 0.111"#, r#""-" 0.003 0.003"#], Elapsed::At(2, ELAPSED_S)),
            (vec!["10.9.9.1:8080 502 0.001 0.201", "10.9.9.1:8080 200 0.004 0.004"], Elapsed::At(4, ELAPSED_S)),
            (vec!["10.9.9.1:8080 502", "10.9.9.2:8080 200"], Elapsed::Decimal),
            (vec!["0", "1", "0", "12"], Elapsed::At(1, ELAPSED_S)),
            (vec!["51 http-nio-8080-exec-1", "58 http-nio-8080-exec-2"], Elapsed::At(1, ELAPSED_S + 1)),
            (vec!["51 http-nio-8080-exec-1", "1800 http-nio-8080-exec-2"], Elapsed::At(1, ELAPSED_S + 1)),
            (vec!["7", "1800"], Elapsed::At(1, ELAPSED_S + 1)),
            (vec!["51", "58"], Elapsed::At(1, ELAPSED_S + 1)),
            (vec!["812", "20417"], Elapsed::At(1, ELAPSED_US)),
            (vec!["812 20417", "1 2"], Elapsed::Decimal),
            (vec!["51 ms", "7 ms"], Elapsed::Decimal),
            (vec![], Elapsed::Decimal),
        ] {
            assert_eq!(Elapsed::learn(rests.iter().copied()), expected, "{rests:?}");
        }
    }
}
