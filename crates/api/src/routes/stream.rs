//! The live stream as an entry of the table; how it works is told in `watcher`.

use serde_json::json;

use super::get;
use crate::endpoint::{Endpoint, Handler, Reply};
use crate::filters::filter_parameters;
use crate::params::{Parameter, Place};
use crate::watcher::TOPICS;

const DESCRIPTION: &str = "Server-sent events. `record`: a Record. `rollup`: a RollupEvent, when a bucket is closed or changed by late data. \
    `alert`: an Alert, when it begins or changes. `run`: a Run, when its status changes. `lagged`: a Lagged, where events are missing because \
    the client reads too slowly. `hello` comes first; `end` comes last, at shutdown. The record filters choose records; `region`, \
    `application`, `version`, `flow` and `job_id` choose runs too; `monitor` chooses rollups and alerts.";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let stream = get("/api/v1/stream", "watch", "stream", "", |_, _| Ok(Reply::text("")))
        .told("What happens now", DESCRIPTION)
        .with([
            Parameter::new(
                "topics",
                Place::Repeated,
                "What to watch, repeated or with commas; everything without.",
                json!({"type": "string", "examples": [TOPICS.join(",")]}),
            ),
            Parameter::text("monitor", Place::Query, "Rollups and alerts of this monitor only."),
        ])
        .with(filter_parameters());
    vec![Endpoint { content_type: "text/event-stream", reply: None, handler: Handler::Watch, ..stream }]
}
