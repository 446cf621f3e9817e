//! An agent and `magpie serve` over TLS: both show a certificate, and the agent a token. Who lacks one of these sends nothing.

use std::path::Path;

use super::support::certificates::certificates;
use super::support::{PATIENCE, Place, append, free_address, magpie, wait_for};
use super::{Running, Stdio};

/// An agent of lines in `shop.log`, with its data in `name`.
fn agent(dir: &Path, name: &str, server: &str, rest: &str) -> Running {
    let at = |file: &str| dir.join(file).display().to_string();
    let config = format!(
        "data_dir: {}\nservers: ['https://{server}']\n{rest}sources:\n  - {{ name: shop, file: ['{}'] }}\n",
        at(name),
        at("shop.log")
    );
    let path = dir.join(format!("{name}.yaml"));
    std::fs::write(&path, config).unwrap();
    let mut command = magpie(&["agent", "-c", &path.display().to_string()]);
    Running::start(command.stdin(Stdio::null()), String::new(), dir.join(format!("{name}.stderr")))
}

#[test]
fn a_server_with_tls_takes_an_agent_with_certificate_and_token_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    if !certificates(dir.path()) {
        return;
    }
    let (grpc, http) = (free_address(), free_address());
    let folder = dir.path().display();
    let place = Place::new(&format!(
        "sources:
  - name: otlp
    otlp:
      grpc: '{grpc}'
      http: '{http}'
      token: 0123456789abcdef
      tls: {{ certificate: {folder}/server.pem, key: {folder}/server.key, client_ca: {folder}/root.pem }}
  - {{ name: shop, agent: true, parse: json }}
"
    ));
    let server = place.serve();
    append(&dir.path().join("shop.log"), "{\"level\":\"info\",\"msg\":\"over TLS\"}\n");
    let (token, root) = ("token: 0123456789abcdef\n", format!("ca: {folder}/root.pem"));
    let identity = format!("{root}, cert: {folder}/client.pem, key: {folder}/client.key");
    for (name, rest) in [
        ("no-root", token.to_owned()),
        ("no-certificate", format!("{token}tls: {{ {root} }}\n")),
        ("no-token", format!("tls: {{ {identity} }}\n")),
    ] {
        let refused = agent(dir.path(), name, &http, &rest);
        wait_for("a complaint", PATIENCE, || refused.told().contains("cannot be sent to").then_some(()));
        refused.kill_9();
    }
    let records = "/api/v1/records?limit=10&from=now-1d&to=now%2B1d&input=shop";
    assert_eq!(server.get(records)["records"].as_array().unwrap().len(), 0);
    let trusted = agent(dir.path(), "trusted", &http, &format!("{token}tls: {{ {identity} }}\n"));
    let page = server.wait_for(records, PATIENCE, |page| !page["records"].as_array().unwrap().is_empty());
    assert_eq!((page["records"].as_array().unwrap().len(), &page["records"][0]["message"]), (1, &"over TLS".into()), "{page}");
    assert!(trusted.terminate().success());
    takes_an_agent_over_grpc(dir.path(), &grpc, &format!("{token}protocol: grpc\n"), &identity, &server);
}

/// The same over gRPC; to the server it is another agent, whose lines are others.
fn takes_an_agent_over_grpc(dir: &Path, address: &str, token_and_protocol: &str, identity: &str, server: &Running) {
    let tls = format!("tls: {{ {identity} }}\n");
    let refused = agent(dir, "no-token-grpc", address, &format!("protocol: grpc\n{tls}"));
    wait_for("a complaint", PATIENCE, || refused.told().contains("UNAUTHENTICATED").then_some(()));
    refused.kill_9();
    let trusted = agent(dir, "trusted-grpc", address, &format!("{token_and_protocol}{tls}"));
    let records = "/api/v1/records?limit=10&from=now-1d&to=now%2B1d&input=shop";
    server.wait_for(records, PATIENCE, |page| page["records"].as_array().unwrap().len() == 2);
    assert!(trusted.terminate().success());
}
