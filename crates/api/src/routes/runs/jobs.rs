//! Jobs that others run, as `magpie exec` tells of them: a run begins, writes lines, ends an attempt.
//!
//! Each request can be sent again without doing anything twice, so that a wrapper that lost its connection just repeats.

use axum::http::Method;

use super::{not_here, path_job_id};
use crate::endpoint::Endpoint;
use crate::routes::write;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        write(Method::POST, "/api/v1/runs/jobs", "startJob", "runs", ("NewJobRun", "JobStarted"), not_here)
            .told("Tell that a watched job begins", "Told twice with the same job id, it is one run.")
            .created()
            .refuses(&[408, 409, 413, 415, 422]),
        write(Method::POST, "/api/v1/runs/jobs/{job_id}/lines", "addJobLines", "runs", ("JobLines", "JobLinesTaken"), not_here)
            .told(
                "Hand over what a watched job wrote",
                "Lines that are known already are not taken twice; 503 when they cannot be stored now.",
            )
            .with([path_job_id()])
            .accepted()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Method::POST, "/api/v1/runs/jobs/{job_id}/attempts", "tellJobAttempt", "runs", ("JobAttempt", "Run"), not_here)
            .told(
                "Tell how an attempt of a watched job stands",
                "A running attempt tells it at least once a minute; without a sign of life for three minutes the run has failed.",
            )
            .with([path_job_id()])
            .refuses(&[404, 408, 409, 413, 415, 422]),
    ]
}
