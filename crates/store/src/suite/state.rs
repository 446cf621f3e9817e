//! What every state store must do.

use std::collections::BTreeMap;

use magpie_model::alert::AlertSeverity;
use magpie_model::attention::{ITSELF, MatchOp, Matcher};
use magpie_model::query::TimeRange;
use magpie_model::{Aggregate, Alert, AlertState, Condition, Signature, Silence, Timestamp};

use crate::{AlertQuery, JudgeState, Judged, StateStore};

/// Checks a new, empty store.
pub(crate) fn check(store: &dyn StateStore) {
    judging(store);
    attention(store);
    silences(store);
    documents(store);
    sightings(store);
}

fn alert(id: &str, state: AlertState, since: i64, module: &str) -> Alert {
    Alert {
        id: id.to_owned(),
        monitor: "client-to-module".to_owned(),
        dimensions: BTreeMap::from([("target_module".to_owned(), module.to_owned())]),
        field: "elapsed_ms".to_owned(),
        aggregate: Some(Aggregate::Avg),
        condition: Condition::Above(200.0),
        state,
        severity: AlertSeverity::Warning,
        labels: BTreeMap::new(),
        value: Some(250.5),
        since: Timestamp(since),
        fired: Some(Timestamp(since + 5)),
        resolved: (state == AlertState::Resolved).then_some(Timestamp(since + 10)),
        judged: Timestamp(since + 10),
        complete: 0.97,
        no_data: false,
        provisional: false,
    }
}

fn judging(store: &dyn StateStore) {
    assert_eq!(store.judge_state().unwrap(), None);
    let alerts = vec![
        alert("a", AlertState::Firing, 100, "video"),
        alert("b", AlertState::Resolved, 200, "user"),
        alert("c", AlertState::Pending, 300, "video"),
    ];
    store.commit_judged(&Judged { state: vec![1, 2], bucket: Timestamp(300), alerts, withdrawn: vec![] }).unwrap();
    let ids = |query: AlertQuery| store.alerts(&query).unwrap().into_iter().map(|alert| alert.id).collect::<Vec<_>>();
    assert_eq!(ids(AlertQuery::default()), ["c", "b", "a"]);
    assert_eq!(ids(AlertQuery::now()), ["c", "a"]);
    assert_eq!(ids(AlertQuery { dimensions: vec![("target_module".into(), "video".into())], ..AlertQuery::default() }), ["c", "a"]);
    assert_eq!(ids(AlertQuery { monitor: Some("other".into()), ..AlertQuery::default() }), [""; 0]);
    assert_eq!(ids(AlertQuery { range: TimeRange { from: Timestamp(211), to: Timestamp(250) }, ..AlertQuery::default() }), ["a"]);
    assert_eq!(ids(AlertQuery { limit: 1, ..AlertQuery::default() }), ["c"]);

    // Late data resolves one alert and undoes another, and the state moves with them.
    let resolved = alert("a", AlertState::Resolved, 100, "video");
    store
        .commit_judged(&Judged { state: vec![3], bucket: Timestamp(360), alerts: vec![resolved.clone()], withdrawn: vec!["c".into()] })
        .unwrap();
    assert_eq!(ids(AlertQuery::now()), [""; 0]);
    assert_eq!(store.alert("a").unwrap(), Some(resolved));
    assert_eq!(store.judge_state().unwrap(), Some(JudgeState { state: vec![3], bucket: Timestamp(360) }));
    let other = alert("o", AlertState::Firing, 150, "video");
    store.put_alerts(std::slice::from_ref(&other)).unwrap();
    assert_eq!(store.alert("o").unwrap().as_ref(), Some(&other));
    assert_eq!(store.judge_state().unwrap().unwrap().bucket, Timestamp(360), "judging stands where it stood");
    store.put_alerts(&[Alert { state: AlertState::Resolved, resolved: Some(Timestamp(105)), ..other }]).unwrap();
    assert_eq!(store.expire_alerts(Timestamp(9_000), Timestamp(100)).unwrap(), 0, "alerts stay as long as the records of their time");
    assert_eq!(store.expire_alerts(Timestamp(111), Timestamp::MAX).unwrap(), 2);
    assert_eq!(ids(AlertQuery::default()), ["b"]);
}

fn signed(by: &str, at: i64, comment: &str) -> Signature {
    Signature { by: by.to_owned(), at: Timestamp(at), comment: comment.to_owned() }
}

