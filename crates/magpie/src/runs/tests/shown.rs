//! What is shown of secrets.

use super::*;

#[test]
fn a_secret_is_shown_nowhere() {
    let place = tempfile::tempdir().unwrap();
    let (file, secret) = (place.path().join("token"), "s3cr3t-of-the-shop");
    std::fs::write(&file, format!("{secret}\n")).unwrap();
    let world = World::new(|config| {
        let rule = SecretRule { from: SecretFrom::File(file), flows: vec!["t.secretive".into()] };
        config.flows.secrets.insert("token".into(), rule);
        config.flows.retry.attempts = 1;
    });
    let steps = "use: {secrets: [token]}\ndo:\n  - keep: {set: {key: '${ $secrets.token }'}}\n  - tell: {call: logger, with: {message: '${ \"it is \\(.key)\" }'}}\n  - no: {raise: {error: {type: 'https://x/y', status: 400, title: no, detail: '${ \"refused \\(.key)\" }'}}}\n";
    let id = world.publish(&flow("secretive", "", steps));
    let job_id = world.trigger(&id, json!({"note": secret})).unwrap().job_id;
    let failed = world.until(job_id, Status::Failed);
    assert_eq!(failed.fault.unwrap().detail.as_deref(), Some("refused (hidden)"));
    let detail = world.api.store.run(job_id).unwrap().unwrap();
    let steps = world.api.store.steps(job_id).unwrap();
    let data: Vec<_> = steps
        .iter()
        .map(|step| {
            let id = StepId { pointer: step.pointer.clone(), iteration: step.iteration.clone(), attempt: step.attempt };
            world.api.store.step_data(job_id, &id).unwrap().unwrap()
        })
        .collect();
    let told = format!("{detail:?} {steps:?} {data:?} {}", world.logged());
    assert!(!told.contains(secret) && told.contains("it is (hidden)"), "{told}");
    // Nor does the database have it in the clear, although the retry needs it.
    assert_eq!(world.api.store.kept_input(job_id).unwrap().unwrap(), format!("{{\"note\":\"{secret}\"}}").into_bytes());
    for name in ["runs.db", "runs.db-wal"] {
        let bytes = std::fs::read(world.dir.path().join(name)).unwrap_or_default();
        assert!(!bytes.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "{name}");
    }
}
