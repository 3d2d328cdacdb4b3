//! `tokio-retry`: a closure that returns a future cannot lend it what the closure has by `&mut`.

proofs! {
    name: "tokio-retry 0.3",
    prelude: r#"
use std::time::Duration;
use tokio_retry::Retry;

type Busy = &'static str;
fn busy() -> Busy { "busy" }
"#,
    counting: "Retry::start([Duration::from_millis(1); 3], || {
        calls += 1;
        attempt(calls)
    })
    .await",
    shared: "Retry::start([Duration::from_millis(1); 3], || connection.query()).await",
    A: yes,
    B: no,
    C: yes,
    D: yes,
    E: yes,
    F: no,
}
