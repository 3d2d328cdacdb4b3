//! What is allowed only so often within one request, and among layers and requests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use persevere::{Budget, Kind, Permit, Reason, Stamp, TokenBudget};
use persevere_http::spring::SpringRules;
use persevere_http::{Explanation, ReplayBody, RetryFilter, RetryLayer, Row};
use tower::{Layer, ServiceExt};

use test_servers::ms;
use test_servers::script::{Act, Script, h2};

fn filter(retries: u32) -> persevere_http::RetryFilterBuilder {
    RetryFilter::gateway().sends_once(true).retries(retries).backoff(persevere::constant(ms(0)))
}

/// Sends a GET through `layer` to an upstream that always answers so; what it took, and how often it was asked.
async fn send(layer: &RetryLayer, status: u16) -> (Explanation, usize) {
    send_this(layer, Request::new(Full::default()), status).await
}

async fn send_this(layer: &RetryLayer, request: Request<Full<Bytes>>, status: u16) -> (Explanation, usize) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let upstream = tower::service_fn(move |_: Request<ReplayBody<Full<Bytes>>>| {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Response::builder().status(status).body(String::new()))
    });
    let response = layer.layer(upstream).oneshot(request).await.expect("valid");
    (Explanation::of(&response), asked.load(Ordering::Relaxed))
}

#[tokio::test(start_paused = true)]
async fn a_misdirected_request_is_sent_again_once() {
    let (explanation, asked) = send(&RetryLayer::new(filter(5).build().expect("within bounds")), 421).await;
    assert_eq!((explanation.reason, explanation.row, asked), (Reason::Rejected, Some(Row::Misdirected), 2));
}

#[tokio::test]
async fn a_reused_connection_that_was_closed_is_replaced_at_once_and_once() {
    // Two connections are kept, and both are closed when they are used again; so is the new one.
    let script = Script::new([Act::Slow(200), Act::Slow(200), Act::Close, Act::Close, Act::Close]);
    let address = script.start().await;
    let waits = Arc::<Mutex<Vec<_>>>::default();
    let told = Arc::clone(&waits);
    let filter = RetryFilter::gateway().backoff(persevere::constant(ms(5)));
    let filter = filter.on_retry(move |event| told.lock().unwrap().extend(event.decision.delay()));
    let layer = RetryLayer::new(filter.build().expect("within bounds"));
    let service = layer.layer(crate::clients::client(false));
    let get = || {
        let request =
            Request::get(format!("http://{address}/")).body(Full::<Bytes>::default()).expect("valid");
        let call = service.clone().oneshot(request);
        async { call.await.expect("answered").into_body().collect().await.expect("arrives") }
    };
    // Neither response ends before both requests have come.
    let both_have_come = async {
        loop {
            if script.received().len() == 2 {
                script.go_on();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = async { tokio::join!(get(), get()) } => {}
        () = both_have_come => {}
    }
    assert_eq!(script.connections(), 2);
    get().await;
    assert_eq!(*waits.lock().unwrap(), [ms(0), ms(5), ms(5)]);
}

#[tokio::test]
async fn refused_streams_are_sent_again_three_times() {
    let script = h2::Script::new([h2::Act::Reset(::h2::Reason::REFUSED_STREAM); 20]);
    let address = script.start().await;
    let service =
        RetryLayer::new(filter(10).build().expect("within bounds")).layer(crate::clients::client(true));
    let request = Request::post(format!("http://{address}/")).body(Full::<Bytes>::default()).expect("valid");
    assert!(service.oneshot(request).await.is_err());
    assert_eq!(script.requests(), 4);
}

#[tokio::test(start_paused = true)]
async fn all_requests_of_a_filter_share_its_budget() {
    let budget = TokenBudget::new(3, 0.0).expect("within bounds");
    let layer = RetryLayer::new(filter(2).budget(budget).build().expect("within bounds"));
    let (first, asked) = send(&layer, 503).await;
    assert_eq!((first.reason, first.row, asked), (Reason::Attempts, Some(Row::Ended), 3));
    let (second, asked) = send(&layer, 503).await;
    assert_eq!((second.reason, second.row, asked), (Reason::Budget, Some(Row::Ended), 2));
    assert_eq!(send(&layer, 503).await.1, 1);
}

#[tokio::test]
async fn no_final_failure_of_a_server_pays_the_budget_of_a_filter_back() {
    let (get, post) = (|| Request::get("/"), || Request::post("/"));
    let upgrade = || Request::get("/").header("upgrade", "websocket");
    for (request, status, paid) in [
        (get(), 404, true),
        (get(), 501, false),
        (post(), 200, true),
        (post(), 503, false),
        (upgrade(), 403, true),
        (upgrade(), 503, false),
    ] {
        let request = request.body(Full::default()).expect("valid");
        let budget = TokenBudget::new(10, 0.5).expect("within bounds");
        let spring = RetryFilter::spring()
            .rules(SpringRules::default().series([]).statuses([StatusCode::BAD_GATEWAY]));
        for filter in [filter(2).budget(budget.clone()).build(), spring.budget(budget.clone()).build()] {
            let filter = filter.expect("within bounds");
            let context = format!("{} {status} by {filter}", request.method());
            budget.withdraw(Kind::Transient, Stamp::default()).expect("enough is left").spend();
            let (left, reason) = (budget.available(), if paid { Reason::Accepted } else { Reason::Rejected });
            let (explanation, asked) = send_this(&RetryLayer::new(filter), request.clone(), status).await;
            assert_eq!((explanation.reason, asked), (reason, 1), "{context}");
            assert_eq!(budget.available() > left, paid, "{context}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_nested_layers_only_the_outermost_retries() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let upstream = tower::service_fn(move |_: Request<ReplayBody<ReplayBody<Full<Bytes>>>>| {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Response::builder().status(503).body(String::new()))
    });
    let layer = || RetryLayer::new(filter(3).build().expect("within bounds"));
    let service = layer().layer(layer().layer(upstream));
    let response = service.oneshot(Request::new(Full::default())).await.expect("valid");
    assert_eq!((Explanation::of(&response).attempts, asked.load(Ordering::Relaxed)), (4, 4));
}
