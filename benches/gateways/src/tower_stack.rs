//! A plain gateway of hyper and `tower::retry`, in a separate process.
//!
//! It collects each body before the first attempt and changes nothing but the host. A request that got a 503 is sent
//! again, as often as `--retries` says.

use std::future::{Ready, ready};
use std::io::Write as _;
use std::net::SocketAddr;

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tower::ServiceExt;
use tower::retry::{Policy, Retry};

use crate::Failure;

/// Sends again what got a 503, or nothing at all.
#[derive(Clone)]
struct Again(u32);

type Outcome = Result<Response<Incoming>, Error>;

impl Policy<Request<Full<Bytes>>, Response<Incoming>, Error> for Again {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Request<Full<Bytes>>, outcome: &mut Outcome) -> Option<Ready<()>> {
        let failed =
            outcome.as_ref().map_or(true, |response| response.status() == StatusCode::SERVICE_UNAVAILABLE);
        let again = failed && self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        again.then(|| ready(()))
    }

    fn clone_request(&mut self, request: &Request<Full<Bytes>>) -> Option<Request<Full<Bytes>>> {
        (self.0 > 0).then(|| request.clone())
    }
}

/// Serves until the process ends, and prints its address.
///
/// With zero retries, the filter has nothing to do.
pub(crate) async fn serve(upstream: SocketAddr, retries: u32) -> Result<(), Failure> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<_, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
    let retrying = Retry::new(Again(retries), client);
    let authority: Authority = upstream.to_string().parse()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (retrying, authority) = (retrying.clone(), authority.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let (retrying, authority) = (retrying.clone(), authority.clone());
            async move { answer(retrying, authority, request).await }
        });
        let connection = hyper::server::conn::http1::Builder::new();
        tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(
    retrying: Retry<Again, Client<HttpConnector, Full<Bytes>>>,
    authority: Authority,
    request: Request<Incoming>,
) -> Result<Response<Either<Incoming, Full<Bytes>>>, hyper::Error> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut parts = head.uri.into_parts();
    (parts.scheme, parts.authority) = (Some(Scheme::HTTP), Some(authority));
    head.uri = Uri::from_parts(parts).unwrap_or_default();
    head.headers.remove(header::HOST);
    let response = retrying.oneshot(Request::from_parts(head, Full::from(body))).await;
    Ok(response.map_or_else(
        |_| {
            let mut response = Response::new(Either::Right(Full::default()));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            response
        },
        |response| response.map(Either::Left),
    ))
}
