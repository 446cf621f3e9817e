//! HTTP for people and programs: `/api/v1`, the live stream, `/metrics`, and the probes (design 13 to 15).
//!
//! Every endpoint is an entry of one table that builds the router, checks the parameters and writes the OpenAPI document,
//! so that none of the three can say something else. This crate knows the store's traits and asks everything else of a
//! [`Backend`] and, about flows and runs, of a [`RunsBackend`]; it never parses a line, judges a threshold or writes a record.

mod access;
mod backend;
mod comparison;
mod endpoint;
mod error;
mod filters;
mod guard;
mod intake;
mod job_lines;
mod live;
mod matching;
mod meters;
mod moment;
mod monitor_change;
mod openapi;
mod pages;
mod params;
mod phrase;
mod problem;
mod received;
mod routes;
mod rows;
mod run_filters;
mod run_refusals;
mod runs_backend;
mod schemas;
mod server;
mod service_graph;
mod sessions;
mod shared;
mod shown_alert;
mod signed;
mod streamed;
mod watched_job;
mod watcher;

pub use backend::{
    Backend, DelayReport, DiskReport, ErrorReport, FaultReport, Health, MemoryReport, OperatorReport, ParseRefusal, ParseReply,
    ParseRequest, ParsedEvent, QueueReport, Reloaded, RetentionReport, SourceReport, UnparsedReason, ValueSpan, Verdict,
};
pub use error::{Error, Result};
pub use intake::{ParserChoice, ParserOrigin, ParserRefusal, ParserReport, UPLOADS, Upload, UploadRefusal, Uploaded};
pub use live::{Event, Live};
pub use monitor_change::{
    BackfillReport, BackfillState, EpisodePreview, MONITOR, MonitorChange, MonitorRefusal, Preview, PreviewRequest, ThresholdPreview,
};
pub use openapi::document;
pub use pages::{BUILT, Page};
pub use received::{ReceivedReport, RefusedReason};
pub use routes::{MOST_TO_COME, read_search};
pub use runs_backend::{
    Diagram, DiagramEdge, DiagramNode, DueTimes, EventTaken, FlowRefusal, FlowSave, NextDue, ProblemSeverity, RetryEffect, RetryFrom,
    RetryPreview, RetryRequest, RetryStep, RetryVersion, RunRefusal, RunsBackend, SourceProblem, TriggerRequest, Validation, ZoneChange,
};
pub use server::serve;
pub use service_graph::ServiceGraph;
pub use shared::{Api, Limits, Runs};
pub use watched_job::{JobAttempt, JobBegin, JobLine, JobLines, JobSchedule, JobStream, LINE};
