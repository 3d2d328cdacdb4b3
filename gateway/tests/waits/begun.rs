//! Responses that break off before anything of them was sent.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{GET, gateway, pause, rest, sent};
use crate::support::{Gateway, file, ms, one_route, read_head, read_until, upstream, within};

/// A server that writes this text and closes.
async fn breaking(text: &'static str) -> std::net::SocketAddr {
    upstream(move |_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(text.as_bytes()).await;
    })
    .await
}

#[tokio::test]
async fn a_response_that_is_seen_to_break_off_at_once_becomes_502() {
    let nonsense = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n";
    let gateway = gateway("cut-at-once", breaking(nonsense).await, &[]).await;
    for _ in 0..5 {
        let mut stream = sent(&gateway, GET.as_bytes()).await;
        let head = within(ms(10_000), read_until(&mut stream, "\r\n\r\n")).await.expect("it ends");
        assert!(head.starts_with("HTTP/1.1 502 "), "{head:?}");
    }
}

#[tokio::test]
async fn a_response_that_breaks_off_unsent_is_logged_as_cut() {
    let nonsense = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n";
    let text = one_route("cut-unsent", &format!("http://{}", breaking(nonsense).await), "[]");
    let mut gateway = Gateway::serve_heard(&file("waits-cut-unsent.yaml", &text), &[]).await;
    assert_eq!(gateway.get("/").await.status().as_u16(), 502);
    gateway.hear(&["event=cut", "route=cut-unsent", "status=502", "bytes=0", "by=upstream", "why="]).await;
}

/// On a busy machine, the gateway may see the end too late for a 502.
#[tokio::test]
async fn no_broken_response_closes_a_connection_without_a_byte() {
    let server = breaking("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n").await;
    let gateway = gateway("cut-by-closing", server, &[]).await;
    for _ in 0..20 {
        let mut stream = sent(&gateway, GET.as_bytes()).await;
        let head = within(ms(10_000), read_until(&mut stream, "\r\n\r\n")).await.expect("it ends");
        assert!(head.starts_with("HTTP/1.1 502 ") || head.starts_with("HTTP/1.1 200 "), "{head:?}");
    }
}

/// The beginning is passed on, so the client can see that the response is broken.
#[tokio::test]
async fn a_response_that_breaks_off_later_is_passed_on_and_cut() {
    let server = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunks = "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\nnonsense\r\n";
        let _ = stream.write_all([head, chunks].concat().as_bytes()).await;
        let _ = stream.read_u8().await;
    })
    .await;
    let gateway = gateway("cut-later", server, &[]).await;
    let mut stream = sent(&gateway, GET.as_bytes()).await;
    let response = rest(&mut stream).await;
    assert!(response.starts_with("HTTP/1.1 200 "), "{response:?}");
    assert!(response.ends_with("d\r\n") && !response.ends_with("0\r\n\r\n"), "{response:?}");
}

/// Long before there is something of its body.
#[tokio::test]
async fn a_head_is_passed_on_without_its_body() {
    for kind in ["text/event-stream", "application/octet-stream"] {
        let server = upstream(move |_, mut stream| async move {
            read_head(&mut stream).await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: 9\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).await;
            pause(ms(20_000)).await;
        })
        .await;
        let gateway = gateway(&format!("head-alone-{}", kind.len()), server, &[]).await;
        let mut stream = sent(&gateway, GET.as_bytes()).await;
        let head = within(ms(10_000), read_until(&mut stream, "\r\n\r\n")).await.expect("it comes alone");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    }
}
