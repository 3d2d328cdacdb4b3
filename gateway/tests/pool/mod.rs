//! The gateway's connections to its servers: their choice, and their lifetime.

mod early;
mod frames;
mod http2;
mod limits;
mod shared;
mod stale;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;

use crate::support::{Gateway, file};

/// Starts a gateway of one thread with a route to this server.
async fn gateway(name: &str, server: SocketAddr, client: &str, filter: &str, metadata: &str) -> Gateway {
    Gateway::serve(&config(name, server, client, filter, metadata), ARGUMENTS).await
}

/// Does the same as [`gateway`], with a log that the test reads.
async fn heard(name: &str, server: SocketAddr, client: &str, filter: &str, metadata: &str) -> Gateway {
    Gateway::serve_heard(&config(name, server, client, filter, metadata), ARGUMENTS).await
}

const ARGUMENTS: &[&str] = &["--threads", "1", "--log", "all"];

fn config(name: &str, server: SocketAddr, client: &str, filter: &str, metadata: &str) -> PathBuf {
    let text = format!(
        "spring:\n  cloud:\n    gateway:\n      httpclient: {{ {client} }}\n      routes:\n      - id: {name}\n        \
         uri: http://{server}\n        metadata: {{ {metadata} }}\n        filters: {filter}\n"
    );
    file(&format!("pool-{name}.yaml"), &text)
}

/// Three retries at once, as soon as the profile allows it.
const RETRY: &str = "[{ name: Retry, args: { profile: gateway, retries: 3, budget: none, \
                     backoff: { firstBackoff: 1ms, maxBackoff: 5ms } } }]";

/// Counts what a scripted server sees. Clones count together.
#[derive(Clone, Debug, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    /// Counts one more and returns their number.
    fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// The statuses of GET requests that are sent at once.
async fn at_once(gateway: &Gateway, number: usize) -> Vec<StatusCode> {
    let all = (0..number).map(|_| gateway.get("/"));
    futures::future::join_all(all).await.iter().map(http::Response::status).collect()
}
