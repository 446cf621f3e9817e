//! Certificates for tests of TLS, made by `openssl`.

use std::path::Path;
use std::process::Command;

use super::programs::program;
use super::text;

/// A root and two certificates of it in a folder: `root.pem`, `server.pem`, `client.pem` with their keys. `false`, and said so, without openssl.
pub(crate) fn certificates(dir: &Path) -> bool {
    let Some(openssl) = program("openssl") else { return false };
    let run = |arguments: &str| {
        let output = Command::new(&openssl).args(arguments.split(' ')).current_dir(dir).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", text(&output.stderr));
    };
    std::fs::write(dir.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    run(&format!("req -x509 {key} -keyout root.key -out root.pem -days 2 -subj /CN=root"));
    for name in ["server", "client"] {
        run(&format!("req -new {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        run(&format!("x509 -req -in {name}.csr -CA root.pem -CAkey root.key -CAcreateserial -out {name}.pem -days 2 -extfile names"));
    }
    true
}
