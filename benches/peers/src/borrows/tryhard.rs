//! `tryhard`: a closure that returns a future cannot lend it what the closure has by `&mut`.

proofs! {
    name: "tryhard 0.5",
    prelude: r#"
use std::time::Duration;
use tryhard::retry_fn;

type Busy = &'static str;
fn busy() -> Busy { "busy" }
"#,
    counting: "retry_fn(|| {
        calls += 1;
        attempt(calls)
    })
    .retries(3)
    .fixed_backoff(Duration::from_millis(1))
    .await",
    shared: "retry_fn(|| connection.query()).retries(3).fixed_backoff(Duration::from_millis(1)).await",
    A: yes,
    B: no,
    C: yes,
    D: yes,
    E: yes,
    F: no,
}
