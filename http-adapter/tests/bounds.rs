//! What one client or one server can take of a gateway: places, time and room, and never those of others.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::{
    Gateway, Recorder, Reply, exchange, file, ms, one_route, read_head, read_until, upstream, within,
};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async fn open(gateway: &Gateway) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.write_all(GET.as_bytes()).await.expect("it reads");
    stream
}

/// A response holds its place until its body has ended.
#[tokio::test]
async fn a_response_that_still_comes_counts_as_a_request() {
    let upstream = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
        std::future::pending::<()>().await;
    })
    .await;
    let text = one_route("held", &format!("http://{upstream}"), "[]");
    let gateway = Gateway::serve(&file("held.yaml", &text), &["--max-requests", "1", "--log", "off"]).await;
    let mut first = open(&gateway).await;
    assert!(read_until(&mut first, "half").await.starts_with("HTTP/1.1 200 "));
    assert!(exchange(&gateway, GET, "\r\n\r\n").await.starts_with("HTTP/1.1 503 "));
}

#[tokio::test]
async fn more_connections_than_allowed_have_to_wait() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(200, "ok")).await;
    let text = one_route("wait", &format!("http://{upstream}"), "[]");
    let arguments = ["--max-connections", "1", "--log", "off"];
    let gateway = Gateway::serve(&file("wait.yaml", &text), &arguments).await;
    let mut first = open(&gateway).await;
    read_until(&mut first, "ok").await;
    let mut second = open(&gateway).await;
    assert!(within(ms(300), second.read_u8()).await.is_none(), "the first one has the only place");
    drop(first);
    assert!(within(ms(5_000), read_until(&mut second, "ok")).await.is_some());
}

/// A connection that goes on as a `WebSocket` is still one.
#[tokio::test]
async fn an_open_websocket_counts_as_a_connection() {
    let upstream = upstream(|number, mut stream| async move {
        read_head(&mut stream).await;
        let upgraded =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nopen";
        let plain = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        let _ = stream.write_all(if number == 1 { upgraded } else { plain }.as_bytes()).await;
        let _ = stream.read_u8().await; // until it is closed
    })
    .await;
    let text = one_route("socket", &format!("http://{upstream}"), "[]");
    let arguments = ["--max-connections", "1", "--log", "off"];
    let gateway = Gateway::serve(&file("one-socket.yaml", &text), &arguments).await;
    let mut socket = TcpStream::connect(gateway.address).await.expect("it listens");
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    socket.write_all(request.as_bytes()).await.expect("it reads");
    within(ms(5_000), read_until(&mut socket, "open")).await.expect("it is open");
    let mut second = open(&gateway).await;
    assert!(within(ms(300), second.read_u8()).await.is_none(), "the socket has the only place");
    drop(socket);
    assert!(within(ms(5_000), read_until(&mut second, "ok")).await.is_some());
}

/// A server that stops in the middle of its response.
#[tokio::test]
async fn a_response_that_stalls_is_cut() {
    let upstream = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
        std::future::pending::<()>().await;
    })
    .await;
    let text = one_route("cut", &format!("http://{upstream}"), "[]");
    let gateway = Gateway::serve(&file("cut.yaml", &text), &["--stall", "300ms", "--log", "off"]).await;
    let mut stream = open(&gateway).await;
    let all = within(ms(5_000), read_until(&mut stream, "never")).await.expect("it ends");
    assert!(all.ends_with("half"), "{all}");
}

/// A client that asks and does not read.
#[tokio::test]
async fn a_client_that_takes_nothing_is_let_go() {
    let (told, mut ended) = mpsc::unbounded_channel();
    let upstream = upstream(move |_, mut stream| {
        let told = told.clone();
        async move {
            read_head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n").await;
            // Until nobody takes it any more, because the connection is gone.
            while stream.write_all(&[b'x'; 16_384]).await.is_ok() {}
            let _ = told.send(());
        }
    })
    .await;
    let text = one_route("taken", &format!("http://{upstream}"), "[]");
    let gateway = Gateway::serve(&file("taken.yaml", &text), &["--stall", "500ms", "--log", "off"]).await;
    let _stream = open(&gateway).await;
    assert!(within(ms(10_000), ended.recv()).await.is_some(), "the server is let go, too");
}
