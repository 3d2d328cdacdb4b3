//! Responses that the server does not send, or that the client does not take.

use super::{GET, endless, gateway, mute, sent, served_at_last};
use crate::support::{Gateway, file, ms, one_route, read_until, within};

#[tokio::test]
async fn a_client_that_reads_nothing_gives_its_place_back() {
    let gateway =
        gateway("reads-nothing", endless().await, &["--stall", "500ms", "--max-requests", "3"]).await;
    let mut deaf = Vec::new();
    for _ in 0..3 {
        deaf.push(sent(&gateway, GET.as_bytes()).await);
    }
    served_at_last(&gateway).await;
}

#[tokio::test]
async fn a_server_that_never_answers_gets_504() {
    let text = one_route("mute", &format!("http://{}", mute().await), "[]");
    let text = text.replace("response-timeout: 10s", "response-timeout: 300ms");
    let gateway = Gateway::serve(&file("waits-mute.yaml", &text), &["--log", "off"]).await;
    let mut stream = sent(&gateway, GET.as_bytes()).await;
    let head = within(ms(10_000), read_until(&mut stream, "\r\n\r\n")).await.expect("it ends");
    assert!(head.starts_with("HTTP/1.1 504 "), "{head}");
}
