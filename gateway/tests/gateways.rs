//! What went wrong in other gateways, against the running one. Their versions and what they did: `HAProxy` 2.6, nginx 1.22, Envoy 1.40,
//! pingora 0.9, Varnish, Go's `ReverseProxy` with a retrying transport, reqwest and fastify.

use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Gateway, exchange, file, ms, read_head, read_until, routes, telling, upstream, within};
use test_servers::script::{Act, Script};

/// A gateway that may send a request again so often, without waits, before a scripted upstream.
async fn start(name: &str, script: &Arc<Script>, args: &str) -> Gateway {
    start_with(name, script, args, &[]).await
}

/// As [`start`], with these arguments of the gateway's own.
async fn start_with(name: &str, script: &Arc<Script>, args: &str, arguments: &[&str]) -> Gateway {
    let address = script.start().await;
    let text = routes(&format!(
        "- id: {name}\n  uri: http://{address}\n  filters: [{{ name: Retry, args: {{ {args} }} }}]"
    ));
    let arguments = [&["--log", "off"], arguments].concat();
    Gateway::serve(&file(&format!("{name}.yaml"), &text), &arguments).await
}

/// Go's transport and Varnish send a request again by themselves when a kept connection has died: five attempts where four were
/// allowed.
#[tokio::test]
async fn a_kept_connection_that_dies_brings_no_attempt_beyond_those_allowed() {
    for profile in ["spring", "gateway"] {
        // Every other request of a connection ends it without a word.
        let acts = [Act::Answer(503), Act::Close].into_iter().cycle().take(40);
        let script = Script::new(acts);
        let args = format!("profile: {profile}, retries: 3, methods: [GET]");
        let args =
            if profile == "gateway" { args.replace(", methods: [GET]", ", budget: none") } else { args };
        let gateway = start(&format!("dies-{profile}"), &script, &args).await;
        for request in 1..=5 {
            let status = gateway.get("/").await.status().as_u16();
            assert!(status == 503 || status == 502, "{status}");
            let count = script.received().len();
            assert_eq!(count, request * 4, "four attempts each");
        }
    }
}

/// Envoy and nginx close the connection with every response that is retried: 200 connections here.
#[tokio::test]
async fn a_hundred_requests_with_two_failures_each_need_one_connection_for_each_thread() {
    for threads in [1, 3] {
        let acts = [Act::Answer(503), Act::Answer(503), Act::Answer(200)].into_iter().cycle().take(300);
        let script = Script::new(acts);
        let arguments = ["--threads", &threads.to_string()];
        let gateway = start_with(&format!("reuse-{threads}"), &script, "retries: 2", &arguments).await;
        for _ in 0..100 {
            assert_eq!(gateway.get("/").await.status().as_u16(), 200);
        }
        assert_eq!(script.received().len(), 300);
        assert!((1..=threads).contains(&script.connections()), "{}", script.connections());
    }
}

/// Connections of clients, each of which sends its requests on its own, take turns on the threads.
#[tokio::test]
async fn connections_that_are_open_together_are_served_on_different_threads() {
    let script = Script::new([Act::Answer(200); 3]);
    let gateway = start_with("threads", &script, "retries: 1", &["--threads", "3"]).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = TcpStream::connect(gateway.address).await.expect("the gateway listens");
        client.write_all(b"GET / HTTP/1.1\r\nHost: www.retry.org\r\n\r\n").await.expect("it reads");
        read_until(&mut client, "\r\n\r\n").await;
        clients.push(client);
    }
    assert_eq!(script.connections(), 3, "a thread does not have the connections of the others");
}

/// Go's transport reads the endless body of a response that it does not want, for ever.
#[tokio::test]
async fn an_endless_response_that_nobody_wants_is_left() {
    let script = Script::new([Act::Endless(503), Act::Answer(200)]);
    let gateway = start("endless", &script, "retries: 1").await;
    let response = within(ms(3_000), gateway.get("/")).await.expect("it is not read to its end");
    assert_eq!((response.status().as_u16(), script.received().len()), (200, 2));
}

/// After a 103, a 503 is passed on by Envoy, hangs in `HAProxy`, and costs nginx its client.
#[tokio::test]
async fn an_interim_response_before_a_failure_changes_nothing() {
    for interim in [102, 103] {
        let script = Script::new([Act::Interim(interim, 503), Act::Interim(interim, 200)]);
        let gateway = start(&format!("interim-{interim}"), &script, "retries: 1").await;
        let request = "GET / HTTP/1.1\r\nHost: www.retry.org\r\n\r\n";
        let head = exchange(&gateway, request, "\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 "), "no hint of an attempt that may be retried: {head}");
        assert_eq!(script.received().len(), 2);
    }
}

/// pingora and Varnish go on retrying after the client has left.
#[tokio::test]
async fn a_client_that_leaves_during_an_attempt_ends_it_and_no_other_starts() {
    let script = Script::new([Act::Stall; 4]);
    let gateway = start("leaves", &script, "profile: gateway, retries: 3").await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("it reads");
    while script.received().is_empty() {
        let _ = within(ms(5), std::future::pending::<()>()).await;
    }
    drop(stream);
    let _ = within(ms(500), std::future::pending::<()>()).await;
    assert_eq!(script.received().len(), 1);
}

