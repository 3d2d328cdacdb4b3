//! One exchange over HTTP/2: a body that was cut never passes for the whole.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::frames::{DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, RST_STREAM, STATUS_200, Server, bytes};
use super::gateway;
use crate::support::{ms, pause, read_until, upstream, within};

/// A `GOAWAY` that has processed nothing, without an error.
const NOTHING_DONE: [u8; 8] = [0; 8];

/// The end of a response of 5,000 bytes.
#[derive(Clone, Copy, Debug)]
enum End {
    Complete,
    CompleteThenReset,
    Reset,
    /// With the last bytes, after a head that has gone ahead.
    ResetAtOnce,
    GoAway,
    GoAwayClose,
}

/// Returns everything that a client of HTTP/1.1 gets.
///
/// It ends with the last chunk, or when the gateway closes the connection.
async fn received(name: &str, end: End) -> String {
    let server = upstream(move |_, stream| async move {
        let Some(mut server) = Server::accept(stream, &[]).await else { return };
        let Some(stream) = server.request().await else { return };
        server.send(HEADERS, END_HEADERS, stream, STATUS_200).await;
        if matches!(end, End::ResetAtOnce) {
            pause(ms(50)).await;
            let data = bytes(DATA, 0, stream, &[b'x'; 5_000]);
            server.send_raw(&[data, bytes(RST_STREAM, 0, stream, &[0; 4])].concat()).await;
            return server.drain().await;
        }
        let flags = if matches!(end, End::Complete | End::CompleteThenReset) { END_STREAM } else { 0 };
        server.send(DATA, flags, stream, &[b'x'; 5_000]).await;
        // What has come so far is on its way to the client when the response is cut.
        pause(ms(50)).await;
        match end {
            End::Complete | End::ResetAtOnce => {}
            End::CompleteThenReset | End::Reset => {
                server.send(RST_STREAM, 0, stream, &[0; 4]).await;
            }
            End::GoAway | End::GoAwayClose => server.send(GOAWAY, 0, 0, &NOTHING_DONE).await,
        }
        if !matches!(end, End::GoAwayClose) {
            server.drain().await;
        }
    })
    .await;
    let gateway = gateway(name, server, "response-timeout: 5s", "[]", "http2: true").await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    // With an upload that goes on, the stream is not closed yet when the reset comes.
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\npart";
    stream.write_all(head.as_bytes()).await.expect("it reads");
    within(ms(10_000), read_until(&mut stream, "\r\n0\r\n\r\n")).await.expect("it ends")
}

async fn is_whole(name: &str, end: End) -> bool {
    let received = received(name, end).await;
    assert!(received.starts_with("HTTP/1.1 200 OK\r\n"), "{received}");
    received.ends_with("\r\n0\r\n\r\n")
}

#[tokio::test]
async fn a_complete_response_passes_as_complete() {
    assert!(is_whole("whole", End::Complete).await);
}

#[tokio::test]
async fn a_reset_after_a_complete_response_is_harmless() {
    assert!(is_whole("then-reset", End::CompleteThenReset).await);
}

#[tokio::test]
async fn a_reset_without_an_error_cuts_a_body() {
    assert!(!is_whole("reset", End::Reset).await);
}

#[tokio::test]
async fn what_came_before_a_reset_is_passed_on() {
    let received = received("reset-at-once", End::ResetAtOnce).await;
    assert!(received.contains(&"x".repeat(5_000)) && !received.ends_with("\r\n0\r\n\r\n"), "{received}");
}

#[tokio::test]
async fn a_goaway_that_leaves_out_a_stream_cuts_its_body() {
    assert!(!is_whole("goaway", End::GoAway).await);
    assert!(!is_whole("goaway-close", End::GoAwayClose).await);
}

/// The gateway treats an end in the middle of a frame as a broken connection.
#[tokio::test]
async fn an_end_inside_a_frame_is_retried() {
    let server = upstream(move |number, stream| async move {
        let Some(mut server) = Server::accept(stream, &[]).await else { return };
        if number > 1 {
            return server.answer_all().await;
        }
        if server.request().await.is_some() {
            server.send_raw(&[0, 0, 20, HEADERS, END_HEADERS]).await;
        }
    })
    .await;
    let gateway = gateway("inside", server, "response-timeout: 5s", super::RETRY, "http2: true").await;
    assert_eq!(gateway.get("/").await.status(), 200);
}

/// A server that resets a stream has seen the request, so the connection was not idle.
#[tokio::test]
async fn a_stream_reset_on_a_used_connection_is_not_an_idle_close() {
    let server = upstream(move |_, stream| async move {
        let Some(mut server) = Server::accept(stream, &[]).await else { return };
        let Some(first) = server.request().await else { return };
        server.answer(first).await;
        while let Some(stream) = server.request().await {
            server.send(RST_STREAM, 0, stream, &[0, 0, 0, 2]).await;
        }
    })
    .await;
    let mut gateway = super::heard("broken", server, "response-timeout: 5s", "[]", "http2: true").await;
    assert_eq!(gateway.get("/").await.status(), 200);
    assert_eq!(gateway.get("/").await.status(), 502);
    gateway.hear(&["event=attempt", "failure=before_head"]).await;
}

/// A server that ends a used connection without a byte may have closed it before the request came.
#[tokio::test]
async fn an_end_of_a_used_connection_is_an_idle_close() {
    let server = upstream(move |_, stream| async move {
        let Some(mut server) = Server::accept(stream, &[]).await else { return };
        let Some(first) = server.request().await else { return };
        server.answer(first).await;
        server.request().await;
    })
    .await;
    let mut gateway = super::heard("ended", server, "response-timeout: 5s", "[]", "http2: true").await;
    assert_eq!(gateway.get("/").await.status(), 200);
    assert_eq!(gateway.get("/").await.status(), 502);
    gateway.hear(&["event=attempt", "failure=reused_closed"]).await;
}
