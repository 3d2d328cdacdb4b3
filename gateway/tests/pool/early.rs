//! Responses that come while the request is still being sent.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::frames::{ACK, END_HEADERS, END_STREAM, HEADERS, PING, STATUS_200, Server};
use super::{RETRY, gateway};
use crate::support::{client, ms, read_head, upstream, within};

/// A server refuses an upload after its head, and closes with most of it unread.
///
/// Its system then resets the connection.
#[tokio::test]
async fn a_response_that_has_arrived_wins_over_a_write_error() {
    let server = upstream(move |_, mut stream| async move {
        read_head(&mut stream).await;
        let refused =
            b"HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 9\r\n\r\ntoo large";
        let _ = stream.write_all(refused).await;
    })
    .await;
    let gateway = gateway("early", server, "response-timeout: 10s", RETRY, "").await;
    for _ in 0..20 {
        let body = http_body_util::Full::new(bytes::Bytes::from(vec![b'x'; 8 << 20]));
        let request = http::Request::post(format!("http://{}/", gateway.address)).body(body).expect("valid");
        // The client may be cut off by its own connection; what it gets must not be a 502.
        if let Ok(response) = client().request(request).await {
            assert_eq!(response.status(), 413);
        }
    }
}

/// The system of this server resets the connection, and what it has sent before is no response.
#[tokio::test]
async fn a_response_that_cannot_be_read_ends_its_upload() {
    let server = upstream(move |_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"nonsense\r\n\r\n").await;
    })
    .await;
    let gateway = gateway("unreadable", server, "response-timeout: 10s", RETRY, "").await;
    for _ in 0..12 {
        let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
        let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("it reads");
        stream.write_all(&vec![b'x'; 3_000_000]).await.expect("it reads on");
        let mut response = Vec::new();
        let read = within(ms(20_000), stream.read_to_end(&mut response)).await;
        read.expect("the connection ends").expect("it ends well");
        assert!(response.starts_with(b"HTTP/1.1 502 "), "{}", String::from_utf8_lossy(&response));
    }
}

/// A server that refuses an upload, reads nothing more of it and stays.
#[tokio::test]
async fn an_upload_that_nobody_takes_ends_after_its_response() {
    let server = upstream(move |_, mut stream| async move {
        read_head(&mut stream).await;
        let refused = b"HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let _ = stream.write_all(refused).await;
        std::future::pending::<()>().await;
    })
    .await;
    let gateway = gateway("untaken", server, "response-timeout: 10s", RETRY, "").await;
    let stream = TcpStream::connect(gateway.address).await.expect("it listens");
    let (mut reader, mut writer) = stream.into_split();
    tokio::spawn(async move {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n";
        let _ = writer.write_all(head.as_bytes()).await;
        let _ = writer.write_all(&vec![b'x'; 30_000_000]).await;
    });
    let mut response = Vec::new();
    let read = within(ms(20_000), reader.read_to_end(&mut response)).await;
    read.expect("the connection ends").expect("it ends well");
    assert!(response.starts_with(b"HTTP/1.1 413 "), "{}", String::from_utf8_lossy(&response));
}

/// A server that responds over HTTP/2 before an upload has ended, neither takes nor resets the rest, and answers pings.
#[tokio::test]
async fn a_connection_of_http2_ends_though_an_upload_is_left() {
    let (tell, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let server = upstream(move |_, stream| {
        let tell = tell.clone();
        async move {
            let mut server = Server::accept(stream, &[]).await.expect("a preface");
            let stream = server.request().await.expect("a request");
            server.send(HEADERS, END_HEADERS | END_STREAM, stream, STATUS_200).await;
            while let Some(frame) = server.frame().await {
                if frame.kind == PING && frame.flags & ACK == 0 {
                    server.send(PING, ACK, 0, &frame.payload).await;
                }
            }
            let _ = tell.send(());
        }
    })
    .await;
    let settings = "response-timeout: 10s, pool: { max-idle-time: 200 }";
    let gateway = gateway("left", server, settings, "[]", "http2: true").await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("it reads");
    stream.write_all(&vec![b'x'; 400_000]).await.expect("it reads on");
    let head = within(ms(20_000), read_head(&mut stream)).await.expect("it answers");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    drop(stream);
    within(ms(20_000), ended.recv()).await.expect("the connection ends").expect("it was open");
}
