//! TLS by rustls: a certificate that is not trusted is nobody's passing trouble, a connection that ends before its session is.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use persevere_http::{
    Explanation, MarkReuse, NotConnected, ReplayBody, RetryFilter, RetryLayer, RetryService, Row,
    TransportFailure,
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::{Layer, ServiceExt};

type Failure = Box<dyn Error + Send + Sync>;
type HttpsClient = Client<MarkReuse<HttpsConnector<HttpConnector>>, ReplayBody<Full<Bytes>>>;

/// What a server does with its first connections; to all later ones it answers 200.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Closes the connection in the middle of the handshake.
    Close,
    /// Answers so over TLS.
    Answer(u16),
}

/// A server with a certificate of its own.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    roots: RootCertStore,
}

impl Server {
    async fn start(acts: Vec<Act>) -> Result<Self, Failure> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()])?;
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone())?;
        let key = PrivateKeyDer::try_from(signing_key.serialize_der())?;
        let config = ServerConfig::builder_with_provider(default_provider().into())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let connections = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let act =
                    acts.get(counted.fetch_add(1, Ordering::Relaxed)).copied().unwrap_or(Act::Answer(200));
                tokio::spawn(serve(acceptor.clone(), stream, act));
            }
        });
        Ok(Self { address, connections, roots })
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn serve(acceptor: TlsAcceptor, mut stream: TcpStream, act: Act) -> Result<(), Failure> {
    let Act::Answer(status) = act else {
        let _ = stream.read_u8().await; // the client has begun
        return Ok(());
    };
    let mut stream = acceptor.accept(stream).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let answer = format!("HTTP/1.1 {status} Scripted\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await?;
    Ok(stream.shutdown().await?)
}

/// A client that trusts `roots` alone, behind a filter.
fn client(roots: RootCertStore) -> Result<RetryService<HttpsClient>, Failure> {
    let config = ClientConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut plain = HttpConnector::new();
    plain.enforce_http(false);
    let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_only();
    let connector = connector
        .with_server_name_resolver(hyper_rustls::FixedServerNameResolver::new("localhost".try_into()?));
    let client = Client::builder(TokioExecutor::new())
        .build(MarkReuse::new(connector.enable_http1().wrap_connector(plain)));
    let filter =
        RetryFilter::gateway().sends_once(true).backoff(persevere::constant(Duration::ZERO)).build()?;
    Ok(RetryLayer::new(filter).layer(client))
}

fn post(address: SocketAddr) -> Result<Request<Full<Bytes>>, Failure> {
    Ok(Request::post(format!("https://{address}/")).body(Full::from("an order"))?)
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_permanent() -> Result<(), Failure> {
    let server = Server::start(vec![]).await?;
    let other = Server::start(vec![]).await?;
    let error = client(other.roots)?.oneshot(post(server.address)?).await.err().ok_or("it is trusted")?;
    assert!(error.is_connect(), "it looks like a connection that failed: {error:?}");
    assert_eq!(TransportFailure::of(&error), Some(TransportFailure::Local));
    assert_eq!(server.connections(), 1);
    Ok(())
}

#[tokio::test]
async fn a_name_that_is_not_in_the_certificate_is_permanent() -> Result<(), Failure> {
    let server = Server::start(vec![]).await?;
    let mut plain = HttpConnector::new();
    plain.enforce_http(false);
    let config = ClientConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(server.roots.clone())
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_http1();
    let client: Client<_, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build(connector.wrap_connector(plain));
    let error = client.request(post(server.address)?).await.err().ok_or("it is named so")?;
    assert_eq!(TransportFailure::of(&error), Some(TransportFailure::Local));
    Ok(())
}

#[tokio::test]
async fn a_handshake_that_is_cut_is_retried_whatever_the_method() -> Result<(), Failure> {
    let server = Server::start(vec![Act::Close, Act::Close]).await?;
    let response = client(server.roots.clone())?.oneshot(post(server.address)?).await?;
    assert_eq!((response.status(), server.connections()), (StatusCode::OK, 3));
    assert_eq!(Explanation::of(&response).attempts, 3);
    Ok(())
}

#[tokio::test]
async fn a_handshake_with_something_else_than_tls_is_permanent() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let connections = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let error = client(RootCertStore::empty())?.oneshot(post(address)?).await.err().ok_or("it is no TLS")?;
    assert_eq!(TransportFailure::of(&error), Some(TransportFailure::Local));
    assert_eq!(connections.load(Ordering::Relaxed), 1);
    Ok(())
}

#[tokio::test]
async fn a_status_over_tls_is_retried_as_any_other() -> Result<(), Failure> {
    let server = Server::start(vec![Act::Answer(503)]).await?;
    let service = client(server.roots.clone())?;
    let get = Request::get(format!("https://{}/", server.address)).body(Full::default())?;
    assert_eq!(Explanation::of(&service.clone().oneshot(get).await?).attempts, 2);
    let server = Server::start(vec![Act::Answer(503)]).await?;
    let response = client(server.roots.clone())?.oneshot(post(server.address)?).await?;
    let explanation = Explanation::of(&response);
    assert_eq!((explanation.attempts, explanation.row), (1, Some(Row::StatusUnsafe)));
    Ok(())
}

/// hyper-rustls says by a text alone that it cannot send a request.
#[tokio::test]
async fn what_the_connector_cannot_reach_is_permanent() -> Result<(), Failure> {
    use tower::Service;
    let config = ClientConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let connector = || HttpsConnectorBuilder::new().with_tls_config(config.clone());
    let mut any = connector().https_or_http().enable_http1().build();
    let only_tls = connector().https_only().enable_http1().build();
    for (connector, uri) in [
        (only_tls, "http://127.0.0.1:1/"),
        (any.clone(), "ftp://127.0.0.1:1/"),
        (any.clone(), "https://-a..b:1/"),
    ] {
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
        let error = client.request(Request::get(uri).body(Full::default())?).await.err().ok_or("sent")?;
        assert_eq!(TransportFailure::of(&error), Some(TransportFailure::Local), "{uri}: {error:?}");
    }
    let error = any.call("/orders".parse()?).await.err().ok_or("connected")?;
    let failure = TransportFailure::of(&NotConnected::new(error));
    assert_eq!(failure, Some(TransportFailure::Local));
    Ok(())
}
