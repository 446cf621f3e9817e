//! What every state store must do.

use std::collections::BTreeMap;

use magpie_model::alert::AlertSeverity;
use magpie_model::query::TimeRange;
use magpie_model::{Aggregate, Alert, AlertState, Condition, Timestamp};

use crate::{AlertQuery, JudgeState, Judged, StateStore};

/// Checks a new, empty store.
pub(crate) fn check(store: &dyn StateStore) {
    judging(store);
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
    assert_eq!(store.expire_alerts(Timestamp(111)).unwrap(), 1);
    assert_eq!(ids(AlertQuery::default()), ["b"]);
}

fn documents(store: &dyn StateStore) {
    let (one, two) = (serde_json::json!({"by": ["source"]}), serde_json::json!({"by": []}));
    let put = |content, expected, now| store.put_document("monitor", "m", content, expected, Timestamp(now)).unwrap();
    assert_eq!(put(Some(&one), Some(1), 5), None, "nothing to change yet");
    assert_eq!(put(Some(&one), Some(0), 5), Some(1));
    assert_eq!(put(Some(&two), Some(0), 6), None, "somebody made it first");
    assert_eq!(put(Some(&two), Some(1), 6), Some(2));
    assert_eq!(store.document("monitor", "m").unwrap().unwrap().content, Some(two.clone()));
    store.put_document("view", "m", Some(&one), None, Timestamp(7)).unwrap();
    store.put_document("monitor", "a", Some(&one), None, Timestamp(7)).unwrap();
    let names: Vec<String> = store.documents("monitor").unwrap().into_iter().map(|document| document.name).collect();
    assert_eq!(names, ["a", "m"]);
    assert_eq!(put(None, Some(2), 8), Some(3));
    assert_eq!(store.document("monitor", "m").unwrap(), None);
    assert_eq!(put(Some(&one), Some(0), 9), Some(4), "versions go on after a deletion");
    let versions: Vec<(u64, bool)> =
        store.document_versions("monitor", "m").unwrap().iter().map(|document| (document.version, document.content.is_some())).collect();
    assert_eq!(versions, [(4, true), (3, false), (2, true), (1, true)]);
}

fn sightings(store: &dyn StateStore) {
    let seen = |name: &str, at| (name.to_owned(), Timestamp(at));
    store.mark_seen("source", &[seen("web", 10), seen("mail", 20)]).unwrap();
    store.mark_seen("source", &[seen("web", 5), seen("mail", 30)]).unwrap();
    store.mark_seen("combination", &[seen("web", 99)]).unwrap();
    assert_eq!(store.last_seen("source", Timestamp(0)).unwrap(), [seen("mail", 30), seen("web", 10)]);
    assert_eq!(store.last_seen("source", Timestamp(11)).unwrap(), [seen("mail", 30)]);
}
