//! [`Clients`]: what speaks to the servers, and keeps the connections to them.

use std::error::Error;
use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use persevere_http::{MarkReuse, ReplayBody};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::{HEAD_SIZE, Inbound};
use crate::worker::Each;

pub(crate) type HttpClient = Client<MarkReuse<HttpsConnector<HttpConnector>>, ReplayBody<Inbound>>;

/// What tells two clients apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    connect_timeout: Option<Duration>,
    /// HTTP/2, without being asked.
    http2: bool,
}

/// What speaks to the servers, and keeps the connections to them: one client for each kind on each worker, for all routes.
#[derive(Debug)]
pub(crate) struct Clients {
    tls: ClientConfig,
    workers: usize,
    made: Vec<(Kind, Each<HttpClient>)>,
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

    /// The clients of this kind.
    pub(crate) fn get(&mut self, connect_timeout: Option<Duration>, http2: bool) -> Each<HttpClient> {
        let kind = Kind { connect_timeout, http2 };
        if let Some((_, client)) = self.made.iter().find(|(known, _)| *known == kind) {
            return client.clone();
        }
        let client = Each::new(self.workers, || self.make(kind));
        self.made.push((kind, client.clone()));
        client
    }

    fn make(&self, kind: Kind) -> HttpClient {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(kind.connect_timeout);
        connector.enforce_http(false);
        let secure = HttpsConnectorBuilder::new().with_tls_config(self.tls.clone()).https_or_http();
        let secure = if kind.http2 {
            secure.enable_http2().wrap_connector(connector)
        } else {
            secure.enable_all_versions().wrap_connector(connector)
        };
        // The client's own retry stays on: it sends again only what a reused connection has returned unsent, which
        // no upstream ever sees twice.
        Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .http1_max_buf_size(HEAD_SIZE.into())
            .http2_max_header_list_size(HEAD_SIZE.into())
            .http2_only(kind.http2)
            .build(MarkReuse::new(secure))
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
