//! Why something about flows and runs was refused, as a problem with its status and the likely fix.

use axum::http::StatusCode;
use magpie_model::{Code, Notice, Told};

use crate::problem::{Mistake, Problem};
use crate::runs_backend::{FlowRefusal, RunRefusal};
use crate::signed::refused;

/// Why a run was refused, without what to do about it: for an answer about many.
impl From<&RunRefusal> for Notice {
    fn from(refusal: &RunRefusal) -> Self {
        Self::new(refusal.to_string(), run_told(refusal))
    }
}

impl From<FlowRefusal> for Problem {
    fn from(refusal: FlowRefusal) -> Self {
        let (detail, told) = (refusal.to_string(), flow_told(&refusal));
        let (status, fix) = match refusal {
            FlowRefusal::Unknown(_) => (StatusCode::NOT_FOUND, "GET /api/v1/flows lists all flows"),
            FlowRefusal::NoRevision { .. } => (StatusCode::NOT_FOUND, "GET /api/v1/flows/{flow}/versions lists its saves"),
            FlowRefusal::Exists(_) => (StatusCode::CONFLICT, "change it with PUT, or give the document another name"),
            FlowRefusal::Changed(_) => (StatusCode::CONFLICT, "read it again, and make your change to what it is now"),
            FlowRefusal::OtherFlow { .. } => {
                return refused("source", &detail, "keep `namespace` and `name` of the document, or make another flow with POST")
                    .told(told);
            }
            FlowRefusal::OfFolder { .. } => (StatusCode::CONFLICT, "change or delete the file; it is read again at once"),
            FlowRefusal::WatchedJob(_) => (StatusCode::CONFLICT, "change it where it is run"),
            FlowRefusal::NoSchedule(_) => (StatusCode::CONFLICT, "add `schedule` to its document"),
            FlowRefusal::Mistakes(mistakes) => {
                let mistakes = mistakes.into_iter().map(|mistake| Mistake {
                    line: Some(mistake.line as usize),
                    path: Some(mistake.pointer),
                    message: mistake.message,
                    told: mistake.told,
                    ..Mistake::default()
                });
                return Self { mistakes: mistakes.collect(), ..refused("source", &detail, "mend each of the mistakes").told(told) };
            }
            FlowRefusal::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "see /api/v1/health and the log of Magpie"),
        };
        Self::new(status, detail, fix).told(told)
    }
}

impl From<RunRefusal> for Problem {
    fn from(refusal: RunRefusal) -> Self {
        let (detail, told) = (refusal.to_string(), run_told(&refusal));
        let (status, fix) = match refusal {
            RunRefusal::NoFlow(_) => (StatusCode::NOT_FOUND, "GET /api/v1/flows lists all flows"),
            RunRefusal::NoRun(_) => (StatusCode::NOT_FOUND, "it may be older than the retention"),
            RunRefusal::Disabled(_) => (StatusCode::CONFLICT, "enable the flow first"),
            RunRefusal::WatchedJob(_) => (StatusCode::CONFLICT, "run it where it is run, with `magpie exec`"),
            RunRefusal::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "hand over where the data is instead of the data"),
            RunRefusal::Overlaps(_) => (StatusCode::CONFLICT, "wait until it has ended, or cancel it"),
            RunRefusal::State { .. } => (StatusCode::CONFLICT, "look at the run as it is now"),
            RunRefusal::Succeeded(_) => (StatusCode::CONFLICT, "start its flow again, with the input that it is to have"),
            RunRefusal::NotKept(_) => (StatusCode::CONFLICT, "give `input`, and retry from the start"),
            RunRefusal::Hidden(_) => return refused("input", &detail, "write the value itself").told(told),
            RunRefusal::NoStep { .. } => return refused("from", &detail, "GET /api/v1/runs/{job_id}/steps lists its steps").told(told),
            RunRefusal::Wrong { ref member, .. } => return refused(member, &detail, "mend this member").told(told),
            RunRefusal::Away(_) => (StatusCode::SERVICE_UNAVAILABLE, "nothing was started: send it again in a few seconds"),
            RunRefusal::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "see /api/v1/health and the log of Magpie"),
        };
        Self::new(status, detail, fix).told(told)
    }
}

fn flow_told(refusal: &FlowRefusal) -> Told {
    match refusal {
        FlowRefusal::Unknown(flow) => Code::NoSuchFlow.with(&[("flow", flow)]),
        FlowRefusal::NoRevision { flow, revision } => Code::NoSuchRevision.with(&[("flow", flow), ("revision", revision)]),
        FlowRefusal::Exists(flow) => Code::FlowExists.with(&[("flow", flow)]),
        FlowRefusal::Changed(flow) => Code::FlowChanged.with(&[("flow", flow)]),
        FlowRefusal::OtherFlow { flow, named } => Code::FlowOther.with(&[("flow", flow), ("named", named)]),
        FlowRefusal::OfFolder { flow, file } => Code::FlowOfFolder.with(&[("file", file), ("flow", flow)]),
        FlowRefusal::WatchedJob(flow) => Code::FlowWatched.with(&[("flow", flow)]),
        FlowRefusal::NoSchedule(flow) => Code::FlowWithoutSchedule.with(&[("flow", flow)]),
        FlowRefusal::Mistakes(_) => Code::FlowMistakes.with(&[]),
        FlowRefusal::Failed(cause) => Code::NotStored.with(&[("cause", cause)]),
    }
}

fn run_told(refusal: &RunRefusal) -> Told {
    match refusal {
        RunRefusal::NoFlow(flow) => Code::NoSuchFlow.with(&[("flow", flow)]),
        RunRefusal::NoRun(job_id) => Code::NoSuchRun.with(&[("job_id", job_id)]),
        RunRefusal::Disabled(flow) => Code::FlowDisabled.with(&[("flow", flow)]),
        RunRefusal::WatchedJob(flow) => Code::FlowWatched.with(&[("flow", flow)]),
        RunRefusal::TooLarge { bytes, limit } => Code::InputTooLarge.with(&[("bytes", bytes), ("limit", limit)]),
        RunRefusal::Overlaps(flow) => Code::RunOverlaps.with(&[("flow", flow)]),
        RunRefusal::State { status, verb } => Code::RunState.with(&[("status", &status.name()), ("verb", verb)]),
        RunRefusal::Succeeded(job_id) => Code::RunSucceeded.with(&[("job_id", job_id)]),
        RunRefusal::NotKept(job_id) => Code::InputNotKept.with(&[("job_id", job_id)]),
        RunRefusal::Hidden(pointer) => Code::InputHidden.with(&[("pointer", pointer)]),
        RunRefusal::NoStep { job_id, pointer } => Code::NoSuchStep.with(&[("job_id", job_id), ("pointer", pointer)]),
        RunRefusal::Wrong { member, message } => Code::RunMemberUnfit.with(&[("cause", message), ("member", member)]),
        RunRefusal::Away(cause) => Code::RunsAway.with(&[("cause", cause)]),
        RunRefusal::Failed(cause) => Code::NotStored.with(&[("cause", cause)]),
    }
}
