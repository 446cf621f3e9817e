//! How `https` servers are checked, and what the agent shows of itself.

use std::path::Path;

use magpie_model::config::agent::AgentTls;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::Error;

/// A configuration with these roots (the system's, if none are named) and this certificate (none, if none is named).
pub(super) fn client(tls: &AgentTls) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    match &tls.ca {
        Some(path) => {
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|error| failed(path, error))?;
            }
        }
        // What cannot be loaded is not trusted; servers that need it then fail with a message of their own.
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Tls { path: Path::new("").into(), reason: error.to_string() })?
        .with_root_certificates(roots);
    match &tls.identity {
        None => Ok(builder.with_no_client_auth()),
        Some((chain, key_path)) => {
            let key = PrivateKeyDer::from_pem_file(key_path).map_err(|error| failed(key_path, error))?;
            builder.with_client_auth_cert(certificates(chain)?, key).map_err(|error| failed(chain, error))
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all =
        CertificateDer::pem_file_iter(path).and_then(|all| all.collect::<Result<Vec<_>, _>>()).map_err(|error| failed(path, error))?;
    if all.is_empty() { Err(failed(path, "it holds no certificate")) } else { Ok(all) }
}

fn failed(path: &Path, reason: impl ToString) -> Error {
    Error::Tls { path: path.to_owned(), reason: reason.to_string() }
}
