//! Heads, trailers and pauses between requests.

use super::{GET, answering, drip, gateway, mute, patient_gateway, rest, sent};
use crate::support::{ms, read_until, within};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_head_that_drips_ends_after_the_head_timeout() {
    let gateway = gateway("head-drips", answering(OK).await, &["--head-timeout", "400ms"]).await;
    let mut stream = sent(&gateway, b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ").await;
    drip(&mut stream, b"x").await;
}

#[tokio::test]
async fn trailers_that_drip_end_the_request() {
    let gateway = patient_gateway("trailers-drip", mute().await, false, &["--stall", "400ms"]).await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Slow: ";
    let mut stream = sent(&gateway, head.as_bytes()).await;
    drip(&mut stream, b"x").await;
}

#[tokio::test]
async fn an_idle_connection_of_http1_is_closed() {
    let arguments = ["--head-timeout", "300ms", "--idle-timeout", "300ms"];
    let gateway = gateway("idle-1", answering(OK).await, &arguments).await;
    let mut stream = sent(&gateway, GET.as_bytes()).await;
    within(ms(5_000), read_until(&mut stream, "ok")).await.expect("it answers");
    assert_eq!(rest(&mut stream).await, "");
}