/// What was noted, newest first, as `who action subject`.
fn noted(store: &dyn StateStore, subject: Option<&str>) -> Vec<String> {
    let entries = store.audit(subject, None, 100).unwrap();
    entries.iter().map(|entry| format!("{} {} {}", entry.by, entry.action, entry.subject)).collect()
}

fn attention(store: &dyn StateStore) {
    let firing = alert("x", AlertState::Firing, 100, "video");
    let judged = |alerts| Judged { state: vec![3], bucket: Timestamp(360), alerts, withdrawn: vec![] };
    store.commit_judged(&judged(vec![firing.clone(), alert("y", AlertState::Firing, 200, "mail")])).unwrap();
    assert!(!store.acknowledge("none", &signed("ann", 1, "")).unwrap(), "there is no such alert");
    assert_eq!(store.comment("none", &signed("ann", 1, "hm")).unwrap(), None);
    assert!(store.attention(&["x", "y", "none"]).unwrap().is_empty());

    assert!(store.acknowledge("x", &signed("ann", 310, "looking")).unwrap());
    assert!(store.acknowledge("x", &signed("bob", 320, "")).unwrap(), "the last one looks after it");
    let first = store.comment("x", &signed("bob", 330, "the disk is full")).unwrap().unwrap();
    let second = store.comment("x", &signed("ann", 340, "made room")).unwrap().unwrap();
    assert!(first < second);
    // Judging writes the alert anew; what people did stays.
    store.commit_judged(&judged(vec![Alert { value: Some(1.0), ..firing }])).unwrap();
    let done = store.attention(&["y", "x"]).unwrap();
    assert_eq!(done.keys().collect::<Vec<_>>(), ["x"]);
    assert_eq!(done["x"].acknowledged, Some(signed("bob", 320, "")));
    let said: Vec<(u64, &str, &str)> =
        done["x"].comments.iter().map(|comment| (comment.id, comment.by.as_str(), comment.text.as_str())).collect();
    assert_eq!(said, [(first, "bob", "the disk is full"), (second, "ann", "made room")]);

    assert!(store.unacknowledge("x", &signed("eve", 350, "")).unwrap());
    assert!(store.unacknowledge("x", &signed("eve", 351, "")).unwrap(), "already so: nothing is changed and nothing noted");
    assert_eq!(store.attention(&["x"]).unwrap()["x"].acknowledged, None);
    let of_x = ["eve unacknowledge x", "ann comment x", "bob comment x", "bob acknowledge x", "ann acknowledge x"];
    assert_eq!(noted(store, Some("x")), of_x);
    let newest = &store.audit(None, None, 1).unwrap()[0];
    assert_eq!((newest.at, newest.by.as_str()), (Timestamp(350), "eve"));
    assert_eq!(store.audit(None, Some(newest.id), 100).unwrap().len(), 4, "a page goes on before an entry");

    // With the alert goes what was done about it, and only then.
    let ended = Alert { resolved: Some(Timestamp(400)), ..alert("x", AlertState::Resolved, 100, "video") };
    store.commit_judged(&judged(vec![ended])).unwrap();
    store.expire_alerts(Timestamp(400), Timestamp::MAX).unwrap();
    assert_eq!(store.attention(&["x"]).unwrap()["x"].comments.len(), 2);
    store.commit_judged(&Judged { withdrawn: vec!["y".into()], ..judged(vec![]) }).unwrap();
    assert_eq!(store.expire_alerts(Timestamp(401), Timestamp::MAX).unwrap(), 1);
    assert!(store.attention(&["x"]).unwrap().is_empty() && noted(store, None).is_empty());
}

