//! Several instances of a service: whose turn it is, and where a retry goes.

use std::sync::Arc;

use tokio::io::AsyncWriteExt;

use crate::support::{Gateway, Recorder, Reply, closed, file, one_route, read_head, telling, upstream};

/// A route for everything, to the instances of a service, with this filter.
pub(crate) fn service(id: &str, instances: &[std::net::SocketAddr], filter: &str) -> String {
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

/// One of the instances cannot be reached, and every request gets its response from another one.
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
    assert!(failing.received().len() <= 12, "once each at most");
}

/// A retry takes nobody's turn, or else every request would begin at the server that fails.
#[tokio::test]
async fn every_other_request_begins_at_a_server_that_fails() {
    let failing = Arc::<Recorder>::default();
    // Never three failures in a row, after which it would rest.
    let failing_at = failing.start(|number| Reply::Status(if number % 3 == 0 { 200 } else { 503 }, "")).await;
    let (good, _heads) = telling(|_| "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    let text =
        service("turns", &[failing_at, good], "[{ name: Retry, args: { profile: gateway, retries: 1 } }]");
    let gateway = Gateway::serve(&file("turns.yaml", &text), &["--log", "off"]).await;
    for _ in 0..12 {
        assert_eq!(gateway.get("/").await.status().as_u16(), 200);
    }
    assert_eq!(failing.received().len(), 6);
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
