//! One test suite per trait, run for every implementation.

pub(crate) mod runs;
pub(crate) mod state;
pub(crate) mod telemetry;
