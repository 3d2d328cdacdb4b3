//! A stream that is opened again when it breaks: `cargo run --example reconnect`.

use std::io;
use std::pin::pin;
use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use persevere::{BackoffExt, exponential, retry_stream};

/// A feed of events from a position on. It breaks after three of them, and there are eight.
async fn subscribe(from: u64) -> io::Result<impl Stream<Item = io::Result<u64>>> {
    tokio::task::yield_now().await; // where a real one would connect
    let events = stream::iter(from..8).take(3).map(Ok);
    let end =
        if from.saturating_add(3) < 8 { Some(Err(io::ErrorKind::ConnectionReset.into())) } else { None };
    Ok(events.chain(stream::iter(end)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    // Five attempts, and all of them again once the feed has been good for a minute.
    let backoff = exponential(Duration::from_millis(10))
        .capped(Duration::from_secs(1))
        .full_jitter()
        .attempts(5)
        .reset_after(Duration::from_secs(60));

    // Where to go on is the application's business: here, behind the last event that it has seen.
    let next = std::cell::Cell::new(0_u64);
    let events = retry_stream(backoff, || subscribe(next.get())).on_retry(|event| {
        let delay = event.decision.delay().unwrap_or_default();
        println!("broken, again in {delay:?}");
    });
    let mut events = pin!(events);
    while let Some(event) = events.next().await {
        let event = event?; // the error that ends the stream is its last item
        println!("event {event}");
        next.set(event.saturating_add(1));
    }
    assert_eq!(next.get(), 8);
    Ok(())
}
