//! SIGTERM and SIGINT end the gateway within `--grace`, from every state.
#![cfg(unix)]

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{answering, endless, routed, sent, sent_to};
use crate::support::{Gateway, ms, read_head, silent, upstream, within};

async fn gateway(id: &str, upstream: SocketAddr, grace: &str) -> Gateway {
    let arguments = ["--log", "off", "--admin", "127.0.0.1:0", "--grace", grace];
    Gateway::serve(&routed(id, upstream), &arguments).await
}

/// Ends it, while it says that it stops.
async fn ends(gateway: Gateway) {
    gateway.signal("TERM").await;
    assert_eq!(gateway.ended().await, Some(0));
}

#[tokio::test]
async fn requests_without_a_response_are_cut_after_the_grace() {
    let (upstream, mut asked) = silent().await;
    let mut gateway = Gateway::serve_heard(&routed("end-requests", upstream), &["--grace", "500ms"]).await;
    let mut stream = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    asked.recv().await.expect("it runs");
    gateway.signal("INT").await;
    gateway.hear(&["some requests did not end within 500ms: 1 connections are cut"]).await;
    assert_eq!(gateway.ended().await, Some(0));
    let end = within(ms(5_000), stream.read(&mut [0; 1])).await.expect("the connection ends");
    assert!(matches!(end, Ok(0) | Err(_)));
}

#[tokio::test]
async fn health_is_503_during_the_grace() {
    let (upstream, mut asked) = silent().await;
    let gateway = gateway("end-health", upstream, "5s").await;
    let _stream = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    asked.recv().await.expect("it runs");
    gateway.signal("TERM").await;
    let stopping = async { while gateway.ask("/health").await != (503, "stopping\n".to_owned()) {} };
    within(ms(4_000), stopping).await.expect("it says that it stops");
    assert_eq!(gateway.ask("/metrics").await.0, 200);
    gateway.signal("TERM").await;
    assert_eq!(gateway.ended().await, Some(0));
}

/// The grace is longer than the test waits for the end.
#[tokio::test]
async fn a_second_signal_ends_the_grace_at_once() {
    let (upstream, mut asked) = silent().await;
    let path = routed("end-twice", upstream);
    let mut gateway = Gateway::serve_heard(&path, &["--grace", "1000s", "--admin", "127.0.0.1:0"]).await;
    let _stream = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    asked.recv().await.expect("it runs");
    gateway.signal("INT").await;
    while gateway.ask("/health").await.0 == 200 {}
    gateway.signal("TERM").await;
    gateway.hear(&["stopping at once"]).await;
    gateway.hear(&["event=cut", "by=stopped"]).await;
    assert_eq!(gateway.ended().await, Some(0));
}

#[tokio::test]
async fn clients_that_read_nothing_or_send_slowly_delay_no_end() {
    let gateway = gateway("end-slow", endless().await, "500ms").await;
    let mut clients = Vec::new();
    for request in [
        "",
        "GET / HT",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        clients.push(sent(&gateway, request).await);
    }
    let mut drips = sent(&gateway, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    tokio::spawn(async move { while drips.write_all(b"1\r\nx\r\n").await.is_ok() {} });
    ends(gateway).await;
}

#[tokio::test]
async fn connections_of_http2_without_streams_end_before_the_grace() {
    let gateway = gateway("end-idle", answering().await, "1000s").await;
    let stream = TcpStream::connect(gateway.address).await.expect("it listens");
    let (client, connection) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
    let connection = tokio::spawn(connection);
    let request = http::Request::get(format!("http://{}/", gateway.address)).body(()).expect("valid");
    let mut client = client.ready().await.expect("it is ready");
    let (response, _) = client.send_request(request, true).expect("it is sent");
    assert_eq!(response.await.expect("it is answered").status().as_u16(), 200);
    ends(gateway).await;
    within(ms(5_000), connection).await.expect("it is closed").expect("it ends").expect("it ends well");
}

#[tokio::test]
async fn streams_of_http2_that_wait_are_cut_after_the_grace() {
    let (upstream, mut asked) = silent().await;
    let gateway = gateway("end-streams", upstream, "500ms").await;
    let stream = TcpStream::connect(gateway.address).await.expect("it listens");
    let (mut client, connection) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
    tokio::spawn(connection);
    let request = http::Request::post(format!("http://{}/", gateway.address)).body(()).expect("valid");
    let (_response, _body) = client.send_request(request, false).expect("it is sent");
    asked.recv().await.expect("it runs");
    ends(gateway).await;
}

#[tokio::test]
async fn open_tunnels_are_cut_after_the_grace() {
    const SWITCH: &str =
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let upstream = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(SWITCH.as_bytes()).await;
        std::future::pending::<()>().await;
    })
    .await;
    let gateway = gateway("end-tunnels", upstream, "500ms").await;
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    let mut stream = sent(&gateway, request).await;
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 101 "));
    ends(gateway).await;
}

#[tokio::test]
async fn a_gateway_with_all_connections_taken_ends() {
    let arguments = ["--max-connections", "1", "--grace", "500ms", "--log", "off"];
    let (upstream, mut asked) = silent().await;
    let gateway = Gateway::serve(&routed("end-taken", upstream), &arguments).await;
    let _runs = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    asked.recv().await.expect("it runs");
    let mut waits = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    ends(gateway).await;
    let end = within(ms(5_000), waits.read(&mut [0; 1])).await.expect("the waiting client is told");
    assert!(matches!(end, Ok(0) | Err(_)));
}

#[tokio::test]
async fn clients_of_the_admin_delay_no_end() {
    let gateway = gateway("end-admin", answering().await, "1000s").await;
    let mut clients = Vec::new();
    for request in ["", "GET /met", &"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500)] {
        for _ in 0..20 {
            clients.push(sent_to(gateway.admin.expect("it has one"), request).await);
        }
    }
    ends(gateway).await;
}

/// It has said that it listens, and hears signals by then.
#[tokio::test]
async fn a_signal_that_comes_at_once_is_heard() {
    let gateway = gateway("end-early", answering().await, "10s").await;
    ends(gateway).await;
}
