//! The table of all endpoints, and what belongs to each: one file per noun.

mod alerts;
mod attention;
mod audit;
mod catalogue;
mod completion;
mod demo;
mod export;
mod flows;
mod graph;
mod heatmap;
mod metrics;
mod monitors;
mod nearby;
mod preview;
mod probes;
mod process;
mod records;
mod rollups;
mod runs;
mod schedules;
mod selection;
mod series;
mod session;
mod sources;
mod stream;

pub use records::read_search;
pub use schedules::MOST_TO_COME;
pub(crate) use session::{sign_in, sign_out};

use axum::http::{Method, StatusCode};
use magpie_model::access::Role;

use crate::access::Needs;
use crate::endpoint::{Call, Endpoint, Handler, Reply};
use crate::params::Parameter;
use crate::problem::Problem;
use crate::shared::Shared;

/// Every endpoint, in the order of the document.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        records::endpoints(),
        nearby::endpoints(),
        export::endpoints(),
        completion::endpoints(),
        rollups::endpoints(),
        heatmap::endpoints(),
        graph::endpoints(),
        alerts::endpoints(),
        attention::endpoints(),
        audit::endpoints(),
        series::endpoints(),
        monitors::endpoints(),
        preview::endpoints(),
        flows::endpoints(),
        runs::endpoints(),
        schedules::endpoints(),
        catalogue::endpoints(),
        sources::endpoints(),
        process::endpoints(),
        session::endpoints(),
        stream::endpoints(),
        demo::endpoints(),
        probes::endpoints(),
    ]
    .concat()
}

/// Every path.
pub(crate) fn paths() -> Vec<&'static str> {
    endpoints().into_iter().map(|endpoint| endpoint.path).collect()
}

type Question = fn(&Shared, &Call) -> Result<Reply, Problem>;

/// A reading endpoint that answers with JSON to every viewer.
fn get(path: &'static str, operation: &'static str, tag: &'static str, reply: &'static str, question: Question) -> Endpoint {
    Endpoint {
        method: Method::GET,
        path,
        operation,
        tag,
        needs: Needs::Role(Role::Viewer),
        summary: "",
        description: "",
        parameters: Vec::new(),
        body: None,
        body_required: true,
        success: StatusCode::OK,
        content_type: "application/json",
        reply: Some(reply),
        refusals: &[],
        handler: Handler::Ask(question),
    }
}

/// A writing endpoint and the role it needs: its shapes are those of the body and of the answer.
fn write(
    role: Role,
    method: Method,
    path: &'static str,
    operation: &'static str,
    tag: &'static str,
    (body, reply): (&'static str, &'static str),
    question: Question,
) -> Endpoint {
    get(path, operation, tag, reply, question).writes(role, method, body)
}

impl Endpoint {
    fn told(self, summary: &'static str, description: &'static str) -> Self {
        Self { summary, description, ..self }
    }

    /// Adds parameters; a name that is taken keeps its first meaning.
    fn with(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        for parameter in parameters {
            if !self.parameters.iter().any(|earlier| earlier.name == parameter.name) {
                self.parameters.push(parameter);
            }
        }
        self
    }

    fn refuses(self, refusals: &'static [u16]) -> Self {
        Self { refusals, ..self }
    }

    /// The body may be left out.
    fn may_be_empty(self) -> Self {
        Self { body_required: false, ..self }
    }

    /// Success is 201.
    fn created(self) -> Self {
        Self { success: StatusCode::CREATED, ..self }
    }

    /// Success is 202.
    fn accepted(self) -> Self {
        Self { success: StatusCode::ACCEPTED, ..self }
    }

    fn writes(self, role: Role, method: Method, body: &'static str) -> Self {
        Self { needs: Needs::Role(role), method, body: Some(body), ..self }
    }
}
