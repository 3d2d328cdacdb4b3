//! Limits of connections: idle time, age and number.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use super::{Count, RETRY, at_once, gateway};
use crate::support::{Gateway, client, file, ms, one_route, pause, read_head, silent, upstream, within};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A server that answers each request with these bytes after this time, and the number of its connections.
async fn answering(time: Duration, response: &'static [u8]) -> (SocketAddr, Count) {
    let connections = Count::default();
    let opened = connections.clone();
    let server = upstream(move |_, mut stream| {
        opened.add();
        async move {
            while !read_head(&mut stream).await.is_empty() {
                pause(time).await;
                let _ = stream.write_all(response).await;
            }
        }
    });
    (server.await, connections)
}

/// A server that answers each request with these bytes, and tells the number of each connection that has ended.
async fn ending(response: &'static [u8]) -> (SocketAddr, mpsc::UnboundedReceiver<usize>) {
    let (ended, ends) = mpsc::unbounded_channel();
    let server = upstream(move |number, mut stream| {
        let ended = ended.clone();
        async move {
            while !read_head(&mut stream).await.is_empty() {
                let _ = stream.write_all(response).await;
            }
            let _ = ended.send(number);
        }
    });
    (server.await, ends)
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_time() {
    let (server, mut ends) = ending(OK).await;
    let gateway = gateway("idle", server, "pool: { max-idle-time: 100 }", RETRY, "").await;
    assert_eq!(gateway.get("/").await.status(), 200);
    assert_eq!(within(ms(10_000), ends.recv()).await, Some(Some(1)));
    assert_eq!(gateway.get("/").await.status(), 200);
    assert_eq!(within(ms(10_000), ends.recv()).await, Some(Some(2)));
}

#[tokio::test]
async fn an_old_connection_gets_no_further_request() {
    let (server, connections) = answering(Duration::ZERO, OK).await;
    let gateway = gateway("old", server, "pool: { max-life-time: 1s }", RETRY, "").await;
    assert_eq!(
        (gateway.get("/").await.status(), gateway.get("/").await.status()),
        (http::StatusCode::OK, http::StatusCode::OK)
    );
    assert_eq!(connections.get(), 1);
    pause(ms(1_050)).await;
    assert_eq!(gateway.get("/").await.status(), 200);
    assert_eq!(connections.get(), 2);
}

#[tokio::test]
async fn connections_outlive_a_reload() {
    let (server, connections) = answering(Duration::ZERO, OK).await;
    let text = one_route("reloaded", &format!("http://{server}"), "[]");
    let config = file("pool-reloaded.yaml", &text);
    let mut gateway = Gateway::serve_heard(&config, &["--threads", "1"]).await;
    assert_eq!(gateway.get("/").await.status(), 200);
    for _ in 0..2 {
        gateway.signal("HUP").await;
        gateway.hear(&["reloaded, "]).await;
        assert_eq!(gateway.get("/").await.status(), 200);
    }
    assert_eq!(connections.get(), 1);
}

#[tokio::test]
async fn no_more_connections_are_opened_than_allowed() {
    for (name, all, own) in [
        ("few", "pool: { max-connections: 2 }", ""),
        ("few-own", "pool: { max-connections: 9 }", "max-connections: 2"),
    ] {
        let (server, connections) = answering(ms(20), OK).await;
        let gateway = gateway(name, server, all, RETRY, own).await;
        assert_eq!(at_once(&gateway, 12).await, [200; 12]);
        assert_eq!(connections.get(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_request_without_a_free_connection_is_not_sent() {
    let (server, mut asked) = silent().await;
    let pool = "pool: { max-connections: 1, acquire-timeout: 100 }";
    let gateway = gateway("full", server, pool, "[]", "").await;
    let request =
        http::Request::get(format!("http://{}/", gateway.address)).body(http_body_util::Full::default());
    let first = tokio::spawn(client().request(request.expect("valid")));
    within(ms(10_000), asked.recv()).await.flatten().expect("it is sent");
    let refused = gateway.post("/", "order").await;
    assert_eq!(refused.status(), 502);
    assert!(String::from_utf8_lossy(refused.body()).contains("cannot be reached"), "{refused:?}");
    assert!(asked.try_recv().is_err(), "the second is not sent");
    first.abort();
}

#[tokio::test]
async fn a_connection_whose_body_was_not_read_is_closed() {
    let (server, mut ends) = ending(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nbegun").await;
    let gateway = gateway("left", server, "response-timeout: 5s", RETRY, "").await;
    for number in [1, 2] {
        let mut stream = tokio::net::TcpStream::connect(gateway.address).await.expect("it listens");
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("it reads");
        read_head(&mut stream).await;
        drop(stream);
        assert_eq!(within(ms(10_000), ends.recv()).await, Some(Some(number)));
    }
}
