//! The layer around hyper-util's client: `cargo run -p clients --example hyper_util`.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use clients::Flaky;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use persevere_http::{
    AttemptTimeoutLayer, Explanation, GatewayRules, MarkReuse, ReplayBody, RetryFilter, RetryLayer,
};
use tower::{ServiceBuilder, ServiceExt};

/// The client sends bodies that can be sent again. `MarkReuse` tells a connection that was closed while it was idle
/// from a server that is down.
type HttpClient = Client<MarkReuse<HttpConnector>, ReplayBody<Full<Bytes>>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let upstream = Flaky::start(2)?;
    let client: HttpClient = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build(MarkReuse::new(HttpConnector::new()));

    // A POST is sent again because it says by what its server recognises it.
    let rules = GatewayRules::default().idempotency_key(true);
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(RetryFilter::gateway().rules(rules).sends_once(true).build()?))
        .layer(AttemptTimeoutLayer::new(Duration::from_secs(2)))
        .service(client);

    let request = Request::post(format!("http://{}/orders", upstream.address()))
        .header("idempotency-key", "9b0f")
        .body(Full::from("an order"))?;
    let response = service.oneshot(request).await?;
    println!("{}: {}", response.status(), Explanation::of(&response));
    let body = response.into_body().collect().await?.to_bytes();
    assert_eq!((&body[..], upstream.requests()), (&b"an order"[..], 3));
    Ok(())
}
