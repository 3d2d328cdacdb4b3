//! A client that uses a proxy.
//!
//! A request that the proxy did not pass on was not sent, and a response of the proxy is a response.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{HttpConnector, proxy::Tunnel};
use hyper_util::rt::TokioExecutor;
use persevere::{BackoffExt, Policy, constant, retry};
use persevere_http::{HttpClassifier, TransportFailure};
use tokio::io::AsyncWriteExt;

use test_servers::script::{Act, Script};
use test_servers::{closed, ms, read_head, upstream};

/// A proxy that answers each `CONNECT` so, and counts them.
async fn connecting(answer: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let asked = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&asked);
    let address = upstream(move |_, mut stream| {
        let counted = Arc::clone(&counted);
        async move {
            if read_head(&mut stream).await.starts_with("CONNECT shop.test:") {
                counted.fetch_add(1, Ordering::Relaxed);
            }
            let _ = stream.write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).await;
        }
    })
    .await;
    (address, asked)
}

#[tokio::test]
async fn an_order_is_sent_again_after_a_tunnel_that_did_not_open() {
    for (answer, failure, attempts) in [
        ("502 Bad Gateway", TransportFailure::NotSent, 4),
        ("503 Service Unavailable", TransportFailure::NotSent, 4),
        ("407 Proxy Authentication Required", TransportFailure::Local, 1),
    ] {
        let (proxy, asked) = connecting(answer).await;
        let proxy = format!("http://{proxy}").parse().expect("valid");
        let client: Client<_, Full<Bytes>> =
            Client::builder(TokioExecutor::new()).build(Tunnel::new(proxy, HttpConnector::new()));
        let table = HttpClassifier::gateway(Method::POST).sends_once(true);
        let policy = Policy::new(constant(ms(0)).attempts(4)).classify(table);
        let send =
            || client.request(Request::post("http://shop.test/").body(Full::from("order")).expect("valid"));
        let report = retry(policy, send).report().await;
        let error = report.outcome.expect_err("no tunnel");
        assert_eq!(TransportFailure::of(&error), Some(failure), "{answer}");
        assert_eq!(
            (report.attempts, asked.load(Ordering::Relaxed)),
            (attempts, attempts as usize),
            "{answer}"
        );
    }
}

async fn through(proxy: SocketAddr) -> u32 {
    let proxy = reqwest::Proxy::http(format!("http://{proxy}")).expect("valid");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).proxy(proxy);
    let client = client.retry(reqwest::retry::never()).build().expect("no TLS");
    let table = HttpClassifier::gateway(Method::POST).sends_once(true);
    let policy = Policy::new(constant(ms(0)).attempts(4)).classify(table);
    retry(policy, || client.post("http://shop.test/").body("order").send()).report().await.attempts
}

#[tokio::test]
async fn an_order_that_a_proxy_took_comes_back_with_its_answer() {
    for status in [502, 503, 504] {
        let script = Script::new([Act::Answer(status); 4]);
        assert_eq!(through(script.start().await).await, 1, "{status}");
        assert_eq!(script.received().len(), 1, "the proxy may have passed it on");
    }
}

#[tokio::test]
async fn an_order_is_sent_again_if_its_proxy_is_down() {
    let (_held, closed) = closed();
    assert_eq!(through(closed).await, 4);
}
