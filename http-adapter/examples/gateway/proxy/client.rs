//! [`Clients`]: the pools of connections to servers.

use std::error::Error;
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

/// The pools of connections to servers: one of each kind on each worker, for all routes.
#[derive(Debug)]
pub(crate) struct Clients {
    tls: ClientConfig,
    workers: usize,
    made: Vec<(Kind, Each<Arc<Pool>>)>,
}

impl Clients {
    /// Trusts the certificates in these files; without any, those of Mozilla's list.
    pub(crate) fn new(trusted: &[String], workers: usize) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        if trusted.is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        for file in trusted {
            let added = add(&mut roots, file);
            added.map_err(|error| format!("trusted-x509-certificates: {file}: {error}"))?;
        }
        let provider = rustls::crypto::ring::default_provider().into();
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let tls = tls.map_err(|error| error.to_string())?;
        Ok(Self { tls: tls.with_root_certificates(roots).with_no_client_auth(), workers, made: Vec::new() })
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

/// Adds the certificates in a file, of which there must be one.
fn add(roots: &mut RootCertStore, file: &str) -> Result<(), Box<dyn Error>> {
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(file)? {
        roots.add(certificate?)?;
    }
    if roots.len() > before { Ok(()) } else { Err("there is no certificate in it".into()) }
}
