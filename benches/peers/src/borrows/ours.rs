//! `persevere`: [`retry`](persevere::retry), and [`retry_with`](persevere::retry_with) for what is lent.

proofs! {
    name: "persevere",
    prelude: r#"
use persevere::{BackoffExt, constant, retry, retry_with};
use std::time::Duration;

type Busy = &'static str;
fn busy() -> Busy { "busy" }
"#,
    counting: "retry(constant(Duration::from_millis(1)).retries(3), || {
        calls += 1;
        attempt(calls)
    })
    .await",
    lent: "retry_with(&mut connection, constant(Duration::from_millis(1)).retries(3), async |connection, _| {
        let answer = connection.query().await;
        (connection, answer)
    })
    .await",
    shared: "retry(constant(Duration::from_millis(1)).retries(3), || connection.query()).await",
    A: yes,
    B: yes,
    C: yes,
    D: yes,
    E: yes,
    F: yes,
}
