//! A server that says when it wants to be asked again: `cargo run --example hints`.

use std::time::Duration;

use persevere::testing::{Script, VirtualTime};
use persevere::{BackoffExt, Hint, Kind, Policy, Retry, Verdict, classify_fn, exponential};

#[derive(Clone, Copy, Debug, thiserror::Error)]
enum ApiError {
    #[error("busy")]
    Busy,
    #[error("too many requests, again in {0:?}")]
    Throttled(Duration),
    #[error("gone for good")]
    Gone,
}

/// A verdict carries the hint; whether it is followed is the policy's decision.
fn judge(outcome: &Result<u8, ApiError>) -> Verdict {
    match outcome {
        Ok(_) => Verdict::Accept,
        Err(ApiError::Busy) => Verdict::retry(),
        Err(ApiError::Throttled(wait)) => Verdict::retry_as(Kind::Throttled).with_hint(Hint::AtLeast(*wait)),
        Err(ApiError::Gone) => Verdict::Reject,
    }
}

fn main() {
    let (ms, secs) = (Duration::from_millis, Duration::from_secs);
    let backoff = exponential(ms(100)).capped(secs(10)).attempts(4).within(secs(60));
    let policy = Policy::new(backoff).classify(classify_fn(judge)).max_hint(secs(30));

    // In virtual time, so that nobody has to wait for it.
    for (name, errors) in [
        ("no hint", vec![ApiError::Busy, ApiError::Busy]),
        ("a hint is a floor under the delay", vec![ApiError::Throttled(secs(2)), ApiError::Throttled(ms(1))]),
        ("a hint beyond the ceiling", vec![ApiError::Throttled(secs(3_600))]),
        ("hints that would outlast the deadline", vec![ApiError::Throttled(secs(29)); 3]),
        ("no hint brings a stop back", vec![ApiError::Gone]),
    ] {
        let time = VirtualTime::new();
        let script = errors.into_iter().fold(Script::new(&time), Script::fails).succeeds(7);
        let report = time.run(Retry::new(&policy, script.operation(), time.clone()).report());
        println!("{name}: slept {:?}, {} – {:?}", time.sleeps(), report.reason, report.outcome);
    }
}
