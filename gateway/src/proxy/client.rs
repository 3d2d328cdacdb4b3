//! [`Clients`]: the pools of connections to servers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::pool::{Connector, Pool};
use crate::config::PoolLimits;
use crate::worker::Each;

/// The settings that tell two pools apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) connect_timeout: Option<Duration>,
    /// HTTP/2, without being asked.
    pub(crate) http2: bool,
    pub(crate) limits: PoolLimits,
}

/// The pools of connections to servers, which all routes share.
///
/// Each worker has one pool of each kind.
#[derive(Debug)]
pub(crate) struct Clients {
    /// Certificates that are trusted instead of Mozilla's list, unless it is empty.
    trusted: Vec<CertificateDer<'static>>,
    tls: ClientConfig,
    workers: usize,
    made: Vec<(Kind, Each<Arc<Pool>>)>,
}

impl Clients {
    /// Trusts the certificates in these files, or Mozilla's list if there are no files.
    pub(crate) fn new(trusted: &[String], workers: usize) -> Result<Self, String> {
        let trusted = certificates(trusted)?;
        Ok(Self { tls: tls(&trusted)?, trusted, workers, made: Vec::new() })
    }

    /// Trusts these certificates. The pools keep their connections unless the certificates have changed.
    ///
    /// # Errors
    ///
    /// Returns an error if one of the certificates is not valid.
    pub(crate) fn renew(&mut self, trusted: Vec<CertificateDer<'static>>) -> Result<(), String> {
        if trusted != self.trusted {
            *self = Self { tls: tls(&trusted)?, trusted, workers: self.workers, made: Vec::new() };
        }
        // A pool that no gateway has any more is closed.
        self.made.retain(|(_, pools)| pools.is_shared());
        Ok(())
    }

    /// The pools of this kind.
    pub(crate) fn get(&mut self, kind: Kind) -> Each<Arc<Pool>> {
        if let Some((_, pools)) = self.made.iter().find(|(known, _)| *known == kind) {
            return pools.clone();
        }
        let connector = Connector::new(&self.tls, kind.connect_timeout, kind.http2);
        let quotas = Pool::quotas(kind.limits);
        let pools =
            Each::new(self.workers, || Pool::new(connector.clone(), kind.limits, Arc::clone(&quotas)));
        self.made.push((kind, pools.clone()));
        pools
    }
}

/// Reads the certificates in these files. Each file must have a certificate.
pub(crate) fn certificates(files: &[String]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut all = Vec::new();
    for file in files {
        let refuse = |error: &dyn fmt::Display| format!("trusted-x509-certificates: {file}: {error}");
        let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut read = read.map_err(|error| refuse(&error))?;
        if read.is_empty() {
            return Err(refuse(&"there is no certificate in it"));
        }
        all.append(&mut read);
    }
    Ok(all)
}

/// Trusts these certificates, or Mozilla's list if there are none.
fn tls(trusted: &[CertificateDer<'static>]) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    if trusted.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for certificate in trusted {
        let added = roots.add(certificate.clone());
        added.map_err(|error| format!("trusted-x509-certificates: {error}"))?;
    }
    let provider = rustls::crypto::ring::default_provider().into();
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.map_err(|error| error.to_string())?;
    Ok(tls.with_root_certificates(roots).with_no_client_auth())
}
