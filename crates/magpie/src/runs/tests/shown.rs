//! What is shown: nothing of secrets, and calls by their routes.

use super::*;

#[test]
fn a_secret_is_shown_nowhere() {
    let (place, outside) = (tempfile::tempdir().unwrap(), Outside::start());
    let (file, secret) = (place.path().join("token"), "s3cr3t-of-the-shop");
    std::fs::write(&file, format!("{secret}\n")).unwrap();
    let world = World::new(|config| {
        let rule = SecretRule { from: SecretFrom::File(file), flows: vec!["t.secretive".into()] };
        config.flows.secrets.insert("token".into(), rule);
        config.flows.retry.attempts = 1;
    });
    let steps = [
        "keep: {set: {key: '${ $secrets.token }'}}".to_owned(),
        "tell: {call: logger, with: {message: '${ \"it is \\(.key)\" }', category: '${ .key }'}}".to_owned(),
        // As some services want it.
        format!(
            "send: {{call: http, with: {{method: get, endpoint: '${{ \"{}/bot\" + $secrets.token + \"/send\" }}'}}, output: {{as: $input}}}}",
            outside.address
        ),
        "no: {raise: {error: {type: 'https://x/y', status: 400, title: '${ .key }', detail: '${ \"refused \\(.key)\" }'}}}".to_owned(),
    ];
    let id = world.publish(&flow("secretive", "", &format!("use: {{secrets: [token]}}\ndo:\n  - {}\n", steps.join("\n  - "))));
    let job_id = world.trigger(&id, json!({"note": secret})).unwrap().job_id;
    let failed = world.until(job_id, Status::Failed);
    assert_eq!(outside.asked(&format!("/bot{secret}/send")), 1);
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

#[test]
fn calls_with_a_computed_address_are_calls_of_one_service() {
    let outside = Outside::start();
    let world = World::new(|config| {
        let matches = magpie_model::config::Written { text: "/shelves/*/books".to_owned(), line: 1 };
        config.routes.push(magpie_model::config::RouteRule { matches, route: "/shelves/{shelf}/books".to_owned() });
    });
    let at = &outside.address;
    let call = |name: &str, path: &str| {
        format!("  - {name}: {{call: http, with: {{method: get, endpoint: '${{ \"{at}{path}\" }}'}}, output: {{as: $workflow.input}}}}\n")
    };
    let steps = format!("do:\n{}{}", call("order", "/orders/\\(.n)"), call("shelf", "/shelves/\\(.shelf)/books"));
    let id = world.publish(&flow("orders", "", &steps));
    let job_id = world.trigger(&id, json!({"n": 1001, "shelf": "blue"})).unwrap().job_id;
    world.until(job_id, Status::Succeeded);
    assert_eq!((outside.asked("/orders/1001"), outside.asked("/shelves/blue/books")), (1, 1));
    let operations: Vec<_> = world.api.store.steps(job_id).unwrap().into_iter().filter_map(|step| step.operation).collect();
    assert_eq!(operations, ["GET /orders/{id}", "GET /shelves/{shelf}/books"]);
    let logged = world.logged();
    for said in ["\"service\":\"GET /orders/{id}\"", "\"operation\":\"GET /orders/{id}\"", "GET /orders/1001 on "] {
        assert!(logged.contains(said), "no {said} in {logged}");
    }
}

#[test]
fn until_when_a_run_waits_stands_in_its_log_while_it_waits() {
    let world = World::new(|_| {});
    let id = world.publish(&flow("patient", "", "do:\n  - pause: {wait: {hours: 1}}\n"));
    let job_id = world.trigger(&id, json!({})).unwrap().job_id;
    world.until(job_id, Status::Waiting);
    let logged = world.logged();
    assert!(logged.contains("\"message\":\"pause waits until "), "{logged}");
}
