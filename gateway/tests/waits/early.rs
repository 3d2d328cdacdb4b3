//! Responses that come before their request has ended.

use std::future::poll_fn;
use std::net::SocketAddr;

use bytes::Bytes;
use h2::Reason;
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{answering, gateway, mute, rest, sent};
use crate::support::{Gateway, file, ms, one_route, read_head, read_until, upstream, within};

const SIZE: usize = 8 * 1024 * 1024;

/// A server that refuses an upload at once with a large response, and reads on.
async fn refusing() -> SocketAddr {
    upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let head = "HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 200000\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(&vec![b'r'; 200_000]).await;
        let mut rest = vec![0; 65_536];
        while matches!(stream.read(&mut rest).await, Ok(read) if read > 0) {}
    })
    .await
}

/// Writes everything before it reads anything, as many clients do.
async fn upload(gateway: &Gateway, head: &str) -> String {
    let mut stream = sent(gateway, head.as_bytes()).await;
    let piece = vec![b'u'; 65_536];
    for _ in 0..SIZE / piece.len() {
        stream.write_all(&piece).await.expect("it is read to its end");
    }
    rest(&mut stream).await
}

#[tokio::test]
async fn a_refusal_during_an_upload_arrives_whole() {
    let gateway = gateway("early", refusing().await, &[]).await;
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {SIZE}\r\n\r\n");
    for _ in 0..8 {
        let response = upload(&gateway, &head).await;
        assert!(response.starts_with("HTTP/1.1 413 "), "{response:.100}");
        assert!(response.contains("\r\nconnection: close\r\n"), "{response:.300}");
        let (_, body) = response.split_once("\r\n\r\n").expect("it has a body");
        assert_eq!(body.len(), 200_000);
    }
}

#[tokio::test]
async fn refusals_of_the_gateway_arrive_during_an_upload() {
    let server = mute().await;
    let text =
        one_route("small", &format!("http://{server}"), "[RequestSize=1KB]\n  predicates: [Path=/small]");
    let gateway = Gateway::serve(&file("waits-small.yaml", &text), &["--log", "off"]).await;
    let length = format!("Content-Length: {SIZE}");
    for (start, status) in [
        (format!("POST /none HTTP/1.1\r\nHost: a\r\n{length}"), 404),
        (format!("POST /small HTTP/1.1\r\nHost: a\r\n{length}"), 413),
        ("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked".to_owned(), 413),
        (format!("POST /small HTTP/1.1\r\nno header\r\n{length}"), 400),
        (format!("POST /small HTTP/1.1\r\nHost: a\r\nX-Large: {}\r\n{length}", "x".repeat(200_000)), 431),
    ] {
        let head =
            if start.contains("chunked") { format!("{start}\r\n\r\n800000\r\n") } else { start + "\r\n\r\n" };
        let response = upload(&gateway, &head).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {response:.100}");
        assert!(response.contains("\r\nconnection: close\r\n"), "{status}: {response:.300}");
    }
}

