//! Progress counts alike in both directions and both versions of HTTP.

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;

use super::{GET, drip, endless, gateway, mute, pause, rest, sent, served_at_last};
use crate::support::{ms, read_head, read_until, upstream, within};

/// A server whose response comes byte by byte.
async fn dripping(head: &'static str) -> SocketAddr {
    upstream(move |_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(head.as_bytes()).await;
        drip(&mut stream, b"x").await;
    })
    .await
}

#[tokio::test]
async fn a_response_that_drips_is_cut() {
    let server = dripping("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
    let gateway = gateway("drips", server, &["--stall", "500ms"]).await;
    let mut stream = sent(&gateway, GET.as_bytes()).await;
    let response = rest(&mut stream).await;
    assert!(response.starts_with("HTTP/1.1 200 ") && response.len() < 1_000, "{response}");
}

#[tokio::test]
async fn an_upload_that_drips_gets_408() {
    let gateway = gateway("upload-drips", mute().await, &["--stall", "500ms"]).await;
    let mut stream = sent(&gateway, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n").await;
    let (mut reading, mut writing) = stream.split();
    let dripping = async {
        while writing.write_all(b"u").await.is_ok() {
            pause(ms(50)).await;
        }
    };
    let mut head = [0; 12];
    let answered = tokio::io::AsyncReadExt::read_exact(&mut reading, &mut head);
    tokio::select! {
        () = dripping => panic!("it ended without an answer"),
        answered = within(ms(10_000), answered) => { answered.expect("it ends").expect("with an answer"); }
    }
    assert_eq!(&head, b"HTTP/1.1 408");
}

#[tokio::test]
async fn a_response_that_is_taken_in_single_bytes_gives_its_place_back() {
    let gateway = gateway("taken-drips", endless().await, &["--stall", "500ms", "--max-requests", "1"]).await;
    let mut stream = sent(&gateway, GET.as_bytes()).await;
    let taking = async {
        loop {
            let _ = tokio::io::AsyncReadExt::read_u8(&mut stream).await;
            pause(ms(20)).await;
        }
    };
    tokio::select! {
        () = taking => unreachable!("it never ends"),
        () = served_at_last(&gateway) => {}
    }
}

#[tokio::test]
async fn any_byte_is_progress_where_the_operator_says_so() {
    let server = dripping("HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n").await;
    let gateway = gateway("any-byte", server, &["--stall", "500ms", "--stall-bytes", "1"]).await;
    let mut stream = sent(&gateway, GET.as_bytes()).await;
    let all = within(ms(10_000), read_until(&mut stream, &"x".repeat(30))).await.expect("it comes");
    assert!(all.ends_with("xxx"), "{all}");
}

#[tokio::test]
async fn a_stall_of_zero_is_no_limit() {
    let server = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf").await;
        pause(ms(600)).await;
        let _ = stream.write_all(b"rest").await;
    })
    .await;
    let gateway = gateway("no-stall", server, &["--stall", "0"]).await;
    let mut stream = sent(&gateway, GET.as_bytes()).await;
    let all = within(ms(10_000), read_until(&mut stream, "rest")).await.expect("it comes");
    assert!(all.ends_with("halfrest"), "{all}");
}

#[tokio::test]
async fn server_sent_events_may_be_small_and_rare() {
    let server =
        dripping("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 30\r\n\r\n").await;
    let gateway = gateway("events", server, &["--stall", "500ms"]).await;
    let mut stream = sent(&gateway, GET.as_bytes()).await;
    let all = within(ms(10_000), read_until(&mut stream, &"x".repeat(30))).await.expect("they come");
    assert!(all.ends_with("xxx"), "{all}");
}

#[tokio::test]
async fn a_stream_of_events_that_falls_silent_is_cut() {
    let server = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 30\r\n\r\n:\n\n";
        let _ = stream.write_all(head.as_bytes()).await;
        pause(ms(20_000)).await;
    })
    .await;
    let gateway = gateway("silent-events", server, &["--stall", "300ms"]).await;
    let mut stream = sent(&gateway, GET.as_bytes()).await;
    assert!(rest(&mut stream).await.ends_with(":\n\n"));
}
