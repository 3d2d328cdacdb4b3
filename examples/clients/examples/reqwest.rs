//! reqwest itself, and a server that says when to come back: `cargo run -p clients --example reqwest`.

use std::error::Error;
use std::time::Duration;

use clients::Flaky;
use persevere::{BackoffExt, Policy, TokenBudget, exponential, retry};
use persevere_http::HttpClassifier;
use reqwest::{Client, Method};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let upstream = Flaky::start_with_retry_after(1, 1)?;
    // Its own retries would multiply with ours, and a redirect would hide what became of the request before it.
    let client = Client::builder().retry(reqwest::retry::never()).redirect(reqwest::redirect::Policy::none());
    let client = client.no_proxy().build()?;

    let backoff = exponential(Duration::from_millis(50)).capped(Duration::from_secs(1)).full_jitter();
    let policy = Policy::new(backoff.attempts(4))
        .budget(TokenBudget::default()) // one for each server
        .classify(HttpClassifier::gateway(Method::PUT).sends_once(true))
        .on_retry(|event| {
            let delay = event.decision.delay().unwrap_or_default();
            println!("attempt {} failed, again in {delay:?}", event.attempt.number());
        });

    let url = format!("http://{}/document", upstream.address());
    let report = retry(&policy, || client.put(&url).body("a document").send()).report().await;
    println!("{} attempts in {:?}: {}", report.attempts, report.elapsed, report.reason);
    assert!(report.slept >= Duration::from_secs(1), "not before it wants to be asked");
    let response = report.outcome?;
    assert_eq!((response.text().await?.as_str(), upstream.requests()), ("a document", 2));
    Ok(())
}
