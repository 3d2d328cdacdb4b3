//! Uploads that the server does not take.

use bytes::Bytes;
use tokio::io::AsyncWriteExt;

use super::{gateway, patient_gateway, pause, sent};
use crate::support::{Gateway, file, ms, one_route, read_head, read_until, upstream, within};

const HEAD: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n";

/// Sends an upload as far as it is taken; the head of the response.
async fn upload(gateway: &Gateway, head: &str) -> String {
    let mut stream = sent(gateway, head.as_bytes()).await;
    let (reading, mut writing) = stream.split();
    let sending = async {
        while writing.write_all(&vec![b'u'; 65_536]).await.is_ok() {}
        std::future::pending::<()>().await;
    };
    let mut reading = tokio::io::BufReader::new(reading);
    let mut line = String::new();
    let answered = tokio::io::AsyncBufReadExt::read_line(&mut reading, &mut line);
    tokio::select! {
        () = sending => unreachable!("it never ends"),
        answered = within(ms(15_000), answered) => { answered.expect("it ends").expect("with an answer"); }
    }
    line
}

#[tokio::test]
async fn an_upload_that_a_server_of_http1_does_not_take_gets_504() {
    let server = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        pause(ms(30_000)).await;
    })
    .await;
    let gateway = patient_gateway("untaken-1", server, false, &["--stall", "500ms"]).await;
    let line = upload(&gateway, HEAD).await;
    assert!(line.starts_with("HTTP/1.1 504 "), "{line}");
}

/// A server of HTTP/2 whose window never opens.
async fn closed() -> std::net::SocketAddr {
    upstream(|_, stream| async move {
        let handshake = ::h2::server::Builder::new().initial_window_size(0).handshake::<_, Bytes>(stream);
        let Ok(mut connection) = handshake.await else { return };
        let mut kept = Vec::new();
        while let Some(Ok(request)) = connection.accept().await {
            kept.push(request);
        }
    })
    .await
}

#[tokio::test]
async fn an_upload_that_a_server_of_http2_does_not_take_gets_504() {
    let gateway = patient_gateway("untaken-2", closed().await, true, &["--stall", "500ms"]).await;
    for head in [HEAD, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n"] {
        let line = upload(&gateway, head).await;
        assert!(line.starts_with("HTTP/1.1 504 "), "{line}");
    }
}

#[tokio::test]
async fn an_upload_that_is_kept_is_not_hidden_from_the_limit() {
    let server = closed().await;
    let filter = "[{ name: Retry, args: { retries: 1, methods: [PUT] } }]\n  metadata: { http2: true }";
    let text = one_route("kept-upload", &format!("http://{server}"), filter);
    let gateway =
        Gateway::serve(&file("waits-kept.yaml", &text), &["--log", "off", "--stall", "300ms"]).await;
    let mut stream = sent(&gateway, b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody").await;
    let head = within(ms(15_000), read_until(&mut stream, "\r\n\r\n")).await.expect("it ends");
    assert!(head.starts_with("HTTP/1.1 504 "), "{head}");
}

/// The server takes each piece at once; it is the client that is slow.
#[tokio::test]
async fn a_slow_client_is_not_taken_for_a_server_that_takes_nothing() {
    let server = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        read_until(&mut stream, "end").await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    })
    .await;
    let gateway = gateway("slow-upload", server, &["--stall", "600ms"]).await;
    let mut stream = sent(&gateway, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8003\r\n\r\n").await;
    for _ in 0..4 {
        pause(ms(300)).await;
        stream.write_all(&[b'u'; 2_000]).await.expect("it reads");
    }
    stream.write_all(b"end").await.expect("it reads");
    let head = within(ms(10_000), read_until(&mut stream, "ok")).await.expect("it answers");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
}
