//! A layer that follows redirects inside the retry layer.
//!
//! An order that the first hop took is not placed again.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, Error, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use persevere_http::{Explanation, GatewayRules, ReplayBody, ReplayError, RetryFilter, RetryLayer, Row};
use tower::{ServiceBuilder, ServiceExt};
use tower_http::follow_redirect::FollowRedirectLayer;

use test_servers::script::{Act, Script, h2};
use test_servers::{closed, ms};

type Sent = BoxBody<Bytes, ReplayError>;

/// Sends an order through a layer that follows redirects.
///
/// Returns the outcome and the number of retries.
async fn order(
    address: SocketAddr,
    sends_once: bool,
    is_h2: bool,
) -> (Result<Response<Incoming>, Error>, usize) {
    let retries = Arc::new(std::sync::Mutex::new(0));
    let counted = Arc::clone(&retries);
    let filter = RetryFilter::gateway().backoff(persevere::constant(ms(0))).sends_once(sends_once);
    let filter = filter.on_retry(move |_| *counted.lock().unwrap() += 1).build().expect("within bounds");
    let client: Client<HttpConnector, Sent> =
        Client::builder(TokioExecutor::new()).http2_only(is_h2).build_http();
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(filter))
        .map_request(|request: Request<ReplayBody<Full<Bytes>>>| request.map(BodyExt::boxed))
        .layer(FollowRedirectLayer::new())
        .service(client);
    let request = Request::post(format!("http://{address}/orders")).body(Full::default()).expect("valid");
    let outcome = service.oneshot(request).await;
    let retries = *retries.lock().unwrap();
    (outcome, retries)
}

fn orders(script: &Script) -> usize {
    script.received().iter().filter(|request| request.method == "POST").count()
}

#[tokio::test]
async fn an_order_is_placed_once_below_the_retry_layer() {
    for status in [302, 303, 307] {
        let (_held, closed) = closed();
        let headers = format!("location: http://{closed}/\r\n");
        let script = Script::new([Act::Answer(status); 8]).with_headers(&headers);
        let (outcome, retries) = order(script.start().await, false, false).await;
        assert!(outcome.is_err(), "{status}: the redirect leads nowhere");
        assert_eq!((orders(&script), retries), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn a_later_hop_that_was_misdirected_says_nothing_of_the_first() {
    for status in [421, 425] {
        let later = Script::new([Act::Answer(status); 8]);
        let headers = format!("location: http://{}/\r\n", later.start().await);
        let script = Script::new([Act::Answer(303); 8]).with_headers(&headers);
        let (outcome, _) = order(script.start().await, false, false).await;
        let response = outcome.expect("the answer of the later hop");
        assert_eq!((response.status().as_u16(), orders(&script)), (status, 1));
        assert_eq!(Explanation::of(&response).row, Some(Row::PerhapsSent));
    }
}

#[tokio::test]
async fn a_stream_that_a_later_hop_refuses_says_nothing_of_the_first() {
    let later = h2::Script::new([h2::Act::Reset(::h2::Reason::REFUSED_STREAM); 8]);
    let next = later.start().await;
    let first = h2::Script::new([h2::Act::Redirect(next); 8]);
    let (outcome, retries) = order(first.start().await, false, true).await;
    assert!(outcome.is_err(), "the later hop refuses");
    assert_eq!((first.requests(), later.requests(), retries), (1, 1, 0));
}

#[tokio::test]
async fn what_was_not_sent_is_sent_again_by_a_client_that_sends_once() {
    let (_held, closed) = closed();
    assert_eq!(order(closed, false, false).await.1, 0);
    assert_eq!(order(closed, true, false).await.1, 3);
}

/// The rules and the filter make the same statement.
#[test]
fn rules_and_filter_say_the_same() {
    let by_rules = RetryFilter::gateway().rules(GatewayRules::default().sends_once(true)).build();
    let by_filter = RetryFilter::gateway().sends_once(true).rules(GatewayRules::default()).build();
    let text = |filter: Result<RetryFilter, persevere::Invalid>| filter.expect("within bounds").to_string();
    assert_eq!(text(by_rules), text(by_filter));
}
