//! Old connections that their server has forgotten: one of them costs one attempt.

use std::sync::Arc;

use http::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Barrier;

use super::{Count, RETRY, at_once, heard};
use crate::support::{Gateway, read_head, upstream};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Connections that go stale together.
const OLD: usize = 4;

/// The answer to the second request on an old connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stale {
    /// Responds with this status, and closes.
    Status(u16),
    /// Closes without a byte.
    Closed,
    /// Says nothing at all.
    Silent,
}

/// Serves a connection, which goes stale if it is old.
///
/// The first request is answered as soon as all old connections have one. The second request gets `stale`.
async fn serve(mut stream: TcpStream, number: usize, stale: Stale, all: Arc<Barrier>, late: Count) {
    read_head(&mut stream).await;
    if number <= OLD {
        all.wait().await;
    }
    stream.write_all(OK).await.expect("the gateway reads");
    while !read_head(&mut stream).await.is_empty() {
        if number > OLD {
            stream.write_all(OK).await.expect("the gateway reads");
            continue;
        }
        late.add();
        match stale {
            Stale::Status(status) => {
                let answer =
                    format!("HTTP/1.1 {status} Gone Stale\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
                return;
            }
            Stale::Closed => return,
            Stale::Silent => std::future::pending().await,
        }
    }
}

/// Starts a gateway with [`OLD`] connections that are stale.
///
/// Returns it with the numbers of all connections, and of later requests on old connections.
async fn with_old_connections(name: &str, stale: Stale) -> (Gateway, Count, Count) {
    let (connections, late, all) = (Count::default(), Count::default(), Arc::new(Barrier::new(OLD)));
    let (opened, asked) = (connections.clone(), late.clone());
    let server = upstream(move |number, stream| {
        opened.add();
        serve(stream, number, stale, Arc::clone(&all), asked.clone())
    })
    .await;
    let gateway = heard(name, server, "response-timeout: 300", RETRY, "").await;
    assert_eq!(at_once(&gateway, OLD).await, [200; OLD]);
    assert_eq!(connections.get(), OLD);
    (gateway, connections, late)
}

#[tokio::test]
async fn a_408_or_421_on_an_old_connection_costs_one_attempt() {
    for status in [408, 421] {
        let name = format!("late-{status}");
        let (gateway, connections, late) = with_old_connections(&name, Stale::Status(status)).await;
        assert_eq!(gateway.get("/").await.status(), 200, "{status}");
        assert_eq!((late.get(), connections.get()), (1, OLD + 1), "{status}");
    }
}

#[tokio::test]
async fn a_closed_old_connection_costs_one_attempt() {
    let (gateway, connections, late) = with_old_connections("closed", Stale::Closed).await;
    assert_eq!(gateway.get("/").await.status(), 200);
    assert_eq!((late.get(), connections.get()), (1, OLD + 1));
}

#[tokio::test]
async fn a_silent_old_connection_costs_one_attempt() {
    let (gateway, connections, late) = with_old_connections("silent", Stale::Silent).await;
    assert_eq!(gateway.get("/").await.status(), 200);
    assert_eq!((late.get(), connections.get()), (1, OLD + 1));
}

#[tokio::test]
async fn a_post_on_a_closed_old_connection_runs_once() {
    let (mut gateway, connections, late) = with_old_connections("once", Stale::Closed).await;
    let response = gateway.send(Method::POST, "/", "order").await.expect("the gateway answers");
    assert_eq!(response.status(), 502);
    gateway.hear(&["event=attempt", "failure=reused_closed"]).await;
    assert_eq!((late.get(), connections.get()), (1, OLD));
}
