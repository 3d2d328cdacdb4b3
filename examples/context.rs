//! A `&mut` connection, lent to each attempt, and a loop that keeps it: `cargo run --example context`.

use std::time::Duration;

use persevere::{BackoffExt, Policy, constant, retry_with};

#[derive(Debug, thiserror::Error)]
#[error("the connection is broken")]
struct Broken;

/// A connection that has to be opened anew when it breaks.
#[derive(Debug, Default)]
struct Connection {
    opened: u32,
    queries: u32,
}

impl Connection {
    /// Works from the third time on that the connection is opened.
    async fn query(&mut self) -> Result<u32, Broken> {
        tokio::task::yield_now().await; // where a real one would wait for its server
        self.queries = self.queries.saturating_add(1);
        if self.opened < 3 { Err(Broken) } else { Ok(self.queries) }
    }

    fn open(&mut self) {
        self.opened = self.opened.saturating_add(1);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Broken> {
    let policy = Policy::new(constant(Duration::from_millis(5)).attempts(5));

    // Lent: the closure gets the connection and gives it back with the outcome.
    let mut connection = Connection::default();
    let answer = retry_with(&mut connection, &policy, async |connection: &mut Connection, attempt| {
        println!("attempt {}", attempt.number());
        connection.open();
        let answer = connection.query().await;
        (connection, answer)
    })
    .await?;
    println!("{answer} from {connection:?}");

    // Kept: in a loop of one's own everything may be borrowed, and each attempt can differ.
    let mut connection = Connection::default();
    let mut again = policy.start();
    let answer = loop {
        connection.open();
        let answer = connection.query().await;
        let Some(wait) = again.wait_after(&answer) else { break answer? };
        drop(answer); // held no longer than needed
        wait.await;
    };
    println!("{answer} from {connection:?}");
    Ok(())
}
