//! What the drawn graph contains, and that no name breaks it.

use proptest::prelude::*;
use quick_xml::events::Event;

use super::*;
use crate::report::sample;

fn drawn(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &sample::view(80), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Names of the elements, if the text is well-formed XML with all attributes quoted and all ends in place.
pub(crate) fn elements(text: &str) -> Result<Vec<String>, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut names, mut depth) = (Vec::new(), 0i64);
    loop {
        match reader.read_event().map_err(|error| format!("{error}"))? {
            Event::Eof if depth == 0 => return Ok(names),
            Event::Eof => return Err(format!("{depth} elements are open at the end")),
            Event::Start(start) | Event::Empty(start) if start.attributes().any(|attribute| attribute.is_err()) => {
                return Err(format!("attributes of {start:?}"));
            }
            Event::Start(start) => {
                depth += 1;
                names.push(String::from_utf8_lossy(start.name().as_ref()).into_owned());
            }
            Event::Empty(start) => names.push(String::from_utf8_lossy(start.name().as_ref()).into_owned()),
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
}

#[test]
fn look() {
    if let Ok(to) = std::env::var("LOOK_AT") {
        for (name, report) in [("shop", sample::shop()), ("hosts", sample::hosts()), ("log", sample::pure_log())] {
            std::fs::write(format!("{to}/{name}.svg"), drawn(&report)).unwrap();
        }
    }
}
