//! The faults of `magpie demo`; outside a demo there are none.

use axum::http::Method;
use magpie_model::access::Role;
use serde::Deserialize;
use serde_json::json;

use super::get;
use crate::FaultReport;
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place};
use crate::problem::Problem;
use crate::shared::Shared;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let name = || Parameter::text("name", Place::Path, "Name of the fault.");
    vec![
        get("/api/v1/demo/faults", "listFaults", "demo", "Faults", list)
            .told("The faults of the demo", "None when this is not a demo: a page that asks need not know whether it is."),
        get("/api/v1/demo/faults/{name}", "getFault", "demo", "Fault", one)
            .told("One fault of the demo", "404 when this is not a demo.")
            .with([name()])
            .refuses(&[404]),
        get("/api/v1/demo/faults/{name}", "setFault", "demo", "Fault", set)
            .writes(Role::Operator, Method::PUT, "FaultSwitch")
            .told("Switch a fault of the demo on or off", "It begins or ends with the next call. 404 when this is not a demo.")
            .with([name()])
            .refuses(&[404, 408, 413, 415, 422]),
    ]
}

fn faults(shared: &Shared) -> Result<Vec<FaultReport>, Problem> {
    shared.api.backend.faults().ok_or_else(|| Problem::not_found("this is not a demo", "start `magpie demo` to try faults"))
}

fn list(shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    Reply::json(&json!({"faults": shared.api.backend.faults().unwrap_or_default()}))
}

fn one(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (faults, name) = (faults(shared)?, call.query.path("name"));
    match faults.iter().find(|fault| fault.name == name) {
        Some(fault) => Reply::json(fault),
        None => Err(no_such_fault(&faults, name)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    on: bool,
}

fn set(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (faults, name) = (faults(shared)?, call.query.path("name"));
    let switch: Switch = call.json()?;
    match shared.api.backend.set_fault(name, switch.on) {
        Some(fault) => Reply::json(&fault),
        None => Err(no_such_fault(&faults, name)),
    }
}

fn no_such_fault(faults: &[FaultReport], name: &str) -> Problem {
    let known: Vec<&str> = faults.iter().map(|fault| fault.name.as_str()).collect();
    crate::params::unknown_name(axum::http::StatusCode::NOT_FOUND, "fault", name, &known)
}
