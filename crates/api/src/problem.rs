//! Why a request was refused, as RFC 9457 problem details with the likely fix.
//!
//! A person with `curl` and the web UI both read these, so each says which parameter is meant and what to write instead.
//! Internal errors give their chain of causes: whoever can reach this port is the owner of the machine.

use std::error::Error;
use std::fmt::Display;
use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use magpie_model::{Code, Told};
use serde::{Serialize, Serializer};

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// Always `about:blank`: the title says as much as the status.
    #[serde(rename = "type")]
    pub(crate) kind: AboutBlank,
    /// The status in words.
    pub(crate) title: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What is wrong with this request.
    pub(crate) detail: String,
    /// What to do.
    pub(crate) fix: String,
    /// The parameter or member that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameter: Option<String>,
    /// Number of the character in the parameter where the mistake is, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<NonZeroU32>,
    /// Detail and fix without words, for another language. Without it they are for who writes a program.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) told: Option<Box<Told>>,
    /// Each mistake with its line, when a configuration or a parser was refused.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) mistakes: Box<[Mistake]>,
}

/// The one type of all problems, see RFC 9457, 4.2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AboutBlank;

impl Serialize for AboutBlank {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("about:blank")
    }
}

/// One mistake: on a line of a configuration file, at a path of a document, or in a member of a parser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Mistake {
    /// Line in the file, from 1; 0 for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    /// Place in the document, such as `thresholds[1].field`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    /// Number of the character in what stands there, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<usize>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to write instead, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<String>,
    /// Both without words, for another language.
    #[serde(flatten)]
    pub(crate) told: Option<Told>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            kind: AboutBlank,
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            fix: fix.into(),
            parameter: None,
            column: None,
            told: None,
            mistakes: Box::default(),
        }
    }

    /// 400 for a parameter.
    pub(crate) fn parameter(name: &str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { parameter: Some(name.to_owned()), ..Self::new(StatusCode::BAD_REQUEST, detail, fix) }
    }

    /// 404 for a thing that does not exist.
    pub(crate) fn not_found(detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail, fix)
    }

    /// 500 with all causes.
    pub(crate) fn internal(error: &dyn Error) -> Self {
        let mut detail = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            detail.push_str(": ");
            detail.push_str(&error.to_string());
            cause = error.source();
        }
        let told = Code::Internal.with(&[("cause", &detail)]);
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail, "see /api/v1/health and the log of Magpie").told(told)
    }

    /// With its code, for readers of other languages.
    pub(crate) fn coded(self, code: Code, values: &[(&'static str, &dyn Display)]) -> Self {
        self.told(code.with(values))
    }

    /// The same where it is known by somebody else.
    pub(crate) fn told(self, told: Told) -> Self {
        Self { told: Some(Box::new(told)), ..self }
    }

    fn code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<magpie_store::Error> for Problem {
    fn from(error: magpie_store::Error) -> Self {
        match error {
            magpie_store::Error::Query(detail) => {
                let told = Code::QuestionUnfit.with(&[("cause", &detail)]);
                Self::new(StatusCode::BAD_REQUEST, detail, "ask for columns and steps that the monitor has").told(told)
            }
            magpie_store::Error::Closed => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "the store is closed", "wait until Magpie has started again")
                    .coded(Code::StoreClosed, &[])
            }
            error => Self::internal(&error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.code();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.code() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Magpie\""));
        }
        if self.code() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