#[tokio::test]
async fn a_stalled_upload_gets_408_and_close() {
    let gateway = gateway("upload-stalls", mute().await, &["--stall", "300ms"]).await;
    let mut stream = sent(&gateway, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf").await;
    let response = rest(&mut stream).await;
    assert!(
        response.starts_with("HTTP/1.1 408 ") && response.contains("\r\nconnection: close\r\n"),
        "{response}"
    );
}

/// The rest of its body must not be taken for the next request.
///
/// Therefore, the response has `Connection: close`, or the next request is answered.
#[tokio::test]
async fn a_reset_upload_gets_502_and_close() {
    let server = upstream(|_, mut stream| async move {
        read_head(&mut stream).await; // what is left unread makes the system send a reset
    })
    .await;
    let gateway = gateway("upload-reset", server, &[]).await;
    for sent_first in [200_000, 400_000, 400_000, 400_000] {
        let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n";
        let mut stream = sent(&gateway, head).await;
        let _ = stream.write_all(&vec![b'u'; sent_first]).await;
        let head = within(ms(10_000), read_until(&mut stream, "\r\n\r\n")).await.expect("it answers");
        assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
        if sent_first < 400_000 {
            assert!(head.contains("\r\nconnection: close\r\n"), "{head}");
        }
        if !head.contains("\r\nconnection: close\r\n") {
            let _ = stream.write_all(b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n").await;
            let next = within(ms(10_000), read_until(&mut stream, "\r\n\r\n")).await.expect("it ends");
            assert!(next.contains("HTTP/1.1 502 "), "the next request is lost: {next}");
        }
    }
}

#[tokio::test]
async fn a_connection_is_kept_after_uploads_that_were_read() {
    let server = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let gateway = gateway("upload-read", server, &[]).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    for _ in 0..3 {
        stream
            .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n\r\n\r\n")
            .await
            .expect("it reads");
        let head = within(ms(10_000), read_until(&mut stream, "ok")).await.expect("it answers");
        assert!(head.starts_with("HTTP/1.1 200 ") && !head.contains("close"), "{head}");
    }
}

/// The gateway reads a client that continues to send only for a while.
#[tokio::test]
async fn a_client_that_drips_after_its_response_is_let_go() {
    let gateway = gateway("linger", refusing().await, &["--stall", "500ms"]).await;
    let mut stream =
        sent(&gateway, format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {SIZE}\r\n\r\n").as_bytes())
            .await;
    within(ms(5_000), read_until(&mut stream, "rrrr")).await.expect("it answers");
    super::drip(&mut stream, b"u").await;
}

/// The rest of the upload is discarded, and other streams of the connection go on.
#[tokio::test]
async fn an_early_response_over_http2_is_whole_and_resets_without_error() {
    let server = refusing().await;
    let text = one_route("early-2", &format!("http://{server}"), "[]\n  predicates: [Path=/up]");
    let gateway = Gateway::serve(&file("waits-early-2.yaml", &text), &["--log", "off"]).await;
    let stream = TcpStream::connect(gateway.address).await.expect("it listens");
    let handshake = ::h2::client::Builder::new().initial_window_size(1_000_000).handshake::<_, Bytes>(stream);
    let (client, connection) = handshake.await.expect("it speaks HTTP/2");
    tokio::spawn(connection);
    let mut client = client.ready().await.expect("it is ready");
    for (path, status) in [("up", 413), ("none", 404)].repeat(4) {
        let request = Request::post(format!("http://a/{path}")).body(()).expect("valid");
        let (response, upload) = client.send_request(request, false).expect("it can be sent");
        let sending = tokio::spawn(send_all(upload));
        let response = within(ms(10_000), response).await.expect("it answers").expect("it is whole");
        assert_eq!(response.status().as_u16(), status);
        let length = response.headers()["content-length"].to_str().expect("it is a number").to_owned();
        let (mut body, mut size) = (response.into_body(), 0);
        while let Some(data) = within(ms(10_000), body.data()).await.expect("it ends") {
            let data = data.expect("it is whole");
            size += data.len();
            body.flow_control().release_capacity(data.len()).expect("it was taken");
        }
        assert_eq!(size.to_string(), length, "{status}");
        let reason = within(ms(10_000), sending).await.expect("it ends").expect("it runs");
        assert!(matches!(reason, None | Some(Reason::NO_ERROR)), "{status}: {reason:?}");
        assert!(status != 404 || reason.is_some(), "the rest is not wanted");
    }
}

/// Sends an upload as far as it is wanted; the reason why it is not.
async fn send_all(mut upload: ::h2::SendStream<Bytes>) -> Option<Reason> {
    let mut left = SIZE;
    while left > 0 {
        upload.reserve_capacity(left.min(65_536));
        let Some(Ok(capacity)) = poll_fn(|context| upload.poll_capacity(context)).await else {
            return poll_fn(|context| upload.poll_reset(context)).await.ok();
        };
        left -= capacity;
        upload.send_data(vec![b'u'; capacity].into(), left == 0).ok()?;
    }
    None
}
