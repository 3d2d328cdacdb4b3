//! The gateway under its operator: metrics, health, a new configuration, an end, and bounds.

use std::sync::Arc;

use http::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{
    Gateway, Recorder, Reply, exchange, file, ms, one_route, read_head, read_until, silent, telling,
    upstream, within,
};

#[tokio::test]
async fn metrics_tell_requests_attempts_retries_and_refusals() {
    let recorder = Arc::<Recorder>::default();
    let reply = |number| if number == 2 { Reply::Status(200, "ok") } else { Reply::Status(503, "no") };
    let upstream = recorder.start(reply).await;
    let filter = "[{ name: Retry, args: { retries: 1, budget: { ratio: 0, minPerSecond: 1 } } }]";
    let text = one_route("counted", &format!("http://{upstream}"), filter);
    let arguments = ["--admin", "127.0.0.1:0", "--log", "off"];
    let gateway = Gateway::serve(&file("counted.yaml", &text), &arguments).await;
    assert_eq!(gateway.ask("/health").await, (200, "up\n".to_owned()));
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(gateway.get("/").await.status().as_u16());
    }
    assert_eq!((statuses[0], statuses[29]), (200, 503));
    let (status, text) = gateway.ask("/metrics").await;
    assert_eq!(status, 200);
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}")).trim().parse::<f64>().expect("a number")
    };
    let attempts = value(r#"gateway_attempts_total{route="counted",outcome="503"}"#);
    let retries = value(r#"gateway_retries_total{route="counted",kind="transient"}"#);
    let refused = value(r#"gateway_refusals_total{route="counted",reason="budget"}"#);
    assert!(refused >= 1.0, "{text}");
    for said in [
        r#"gateway_requests_total{route="counted",status="200"} 1"#,
        r#"gateway_requests_total{route="counted",status="503"} 29"#,
        r#"gateway_request_seconds_count{route="counted"} 30"#,
        "gateway_buffered_bytes 0",
    ] {
        assert!(text.lines().any(|line| line == said), "no {said} in\n{text}");
    }
    assert!(retries >= 1.0 && (attempts + 1.0 - 30.0 - retries).abs() < 0.5, "{text}");
    assert!(value(r#"gateway_budget_available{route="counted"}"#) < 10.0);
    assert_eq!(gateway.ask("/elsewhere").await.0, 404);
}

/// The upload as it is kept for the next attempt, through the extensions of each; the last one keeps nothing.
#[tokio::test]
async fn the_log_tells_how_much_of_an_upload_is_kept() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(503, "no")).await;
    let text = one_route(
        "upload",
        &format!("http://{upstream}"),
        "[{ name: Retry, args: { retries: 1, methods: [POST] } }]",
    );
    let mut gateway = Gateway::serve_heard(&file("upload.yaml", &text), &["--log", "failures"]).await;
    assert_eq!(gateway.post("/", "twelve bytes").await.status().as_u16(), 503);
    for (number, kept) in [(1, 12), (2, 0)] {
        let line = gateway.hear(&["event=attempt", &format!("attempt={number} ")]).await;
        assert!(line.contains(&format!(" kept={kept} ")), "{line}");
    }
    assert_eq!(gateway.get("/").await.status().as_u16(), 503);
    let line = gateway.hear(&["event=attempt", "method=GET"]).await;
    assert!(!line.contains("kept="), "there is no body: {line}");
}

/// A budget that is empty stays so: a new configuration is no new wave of retries.
#[tokio::test]
async fn a_new_configuration_keeps_the_fill_of_budgets_and_a_bad_one_changes_nothing() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(503, "no")).await;
    let filter = "[{ name: Retry, args: { retries: 1, budget: { ratio: 0, minPerSecond: 1 } } }]";
    let text = one_route("kept", &format!("http://{upstream}"), filter);
    let path = file("reload.yaml", &text);
    let mut gateway = Gateway::serve_heard(&path, &["--log", "failures", "--admin", "127.0.0.1:0"]).await;
    let full = left(&gateway).await;
    for _ in 0..30 {
        gateway.get("/").await;
    }
    let before = left(&gateway).await;
    assert!(before < full / 2.0, "it was used up: {before} of {full}");

    std::fs::write(&path, "spring: [").expect("it can be written");
    gateway.signal("HUP").await;
    let said = gateway.hear(&["reload failed, keeping the current configuration"]).await;
    let (_, metrics) = gateway.ask("/metrics").await;
    assert!(metrics.contains("gateway_reloads_total{result=\"refused\"} 1\n"), "{metrics}");
    assert!(said.contains("reload.yaml") && said.contains("line 2, column 1"), "{said}");
    assert_eq!(gateway.get("/").await.status().as_u16(), 503, "the old routes are there");

    std::fs::write(&path, text.replace("- id: kept", "- id: new\n          uri: http://127.0.0.1:9\n          predicates: [Path=/new]\n        - id: kept")).expect("it can be written");
    gateway.signal("HUP").await;
    gateway.hear(&["warning: ", "without `backoff`"]).await;
    gateway.hear(&["reloaded, 2 routes"]).await;
    let after = left(&gateway).await;
    assert!(after < full / 2.0, "it is as empty as before: {after} of {full}");
    assert_eq!(gateway.get("/new").await.status().as_u16(), 502, "the new route is there");
}

