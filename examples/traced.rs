//! What `tracing` is told of a call: `cargo run --example traced`.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use persevere::{BackoffExt, Policy, Trace, exponential, retry};
use tracing::Level;

/// Busy twice, then well.
async fn load(calls: &Cell<u32>) -> io::Result<&'static str> {
    tokio::task::yield_now().await; // where a real one would wait for its server
    calls.set(calls.get().saturating_add(1));
    tracing::info!("loading");
    if calls.get() < 3 { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok("loaded") }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(Level::DEBUG)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_ansi(false)
        .init();

    let backoff = exponential(Duration::from_millis(10)).capped(Duration::from_secs(1)).full_jitter();
    let policy = Policy::new(backoff.attempts(3)).observe(Trace);

    let calls = Cell::new(0);
    let text = retry(&policy, || load(&calls)).traced("load a page").await?;
    println!("{text}");

    // A call that gives up is a warning.
    let refused = || async { Err::<(), _>(io::Error::from(io::ErrorKind::ConnectionRefused)) };
    let given_up = retry(&policy, refused).traced("load from a server that is down").await;
    assert!(given_up.is_err());
    Ok(())
}
