//! TLS of a receiver: its certificate, and whether senders need one too.

use std::path::Path;
use std::sync::Arc;

use magpie_model::config::TlsFiles;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::Error;

/// Certificate and key, read and found to fit.
#[derive(Clone)]
pub struct Identity(Arc<ServerConfig>);

impl Identity {
    /// Reads the files.
    ///
    /// # Errors
    /// A file that cannot be read, or does not hold what it should.
    pub fn read(files: &TlsFiles) -> Result<Self, Error> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&files.certificate, error))?;
        let builder = match &files.client_ca {
            Some(path) => builder.with_client_cert_verifier(verifier(path, &provider)?),
            None => builder.with_no_client_auth(),
        };
        let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| failed(&files.key, format!("no private key: {error}")))?;
        let mut config =
            builder.with_single_cert(certificates(&files.certificate)?, key).map_err(|error| failed(&files.certificate, error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    /// For streams that carry no HTTP.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| failed(path, format!("no certificate: {error}")))?;
    if found.is_empty() { Err(failed(path, "no certificate in it")) } else { Ok(found) }
}

fn verifier(
    path: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn tokio_rustls::rustls::server::danger::ClientCertVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| failed(path, error))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build().map_err(|error| failed(path, error))
}

fn failed(path: &Path, what: impl ToString) -> Error {
    Error::Tls { what: what.to_string(), path: path.to_owned() }
}