/// `HAProxy` and nginx pass on the fields that `Connection` names; reqwest and fastify take the dots out of a path.
#[tokio::test]
async fn what_connection_names_stays_here_and_dots_go_through() {
    let (address, mut heads) = telling(|_| "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    let text = routes(&format!("- id: dots\n  uri: http://{address}\n  predicates: ['Path=/**']"));
    let gateway = Gateway::serve(&file("dots.yaml", &text), &["--log", "off"]).await;
    let request =
        "GET /a/./b/../c//d?x=../y HTTP/1.1\r\nHost: a\r\nConnection: X-Hop\r\nX-Hop: secret\r\n\r\n";
    exchange(&gateway, request, "\r\n\r\n").await;
    let head = heads.recv().await.expect("it was asked").to_lowercase();
    assert!(head.starts_with("get /a/./b/../c//d?x=../y http/1.1\r\n") && !head.contains("x-hop"), "{head}");
}

/// Only Envoy begins the first attempt before the upload is complete.
#[tokio::test]
async fn the_first_attempt_begins_before_the_upload_is_complete() {
    let (told, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let address = upstream(move |_, mut stream| {
        let told = told.clone();
        async move {
            read_head(&mut stream).await;
            let _ = told.send("head");
            read_until(&mut stream, "first").await;
            let _ = told.send("first half");
            read_until(&mut stream, "last").await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        }
    })
    .await;
    let text = routes(&format!(
        "- id: streams\n  uri: http://{address}\n  filters: [{{ name: Retry, args: {{ profile: gateway }} }}]"
    ));
    let gateway = Gateway::serve(&file("streams.yaml", &text), &["--log", "off"]).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.write_all(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nfirst").await.expect("it reads");
    for expected in ["head", "first half"] {
        let come = within(ms(5_000), arrived.recv()).await.expect("it does not wait for the rest");
        assert_eq!(come, Some(expected));
    }
    stream.write_all(b"last").await.expect("it reads");
    let head = within(ms(5_000), read_until(&mut stream, "\r\n\r\n")).await.expect("answered");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
}

/// None of them has a time limit that ends in the last response.
#[tokio::test]
async fn a_time_limit_ends_in_the_last_response() {
    let script = Script::new([Act::Answer(503); 20]).with_headers("x-last: yes\r\n");
    let gateway =
        start("limit", &script, "profile: gateway, retries: 19, timeout: 400ms, retryAfter: { max: 1s }")
            .await;
    let response = within(ms(5_000), gateway.get("/")).await.expect("long before twenty attempts");
    assert_eq!((response.status().as_u16(), response.headers()["x-last"].to_str().ok()), (503, Some("yes")));
    assert!((2..20).contains(&script.received().len()), "{}", script.received().len());
}

/// A route without `Retry` is served as it is, also where the filter is switched off.
#[tokio::test]
async fn where_the_filter_is_switched_off_nothing_is_retried() {
    let script = Script::new([Act::Answer(503)]);
    let address = script.start().await;
    let text = routes(&format!("- id: bare\n  uri: http://{address}"))
        .replace("      routes:", "      filter: { retry: { enabled: false } }\n      routes:");
    let gateway = Gateway::serve(&file("bare.yaml", &text), &["--log", "off"]).await;
    assert_eq!((gateway.get("/").await.status().as_u16(), script.received().len()), (503, 1));
}

/// The scenarios of Spring's MVC filter, with our way of counting: three retries are four attempts.
#[tokio::test]
async fn m1_m2_m3_requests_recover_with_their_bodies_and_after_their_waits() {
    let (fails, recovers) = ([Act::Answer(500), Act::Answer(500)], [Act::Answer(200)]);
    let acts =
        [fails.as_slice(), &recovers, &fails, &recovers, &fails, &recovers, &[Act::Answer(500)], &recovers];
    let script = Script::new(acts.concat());
    let args =
        "retries: 3, methods: 'GET, POST', backoff: { firstBackoff: 50ms, maxBackoff: 100ms, factor: 2 }";
    let gateway = start("mvc", &script, args).await;
    for key in ["a", "b"] {
        assert_eq!(gateway.get(&format!("/retry?key={key}")).await.status().as_u16(), 200);
    }
    assert_eq!(gateway.post("/retry", "thebody").await.status().as_u16(), 200);
    let received = script.received();
    assert_eq!(received.len(), 9);
    assert!(received[6..].iter().all(|request| request.length == 7 && request.is_complete), "{received:?}");
    let mut waiting = std::pin::pin!(gateway.get("/waits"));
    assert!(within(ms(40), waiting.as_mut()).await.is_none(), "the wait is 50 ms");
    assert_eq!((waiting.await.status().as_u16(), script.received().len()), (200, 11));
}
