//! `backoff`: a closure that returns a future cannot lend it what the closure has by `&mut`.

proofs! {
    name: "backoff 0.4",
    prelude: r#"
use backoff::backoff::Constant;
use backoff::future::retry;
use std::time::Duration;

type Busy = backoff::Error<&'static str>;
fn busy() -> Busy { backoff::Error::transient("busy") }
"#,
    counting: "retry(Constant::new(Duration::from_millis(1)), || {
        calls += 1;
        attempt(calls)
    })
    .await",
    shared: "retry(Constant::new(Duration::from_millis(1)), || connection.query()).await",
    A: yes,
    B: no,
    C: yes,
    D: yes,
    E: yes,
    F: no,
}
