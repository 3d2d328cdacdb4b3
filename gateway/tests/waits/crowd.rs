//! More connections than there is room for.

use tokio::io::AsyncWriteExt;

use super::{GET, answering, endless, gateway, pause, sent, served_at_last};
use crate::support::{ms, read_until, within};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn idle_connections_make_room_for_a_new_one() {
    let gateway = gateway("crowd", answering(OK).await, &["--max-connections", "30"]).await;
    let mut idle = Vec::new();
    for number in 0..30 {
        // Silent ones, begun ones, and those that have had a response.
        let begun = ["", "P", "GET / HT", GET][number % 4];
        let mut stream = sent(&gateway, begun.as_bytes()).await;
        if begun == GET {
            within(ms(5_000), read_until(&mut stream, "ok")).await.expect("it answers");
        }
        idle.push(stream);
    }
    for _ in 0..5 {
        served_at_last(&gateway).await;
    }
}

/// Sixteen leave at most.
#[tokio::test]
async fn the_connections_that_are_idle_for_longest_make_room() {
    let gateway = gateway("oldest", answering(OK).await, &["--max-connections", "20"]).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        let mut stream = sent(&gateway, GET.as_bytes()).await;
        within(ms(5_000), read_until(&mut stream, "ok")).await.expect("it answers");
        idle.push(stream);
        pause(ms(10)).await;
    }
    pause(ms(1_100)).await; // until each of them could make room
    served_at_last(&gateway).await;
    assert_eq!(super::rest(&mut idle[0]).await, "", "the oldest one has left");
    let last = idle.last_mut().expect("there are twenty");
    last.write_all(GET.as_bytes()).await.expect("it is open");
    let response = within(ms(5_000), read_until(last, "ok")).await.expect("it is open");
    assert!(response.starts_with("HTTP/1.1 200 "), "the newest one has stayed: {response}");
}

#[tokio::test]
async fn a_connection_with_a_request_does_not_make_room() {
    let gateway = gateway("busy-crowd", endless().await, &["--max-connections", "1"]).await;
    let mut first = sent(&gateway, GET.as_bytes()).await;
    within(ms(5_000), read_until(&mut first, "\r\n\r\n")).await.expect("it answers");
    let mut second = sent(&gateway, GET.as_bytes()).await;
    let waits = within(ms(1_800), read_until(&mut second, "\r\n\r\n")).await;
    assert!(waits.is_none(), "the first one has the only place: {waits:?}");
    drop(first);
    within(ms(10_000), read_until(&mut second, "\r\n\r\n")).await.expect("there is room now");
    pause(ms(1)).await;
}
