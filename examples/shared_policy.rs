//! One policy for all calls of a server, as a `static` and in a field: `cargo run --example shared_policy`.

use std::io;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use persevere::{Backoff, BackoffExt, Policy, TokenBudget, exponential, retry};

/// Three attempts with full jitter, and a budget that all calls share.
static DEFAULT: LazyLock<Policy> = LazyLock::new(Policy::default);

/// A policy in a field is easiest with a boxed backoff; what is worth another attempt is said at the call.
struct Users {
    policy: Policy<Box<dyn Backoff + Send + Sync>>,
}

impl Users {
    fn new() -> Self {
        let backoff =
            exponential(Duration::from_millis(20)).capped(Duration::from_secs(1)).full_jitter().attempts(4);
        let backoff: Box<dyn Backoff + Send + Sync> = Box::new(backoff);
        Self { policy: Policy::new(backoff).budget(TokenBudget::default()) }
    }

    async fn get(&self, id: u64) -> io::Result<String> {
        retry(&self.policy, || ask(id)).when(|error| error.kind() != io::ErrorKind::NotFound).await
    }
}

/// Busy at every other request; there is no user 0.
async fn ask(id: u64) -> io::Result<String> {
    static REQUESTS: AtomicU32 = AtomicU32::new(0);
    tokio::task::yield_now().await; // where a real one would wait for its server
    match (REQUESTS.fetch_add(1, Ordering::Relaxed) % 2, id) {
        (0, _) => Err(io::ErrorKind::ConnectionReset.into()),
        (_, 0) => Err(io::ErrorKind::NotFound.into()),
        _ => Ok(format!("user {id}")),
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    println!("{}", retry(&*DEFAULT, || ask(1)).await?);

    let users = Users::new();
    println!("{}, {}", users.get(2).await?, users.get(3).await?);
    println!("{:?}", users.get(0).await.map_err(|error| error.kind()));

    // Many calls at once share the policy too, by reference, and each draws its own jitter.
    let names = futures::future::join_all((4..8).map(|id| users.get(id))).await;
    for name in names {
        println!("{}", name?);
    }
    Ok(())
}
