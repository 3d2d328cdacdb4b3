//! The log has the promised fields, no secrets, and no more lines than its level allows.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncReadExt;

use super::{answering, routed, sent};
use crate::support::{Gateway, Recorder, Reply, closed, file, ms, one_route, telling, within};

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

/// An upstream that answers the second request with 500, and all others with 200.
async fn failing_second() -> SocketAddr {
    telling(|number| {
        let status = if number == 2 { "500 Bad" } else { "200 OK" };
        format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok")
    })
    .await
    .0
}

/// The events that are logged about a success and a failure, each with its status.
async fn events(gateway: Gateway) -> Vec<String> {
    for _ in 0..2 {
        ask(&gateway, "/", "").await;
    }
    let lines = lines(gateway).await;
    let lines = lines.lines().filter(|line| !line.starts_with("warning: "));
    let value = |line: &str, key| Some(line.split_once(key)?.1.split_once(' ')?.0.to_owned());
    let event = |line| Some(format!("{} {}", value(line, " event=")?, value(line, " status=")?));
    lines.map(|line| event(line).unwrap_or_else(|| panic!("no event of the gateway: {line}"))).collect()
}

const LEVELS: [(&str, &[&str]); 7] = [
    ("off", &[]),
    ("error", &["response 500"]),
    ("warn", &["attempt 500", "response 500"]),
    ("failures", &["attempt 500", "response 500"]),
    ("info", &["response 200", "attempt 500", "response 500"]),
    ("debug", &["attempt 200", "response 200", "attempt 500", "response 500"]),
    ("all", &["attempt 200", "response 200", "attempt 500", "response 500"]),
];

#[tokio::test]
async fn each_level_of_the_log_includes_those_before_it() {
    for (level, expected) in LEVELS {
        let path = routed(&format!("level-{level}"), failing_second().await);
        let gateway = Gateway::serve_heard(&path, &["--log", level]).await;
        assert_eq!(events(gateway).await, expected, "{level}");
    }
}

#[tokio::test]
async fn the_environment_sets_the_level_unless_the_option_does() {
    let environment = [("PERSEVERE_GATEWAY_LOG", "info"), ("RUST_LOG", "trace")];
    for (arguments, expected) in [(&[][..], LEVELS[4].1), (&["--log", "error"], LEVELS[1].1)] {
        let path = routed("level-environment", failing_second().await);
        let gateway = Gateway::serve_heard_in(&path, arguments, &environment).await;
        assert_eq!(events(gateway).await, expected, "{arguments:?}");
    }
}

/// The library for HTTP/2 reports a broken connection to every log that listens.
#[tokio::test]
async fn libraries_write_no_lines() {
    let gateway = Gateway::serve_heard(&routed("libraries", answering().await), &["--log", "debug"]).await;
    let mut stream = sent(&gateway, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nno frame at all").await;
    within(ms(10_000), stream.read_to_end(&mut Vec::new())).await.expect("it ends").expect("it is not reset");
    let lines = lines(gateway).await;
    assert!(lines.lines().all(|line| line.starts_with("warning: ")), "{lines}");
}

/// Replaces the digits of values that differ from run to run.
fn masked(line: &str) -> String {
    let mask = |pair: &str| match pair.split_once('=') {
        Some((key, value)) if key == "time" || key.ends_with("_ms") => {
            let digits = value.trim_matches('\n').chars().filter(char::is_ascii_digit).count();
            assert!(digits > 0 && value.parse::<f64>().is_ok(), "{pair}");
            format!("{key}=N")
        }
        _ => pair.to_owned(),
    };
    line.split(' ').map(mask).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn lines_have_their_fields_in_order() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder
        .start(|number| if number == 1 { Reply::Status(503, "no") } else { Reply::Status(200, "ok") })
        .await;
    let filter = "[{ name: Retry, args: { retries: 1, methods: [POST] } }]";
    let path = file("fields.yaml", &one_route("one two", &format!("http://{upstream}"), filter));
    let gateway = Gateway::serve_heard(&path, &["--log", "debug"]).await;
    assert_eq!(gateway.post("/a?b=c", "twelve bytes").await.status().as_u16(), 200);
    ask(&gateway, "/", "Transfer-Encoding: gzip, chunked\r\n").await;
    let lines = lines(gateway).await;
    let lines: Vec<_> = lines.lines().filter(|line| !line.starts_with("warning: ")).map(masked).collect();
    let attempt = format!("method=POST uri=http://{upstream}/a?… server={upstream}");
    let expected = [
        format!("time=N req=1 event=attempt route=one two attempt=1 {attempt} kept=12 status=503 took_ms=N"),
        "time=N req=1 event=retry route=one two attempt=1 delay_ms=N".to_owned(),
        format!("time=N req=1 event=attempt route=one two attempt=2 {attempt} kept=0 status=200 took_ms=N"),
        "time=N req=1 event=response route=one two status=200 took_ms=N".to_owned(),
        "time=N req=2 event=refused route=- status=501 why=\"no transfer coding but `chunked` is supported\""
            .to_owned(),
        "time=N req=2 event=response route=- status=501 took_ms=N".to_owned(),
    ];
    assert_eq!(lines, expected);
}
