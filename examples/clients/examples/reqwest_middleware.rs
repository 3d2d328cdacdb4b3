//! The table as a middleware of reqwest: `cargo run -p clients --example reqwest_middleware`.

use std::error::Error;
use std::time::Duration;

use clients::Flaky;
use http::Extensions;
use persevere::{BackoffExt, Policy, Verdict, classify_fn, exponential, retry};
use persevere_http::{GatewayRules, Head, HttpClassifier, Outcome};
use reqwest::{Client, Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next, Result};

/// Sends a request again as the rules say. One whose body is a stream goes through once.
struct Retrying {
    rules: GatewayRules,
}

#[async_trait::async_trait]
impl Middleware for Retrying {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        if request.try_clone().is_none() {
            return next.run(request, extensions).await;
        }
        let table = HttpClassifier::new(self.rules.clone(), request.method(), request.headers());
        // The error of the middlewares hides reqwest's own from whoever asks for its source.
        let judge = classify_fn(move |outcome: &Result<Response>| match outcome {
            Ok(response) => {
                let head = Head::new(response.status(), response.headers(), response.extensions());
                table.rule(Outcome::Response(head)).verdict
            }
            Err(reqwest_middleware::Error::Reqwest(error)) => table.rule(Outcome::Error(error)).verdict,
            Err(reqwest_middleware::Error::Middleware(_)) => Verdict::Reject,
        });
        let backoff = exponential(Duration::from_millis(50)).capped(Duration::from_secs(1)).full_jitter();
        let policy = Policy::new(backoff.attempts(4)).classify(judge).on_retry(|event| {
            println!("attempt {} failed", event.attempt.number());
        });
        retry(policy, || {
            let (next, mut extensions) = (next.clone(), extensions.clone());
            let request = request.try_clone().expect("it was clonable");
            async move { next.run(request, &mut extensions).await }
        })
        .await
    }
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let upstream = Flaky::start(2)?;
    // Its own retries would multiply with ours, and a redirect would hide what became of the request before it.
    let client = Client::builder().retry(reqwest::retry::never()).redirect(reqwest::redirect::Policy::none());
    let client = client.no_proxy().build()?;
    let client =
        ClientBuilder::new(client).with(Retrying { rules: GatewayRules::default().sends_once(true) }).build();

    let url = format!("http://{}/document", upstream.address());
    let response = client.put(url).body("a document").send().await?;
    println!("{}", response.status());
    assert_eq!((response.text().await?.as_str(), upstream.requests()), ("a document", 3));
    Ok(())
}
