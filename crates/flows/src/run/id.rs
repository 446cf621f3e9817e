//! Ids of what a run's steps make: spans of calls, and events. All follow from the job id, so that a repeated step makes the same.

pub use magpie_model::run::{JobId, NotAJobId};
use sha2::{Digest, Sha256};

/// Ids that follow from a job id.
pub trait StepIds {
    /// The header `traceparent` (W3C Trace Context) of a call that a step makes: the id is the trace, the step is the span.
    fn traceparent(self, pointer: &str, iteration: &str, attempt: u32) -> String;

    /// Span id of a step: 16 hexadecimal digits, the same for the same step, iteration and attempt.
    fn span(self, pointer: &str, iteration: &str, attempt: u32) -> String;

    /// Id of something that a step makes: the same when the step is repeated.
    fn derived(self, pointer: &str, iteration: &str) -> String;
}

impl StepIds for JobId {
    fn traceparent(self, pointer: &str, iteration: &str, attempt: u32) -> String {
        format!("00-{}-{}-01", self.trace_id(), self.span(pointer, iteration, attempt))
    }

    fn span(self, pointer: &str, iteration: &str, attempt: u32) -> String {
        digest(self, &[pointer, iteration, &attempt.to_string()]).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    fn derived(self, pointer: &str, iteration: &str) -> String {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest(self, &[pointer, iteration])[..16]);
        // Version 8 of RFC 9562: made by an own rule.
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        JobId::from_bytes(bytes).to_string()
    }
}

fn digest(job: JobId, parts: &[&str]) -> [u8; 32] {
    let mut digest = Sha256::new_with_prefix(job.to_bytes());
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::Timestamp;

    #[test]
    fn what_a_step_makes_has_the_same_id_when_it_is_repeated() {
        let id = JobId::new(Timestamp(0), 1);
        assert_eq!(id.derived("/do/0/a", ""), id.derived("/do/0/a", ""));
        assert_ne!(id.derived("/do/0/a", ""), id.derived("/do/0/a", "1"));
        let parent = id.traceparent("/do/0/a", "", 1);
        assert_eq!((parent.len(), &parent[..3], &parent[52..]), (55, "00-", "-01"));
        assert_ne!(parent, id.traceparent("/do/0/a", "", 2));
    }
}