/// A retry of all routes has a budget for each of them, since they lead to different servers.
#[tokio::test]
async fn a_default_retry_has_a_budget_for_each_route() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(503, "no")).await;
    let text = format!(
        "spring:\n  cloud:\n    gateway:\n      default-filters:\n      - name: Retry\n        args: {{ retries: 1, budget: {{ ratio: 0, \
         minPerSecond: 1 }} }}\n      routes:\n      - id: other\n        uri: http://127.0.0.1:9\n        predicates: \
         [Path=/other]\n      - id: kept\n        uri: http://{upstream}\n"
    );
    let gateway =
        Gateway::serve(&file("default-budget.yaml", &text), &["--log", "off", "--admin", "127.0.0.1:0"])
            .await;
    let full = left_of(&gateway, "other").await;
    for _ in 0..30 {
        gateway.get("/").await;
    }
    assert!(left(&gateway).await < full / 2.0, "it was used up");
    assert_eq!(left_of(&gateway, "other").await.to_bits(), full.to_bits());
}

/// Whoever reads what it says may go: it goes on, through a signal that makes it say something too. It stays itself: a request
/// that it has sent before is known after the signal.
#[cfg(unix)]
#[tokio::test]
async fn a_gateway_that_nobody_reads_goes_on_and_stays_itself() {
    let (upstream, mut heads) =
        telling(|_| "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_owned()).await;
    let path = file("unread.yaml", &one_route("unread", &format!("http://{upstream}"), "[]"));
    let mut gateway = Gateway::serve_heard(&path, &["--log", "all", "--admin", "127.0.0.1:0"]).await;
    gateway.deafen();
    reload(&gateway, 1).await;
    reload(&gateway, 2).await;
    assert_eq!(gateway.get("/").await.status().as_u16(), 200);
    let head = heads.recv().await.expect("it was asked");
    let via = head.lines().find_map(|line| line.strip_prefix("via: ")).expect("it says who it is").to_owned();

    reload(&gateway, 3).await;
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\nVia: {via}\r\n\r\n");
    let answer = exchange(&gateway, &request, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 508 "), "a loop is seen across a reload: {answer}");
}

/// Lets it read its file again, for the n-th time.
#[cfg(unix)]
async fn reload(gateway: &Gateway, times: u32) {
    gateway.signal("HUP").await;
    let line = format!("gateway_reloads_total{{result=\"taken\"}} {times}\n");
    let told = async { while !gateway.ask("/metrics").await.1.contains(&line) {} };
    within(ms(10_000), told).await.expect("it reads its file again");
}

/// What is left of the budget of the route `kept`.
async fn left(gateway: &Gateway) -> f64 {
    left_of(gateway, "kept").await
}

async fn left_of(gateway: &Gateway, route: &str) -> f64 {
    let (_, text) = gateway.ask("/metrics").await;
    let name = format!("gateway_budget_available{{route=\"{route}\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(name.as_str()));
    line.unwrap_or_else(|| panic!("{text}")).parse().expect("a number")
}

/// The wait ends at once, with the response that there is; what runs goes on.
#[tokio::test]
async fn a_gateway_that_is_stopped_starts_no_retry() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(503, "the last")).await;
    let filter = "[{ name: Retry, args: { retries: 3, backoff: { firstBackoff: 60s } } }]";
    let text = one_route("stopped", &format!("http://{upstream}"), filter);
    let mut gateway = Gateway::serve_heard(&file("stopped.yaml", &text), &["--admin", "127.0.0.1:0"]).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("it reads");
    gateway.hear(&["event=retry", "delay_ms=60000"]).await;
    gateway.signal("TERM").await;
    let head = within(ms(5_000), read_until(&mut stream, "the last")).await.expect("the wait ends");
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    gateway.hear(&["event=stop", "reason=stopped"]).await;
    drop(stream);
    assert_eq!((gateway.ended().await, recorder.received().len()), (Some(0), 1));
}

#[tokio::test]
async fn no_attempt_starts_once_the_client_has_gone() {
    let (upstream, mut heads) = telling(|_| "HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    let filter = "[{ name: Retry, args: { retries: 3, backoff: { firstBackoff: 300ms, factor: 1 } } }]";
    let text = one_route("gone", &format!("http://{upstream}"), filter);
    let mut gateway = Gateway::serve_heard(&file("gone.yaml", &text), &["--admin", "127.0.0.1:0"]).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("it reads");
    heads.recv().await.expect("the first attempt");
    gateway.hear(&["event=retry"]).await;
    drop(stream);
    let said = gateway.hear(&["event=abandoned"]).await;
    assert!(said.starts_with("time=") && said.contains(" req=1 "), "{said}");
    assert!(within(ms(1_200), heads.recv()).await.is_none(), "no other follows");
    assert!(gateway.ask("/metrics").await.1.contains("\ngateway_abandoned_total 1\n"));
}

#[tokio::test]
async fn more_requests_than_allowed_are_turned_away_at_once() {
    let (upstream, mut asked) = silent().await;
    let text = one_route("full", &format!("http://{upstream}"), "[]");
    let mut gateway =
        Gateway::serve_heard(&file("full.yaml", &text), &["--max-requests", "1", "--log", "all"]).await;
    let mut first = TcpStream::connect(gateway.address).await.expect("it listens");
    first.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("it reads");
    asked.recv().await.expect("it has the only place");
    let head = exchange(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("retry-after: 1"), "{head}");
    gateway.hear(&["event=response route=- status=503"]).await;
}

/// A client that stops in the middle of its body costs itself only, and not for ever.
#[tokio::test]
async fn a_client_that_stalls_is_let_go_and_others_are_served() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(200, "ok")).await;
    let text = one_route("stalls", &format!("http://{upstream}"), "[]");
    let gateway = Gateway::serve(&file("stalls.yaml", &text), &["--stall", "3s", "--log", "off"]).await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
        stream
            .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
            .await
            .expect("it reads");
        slow.push(stream);
    }
    let served = within(ms(2_500), gateway.get("/")).await.expect("others are served meanwhile");
    assert_eq!(served.status().as_u16(), 200);
    let mut last = slow.pop().expect("there are fifty");
    let head = within(ms(9_000), read_until(&mut last, "\r\n\r\n")).await.expect("it is let go");
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(200, "ok")).await;
    let text = one_route("heads", &format!("http://{upstream}"), "[]");
    let gateway = Gateway::serve(&file("large-heads.yaml", &text), &["--log", "off"]).await;
    for (size, status) in [(1_000, "200"), (200_000, "431")] {
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Large: {}\r\n\r\n", "x".repeat(size));
        let head = exchange(&gateway, &request, "\r\n\r\n").await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{size}: {head}");
    }
    assert_eq!(recorder.received().iter().filter(|request| request.method == Method::GET).count(), 1);
}

