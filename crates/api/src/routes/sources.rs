//! Sources: how each stands, files handed over to the built-in one, and parsers chosen over the API.

use axum::http::{Method, StatusCode};
use magpie_model::Code;
use magpie_model::access::Role;
use magpie_model::config::source_yaml;
use serde_json::json;

use super::{get, write};
use crate::backend::{ParseRefusal, SourceReport};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::intake::{ParserChoice, ParserRefusal, Upload, UploadRefusal};
use crate::params::{Parameter, Place};
use crate::problem::{Mistake, Problem};
use crate::shared::Shared;

/// Longest name of a person.
const LONGEST_NAME: usize = 200;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let name = || Parameter::text("name", Place::Path, "Name of the source.");
    let yaml = get("/api/v1/sources/{name}/yaml", "getSourceYaml", "process", "", yaml)
        .told("A source as YAML", "As it is in force, to be pasted under `sources:` of the configuration file.")
        .with([name()])
        .refuses(&[404]);
    vec![
        get("/api/v1/sources", "listSources", "process", "Sources", list).told(
            "The sources",
            "What is read, in which format, and how far behind. Counters begin at the start, at a reload, and when a parser is chosen.",
        ),
        write(
            Role::Admin,
            Method::PUT,
            "/api/v1/sources/{name}/parser",
            "setSourceParser",
            "process",
            ("ParserChoice", "Source"),
            set_parser,
        )
        .told(
            "Choose a parser for a source",
            "In force for lines that are read from now on, without a restart, and kept as a version; lines that were read before stay \
                 as they are.",
        )
        .with([name()])
        .refuses(&[404, 408, 413, 415, 422]),
        write(
            Role::Admin,
            Method::DELETE,
            "/api/v1/sources/{name}/parser",
            "removeSourceParser",
            "process",
            ("Empty", "Source"),
            remove_parser,
        )
        .told("Read a source by the configuration file again", "No change when it is read so already.")
        .with([name()])
        .may_be_empty()
        .refuses(&[404, 408, 413, 415, 422]),
        Endpoint { content_type: "text/yaml; charset=utf-8", reply: None, ..yaml },
        write(Role::Admin, Method::POST, "/api/v1/uploads", "uploadFile", "process", ("Upload", "Uploaded"), upload)
            .told(
                "Hand over a log file",
                "Piece by piece; a piece that came already is not written twice. The built-in source `uploads` reads it like any other \
                 file. A name that is taken by another file is made unique: the answer says how.",
            )
            .refuses(&[408, 409, 413, 415, 422, 507]),
    ]
}

fn list(shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    Reply::json(&json!({"sources": shared.api.backend.sources()}))
}

fn set_parser(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let mut choice: ParserChoice = call.json()?;
    let given = [choice.format.is_some(), choice.pattern.is_some(), choice.regex.is_some(), choice.grok.is_some(), choice.json.is_some()];
    if given.iter().filter(|&&given| given).count() > 1 {
        return Err(unfit("format", "more than one parser is given", "give one of `format`, `pattern`, `regex`, `grok` and `json`"));
    }
    if choice.by.as_ref().is_some_and(|by| by.len() > LONGEST_NAME) {
        let told = Code::MemberTooLong.with(&[("limit", &LONGEST_NAME), ("member", &"by")]);
        return Err(unfit("by", "the name is too long", "write a shorter one").told(told));
    }
    choice.by = Some(call.caller.signs(choice.by.as_deref().unwrap_or_default()).to_owned()).filter(|by| !by.is_empty());
    change_parser(shared, call, Some(choice))
}

fn remove_parser(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    change_parser(shared, call, None)
}

fn change_parser(shared: &Shared, call: &Call, choice: Option<ParserChoice>) -> Result<Reply, Problem> {
    let name = call.query.path("name");
    shared.api.backend.set_parser(name, choice, call.caller.signs("")).map_err(|refusal| refused(shared, refusal))?;
    let report: Option<SourceReport> = shared.api.backend.sources().into_iter().find(|source| source.name == name);
    // The built-in source is not listed before it has a file.
    Reply::json(&report.unwrap_or_else(|| SourceReport { name: name.to_owned(), ..SourceReport::default() }))
}

fn refused(shared: &Shared, refusal: ParserRefusal) -> Problem {
    match refusal {
        ParserRefusal::NoSuchSource(name) => no_such_source(shared, &name),
        ParserRefusal::Parser(refusal) => unfit_parser(refusal),
        ParserRefusal::Failed(reason) => {
            let told = Code::ParserNotStored.with(&[("cause", &reason)]);
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, reason, "the old parser stays in force; see /api/v1/health").told(told)
        }
    }
}

fn unfit(member: &str, detail: impl Into<String>, fix: &str) -> Problem {
    Problem { parameter: Some(member.to_owned()), ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail, fix) }
}

/// A parser that could not be built.
pub(super) fn unfit_parser(refusal: ParseRefusal) -> Problem {
    let detail = refusal.to_string();
    let member = refusal.mistakes.iter().find_map(|mistake| mistake.member.clone()).unwrap_or_else(|| "map".to_owned());
    let mistakes = refusal.mistakes.into_iter().map(|mistake| Mistake {
        path: mistake.member,
        column: mistake.column,
        message: mistake.message,
        told: mistake.told,
        ..Mistake::default()
    });
    let mistakes = mistakes.collect();
    Problem { mistakes, ..unfit(&member, detail, &format!("change `{member}`")) }.coded(Code::ParserUnfit, &[])
}

fn no_such_source(shared: &Shared, name: &str) -> Problem {
    let config = shared.api.backend.config();
    let known: Vec<&str> = config.sources.iter().map(|source| source.name.as_str()).collect();
    crate::params::unknown_name(StatusCode::NOT_FOUND, "source", name, &known)
}

fn yaml(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (config, name) = (shared.api.backend.config(), call.query.path("name"));
    let source = config.sources.iter().find(|source| source.name == name).ok_or_else(|| no_such_source(shared, name))?;
    Ok(Reply { content_type: "text/yaml; charset=utf-8", ..Reply::text(source_yaml(source)) })
}

fn upload(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let upload: Upload = call.json()?;
    if upload.name.trim().is_empty() {
        return Err(unfit("name", "the file has no name", "give the name it had"));
    }
    let uploaded = shared.api.backend.upload(upload).map_err(|refusal| {
        let detail = refusal.to_string();
        match refusal {
            UploadRefusal::NotNext { name, bytes, offset } => {
                let problem = Problem::new(StatusCode::CONFLICT, detail, format!("go on at offset {bytes}"))
                    .coded(Code::UploadNotNext, &[("bytes", &bytes), ("name", &name), ("offset", &offset)]);
                Problem { parameter: Some("offset".to_owned()), ..problem }
            }
            UploadRefusal::NoRoom(cause) => {
                Problem::new(StatusCode::INSUFFICIENT_STORAGE, detail, "free some room, or let Magpie read the file where it is")
                    .coded(Code::UploadNoRoom, &[("cause", &cause)])
            }
            UploadRefusal::Failed { name, reason } => {
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail, "see whether the data directory can be written")
                    .coded(Code::UploadNotWritten, &[("cause", &reason), ("name", &name)])
            }
        }
    })?;
    Reply::json(&uploaded)
}
