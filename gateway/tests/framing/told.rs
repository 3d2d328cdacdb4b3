//! The log lines of refused requests.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Gateway, exchange, file, one_route, telling};

#[tokio::test]
async fn the_log_has_the_reason_of_a_refusal() {
    let (server, _heads) = telling(|_| "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    let text =
        one_route("told", &format!("http://{server}"), "[{ name: Retry, args: { profile: gateway } }]");
    let mut gateway = Gateway::serve_heard(&file("framing-told.yaml", &text), &[]).await;
    for (request, said) in [
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "status=400 why=\"the name of the host has characters"),
        ("GET / HTTP/1.1\r\n\r\n", "status=400 why=\"the request names no host\""),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "status=501 why=\"no transfer coding but `chunked`",
        ),
        ("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "status=405 why=\"this gateway opens no tunnels\""),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "status=400 why=\"invalid HTTP header parsed\""),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n",
            "status=400 why=\"invalid content-length",
        ),
    ] {
        exchange(&gateway, request, "\r\n\r\n").await;
        gateway.hear(&["event=refused route=- ", said]).await;
    }
}

#[tokio::test]
async fn a_body_that_breaks_is_told_once_as_the_fault_of_the_request() {
    let (server, _heads) = telling(|_| String::new()).await;
    let text =
        one_route("broken", &format!("http://{server}"), "[{ name: Retry, args: { profile: gateway } }]");
    let arguments = ["--admin", "127.0.0.1:0"];
    let mut gateway = Gateway::serve_heard(&file("framing-broken.yaml", &text), &arguments).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("the gateway listens");
    let request = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n";
    stream.write_all(request.as_bytes()).await.expect("the gateway reads");
    let said = gateway.hear(&["event=attempt"]).await;
    assert!(said.contains("failure=request_body") && said.contains("Invalid chunk size"), "{said}");
    gateway.hear(&["event=stop"]).await;
    let (_, metrics) = gateway.ask("/metrics").await;
    let attempts: Vec<_> =
        metrics.lines().filter(|line| line.starts_with("gateway_attempts_total")).collect();
    assert_eq!(attempts.len(), 1, "{attempts:?}");
    assert!(attempts[0].contains("request_body") && attempts[0].ends_with(" 1"), "{attempts:?}");
    assert!(!metrics.contains("gateway_retries_total{"), "{metrics}");
}
