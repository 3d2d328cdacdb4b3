//! The layer around axum-reverse-proxy: `cargo run -p clients --example axum_reverse_proxy`.

use std::error::Error;
use std::sync::Mutex;
use std::time::Duration;

use axum::body::Body;
use axum_reverse_proxy::{ProxyError, ReverseProxy};
use clients::Down;
use http::{Request, Response};
use http_body_util::BodyExt;
use persevere::constant;
use persevere_http::{Explanation, ReplayBody, RetryFilter, RetryLayer, TransportFailure};
use tower::{ServiceBuilder, ServiceExt};

/// The proxy answers for a failure itself; what failed stands among the extensions of its answer.
fn tell_failure(mut answer: Response<Body>) -> Response<Body> {
    if answer.extensions().get().is_some_and(ProxyError::is_connect) {
        answer.extensions_mut().insert(TransportFailure::NotSent);
    }
    answer
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The upstream is down at first: it starts when the first attempt has failed.
    let down = Down::new()?;
    let proxy = ReverseProxy::new("/", format!("http://{}", down.address()));
    let down = Mutex::new(Some(down));
    // The proxy follows no redirects, so what it has not sent was not sent at all.
    let filter = RetryFilter::gateway().sends_once(true).backoff(constant(Duration::from_millis(20)));
    let filter = filter.on_retry(move |event| {
        println!("attempt {} failed", event.attempt.number());
        let down = down.lock().expect("nothing panics").take();
        let _ = down.map(|down| down.start(0));
    });
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(filter.build()?))
        .map_request(|request: Request<ReplayBody<Body>>| request.map(Body::new))
        .map_response(tell_failure)
        .service(proxy);

    // A POST is sent again all the same: nothing of it was sent before.
    let request = Request::post("/orders").body(Body::from("an order"))?;
    let response = service.oneshot(request).await?;
    let explanation = Explanation::of(&response);
    println!("{}: {explanation}", response.status());
    let body = response.into_body().collect().await?.to_bytes();
    assert_eq!((&body[..], explanation.attempts), (&b"an order"[..], 2));
    Ok(())
}