#[tokio::test]
async fn a_gateway_that_is_stopping_says_so_and_does_not_wait_for_who_has_asked_nothing() {
    let (told, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let (go, wait) = tokio::sync::watch::channel(false);
    let upstream = upstream(move |_, mut stream| {
        let (told, mut wait) = (told.clone(), wait.clone());
        async move {
            let _ = told.send(read_head(&mut stream).await);
            let _ = wait.wait_for(|go| *go).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        }
    })
    .await;
    let text = one_route("stopping", &format!("http://{upstream}"), "[]");
    let arguments = ["--log", "off", "--admin", "127.0.0.1:0"];
    let gateway = Gateway::serve(&file("stopping.yaml", &text), &arguments).await;
    let _idle = TcpStream::connect(gateway.address).await.expect("it listens");
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("it reads");
    asked.recv().await.expect("the upstream was asked");
    gateway.signal("TERM").await;
    while gateway.ask("/health").await != (503, "stopping\n".to_owned()) {}
    assert!(TcpStream::connect(gateway.address).await.is_err(), "nothing new is accepted");
    go.send_replace(true);
    let head = within(ms(5_000), read_until(&mut stream, "\r\n\r\n")).await.expect("what runs goes on");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert_eq!(within(ms(5_000), gateway.ended()).await, Some(Some(0)), "long before its patience ends");
}
