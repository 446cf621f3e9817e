//! How bad a log line says it is.

use serde::{Deserialize, Serialize};

/// Severity of a record, after OpenTelemetry's ranges; `Unset` when the line says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Severity {
    /// The line names no severity.
    #[default]
    Unset = 0,
    /// Finest detail.
    Trace = 1,
    /// For developers.
    Debug = 2,
    /// Normal operation; also syslog's `notice`.
    Info = 3,
    /// May need attention.
    Warn = 4,
    /// Something failed.
    Error = 5,
    /// The process or system cannot go on; also syslog's `crit`, `alert` and `emerg`.
    Fatal = 6,
}

impl Severity {
    /// All severities, mildest first.
    pub const ALL: [Self; 7] = [Self::Unset, Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// The name used in files, API and UI; `unset` for none.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The severity with the given number, as stored.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The severity that a word in a log means, in any case; `None` for a word that is no level.
    ///
    /// Understands the level names of syslog, log4j, java.util.logging, klog letters' words, Python, Go, Rust and .NET.
    pub fn from_word(word: &str) -> Option<Self> {
        if word.is_empty() || word.len() > 13 {
            return None;
        }
        if !word.is_ascii() {
            return Self::from_translated(word);
        }
        // slog's levels between the named ones: `INFO+2`, `DEBUG-4`.
        if let Some((level, step)) = word.split_once(['+', '-']) {
            let is_step = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
            return if is_step { Self::from_word(level) } else { None };
        }
        let mut lower = [0u8; 13];
        for (to, from) in lower.iter_mut().zip(word.bytes()) {
            *to = from.to_ascii_lowercase();
        }
        Some(match &lower[..word.len()] {
            b"trace" | b"trc" | b"trac" | b"finest" | b"finer" | b"verbose" | b"silly" => Self::Trace,
            b"debug" | b"dbg" | b"debu" | b"dbug" | b"fine" | b"config" => Self::Debug,
            // npm's `http`, as winston's loggers have it, stands between info and debug; it is said of requests that went as usual.
            b"info" | b"inf" | b"http" | b"stat" | b"audit" | b"success" | b"information" | b"informational" | b"notice" | b"note"
            | b"log" | b"infos" | b"informazioni" => Self::Info,
            b"warn" | b"wrn" | b"warning" | b"warnung" | b"avertissement" | b"advertencia" | b"avvertenza" | b"deprecation" | b"slow" => {
                Self::Warn
            }
            b"error" | b"err" | b"eror" | b"erro" | b"severe" | b"failure" | b"failed" | b"fail" => Self::Error,
            // As `java.util.logging` and others translate them.
            b"fehler" | b"schwerwiegend" | b"erreur" | b"grave" => Self::Error,
            b"fatal" | b"ftl" | b"fata" | b"crit" | b"critical" | b"alert" | b"emerg" | b"emergency" | b"panic" | b"dpanic" | b"pani" => {
                Self::Fatal
            }
            _ => return None,
        })
    }

    /// Level words that are not ASCII: of applications that log in Chinese, and of `java.util.logging`.
    fn from_translated(word: &str) -> Option<Self> {
        Some(match word {
            "跟踪" | "追踪" => Self::Trace,
            "调试" | "详细" | "配置" => Self::Debug,
            "信息" | "通知" | "INFORMACIÓN" | "INFORMAÇÕES" => Self::Info,
            "警告" => Self::Warn,
            "错误" | "严重" => Self::Error,
            "致命" | "紧急" => Self::Fatal,
            _ => return None,
        })
    }

    /// The severity of a syslog priority's last three bits (RFC 5424, 6.2.1).
    pub fn from_syslog(level: u8) -> Self {
        match level & 7 {
            0..=2 => Self::Fatal,
            3 => Self::Error,
            4 => Self::Warn,
            5 | 6 => Self::Info,
            _ => Self::Debug,
        }
    }

    /// The first `severity_number` of its range in OpenTelemetry; 0 for none.
    pub fn to_otel(self) -> u8 {
        if self == Self::Unset { 0 } else { (self as u8 - 1) * 4 + 1 }
    }

    /// The severity of an OpenTelemetry `severity_number` (1 to 24).
    pub fn from_otel(number: i64) -> Self {
        match number {
            1..=4 => Self::Trace,
            5..=8 => Self::Debug,
            9..=12 => Self::Info,
            13..=16 => Self::Warn,
            17..=20 => Self::Error,
            21..=24 => Self::Fatal,
            _ => Self::Unset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Severity;

    #[test]
    fn opentelemetry_says_the_same() {
        for severity in Severity::ALL {
            assert_eq!(Severity::from_otel(severity.to_otel().into()), severity);
        }
    }

    #[test]
    fn words_of_many_loggers() {
        for (word, severity) in [
            ("WARNING", Severity::Warn),
            ("wrn", Severity::Warn),
            ("SEVERE", Severity::Error),
            ("notice", Severity::Info),
            ("DPANIC", Severity::Fatal),
        ] {
            assert_eq!(Severity::from_word(word), Some(severity), "{word}");
        }
        assert_eq!(Severity::from_word("combo"), None);
    }
}
