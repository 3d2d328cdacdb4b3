//! Codes of gRPC in real trailers, through tonic's health service: found where a call has failed, and streams undisturbed.

#![allow(clippy::unwrap_used, reason = "a panic in a helper fails its test, with the line")]

use std::error::Error;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Empty};
use persevere::constant;
use persevere_http::service::PeekTrailers;
use persevere_http::{
    Explanation, GatewayRules, PeekTrailersLayer, ReplayBody, RetryFilter, RetryLayer, RetryService,
};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::{HealthReporter, health_reporter};
use tower::ServiceBuilder;
use tower::util::MapRequest;

const NOT_FOUND: u8 = 5;

/// tonic tells a failure in the head of a response; this tells it in trailers, as others do.
fn tell_in_trailers(mut response: Response<Body>) -> Response<Body> {
    let Some(code) = response.headers_mut().remove("grpc-status") else { return response };
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), code)]);
    response.map(|_| {
        Body::new(
            Empty::<Bytes>::new().with_trailers(ready(Some(Ok::<_, std::convert::Infallible>(trailers)))),
        )
    })
}

/// A health service, and a channel to it.
async fn start() -> Result<(HealthReporter, Channel), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = Endpoint::from_shared(format!("http://{}", listener.local_addr()?))?;
    let (reporter, health) = health_reporter();
    let in_trailers = tower::util::MapResponseLayer::new(tell_in_trailers);
    let server = Server::builder().layer(in_trailers).add_service(health);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    Ok((reporter, endpoint.connect_lazy()))
}

type Unwrap = fn(Request<ReplayBody<Body>>) -> Request<Body>;
type Retrying = RetryService<PeekTrailers<MapRequest<Channel, Unwrap>>>;

fn retrying(channel: Channel, on_retry: impl Fn() + Send + Sync + 'static) -> HealthClient<Retrying> {
    let rules = GatewayRules::default().grpc_codes([NOT_FOUND]);
    let waits = constant(Duration::from_millis(20));
    let filter = RetryFilter::gateway().rules(rules).backoff(waits).on_retry(move |_| on_retry());
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(filter.build().unwrap()))
        // A machine may be slow to show what is there already.
        .layer(PeekTrailersLayer::new().patience(Duration::from_secs(1)))
        .map_request((|request| request.map(Body::new)) as Unwrap)
        .service(channel);
    HealthClient::new(service)
}

fn orders() -> HealthCheckRequest {
    HealthCheckRequest { service: "orders".to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_in_trailers_is_retried() -> Result<(), Box<dyn Error>> {
    let (reporter, channel) = start().await?;
    let mut client = retrying(channel, move || {
        let reporter = reporter.clone();
        tokio::spawn(async move { reporter.set_service_status("orders", ServingStatus::Serving).await });
    });
    let response = client.check(orders()).await?;
    assert!(response.extensions().get::<Explanation>().unwrap().attempts >= 2);
    Ok(())
}

#[tokio::test]
async fn a_code_in_trailers_is_passed_on_when_retries_run_out() -> Result<(), Box<dyn Error>> {
    let (_reporter, channel) = start().await?;
    let retries = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&retries);
    let mut client = retrying(channel, move || {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    let status = client.check(orders()).await.unwrap_err();
    assert_eq!((status.code(), retries.load(Ordering::Relaxed)), (tonic::Code::NotFound, 3));
    Ok(())
}

#[tokio::test]
async fn a_stream_arrives_message_by_message() -> Result<(), Box<dyn Error>> {
    let (reporter, channel) = start().await?;
    reporter.set_service_status("orders", ServingStatus::NotServing).await;
    let mut client = retrying(channel, || panic!("nothing fails"));
    let response = client.watch(orders()).await?;
    assert!(response.extensions().get::<Explanation>().is_none(), "accepted at once");
    let mut stream = response.into_inner();
    let first = stream.message().await?.unwrap().status();
    reporter.set_service_status("orders", ServingStatus::Serving).await;
    let second = stream.message().await?.unwrap().status();
    assert_eq!((first.as_str_name(), second.as_str_name()), ("NOT_SERVING", "SERVING"));
    Ok(())
}
