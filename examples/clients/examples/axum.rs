//! The layer around handlers of axum: `cargo run -p clients --example axum`.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::put;
use http::Request;
use http_body_util::BodyExt;
use persevere_http::{Explanation, RetryFilter, RetryLayer};
use tower::ServiceExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let calls = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&calls);
    // Two transactions are aborted, the third one is not.
    let store = async move |document: String| match counted.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Err(StatusCode::SERVICE_UNAVAILABLE),
        _ => Ok(format!("stored {} bytes", document.len())),
    };
    // Handlers get their bodies as always; the layer keeps what they have read, up to its limit.
    let filter = RetryFilter::gateway().body_limit(16 * 1024).explain(true).build()?;
    let app = Router::new().route("/document", put(store)).layer(RetryLayer::new(filter));

    let request = Request::put("/document").body(Body::from("a document"))?;
    let response = app.oneshot(request).await?;
    println!("{}: {}", response.status(), Explanation::of(&response));
    println!("x-retry: {}", response.headers()["x-retry"].to_str()?);
    let body = response.into_body().collect().await?.to_bytes();
    assert_eq!((&body[..], calls.load(Ordering::Relaxed)), (&b"stored 10 bytes"[..], 3));
    Ok(())
}
