//! Who one is, and signing in.

use magpie_model::access::Role;
use serde_json::{Value, json};

use super::{flag, maybe, object, text};

pub(super) fn access() -> Value {
    let roles: Vec<Value> = Role::ALL.iter().map(|role| json!(role.name())).chain([Value::Null]).collect();
    json!({
        "Session": object(&[
            ("configured", flag("Whether `access:` is configured; without, everybody may do everything.")),
            ("name", maybe("string", "The user under whose name changes are noted; null for nobody in particular.")),
            ("role", json!({"type": ["string", "null"], "enum": roles, "description": "What one may: viewers read, operators also act on runs, schedules, alerts and events, admins also change flows, monitors and configuration; null for nothing."})),
        ]),
        "SignIn": object(&[("token", text("The token of a user under `access:`."))]),
    })
}
