//! Runs: the interpreter, what it tells the journal, its world as traits, and the state machine of a run.
//!
//! [`Runner`] makes one attempt; [`state`] decides, purely, what an attempt's end means for the run. The world's real parts
//! ([`HttpClient`], [`HostProcesses`], [`SystemClock`], [`LocalEvents`]) are here too; journal, secrets and flows come from
//! whoever embeds them.

mod data;
mod fault;
mod guard;
mod http_client;
mod id;
mod interpreter;
mod journal;
mod local;
mod processes;
mod redact;
pub mod state;
mod tasks;
mod world;

use std::pin::Pin;

pub use fault::{Fault, Standard};
pub use guard::{Guard, guard_processes};
pub use http_client::{HttpClient, HttpOptions};
#[cfg(any(feature = "postgresql", feature = "mysql"))]
pub(crate) use http_client::{is_link_local, refusal as link_local_refusal};
pub use id::{JobId, NotAJobId, StepIds};
pub use interpreter::{Ending, Order, Runner};
pub use journal::{Begun, End, Finished, Journal, JournalError, Replay, RetryFrom, StepKey, carry_over, would_repeat};
pub use local::{LocalEvents, NoFlows, NoSecrets, Quiet, SystemClock};
pub use processes::HostProcesses;
pub use redact::{HIDDEN, Redactor};
pub use world::{
    CallError, CallMade, Clock, EventBus, FlowSource, HttpCaller, HttpRequest, HttpResponse, Lifecycle, Limits, LogLine, Observer,
    Permissions, ProcessError, ProcessResult, ProcessRunner, ProcessSpec, RunLog, Secrets, Subscription, World,
};

/// A future behind a pointer, for traits that are used as objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
