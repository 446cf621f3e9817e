//! `access:` in the real binary: users come and go by SIGHUP, commands take their token, and no token is told anywhere.

mod support;

use std::fs;
use std::process::Output;

use rustix::process::Signal;
use support::{PATIENCE, Place, Running, ask, magpie, text, wait_for};

const ANA: &str = "a-token-of-ana-0001";
const ADA: &str = "a-token-of-ada-0001";

const FLOW: &str = "document: {dsl: '1.0.3', namespace: t, name: quick, version: '1.0.0'}
do:
  - done: {set: {ok: true}}
";

fn served() -> (Place, Running) {
    let place = Place::new("");
    fs::write(place.path("ada.token"), format!("{ADA}\n")).unwrap();
    place.configure(&format!(
        "access:\n  users:\n    - {{ name: ana, role: viewer, token: {ANA} }}\n    - {{ name: ada, role: admin, token_file: '{{dir}}/ada.token' }}\n"
    ));
    let running = place.serve();
    (place, running)
}

fn status(running: &Running, token: &str) -> u16 {
    let authorization = format!("Bearer {token}");
    ask(&running.address, "GET", "/api/v1/flows", &[("authorization", &authorization)], "").unwrap().status
}

fn asked(running: &Running, token: Option<&str>, arguments: &[&str]) -> (String, Option<i32>) {
    let mut command = magpie(arguments);
    command.env("MAGPIE_SERVER", &running.address).env("USER", "somebody").env_remove("MAGPIE_TOKEN");
    if let Some(token) = token {
        command.env("MAGPIE_TOKEN", token);
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    (text(&stdout) + &text(&stderr), status.code())
}

#[test]
fn users_change_with_a_reload_and_a_file_with_mistakes_changes_nothing() {
    let (place, running) = served();
    assert_eq!((status(&running, ANA), status(&running, ADA), status(&running, "a-token-of-nobody")), (200, 200, 401));
    place.configure("access:\n  users:\n    - { name: ada, role: admin, token_file: '{dir}/nowhere' }\n");
    running.signal(Signal::HUP);
    wait_for("reason for not reloading", PATIENCE, || running.told().contains("the old one stays").then_some(()));
    assert!(running.told().contains("line 4: the token file"), "{}", running.told());
    assert_eq!(status(&running, ANA), 200, "the old users stay");
    fs::write(place.path("ada.token"), "another-token-of-ada").unwrap();
    place.configure("access:\n  users:\n    - { name: ada, role: admin, token_file: '{dir}/ada.token' }\n");
    running.signal(Signal::HUP);
    wait_for("new token", PATIENCE, || (status(&running, "another-token-of-ada") == 200).then_some(()));
    assert_eq!((status(&running, ANA), status(&running, ADA)), (401, 401));
    for secret in [ANA, ADA, "another-token-of-ada"] {
        assert!(!running.told().contains(secret), "a token stands in the log");
    }
}

#[test]
fn commands_take_a_token_and_say_how_to_give_one() {
    let (place, running) = served();
    let flow = place.path("quick.yaml");
    fs::write(&flow, FLOW).unwrap();
    let publish = ["flows", "publish", flow.to_str().unwrap()];
    for (token, arguments, expected) in [
        (None, &publish[..], "you are not signed in; set MAGPIE_TOKEN to your token, or give --token-file FILE"),
        (None, &["logs"], "you are not signed in; set MAGPIE_TOKEN to your token, or give --token-file FILE"),
        (None, &["alerts"], "you are not signed in; set MAGPIE_TOKEN"),
        (Some("a-token-of-nobody"), &["runs", "list"], "the token is that of no user; see MAGPIE_TOKEN or --token-file"),
        (
            Some(ANA),
            &publish,
            "this needs the role admin; you are ana (viewer); set MAGPIE_TOKEN or --token-file to the token of somebody who has it",
        ),
    ] {
        let (told, code) = asked(&running, token, arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {told}");
        assert!(told.contains(expected), "{arguments:?}: {told}");
        assert!(!told.contains("a-token"), "{told}");
    }
    let file = place.path("ada.token");
    let (told, code) = asked(&running, Some(ANA), &[&publish[..], &["--token-file", file.to_str().unwrap()]].concat());
    assert_eq!(code, Some(0), "the file goes before the variable: {told}");
    let (told, code) = asked(&running, Some(ANA), &["flows", "versions", "t.quick"]);
    assert!(code == Some(0) && told.contains("ada") && !told.contains("somebody"), "noted with the user: {told}");
}
