//! Words, letters and lists of words that say how bad an event is.

use magpie_model::Severity;

/// Whether a text is a level word in capitals.
pub(super) fn is_capital_level(text: &str) -> bool {
    text.len() >= 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) && level_of(text).is_some_and(|(_, is_word)| is_word)
}

/// The first of several topics, and the level among them: MikroTik's `system,info,account`.
pub(super) fn topics(word: &str) -> Option<(&str, &str)> {
    let (first, rest) = word.split_once(',')?;
    let is_topic = |topic: &str| !topic.is_empty() && topic.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let level = rest.split(',').find(|topic| level_of(topic).is_some_and(|(_, is_word)| is_word))?;
    word.split(',').all(is_topic).then_some((first, level))
}

/// What PostgreSQL writes in place of a level where a line goes on about the one before it.
pub(super) fn is_detail(word: &str) -> bool {
    matches!(word, "STATEMENT" | "DETAIL" | "HINT" | "CONTEXT" | "QUERY" | "LOCATION")
}

/// The level a text names, and whether by a word (else by a single letter).
///
/// A word counts if it is written as loggers write it: all small, all capital, or with a capital first.
pub(super) fn level_of(text: &str) -> Option<(Severity, bool)> {
    if text.len() == 1 {
        return Some((letter_level(text)?, false));
    }
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphabetic())
        || !text.is_ascii() && text.len() <= 14 && text.chars().all(char::is_alphabetic);
    if !is_plain
        || matches!(
            text,
            "log"
                | "config"
                | "Config"
                | "failed"
                | "failure"
                | "Failed"
                | "Failure"
                | "alert"
                | "fine"
                | "Log"
                | "success"
                | "Success"
                | "http"
                | "Http"
                | "HTTP"
                | "deprecation"
                | "Deprecation"
                | "audit"
                | "Audit"
                | "AUDIT"
                | "slow"
                | "Slow"
                | "SLOW"
                | "stat"
                | "Stat"
                | "STAT"
        )
    {
        return None;
    }
    Severity::from_word(text).map(|severity| (severity, true))
}

/// Ceph's number of detail that a message begins with, as a level, and what follows: -1 is an error, 0 to 5 is what it says anyway. A line of the
/// cluster's log says its level itself: `0 log_channel(cluster) log [WRN] : Health check failed`.
pub(super) fn ceph(message: &str) -> Option<(Severity, &str)> {
    let (detail, rest) = message.trim_start().split_once(' ')?;
    let level = match detail.parse() {
        Ok(-1) => Severity::Error,
        Ok(0..=5) => Severity::Info,
        Ok(6..=30) => Severity::Debug,
        _ => return None,
    };
    let said = [
        ("log [WRN] :", Severity::Warn),
        ("log [ERR] :", Severity::Error),
        ("log [SEC] :", Severity::Warn),
        ("log [DBG] :", Severity::Debug),
    ];
    let said = said.iter().find(|(mark, _)| rest.contains(mark)).map(|(_, level)| *level);
    Some((said.unwrap_or(level), rest))
}

/// Levels by letter: Android's, glog's and PHP-FPM's kin.
pub(super) fn letter_level(text: &str) -> Option<Severity> {
    Some(match text {
        "V" | "T" => Severity::Trace,
        "D" => Severity::Debug,
        "I" => Severity::Info,
        "W" => Severity::Warn,
        "E" => Severity::Error,
        "F" | "C" => Severity::Fatal,
        // Notice.
        "N" => Severity::Info,
        _ => return None,
    })
}
