//! `WebSocket`s of which one side stops.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::{gateway, pause, rest, sent};
use crate::support::{Gateway, ms, read_head, read_until, upstream, within};

const ASKED: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/// A server that opens a tunnel and then does as it is told.
async fn tunnel<F, Fut>(treat: F) -> SocketAddr
where
    F: Fn(TcpStream) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    upstream(move |_, mut stream| {
        let treat = treat.clone();
        async move {
            read_head(&mut stream).await;
            let head =
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nopen";
            let _ = stream.write_all(head.as_bytes()).await;
            treat(stream).await;
        }
    })
    .await
}

async fn open(gateway: &Gateway) -> TcpStream {
    let mut stream = sent(gateway, ASKED).await;
    within(ms(10_000), read_until(&mut stream, "open")).await.expect("it is open");
    stream
}

#[tokio::test]
async fn a_tunnel_whose_server_reads_nothing_ends() {
    let server = tunnel(|stream| async move {
        pause(ms(30_000)).await;
        drop(stream);
    })
    .await;
    let gateway = gateway("server-deaf", server, &["--stall", "500ms"]).await;
    let mut stream = open(&gateway).await;
    let sending = async { while stream.write_all(&vec![b'u'; 65_536]).await.is_ok() {} };
    within(ms(15_000), sending).await.expect("it ends");
}

#[tokio::test]
async fn a_tunnel_whose_client_reads_nothing_ends() {
    let ended = Arc::new(Notify::new());
    let told = Arc::clone(&ended);
    let server = tunnel(move |mut stream| {
        let told = Arc::clone(&told);
        async move {
            while stream.write_all(&vec![b'd'; 65_536]).await.is_ok() {}
            told.notify_one();
        }
    })
    .await;
    let gateway = gateway("client-deaf", server, &["--stall", "500ms"]).await;
    let _stream = open(&gateway).await;
    within(ms(15_000), ended.notified()).await.expect("it ends");
}

#[tokio::test]
async fn a_silent_tunnel_stays_open() {
    let server = tunnel(|mut stream| async move {
        let byte = stream.read_u8().await.unwrap_or_default();
        let _ = stream.write_all(&[byte]).await;
        let _ = stream.read_u8().await;
    })
    .await;
    let arguments = ["--stall", "200ms", "--idle-timeout", "200ms", "--head-timeout", "200ms"];
    let gateway = gateway("silent-tunnel", server, &arguments).await;
    let mut stream = open(&gateway).await;
    assert!(within(ms(1_500), stream.read_u8()).await.is_none(), "it is open");
    stream.write_all(b"x").await.expect("it is open");
    assert_eq!(within(ms(5_000), stream.read_u8()).await.expect("it comes back").expect("it is open"), b'x');
}

#[tokio::test]
async fn a_half_closed_tunnel_ends_when_the_other_side_is_silent() {
    let server = tunnel(|mut stream| async move {
        while stream.read_u8().await.is_ok() {}
        let _ = stream.write_all(b"heard").await;
        pause(ms(30_000)).await;
    })
    .await;
    let gateway = gateway("half-closed", server, &["--stall", "500ms"]).await;
    let mut stream = open(&gateway).await;
    stream.shutdown().await.expect("it is open");
    assert_eq!(rest(&mut stream).await, "heard");
}
