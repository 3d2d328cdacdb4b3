//! `tokio-retry2`: a closure that returns a future cannot lend it what the closure has by `&mut`.

proofs! {
    name: "tokio-retry2 0.9",
    prelude: r#"
use std::time::Duration;
use tokio_retry2::{Retry, RetryError};

type Busy = RetryError<&'static str>;
fn busy() -> Busy { RetryError::transient("busy") }
"#,
    counting: "Retry::spawn([Duration::from_millis(1); 3], || {
        calls += 1;
        attempt(calls)
    })
    .await",
    shared: "Retry::spawn([Duration::from_millis(1); 3], || connection.query()).await",
    A: yes,
    B: no,
    C: yes,
    D: yes,
    E: yes,
    F: no,
}
