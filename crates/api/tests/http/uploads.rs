//! What the table of scenarios cannot say of sources: YAML, and bodies larger than others may be.

use crate::client::{get, send};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_source_as_yaml() {
    let world = World::new().await;
    let yaml = get(world.address, "/api/v1/sources/web/yaml").await;
    assert_eq!((yaml.status, yaml.header("content-type")), (200, Some("text/yaml; charset=utf-8")));
    assert_eq!(yaml.text(), "- name: web\n  stdin: true\n  module: shop\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_may_be_larger_than_other_bodies_up_to_its_own_limit() {
    let world = World::with(|api| (api.limits.body, api.limits.upload) = (1_000, 5_000)).await;
    let json = [("Content-Type", "application/json")];
    let body = |length: usize| format!("{{\"name\":\"a\",\"content\":\"{}\"}}", "x".repeat(length));
    for (path, length, status) in [("/api/v1/uploads", 4_000, 200), ("/api/v1/uploads", 6_000, 413), ("/api/v1/parse", 2_000, 413)] {
        let answer = send(world.address, "POST", path, &json, &body(length)).await;
        assert_eq!(answer.status, status, "{path} {length}: {}", answer.text());
    }
    let plain = send(world.address, "POST", "/api/v1/uploads", &[("Content-Type", "text/plain")], "line").await;
    assert_eq!(plain.status, 415, "a form of another site could send that");
}
