//! Flows: definitions, their interpreter, the state machine of runs, retry policy and schedule calculation.
//!
//! A flow is a CNCF Serverless Workflow DSL 1.0 document. [`definition`] reads and checks it, [`run`] interprets it step by
//! step, with all that it touches behind traits, [`schedule`] and [`retry`] calculate when it runs. Nothing here stores
//! anything: whoever embeds this crate keeps versions, runs and journals, and decides what a flow may reach.

pub mod connector;
pub mod definition;
pub mod expression;
pub mod retry;
pub mod run;
pub mod schedule;
