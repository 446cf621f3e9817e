//! Who may do what where `access:` is configured: by token, by session, by nothing; and what the audit then says.

use std::collections::BTreeMap;
use std::time::Duration;

use magpie_model::access::{Role, SecretDigest};
use magpie_model::config::{Access, Token, User};
use serde_json::{Value, json};

use crate::client::{Answer, Events, get, send};
use crate::schema::{DOCUMENT, check};
use crate::world::World;

const JSON: (&str, &str) = ("Content-Type", "application/json");
const ANA: &str = "a-token-of-ana-0001";
const OTTO: &str = "a-token-of-otto-001";
const ADA: &str = "a-token-of-ada-0001";

fn user(name: &str, role: Role, token: &str) -> User {
    User { name: name.to_owned(), role, token: Token::Known(SecretDigest::of(token)), line: 1 }
}

/// A viewer, an operator, an admin; nobody else.
fn three() -> Access {
    let users = vec![user("ana", Role::Viewer, ANA), user("otto", Role::Operator, OTTO), user("ada", Role::Admin, ADA)];
    Access { users, anonymous: None }
}

async fn world() -> World {
    let world = World::with(|api| api.limits.keep_alive = Duration::from_millis(50)).await;
    configure(&world, Some(three()));
    world
}

/// What a reload does.
fn configure(world: &World, access: Option<Access>) {
    *world.known.access.lock().unwrap() = access;
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

async fn ask(world: &World, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let headers: Vec<(&str, &str)> = headers.iter().copied().chain([JSON]).collect();
    send(world.address, method, path, &headers, body).await
}

/// Signs in; gives the cookie as a browser sends it.
async fn signed_in(world: &World, token: &str) -> String {
    let answer = ask(world, "POST", "/api/v1/session", &[], &json!({"token": token}).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// What changes something, and who may; every other operation only reads.
const OPERATORS: [&str; 19] = [
    "acknowledgeAlert",
    "unacknowledgeAlert",
    "commentAlert",
    "createSilence",
    "endSilence",
    "startRun",
    "callHook",
    "sendEvent",
    "startJob",
    "addJobLines",
    "tellJobAttempt",
    "cancelRun",
    "waiveRun",
    "waiveRuns",
    "retryRun",
    "retryRuns",
    "pauseSchedule",
    "resumeSchedule",
    "setFault",
];
const ADMINS: [&str; 13] = [
    "createMonitor",
    "putMonitor",
    "deleteMonitor",
    "restoreMonitor",
    "setSourceParser",
    "removeSourceParser",
    "uploadFile",
    "createFlow",
    "putFlow",
    "deleteFlow",
    "publishFlow",
    "enableFlow",
    "reload",
];
/// POST for the length of what is asked only.
const READING_POSTS: [&str; 3] = ["parse", "validateFlow", "previewMonitor"];
const OPEN: [&str; 5] = ["isAlive", "isReady", "getSession", "signIn", "signOut"];

/// Method, path and needed role of each operation by its name.
fn operations() -> BTreeMap<String, (String, String, Option<Role>)> {
    let mut operations = BTreeMap::new();
    for (path, methods) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let role = operation["x-role"].as_str().map(|name| Role::ALL.into_iter().find(|role| role.name() == name).expect(name));
            let path = path.split('/').map(|part| if part.starts_with('{') { "nothing" } else { part }).collect::<Vec<_>>().join("/");
            operations.insert(operation["operationId"].as_str().unwrap().to_owned(), (method.to_uppercase(), path, role));
        }
    }
    operations
}

#[test]
fn every_operation_tells_its_role_and_only_reading_is_for_viewers() {
    for (name, (method, _, role)) in operations() {
        let name = name.as_str();
        let expected = match name {
            _ if OPEN.contains(&name) => None,
            _ if OPERATORS.contains(&name) => Some(Role::Operator),
            _ if ADMINS.contains(&name) => Some(Role::Admin),
            _ => Some(Role::Viewer),
        };
        assert_eq!(role, expected, "{name}");
        assert!(method == "GET" || expected != Some(Role::Viewer) || READING_POSTS.contains(&name), "{name} is no reading");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_lets_in_whom_it_says_and_nobody_else() {
    let world = world().await;
    for (name, (method, path, needed)) in operations() {
        for (token, role) in
            [(None, None), (Some(ANA), Some(Role::Viewer)), (Some(OTTO), Some(Role::Operator)), (Some(ADA), Some(Role::Admin))]
        {
            let is_admitted = needed.is_none_or(|needed| role.is_some_and(|role| role >= needed));
            if is_admitted && name == "watch" {
                // It would not end.
                continue;
            }
            let authorization = token.map(bearer);
            let headers: Vec<(&str, &str)> = authorization.iter().map(|value| ("Authorization", value.as_str())).collect();
            let status = ask(&world, &method, &path, &headers, "{}").await.status;
            let refusal = if role.is_none() { 401 } else { 403 };
            assert_eq!(status == refusal, !is_admitted, "{name} for {role:?}: {status}");
            assert!(!is_admitted || !matches!(status, 401 | 403), "{name} for {role:?}: {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_who_one_is_and_what_is_missing() {
    let world = world().await;
    let problem = |answer: &Answer| {
        assert_eq!(check(&json!({"$ref": "#/components/schemas/Problem"}), &answer.json()), Vec::<String>::new());
        answer.json()
    };
    let nobody = get(world.address, "/api/v1/records").await;
    assert_eq!((nobody.status, nobody.header("www-authenticate")), (401, Some("Bearer realm=\"Magpie\"")));
    assert_eq!(problem(&nobody)["code"], "not_signed_in");
    for wrong in ["Bearer a-token-of-nobody-1", "Bearer ", "Basic YW5hOmFuYQ==", "a-token-of-ana-0001"] {
        let answer = ask(&world, "GET", "/api/v1/session", &[("Authorization", wrong)], "").await;
        assert_eq!((answer.status, problem(&answer)["code"].as_str()), (401, Some("token_wrong")), "{wrong}");
    }
    let viewer = ask(&world, "POST", "/api/v1/reload", &[("Authorization", &bearer(ANA))], "{}").await;
    let told = problem(&viewer);
    assert_eq!((viewer.status, &told["detail"]), (403, &json!("this needs the role admin; you are ana (viewer)")));
    assert_eq!(told["values"], json!({"name": "ana", "needs": "admin", "role": "viewer"}));
    assert_eq!(get(world.address, "/healthz").await.status, 200, "a probe needs nobody");
    assert_eq!(get(world.address, "/").await.status, 200, "the page on which one signs in is open");
    assert_eq!(get(world.address, "/metrics").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_signs_in_by_a_cookie_that_no_script_and_no_other_site_can_use() {
    let world = world().await;
    let who = |headers: Vec<(&'static str, String)>| {
        let world = &world;
        async move {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let session = ask(world, "GET", "/api/v1/session", &headers, "").await.json();
            assert_eq!(check(&json!({"$ref": "#/components/schemas/Session"}), &session), Vec::<String>::new());
            session
        }
    };
    assert_eq!(who(vec![]).await, json!({"configured": true, "name": null, "role": null}));
    let answer = ask(&world, "POST", "/api/v1/session", &[], &json!({"token": OTTO}).to_string()).await;
    let cookie = answer.header("set-cookie").unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; Max-Age=43200; HttpOnly; SameSite=Strict");
    assert!(pair.starts_with(&format!("magpie_session_{}=", world.address.port())), "cookies know no ports: {pair}");
    assert!(!answer.text().contains(OTTO) && !cookie.contains(OTTO));
    let otto = json!({"configured": true, "name": "otto", "role": "operator"});
    assert_eq!((answer.json(), who(vec![("Cookie", pair.to_owned())]).await), (otto.clone(), otto));
    let silence = json!({"matchers": [{"name": "monitor", "op": "is", "value": "modules"}], "for": "1h", "by": "x"}).to_string();
    let foreign = [("Cookie", pair), ("Origin", "https://evil.example")];
    assert_eq!(ask(&world, "POST", "/api/v1/silences", &foreign, &silence).await.status, 403, "another site in the same browser");
    let other = ask(&world, "POST", "/api/v1/session", &[("Origin", "https://evil.example")], &json!({"token": OTTO}).to_string()).await;
    assert_eq!((other.status, other.header("set-cookie")), (403, None));
    let left = ask(&world, "DELETE", "/api/v1/session", &[("Cookie", pair)], "").await;
    assert!(left.header("set-cookie").unwrap().contains("=; Path=/; Max-Age=0;"), "{left:?}");
    assert_eq!(who(vec![("Cookie", pair.to_owned())]).await["name"], Value::Null, "a copy of the cookie is worth nothing");
    let wrong = ask(&world, "POST", "/api/v1/session", &[], r#"{"token":"a-token-of-nobody-1"}"#).await;
    assert_eq!((wrong.status, wrong.header("set-cookie"), &wrong.json()["code"]), (401, None, &json!("token_wrong")));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_configuration_is_in_force_at_once() {
    let world = world().await;
    let (ana, otto) = (signed_in(&world, ANA).await, signed_in(&world, OTTO).await);
    let status = async |cookie: &str, path: &str| {
        let method = if path == "/api/v1/reload" { "POST" } else { "GET" };
        ask(&world, method, path, &[("Cookie", cookie)], if method == "POST" { "{}" } else { "" }).await.status
    };
    assert_eq!((status(&ana, "/api/v1/records").await, status(&otto, "/api/v1/reload").await), (200, 403));
    let users = vec![user("otto", Role::Admin, OTTO), user("ada", Role::Admin, "another-token-of-ada")];
    configure(&world, Some(Access { users, anonymous: None }));
    assert_eq!(status(&ana, "/api/v1/records").await, 401, "whose user is gone, their session is over");
    assert_ne!(status(&otto, "/api/v1/reload").await, 403, "a new role is in force");
    assert_eq!(ask(&world, "GET", "/api/v1/records", &[("Authorization", &bearer(ADA))], "").await.status, 401, "the old token");
    configure(&world, Some(Access { anonymous: Some(Role::Viewer), ..three() }));
    assert_eq!(get(world.address, "/api/v1/records").await.status, 200, "anonymous viewers read");
    let write = ask(&world, "POST", "/api/v1/reload", &[], "{}").await;
    assert_eq!((write.status, &write.json()["code"]), (403, &json!("role_needed_of_anybody")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_noted_with_the_user_and_not_with_what_the_client_says() {
    let world = world().await;
    let body = json!({"monitor": {"name": "noted", "by": ["source_module"]}, "by": "somebody else"}).to_string();
    let made = ask(&world, "POST", "/api/v1/monitors", &[("Authorization", &bearer(ADA))], &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    configure(&world, Some(Access { anonymous: Some(Role::Admin), ..three() }));
    let body = json!({"by": "ada"}).to_string();
    assert_eq!(ask(&world, "DELETE", "/api/v1/monitors/noted", &[], &body).await.status, 200);
    let audit = get(world.address, "/api/v1/audit?subject=noted").await.json();
    let by: Vec<&str> = audit["entries"].as_array().unwrap().iter().map(|entry| entry["by"].as_str().unwrap()).collect();
    assert_eq!(by, ["(unknown)", "ada"], "newest first: nobody in particular cannot call themselves ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_stream_ends_with_its_session() {
    let world = world().await;
    let cookie = signed_in(&world, ANA).await;
    let mut events = Events::open_with(world.address, "/api/v1/stream", &format!("Cookie: {cookie}\r\n")).await;
    assert!(events.line().await.is_some(), "it lives");
    ask(&world, "DELETE", "/api/v1/session", &[("Cookie", &cookie)], "").await;
    // The last chunk of the body is empty.
    while events.line().await.expect("the last chunk") != "0" {}
}

#[tokio::test(flavor = "multi_thread")]
async fn without_access_everybody_may_do_everything_as_before() {
    let world = World::new().await;
    let session = get(world.address, "/api/v1/session").await.json();
    assert_eq!(session, json!({"configured": false, "name": null, "role": "admin"}));
    let answer = ask(&world, "POST", "/api/v1/session", &[], &json!({"token": ANA}).to_string()).await;
    assert_eq!((answer.status, &answer.json()["code"]), (409, &json!("access_open")));
    let ignored = ask(&world, "POST", "/api/v1/parse", &[("Authorization", "Bearer whatever")], r#"{"text":"a"}"#).await;
    assert_eq!(ignored.status, 200, "a token is not looked at");
}
