//! The gateway under its operator: several instances, metrics, health, a new configuration, an end, and bounds.

use std::sync::Arc;

use http::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{
    Gateway, Recorder, Reply, closed, exchange, file, ms, read_head, read_until, routes, telling, upstream,
    within,
};

/// A route for everything, to this server, with this filter.
fn one_route(id: &str, server: &str, filter: &str) -> String {
    routes(&format!("- id: {id}\n  uri: {server}\n  filters: {filter}"))
}

/// The same with the instances of a service.
fn service(id: &str, instances: &[std::net::SocketAddr], filter: &str) -> String {
    let list: Vec<_> = instances.iter().map(|address| format!("{{ uri: 'http://{address}' }}")).collect();
    let text = one_route(id, "lb://users", filter);
    text.replace(
        "    gateway:\n",
        &format!("    discovery.client.simple.instances.users: [{}]\n    gateway:\n", list.join(", ")),
    )
    .replace(
        "    discovery.client.simple.instances.users:",
        "    discovery:\n      client:\n        simple:\n          instances:\n            users:",
    )
}

/// `S14`: one of the instances cannot be reached, and every request gets its response from another one.
#[tokio::test]
async fn a_retry_prefers_an_instance_that_has_not_failed() {
    let (_held, dead) = closed();
    let failing = Arc::<Recorder>::default();
    let failing_at = failing.start(|_| Reply::Status(503, "no")).await;
    let (good, mut heads) = telling(|_| "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    let text =
        service("lb", &[dead, failing_at, good], "[{ name: Retry, args: { profile: gateway, retries: 2 } }]");
    let gateway = Gateway::serve(&file("lb.yaml", &text), &["--log", "off"]).await;
    for _ in 0..12 {
        assert_eq!(gateway.get("/get").await.status().as_u16(), 200, "two retries reach all three");
        let head = heads.recv().await.expect("one request each");
        assert!(head.contains("x-forwarded-host: www.retry.org\r\n"), "{head}");
    }
    assert!(heads.try_recv().is_err());
    let asked = failing.received().len();
    assert!((4..=12).contains(&asked), "the failing one got {asked} of 12, once each at most");
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_passed_over_for_a_while() {
    let (_held, dead) = closed();
    let (good, _heads) = telling(|_| "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    let text = service("rests", &[dead, good], "[{ name: Retry, args: { profile: gateway, retries: 1 } }]");
    let arguments = ["--log", "off", "--admin", "127.0.0.1:0"];
    let gateway = Gateway::serve(&file("rests.yaml", &text), &arguments).await;
    for _ in 0..20 {
        assert_eq!(gateway.get("/").await.status().as_u16(), 200);
    }
    let (_, metrics) = gateway.ask("/metrics").await;
    let missed = metrics.lines().find_map(|line| {
        line.strip_prefix(r#"gateway_attempts_total{route="rests",outcome="not_sent"} "#)?.parse::<u32>().ok()
    });
    assert!(
        (1..=3).contains(&missed.unwrap_or_default()),
        "once a second, not at every other request:\n{metrics}"
    );
}

/// Another request comes between its attempts, so that taking turns alone would lead to where it has just failed.
#[tokio::test]
async fn a_retry_goes_elsewhere_also_when_others_come_between() {
    let (told, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let go_on = Arc::new(tokio::sync::Notify::new());
    let mut instances = Vec::new();
    for index in 0..2 {
        let (told, go_on) = (told.clone(), Arc::clone(&go_on));
        let answering = upstream(move |_, mut stream| {
            let (told, go_on) = (told.clone(), Arc::clone(&go_on));
            async move {
                loop {
                    let head = read_head(&mut stream).await;
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    let _ = told.send((path.clone(), index));
                    let status = match path.as_str() {
                        "" => return,
                        "/held" => {
                            go_on.notified().await;
                            503
                        }
                        _ => 200,
                    };
                    let answer = format!("HTTP/1.1 {status} Is\r\ncontent-length: 0\r\n\r\n");
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        instances.push(answering.await);
    }
    let text = service("elsewhere", &instances, "[{ name: Retry, args: { profile: gateway, retries: 3 } }]");
    let gateway = Arc::new(Gateway::serve(&file("elsewhere.yaml", &text), &["--log", "off"]).await);
    let held = Arc::clone(&gateway);
    let held = tokio::spawn(async move { held.get("/held").await.status().as_u16() });
    let mut order = Vec::new();
    for _ in 0..4 {
        let (path, index) = asked.recv().await.expect("an attempt");
        assert_eq!(path, "/held");
        order.push(index);
        assert_eq!(gateway.get("/other").await.status().as_u16(), 200);
        asked.recv().await.expect("the other request");
        go_on.notify_one();
    }
    assert_eq!(held.await.expect("it ends"), 503);
    assert!(order.windows(2).all(|pair| pair[0] != pair[1]), "{order:?}");
}

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
    let said = gateway.hear(&["not read anew, all stays as it was"]).await;
    let (_, metrics) = gateway.ask("/metrics").await;
    assert!(metrics.contains("gateway_reloads_total{result=\"refused\"} 1\n"), "{metrics}");
    assert!(said.contains("reload.yaml") && said.contains("line 2, column 1"), "{said}");
    assert_eq!(gateway.get("/").await.status().as_u16(), 503, "the old routes are there");

    std::fs::write(&path, text.replace("- id: kept", "- id: new\n          uri: http://127.0.0.1:9\n          predicates: [Path=/new]\n        - id: kept")).expect("it can be written");
    gateway.signal("HUP").await;
    gateway.hear(&["warning: ", "without `backoff`"]).await;
    gateway.hear(&["read anew, 2 routes"]).await;
    let after = left(&gateway).await;
    assert!(after < full / 2.0, "it is as empty as before: {after} of {full}");
    assert_eq!(gateway.get("/new").await.status().as_u16(), 502, "the new route is there");
}

/// What is left of the only budget.
async fn left(gateway: &Gateway) -> f64 {
    let (_, text) = gateway.ask("/metrics").await;
    let line = text.lines().find_map(|line| line.strip_prefix(r#"gateway_budget_available{route="kept"} "#));
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
    let mut gateway = Gateway::serve_heard(&file("gone.yaml", &text), &[]).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("it reads");
    heads.recv().await.expect("the first attempt");
    gateway.hear(&["event=retry"]).await;
    drop(stream);
    let said = gateway.hear(&["event=abandoned"]).await;
    assert!(said.starts_with("time=") && said.contains(" req=1 "), "{said}");
    assert!(within(ms(1_200), heads.recv()).await.is_none(), "no other follows");
}

#[tokio::test]
async fn more_requests_than_allowed_are_turned_away_at_once() {
    let (told, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let upstream = upstream(move |_, mut stream| {
        let told = told.clone();
        async move {
            let _ = told.send(read_head(&mut stream).await);
            std::future::pending::<()>().await;
        }
    })
    .await;
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
    let gateway = Gateway::serve(&file("stalls.yaml", &text), &["--stall", "700ms", "--log", "off"]).await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
        stream
            .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
            .await
            .expect("it reads");
        slow.push(stream);
    }
    let served = within(ms(500), gateway.get("/")).await.expect("others are served meanwhile");
    assert_eq!(served.status().as_u16(), 200);
    let mut last = slow.pop().expect("there are fifty");
    let head = within(ms(5_000), read_until(&mut last, "\r\n\r\n")).await.expect("it is let go");
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
