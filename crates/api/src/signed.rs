//! Who changes something: the members `by` and `comment` of writes, checked once for all of them.
//!
//! Where `access:` is configured, it is the user whose token was sent, whatever the body says. Without, a name is whatever people
//! call themselves; what counts is that every change bears one. Where the member is left out, the change is noted as by `(unknown)`.

use axum::http::StatusCode;
use magpie_model::attention::ITSELF;
use magpie_model::{Code, Signature, UNKNOWN};
use serde::Deserialize;

use crate::endpoint::Call;
use crate::problem::Problem;
use crate::shared::Shared;

/// Longest name in characters.
const LONGEST_NAME: usize = 100;
/// Longest comment in characters.
const LONGEST_COMMENT: usize = 4_000;

/// A body that says no more than who and why.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Signed {
    by: Option<String>,
    comment: Option<String>,
}

impl Signed {
    /// The body of a request that may have none.
    pub(crate) fn read(call: &Call) -> Result<Self, Problem> {
        if call.body.is_empty() { Ok(Self::default()) } else { call.json() }
    }

    /// The signature, also of nobody.
    pub(crate) fn signature(self, shared: &Shared, call: &Call) -> Result<Signature, Problem> {
        let by = self.by.unwrap_or_else(|| UNKNOWN.to_owned());
        signature(shared, call, &by, self.comment.as_deref().unwrap_or(""))
    }

    /// The signature of somebody.
    pub(crate) fn named(self, shared: &Shared, call: &Call) -> Result<Signature, Problem> {
        signature(shared, call, self.by.as_deref().unwrap_or(""), self.comment.as_deref().unwrap_or(""))
    }
}

/// A signature of now.
pub(crate) fn signature(shared: &Shared, call: &Call, by: &str, comment: &str) -> Result<Signature, Problem> {
    let by = call.caller.signs(by.trim());
    if by.is_empty() {
        let missing = refused("by", "`by` is missing: every change is noted with who made it", "write a name into `by`");
        return Err(missing.coded(Code::NameMissing, &[]));
    }
    if by == ITSELF {
        let reserved = refused("by", &format!("`{ITSELF}` signs what Magpie does by itself"), "write your own name into `by`");
        return Err(reserved.coded(Code::NameReserved, &[("name", &ITSELF)]));
    }
    for (member, text, longest) in [("by", by, LONGEST_NAME), ("comment", comment, LONGEST_COMMENT)] {
        if text.chars().count() > longest {
            let long = refused(member, &format!("`{member}` is longer than {longest} characters"), "write less");
            return Err(long.coded(Code::MemberTooLong, &[("limit", &longest), ("member", &member)]));
        }
    }
    Ok(Signature { by: by.to_owned(), at: shared.api.backend.now(), comment: comment.trim().to_owned() })
}

/// 422 for a member of the body.
pub(crate) fn refused(member: &str, detail: &str, fix: &str) -> Problem {
    Problem { parameter: Some(member.to_owned()), ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail, fix) }
}
