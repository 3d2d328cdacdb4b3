//! The layer around reqwest as a tower service: `cargo run -p clients --example reqwest_tower`.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use clients::Flaky;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use persevere_http::{AttemptTimeoutLayer, Explanation, ReplayBody, RetryFilter, RetryLayer};
use reqwest::{Body, Client};
use tower::{ServiceBuilder, ServiceExt};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let upstream = Flaky::start(2)?;
    // Its own retries would multiply with ours, and a redirect would hide what became of the request before it.
    let client = Client::builder().retry(reqwest::retry::never()).redirect(reqwest::redirect::Policy::none());
    let client = client.no_proxy().build()?;
    let send = move |request: Request<ReplayBody<Full<Bytes>>>| {
        let client = client.clone();
        async move {
            let response = client.execute(request.map(Body::wrap).try_into()?).await?;
            Ok::<Response<Body>, reqwest::Error>(response.into())
        }
    };
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(RetryFilter::gateway().sends_once(true).build()?))
        .layer(AttemptTimeoutLayer::new(Duration::from_secs(2)))
        .service_fn(send);

    let url = format!("http://{}/document", upstream.address());
    let response = service.oneshot(Request::put(url).body(Full::from("a document"))?).await?;
    println!("{}: {}", response.status(), Explanation::of(&response));
    let body = response.into_body().collect().await?.to_bytes();
    assert_eq!((&body[..], upstream.requests()), (&b"a document"[..], 3));
    Ok(())
}
