//! Documents: the watched folder, drafts, publishing.

use super::*;

#[test]
fn a_file_publishes_at_once_and_a_wrong_one_leaves_the_old_one_live() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_owned();
    let world = World::new(|config| config.flows.dir = Some(dir.clone()));
    let file = dir.join("sync.yaml");
    std::fs::write(&file, flow("sync", "", "do: [{a: {set: {b: 1}}}]")).unwrap();
    let row = || world.api.store.flow("t.sync").unwrap();
    wait_for("the flow", || row().filter(|row| row.published == Some(1)));
    std::fs::write(&file, flow("sync", "", "do: [{a: {sett: {b: 12}}}]")).unwrap();
    let wrong = wait_for("the problem", || row().filter(|row| row.problem.is_some()));
    assert_eq!(world.api.backend.mistaken_source(&wrong).as_deref(), Some(&*flow("sync", "", "do: [{a: {sett: {b: 12}}}]")));
    assert_eq!((wrong.published, wrong.problem.unwrap().line), (Some(1), 2));
    assert!(matches!(world.api.backend.delete_flow("t.sync", signed("")), Err(FlowRefusal::OfFolder { .. })));
    std::fs::write(&file, flow("sync", "", "do: [{a: {set: {b: 123}}}]")).unwrap();
    let mended = wait_for("the mended flow", || row().filter(|row| row.published == Some(2) && row.problem.is_none()));
    assert_eq!(world.api.backend.mistaken_source(&mended), None, "it is saved");
    std::fs::remove_file(&file).unwrap();
    wait_for("no flow", || row().is_none().then_some(()));
}

#[test]
fn a_file_is_one_flow_whatever_becomes_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_owned();
    let world = World::new(|config| config.flows.dir = Some(dir.clone()));
    let file = dir.join("sync.yaml");
    let flows = || world.api.store.flows().unwrap().into_iter().map(|row| row.flow).collect::<Vec<_>>();
    let row = |flow: &str| world.api.store.flow(flow).unwrap();
    std::fs::write(&file, "do: [").unwrap();
    wait_for("the file that is no document", || row("folder.sync").and_then(|row| row.problem));
    std::fs::write(&file, flow("old", "", "do: [{a: {set: {b: 1}}}]")).unwrap();
    wait_for("the flow instead of it", || (flows() == ["t.old"]).then_some(()));
    std::fs::write(&file, "do: [ {").unwrap();
    wait_for("the problem on the flow that it was", || row("t.old").filter(|row| row.problem.is_some() && row.published == Some(1)));
    std::fs::write(&file, flow("new", "", "schedule: {every: PT1H}\ndo: [{a: {set: {b: 1}}}]")).unwrap();
    wait_for("the flow by its new name alone", || (flows() == ["t.new"]).then_some(()));
}

#[test]
fn a_run_that_was_triggered_while_nothing_was_published_takes_what_is_published_later() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_owned();
    let world = World::new(|config| {
        config.flows.dir = Some(dir.clone());
        config.flows.retry.delay = SECOND;
        config.flows.retry.attempts = 30;
    });
    let file = dir.join("late.yaml");
    std::fs::write(&file, flow("late", "", "do: [{a: {sett: {b: 1}}}]")).unwrap();
    wait_for("the problem", || world.api.store.flow("t.late").unwrap().filter(|row| row.problem.is_some()));
    let run = world.trigger("t.late", json!({})).unwrap();
    let detail = run.fault.and_then(|fault| fault.detail).unwrap();
    assert!(detail.contains("no published version: line 2: /do/0/a/sett: unknown key `sett`"), "{detail}");
    std::fs::write(&file, flow("late", "", "do: [{a: {set: {b: 123}}}]")).unwrap();
    wait_for("the mended flow", || world.api.store.flow("t.late").unwrap().filter(|row| row.published.is_some()));
    let run = wait_for("its success by itself", || {
        world.api.store.run(run.job_id).unwrap().map(|detail| detail.run).filter(|run| run.status == Status::Succeeded)
    });
    assert_eq!((run.revision, run.version.as_str()), (1, "1.0.0"));
}

#[test]
fn a_file_that_cannot_be_published_is_noted_once_however_often_magpie_starts() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_owned();
    let file = dir.join("a.yaml");
    std::fs::write(&file, flow("a", "", "do: [{a: {sett: {b: 1}}}]")).unwrap();
    let mut world = World::new(|config| config.flows.dir = Some(dir.clone()));
    let failures = |world: &World| {
        let entries = world.api.store.audit(Some("t.a"), None, 9).unwrap();
        entries.into_iter().filter(|entry| entry.action == "fail to publish flow").map(|entry| entry.comment).collect::<Vec<_>>()
    };
    let problem = |world: &World| world.api.store.flow("t.a").unwrap().and_then(|row| row.problem);
    let first = wait_for("the problem", || problem(&world));
    world.restart();
    // Files are looked at by name: when this one is there, the wrong one was looked at.
    std::fs::write(dir.join("b.yaml"), flow("b", "", "do: [{a: {set: {b: 1}}}]")).unwrap();
    wait_for("the other flow", || world.api.store.flow("t.b").unwrap());
    let noted = failures(&world);
    assert_eq!(noted.len(), 1, "{noted:?}");
    assert!(noted[0].contains("a.yaml`, line 2: ") && noted[0].contains(&first.message), "{noted:?}");
    std::fs::write(&file, flow("a", "", "do: [{a: {settt: {b: 1}}}]")).unwrap();
    wait_for("another problem", || problem(&world).filter(|problem| *problem != first));
    assert_eq!(failures(&world).len(), 2);
}

#[test]
fn drafts_change_nothing_until_they_are_published() {
    let world = World::new(|_| {});
    let one = flow("draft", "", "do: [{a: {set: {b: 1}}}]");
    let id = world.publish(&one);
    let save = |source: &str, expected| FlowSave {
        flow: Some(id.clone()),
        source: source.to_owned(),
        expected,
        publish: false,
        signature: signed("try"),
    };
    let two = one.replace("b: 1", "b: 2");
    let row = world.api.backend.save_flow(save(&two, Some(1))).unwrap();
    assert_eq!((row.revision, row.published, row.draft), (2, Some(1), Some(2)));
    assert_eq!(world.api.backend.save_flow(save(&two, Some(1))).unwrap_err(), FlowRefusal::Changed(id.clone()));
    let run = world.trigger(&id, json!({})).unwrap();
    assert_eq!(run.revision, 1);
    let grpc = one.replace(
        "do: [{a: {set: {b: 1}}}]",
        "do: [{a: {call: grpc, with: {proto: {endpoint: 'file://x'}, service: {name: s, host: h}, method: m}}}]",
    );
    let row = world.api.backend.save_flow(save(&grpc, None)).unwrap();
    assert!(matches!(world.api.backend.publish_flow(&id, None, signed("")), Err(FlowRefusal::Mistakes(_))), "revision {}", row.revision);
    let row = world.api.store.flow(&id).unwrap().unwrap();
    assert_eq!((row.published, row.problem.is_some()), (Some(1), true));
    let row = world.api.backend.publish_flow(&id, Some(2), signed("")).unwrap();
    assert_eq!((row.published, row.draft, row.problem), (Some(2), Some(3), None));
    let validation = world.api.backend.validate("document: {}");
    assert!(!validation.valid && validation.problems[0].line == 1);
}
