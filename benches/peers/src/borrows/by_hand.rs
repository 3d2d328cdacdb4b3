//! The loop that one writes in place.

proofs! {
    name: "loop by hand",
    prelude: r#"
use std::time::Duration;

type Busy = &'static str;
fn busy() -> Busy { "busy" }
"#,
    counting: "loop {
        calls += 1;
        match attempt(calls).await {
            Err(_) if calls < 3 => tokio::time::sleep(Duration::from_millis(1)).await,
            outcome => break outcome,
        }
    }",
    shared: "{
        let mut retries = 3;
        loop {
            match connection.query().await {
                Err(_) if retries > 0 => retries -= 1,
                outcome => break outcome,
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }",
    A: yes,
    B: yes,
    C: yes,
    D: yes,
    E: yes,
    F: yes,
}
