//! How many lines of each watched job are known, so that lines that are sent again are not taken twice.
//!
//! Requests about one job follow each other under its lock. Only some jobs are remembered: of others the stored records tell.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use magpie_model::run::JobId;

use crate::problem::Problem;

/// Jobs that are remembered.
const MOST_JOBS: usize = 1_000;

/// Lines known of each job; `None` before the stored records were asked.
#[derive(Default)]
pub(crate) struct KnownLines(Mutex<HashMap<JobId, Arc<Mutex<Option<u64>>>>>);

impl KnownLines {
    /// How many are known; `stored` is asked the first time.
    pub(crate) fn known(&self, job_id: JobId, stored: impl FnOnce() -> Result<u64, Problem>) -> Result<u64, Problem> {
        self.take(job_id, stored, Ok)
    }

    /// Takes lines while no other request of the job is served: `take` is told how many are known, and tells how many are then.
    pub(crate) fn take(
        &self,
        job_id: JobId,
        stored: impl FnOnce() -> Result<u64, Problem>,
        take: impl FnOnce(u64) -> Result<u64, Problem>,
    ) -> Result<u64, Problem> {
        let of_job = self.of(job_id);
        let mut known = of_job.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match *known {
            Some(known) => known,
            None => stored()?,
        };
        let after = take(before)?;
        *known = Some(after);
        Ok(after)
    }

    fn of(&self, job_id: JobId) -> Arc<Mutex<Option<u64>>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_JOBS && !all.contains_key(&job_id) {
            // One that a request is about just now is held by it too.
            all.retain(|_, of_job| Arc::strong_count(of_job) > 1);
        }
        Arc::clone(all.entry(job_id).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::Timestamp;

    #[test]
    fn stored_lines_are_asked_for_once_and_a_refusal_changes_nothing() {
        let (lines, job) = (KnownLines::default(), JobId::new(Timestamp(0), 1));
        assert_eq!(lines.known(job, || Ok(7)), Ok(7));
        let no = Problem::not_found("no", "none");
        assert_eq!(lines.take(job, || Ok(0), |_| Err(no.clone())), Err(no));
        assert_eq!(lines.take(job, || Ok(0), |known| Ok(known + 3)), Ok(10));
        assert_eq!(lines.known(job, || Ok(0)), Ok(10));
    }

    #[test]
    fn only_some_jobs_are_remembered() {
        let lines = KnownLines::default();
        for nth in 0..3 * MOST_JOBS as u128 {
            lines.known(JobId::new(Timestamp(0), nth), || Ok(1)).unwrap();
        }
        assert!(lines.0.lock().unwrap().len() <= MOST_JOBS);
    }
}
