//! Which format an input has: by its configured name, or by its first lines.

use std::sync::Arc;

use super::values::{LineParser, Reason, Values};

pub use super::values::Detected;

/// The format that reads most of `sample`, the first lines of one input.
pub fn detect(_sample: &[&str]) -> Detected {
    Detected { name: "plain".to_owned(), confidence: 0.0, parser: Arc::new(Plain) }
}

/// The format of that name for an input that begins with `sample` (a header line may name its columns); `None` for a
/// name that is no format.
pub fn named(name: &str, _sample: &[&str]) -> Option<Detected> {
    (name == "plain").then(|| Detected { name: name.to_owned(), confidence: 1.0, parser: Arc::new(Plain) })
}

/// All names that [`named`] knows.
pub fn names() -> Vec<&'static str> {
    vec!["plain"]
}

#[derive(Debug)]
struct Plain;

impl LineParser for Plain {
    fn names(&self) -> &[String] {
        &[]
    }

    fn parse<'a>(&self, _line: &'a str, _values: &mut Values<'a>) -> Result<(), Reason> {
        Err(Reason::UNKNOWN_FORMAT)
    }
}
