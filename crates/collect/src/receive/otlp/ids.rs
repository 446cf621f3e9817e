//! Spans that have no name: without a valid trace id and span id they can be joined to nothing, and are told to the sender
//! as rejected.

use super::super::protobuf::{Fields, Malformed};
use super::Rejected;

pub(super) const REASON: &str = "spans without a valid trace id and span id";

/// Counts those of a `ResourceSpans`.
pub(super) fn count_nameless_in_protobuf(block: &[u8], rejected: &mut Rejected) -> Result<(), Malformed> {
    let mut count = 0;
    for scope in messages(block, 2) {
        for span in messages(scope?, 2) {
            let (mut trace, mut own) = (false, false);
            let mut fields = Fields::of(span?);
            while let Some((number, value)) = fields.next()? {
                match number {
                    1 => trace = is_id(value.bytes(number)?, 16),
                    2 => own = is_id(value.bytes(number)?, 8),
                    _ => {}
                }
            }
            count += u64::from(!(trace && own));
        }
    }
    rejected.add(count, REASON);
    Ok(())
}

/// The messages in a repeated field.
pub(super) fn messages(message: &[u8], field: u32) -> impl Iterator<Item = Result<&[u8], Malformed>> {
    let mut fields = Fields::of(message);
    std::iter::from_fn(move || {
        loop {
            match fields.next() {
                Ok(Some((number, value))) if number == field => return Some(value.bytes(number)),
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(malformed) => {
                    fields = Fields::of(&[]);
                    return Some(Err(malformed));
                }
            }
        }
    })
}

fn is_id(bytes: &[u8], length: usize) -> bool {
    bytes.len() == length && bytes.iter().any(|&byte| byte != 0)
}