fn silences(store: &dyn StateStore) {
    let matcher = |name: &str, op, value: &str| Matcher { name: name.into(), value: value.into(), op };
    let wanted = |starts, ends| Silence {
        id: String::new(),
        matchers: vec![matcher("monitor", MatchOp::Is, "calls"), matcher("target_module", MatchOp::Matches, "vid.*")],
        starts: Timestamp(starts),
        ends: Timestamp(ends),
        by: "ann".into(),
        comment: "deploying".into(),
    };
    let first = store.put_silence(&wanted(1_000, 2_000), Timestamp(1_000)).unwrap();
    let second = store.put_silence(&wanted(5_000, 6_000), Timestamp(1_001)).unwrap();
    let ids =
        |after, limit| -> Vec<String> { store.silences(Timestamp(after), limit).unwrap().into_iter().map(|silence| silence.id).collect() };
    assert_eq!(ids(0, 10), [second.as_str(), first.as_str()]);
    assert_eq!(ids(0, 1), [second.as_str()]);
    assert_eq!(ids(1_999, 10).len(), 2);
    assert_eq!(ids(2_000, 10), [second.as_str()], "the first one has ended");
    assert_eq!(store.silences(Timestamp(0), 10).unwrap()[1], Silence { id: first.clone(), ..wanted(1_000, 2_000) });

    assert_eq!(store.end_silence("77", &signed("bob", 1_500, "")).unwrap(), None);
    assert_eq!(store.end_silence("x", &signed("bob", 1_500, "")).unwrap(), None);
    let ended = store.end_silence(&first, &signed("bob", 1_500, "done")).unwrap().unwrap();
    assert_eq!((ended.ends, ended.by.as_str()), (Timestamp(1_500), "ann"));
    let again = store.end_silence(&first, &signed("eve", 1_700, "")).unwrap().unwrap();
    assert_eq!(again.ends, Timestamp(1_500), "what has ended does not end later");
    let never = store.end_silence(&second, &signed("bob", 1_600, "")).unwrap().unwrap();
    assert_eq!((never.starts, never.ends), (Timestamp(5_000), Timestamp(5_000)), "it never begins");
    assert_eq!(noted(store, Some(&first)), [format!("bob end silence {first}"), format!("ann silence {first}")]);
    store.expire_alerts(Timestamp(9_000), Timestamp::MAX).unwrap();
    assert_eq!(ids(0, 10), [""; 0]);
}

fn documents(store: &dyn StateStore) {
    let (one, two) = (serde_json::json!({"by": ["source"]}), serde_json::json!({"by": []}));
    let put = |content, expected, now| store.put_document("monitor", "m", content, expected, &signed("ann", now, "because")).unwrap();
    assert_eq!(put(Some(&one), Some(1), 5), None, "nothing to change yet");
    assert_eq!(put(Some(&one), Some(0), 5), Some(1));
    assert_eq!(put(Some(&two), Some(0), 6), None, "somebody made it first");
    assert_eq!(put(Some(&two), Some(1), 6), Some(2));
    assert_eq!(store.document("monitor", "m").unwrap().unwrap().content, Some(two.clone()));
    store.put_document("view", "m", Some(&one), None, &signed("bob", 7, "")).unwrap();
    store.put_document("monitor", "a", Some(&one), None, &signed("bob", 7, "")).unwrap();
    let names: Vec<String> = store.documents("monitor").unwrap().into_iter().map(|document| document.name).collect();
    assert_eq!(names, ["a", "m"]);
    assert_eq!(put(None, Some(2), 8), Some(3));
    assert_eq!(store.document("monitor", "m").unwrap(), None);
    assert_eq!(put(Some(&one), Some(0), 9), Some(4), "versions go on after a deletion");
    let versions: Vec<(u64, bool)> =
        store.document_versions("monitor", "m").unwrap().iter().map(|document| (document.version, document.content.is_some())).collect();
    assert_eq!(versions, [(4, true), (3, false), (2, true), (1, true)]);
    assert_eq!(store.document_versions("monitor", "m").unwrap()[1].signature, signed("ann", 8, "because"));
    store.put_document("note", "a", Some(&one), None, &signed(ITSELF, 8, "")).unwrap();
    assert_eq!(noted(store, Some("a")), ["bob put monitor a"], "what Magpie notes by itself is nobody's change");
    let of_m = ["ann put monitor m", "ann delete monitor m", "bob put view m", "ann put monitor m", "ann put monitor m"];
    assert_eq!(noted(store, Some("m")), of_m);
}

fn sightings(store: &dyn StateStore) {
    let seen = |name: &str, at| (name.to_owned(), Timestamp(at));
    store.mark_seen("source", &[seen("web", 10), seen("mail", 20)]).unwrap();
    store.mark_seen("source", &[seen("web", 5), seen("mail", 30)]).unwrap();
    store.mark_seen("combination", &[seen("web", 99)]).unwrap();
    assert_eq!(store.last_seen("source", Timestamp(0)).unwrap(), [seen("mail", 30), seen("web", 10)]);
    assert_eq!(store.last_seen("source", Timestamp(11)).unwrap(), [seen("mail", 30)]);
}
