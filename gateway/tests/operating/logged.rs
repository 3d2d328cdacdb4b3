//! The log has no secrets, and no more lines than `--log` allows.

use tokio::io::AsyncReadExt;

use super::{answering, routed, sent};
use crate::support::{Gateway, closed, ms, within};

/// All lines up to the end of the gateway.
async fn lines(mut gateway: Gateway) -> String {
    gateway.signal("TERM").await;
    let mut all = String::new();
    while let Some(line) = gateway.next_line().await {
        all += &line;
        all.push('\n');
    }
    all
}

/// Sends a request with these fields and waits for the end of its connection.
async fn ask(gateway: &Gateway, target: &str, fields: &str) -> String {
    let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
    let mut stream = sent(gateway, &request).await;
    let mut answer = String::new();
    within(ms(10_000), stream.read_to_string(&mut answer)).await.expect("it ends").expect("it is text");
    answer
}

#[tokio::test]
async fn no_line_has_a_query_or_the_value_of_a_header() {
    let (_socket, closed) = closed();
    for (id, upstream, status) in [("query-200", answering().await, "200"), ("query-502", closed, "502")] {
        let gateway = Gateway::serve_heard(&routed(id, upstream), &["--log", "all"]).await;
        let secret = "Authorization: Bearer opensesame\r\nCookie: key=opensesame\r\n";
        let answer = ask(&gateway, "/orders?token=opensesame", secret).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        let answer = ask(&gateway, "/orders?token=opensesame", "Content-Length: opensesame\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        let lines = lines(gateway).await;
        assert!(lines.contains(&format!(" uri=http://{upstream}/orders?… ")), "{lines}");
        assert!(lines.contains("event=refused") && !lines.contains("opensesame"), "{lines}");
    }
}

#[tokio::test]
async fn only_the_log_of_everything_has_successes() {
    for (detail, is_told) in [("off", false), ("failures", false), ("all", true)] {
        let id = format!("detail-{detail}");
        let gateway = Gateway::serve_heard(&routed(&id, answering().await), &["--log", detail]).await;
        ask(&gateway, "/", "").await;
        let lines = lines(gateway).await;
        for event in ["event=attempt", "event=response"] {
            assert_eq!(lines.contains(event), is_told, "{detail}: {lines}");
        }
    }
}
