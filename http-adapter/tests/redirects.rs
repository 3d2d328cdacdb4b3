//! A client that follows redirects reports the outcome of the last hop.
//!
//! An order that the first hop took is not placed again.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Method;
use persevere::{BackoffExt, Policy, Report, constant, retry};
use persevere_http::{GatewayRules, HttpClassifier, TransportFailure};
use reqwest::redirect;

use test_servers::script::{Act, Script};
use test_servers::{closed, ms};

/// A client that follows redirects, as reqwest does by default.
fn following() -> reqwest::Client {
    client(redirect::Policy::default())
}

fn client(redirects: redirect::Policy) -> reqwest::Client {
    let client = reqwest::Client::builder().retry(reqwest::retry::never()).no_proxy().redirect(redirects);
    client.build().expect("no TLS, no proxy")
}

/// A shop that takes an order and sends the client on to `next`, each time.
async fn shop(status: u16, next: SocketAddr) -> (Arc<Script>, SocketAddr) {
    let script = Script::new([Act::Answer(status); 8]).with_headers(&format!("location: http://{next}/\r\n"));
    let address = script.start().await;
    (script, address)
}

/// A request to `address`, four attempts at most.
async fn send(
    client: &reqwest::Client,
    table: HttpClassifier,
    method: Method,
    address: SocketAddr,
) -> Report<reqwest::Result<reqwest::Response>> {
    let policy = Policy::new(constant(ms(0)).attempts(4)).classify(table);
    retry(policy, || client.request(method.clone(), format!("http://{address}/")).send()).report().await
}

fn orders(script: &Script) -> usize {
    script.received().iter().filter(|request| request.method == "POST").count()
}

#[tokio::test]
async fn an_order_is_placed_once_though_its_redirect_fails() {
    for status in [301, 302, 303, 307, 308] {
        let (_held, closed) = closed();
        let (script, address) = shop(status, closed).await;
        let report = send(&following(), HttpClassifier::gateway(Method::POST), Method::POST, address).await;
        assert_eq!((report.attempts, orders(&script)), (1, 1), "{status}");
        let error = report.outcome.expect_err("the redirect leads nowhere");
        assert_eq!(TransportFailure::of(&error), Some(TransportFailure::NotSent), "of the last hop");
        let first = format!("http://{address}/");
        assert_eq!(error.url().map(reqwest::Url::as_str), Some(first.as_str()), "which URL tells no hop");
    }
}

#[tokio::test]
async fn an_order_is_placed_once_behind_a_chain_of_redirects() {
    let (_held, closed) = closed();
    let (_, third) = shop(307, closed).await;
    let (_, second) = shop(302, third).await;
    let (script, first) = shop(308, second).await;
    let report = send(&following(), HttpClassifier::gateway(Method::POST), Method::POST, first).await;
    assert_eq!((report.attempts, orders(&script)), (1, 1));
}

#[tokio::test]
async fn an_order_is_placed_once_whatever_a_later_hop_answers() {
    for status in [408, 421, 425, 429, 502, 503, 504] {
        let later = Script::new([Act::Answer(status); 4]).with_headers("retry-after: 0\r\n");
        let (script, address) = shop(303, later.start().await).await;
        for rules in [GatewayRules::default(), GatewayRules::default().throttled_non_idempotent(true)] {
            let before = orders(&script);
            let table = HttpClassifier::new(rules, &Method::POST, &http::HeaderMap::new());
            let report = send(&following(), table, Method::POST, address).await;
            assert_eq!((report.attempts, orders(&script) - before), (1, 1), "{status}");
            assert_eq!(report.outcome.expect("a response").status(), status);
        }
    }
}

#[tokio::test]
async fn a_client_without_redirects_retries_what_was_not_sent() {
    let direct = client(redirect::Policy::none());
    let table = || HttpClassifier::gateway(Method::POST).sends_once(true);
    let (_held, closed) = closed();
    let report = send(&direct, table(), Method::POST, closed).await;
    assert_eq!(report.attempts, 4, "nothing was sent");
    let (script, address) = shop(303, closed).await;
    let report = send(&direct, table(), Method::POST, address).await;
    assert_eq!((report.attempts, orders(&script)), (1, 1));
    assert_eq!(report.outcome.expect("the redirect itself").status(), 303);
    let script = Script::new([Act::Answer(421)]);
    let address = script.start().await;
    let report = send(&direct, table(), Method::POST, address).await;
    assert_eq!((report.attempts, orders(&script)), (2, 2), "it was misdirected, and not processed");
}

#[tokio::test]
async fn what_may_run_twice_is_sent_again_through_redirects() {
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let (_held, closed) = closed();
        let (script, address) = shop(307, closed).await;
        let table = HttpClassifier::gateway(method.clone());
        let report = send(&following(), table.clone(), method.clone(), address).await;
        assert_eq!((report.attempts, script.received().len()), (4, 4), "{method}");
        assert_eq!(send(&following(), table, method, closed).await.attempts, 4);
    }
}

/// A request that a later hop did not get was still work for the first hop.
///
/// Therefore, its retries are not free.
#[tokio::test]
async fn retries_through_redirects_cost_the_budget() {
    use persevere::TokenBudget;
    let (_held, closed) = closed();
    for (once, left) in [(false, 7.0), (true, 10.0)] {
        let budget = TokenBudget::new(10, 0.0).and_then(|budget| budget.cost(persevere::Kind::NotSent, 0.0));
        let budget = budget.expect("within bounds");
        let table = HttpClassifier::gateway(Method::GET).sends_once(once);
        let policy = Policy::new(constant(ms(0)).attempts(4)).classify(table).budget(budget.clone());
        let client = following();
        let report = retry(policy, || client.get(format!("http://{closed}/")).send()).report().await;
        assert_eq!(report.attempts, 4);
        let spent = (budget.available() - left).abs();
        assert!(spent < 0.01, "{once}: {} are left", budget.available());
    }
}

/// A client that retries by itself reports only the outcome of its last try.
#[tokio::test]
async fn an_order_is_placed_once_by_each_try_of_a_retrying_client() {
    let again = reqwest::retry::for_host("127.0.0.1").no_budget().max_retries_per_request(1);
    let again = again.classify_fn(|seen| match seen.status() {
        Some(status) if status == 503 => seen.retryable(),
        _ => seen.success(),
    });
    let client = reqwest::Client::builder().retry(again).no_proxy().build().expect("no TLS, no proxy");
    let script = Script::new([Act::Answer(503), Act::Answer(421), Act::Answer(503), Act::Answer(421)]);
    let address = script.start().await;
    let report = send(&client, HttpClassifier::gateway(Method::POST), Method::POST, address).await;
    assert_eq!((report.attempts, orders(&script)), (1, 2), "one attempt, two tries of the client");
}
