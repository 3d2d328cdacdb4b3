//! Observers never block the gateway, and it ends in time from every state.

mod admin;
mod cut;
mod ending;
mod logged;
mod reloads;
mod unread;

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Gateway, file, ms, one_route, read_head, telling, upstream, within};

/// A configuration with one route for everything.
fn routed(id: &str, upstream: SocketAddr) -> PathBuf {
    // A run that failed may have left a pipe, and writing to that would wait for ever.
    let _ =
        std::fs::remove_file(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{id}.yaml")));
    file(&format!("{id}.yaml"), &one_route(id, &format!("http://{upstream}"), "[]"))
}

/// An upstream that answers everything.
async fn answering() -> SocketAddr {
    telling(|_| "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_owned()).await.0
}

/// An upstream that sends more than any buffer holds.
async fn endless() -> SocketAddr {
    upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n").await;
        while stream.write_all(&[b'x'; 16_384]).await.is_ok() {}
    })
    .await
}

/// A connection to the gateway that has sent this.
async fn sent(gateway: &Gateway, request: &str) -> TcpStream {
    sent_to(gateway.address, request).await
}

async fn sent_to(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("the gateway listens");
    stream.write_all(request.as_bytes()).await.expect("the gateway reads");
    stream
}

/// Waits until `/metrics` has this line.
async fn counted(gateway: &Gateway, line: &str) {
    let found = async { while !gateway.ask("/metrics").await.1.lines().any(|counted| counted == line) {} };
    within(ms(10_000), found).await.unwrap_or_else(|| panic!("no {line}"));
}

/// The value of a metric.
async fn value(gateway: &Gateway, name: &str) -> f64 {
    let (_, text) = gateway.ask("/metrics").await;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().expect("a number")
}

/// The status of a request, or `None` if there is no connection.
#[cfg(target_os = "linux")]
async fn try_get(address: SocketAddr, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let head = read_head(&mut stream).await;
    head.split(' ').nth(1)?.parse().ok()
}
