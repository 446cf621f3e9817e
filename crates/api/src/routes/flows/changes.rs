//! What changes a flow: saved, published, switched on and off, deleted. Each change bears a signature and is audited.

use axum::http::Method;

use super::{FLOW, FLOWS, not_here, path_flow};
use crate::endpoint::Endpoint;
use crate::routes::write;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        write(Method::POST, FLOWS, "createFlow", "flows", ("NewFlow", "FlowDetail"), not_here)
            .told("Make a flow", "Its id comes from the document. A draft, unless `publish` is true; 409 when it exists.")
            .created()
            .refuses(&[408, 409, 413, 415, 422]),
        write(Method::PUT, FLOW, "putFlow", "flows", ("PutFlow", "FlowDetail"), not_here)
            .told("Save a flow", "A new version, a draft unless `publish` is true. With `expected`, 409 when another change came first.")
            .with([path_flow()])
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Method::DELETE, FLOW, "deleteFlow", "flows", ("SignedByAnybody", "DeletedFlow"), not_here)
            .told(
                "Delete a flow",
                "Its runs and versions stay. One of the watched folder is refused with 409: its file says what to delete.",
            )
            .with([path_flow()])
            .may_be_empty()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Method::POST, "/api/v1/flows/{flow}/publish", "publishFlow", "flows", ("Publish", "FlowDetail"), not_here)
            .told("Publish a flow", "Triggers use it from now on; 422 with each mistake when it is not valid, and the old one stays live.")
            .with([path_flow()])
            .may_be_empty()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Method::PUT, "/api/v1/flows/{flow}/enabled", "enableFlow", "flows", ("Enable", "FlowDetail"), not_here)
            .told("Switch a flow on or off", "Off, no trigger starts it; runs that have begun go on.")
            .with([path_flow()])
            .refuses(&[404, 408, 409, 413, 415, 422]),
    ]
}
