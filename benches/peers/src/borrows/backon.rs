//! `backon`, with its context for what is lent: each attempt hands it back.

proofs! {
    name: "backon 1.6",
    prelude: r#"
use backon::ConstantBuilder;
use std::time::Duration;

type Busy = &'static str;
fn busy() -> Busy { "busy" }

fn policy() -> ConstantBuilder {
    ConstantBuilder::default().with_delay(Duration::from_millis(1)).with_max_times(3)
}
"#,
    counting: "{
        use backon::Retryable;
        let counting = || {
            calls += 1;
            attempt(calls)
        };
        counting.retry(policy()).await
    }",
    lent: "{
        use backon::RetryableWithContext;
        async fn query(connection: &mut Connection) -> (&mut Connection, Result<u32, Busy>) {
            let answer = connection.query().await;
            (connection, answer)
        }
        query.retry(policy()).context(&mut connection).await.1
    }",
    shared: "{
        use backon::Retryable;
        (|| connection.query()).retry(policy()).await
    }",
    A: yes,
    B: yes,
    C: yes,
    D: yes,
    E: yes,
    F: yes,
}
