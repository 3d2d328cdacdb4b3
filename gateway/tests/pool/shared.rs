//! Connections of HTTP/2 that many requests share.

use std::net::SocketAddr;
use std::time::Duration;

use futures::future::join_all;

use super::frames::{CONTINUATION, HEADERS, STATUS_200, Server};
use super::{Count, RETRY, at_once, gateway};
use crate::support::{ms, pause, upstream};

/// The setting that allows one stream at once.
const ONE_STREAM: [u8; 6] = [0, 3, 0, 0, 0, 1];

#[tokio::test]
async fn requests_share_a_connection_of_http2() {
    let connections = Count::default();
    let opened = connections.clone();
    let server = upstream(move |_, stream| {
        opened.add();
        async move {
            if let Some(server) = Server::accept(stream, &[]).await {
                server.answer_all().await;
            }
        }
    })
    .await;
    let gateway = gateway("shared", server, "response-timeout: 5s", RETRY, "http2: true").await;
    assert_eq!(at_once(&gateway, 20).await, [200; 20]);
    assert_eq!(connections.get(), 1);
}

#[tokio::test]
async fn a_silent_connection_costs_one_attempt() {
    let (connections, silent) = (Count::default(), Count::default());
    let (opened, asked) = (connections.clone(), silent.clone());
    let server = upstream(move |number, stream| {
        opened.add();
        let asked = asked.clone();
        async move {
            let Some(mut server) = Server::accept(stream, &[]).await else { return };
            if number > 1 {
                return server.answer_all().await;
            }
            let Some(first) = server.request().await else { return };
            server.answer(first).await;
            // From now on it reads, and answers nothing, pings included.
            while let Some(frame) = server.frame().await {
                if frame.kind == HEADERS {
                    asked.add();
                }
            }
        }
    })
    .await;
    let gateway = gateway("dead", server, "response-timeout: 400", RETRY, "http2: true").await;
    assert_eq!(gateway.get("/").await.status(), 200);
    assert_eq!(gateway.get("/").await.status(), 200);
    assert_eq!((silent.get(), connections.get()), (1, 2));
    // Later requests do not meet the dead connection.
    assert_eq!(gateway.get("/").await.status(), 200);
    assert_eq!((silent.get(), connections.get()), (1, 2));
}

#[tokio::test]
async fn a_bad_response_fails_no_other_request() {
    let server = upstream(move |number, stream| async move {
        let Some(mut server) = Server::accept(stream, &[]).await else { return };
        if number > 1 {
            return server.answer_all().await;
        }
        let mut streams = Vec::new();
        while streams.len() < 20 {
            let Some(stream) = server.request().await else { return };
            streams.push(stream);
        }
        // A head that is four times as large as anybody allows.
        server.send(HEADERS, 0, streams[0], STATUS_200).await;
        for _ in 0..40 {
            server.send(CONTINUATION, 0, streams[0], &field(b'x', 16_000)).await;
        }
        server.drain().await;
    })
    .await;
    let gateway = gateway("poisoned", server, "response-timeout: 5s", RETRY, "http2: true").await;
    assert_eq!(at_once(&gateway, 20).await, [200; 20]);
}

/// A literal field `x` of this size in HPACK, without indexing.
fn field(byte: u8, size: usize) -> Vec<u8> {
    let mut field = vec![0, 1, b'x', 0x7f];
    let mut rest = size - 127;
    while rest >= 128 {
        field.push(u8::try_from(rest % 128).expect("seven bits") | 0x80);
        rest /= 128;
    }
    field.push(u8::try_from(rest).expect("seven bits"));
    field.extend(std::iter::repeat_n(byte, size));
    field
}

/// A server that allows one stream at once and answers after this time, with its connections and its requests.
async fn one_stream(time: Duration) -> (SocketAddr, Count, Count) {
    let (connections, requests) = (Count::default(), Count::default());
    let (opened, asked) = (connections.clone(), requests.clone());
    let server = upstream(move |_, stream| {
        opened.add();
        let asked = asked.clone();
        async move {
            let Some(mut server) = Server::accept(stream, &ONE_STREAM).await else { return };
            while let Some(stream) = server.request().await {
                asked.add();
                pause(time).await;
                server.answer(stream).await;
            }
        }
    });
    (server.await, connections, requests)
}

#[tokio::test]
async fn a_server_that_allows_one_stream_gets_more_connections() {
    let (server, _, requests) = one_stream(ms(100)).await;
    let gateway = gateway("one", server, "response-timeout: 2s", "[]", "http2: true").await;
    let posts = join_all((0..30).map(|_| gateway.post("/", "order"))).await;
    assert!(posts.iter().all(|response| response.status() == 200), "{posts:?}");
    assert_eq!(requests.get(), 30);
}

#[tokio::test]
async fn no_more_connections_of_http2_are_opened_than_allowed() {
    let (server, connections, _) = one_stream(ms(20)).await;
    let gateway = gateway("few-shared", server, "pool: { max-connections: 2 }", RETRY, "http2: true").await;
    assert_eq!(at_once(&gateway, 12).await, [200; 12]);
    assert_eq!(connections.get(), 2);
}

#[tokio::test]
async fn an_old_connection_of_http2_gets_no_further_request() {
    let (server, connections, _) = one_stream(Duration::ZERO).await;
    let gateway = gateway("old-shared", server, "pool: { max-life-time: 1s }", RETRY, "http2: true").await;
    for _ in 0..2 {
        assert_eq!(gateway.get("/").await.status(), 200);
    }
    assert_eq!(connections.get(), 1);
    pause(ms(1_050)).await;
    assert_eq!(gateway.get("/").await.status(), 200);
    assert_eq!(connections.get(), 2);
}
