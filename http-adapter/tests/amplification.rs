//! Three gateways in a row before an upstream that is down: how many requests reach it for each one that comes.
//!
//! Between two gateways there is a network: only headers pass it. Retries of each multiply with those of the others, unless
//! a budget bounds them or only the outermost retries.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use persevere::{AnyBudget, Budget, Kind, Permit, RatioBudget, Stamp};
use persevere_http::{ReplayBody, RetryFilter, RetryLayer};
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt};

use test_servers::ms;

type Hop = BoxCloneSyncService<Request<Full<Bytes>>, Response<String>, Infallible>;

/// What passes from one process to the next: no extension, and a body of its own.
#[derive(Clone)]
struct Network(Hop);

impl Service<Request<ReplayBody<Full<Bytes>>>> for Network {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = <Hop as Service<Request<Full<Bytes>>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<ReplayBody<Full<Bytes>>>) -> Self::Future {
        let mut passed = Request::new(Full::default());
        *passed.method_mut() = request.method().clone();
        *passed.headers_mut() = request.headers().clone();
        self.0.call(passed)
    }
}

/// A gateway before `next`.
fn gateway(next: Hop, trusts: bool, budget: AnyBudget) -> Hop {
    let filter = RetryFilter::gateway().backoff(persevere::constant(ms(10))).budget(budget);
    let filter = filter.announce(true).trust_announced(trusts).build().expect("within bounds");
    Hop::new(RetryLayer::new(filter).layer(Network(next)))
}

const REQUESTS: u32 = 1_000;

/// Requests that reach an upstream that is down, for each of those that come once the budgets have spent their savings.
async fn load(trusts: bool, budget: impl Fn() -> AnyBudget) -> f64 {
    let reached = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&reached);
    let down = tower::service_fn(move |_: Request<Full<Bytes>>| {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Ok(Response::builder().status(503).body(String::new()).expect("valid")))
    });
    let gateways = (0..3).fold(Hop::new(down), |next, _| gateway(next, trusts, budget()));
    for number in 0..2 * REQUESTS {
        if number == REQUESTS {
            reached.store(0, Ordering::Relaxed);
        }
        gateways.clone().oneshot(Request::new(Full::default())).await.expect("answered");
    }
    f64::from(reached.load(Ordering::Relaxed)) / f64::from(REQUESTS)
}

fn a_fifth() -> AnyBudget {
    RatioBudget::new(0.2, 0).expect("within bounds").into()
}

/// What a filter has that says nothing of a budget.
fn default_budget() -> AnyBudget {
    let filter = RetryFilter::gateway().build().expect("within bounds");
    let AnyBudget::Ratio(budget) = filter.budget() else { panic!("the profile has a budget") };
    budget.filled_as(budget).into()
}

#[tokio::test(start_paused = true)]
async fn the_default_budget_leaves_a_tenth_of_the_retries_and_one_a_second() {
    let load = load(false, default_budget).await;
    // Each retry waits for 10 ms, in which each gateway earns a hundredth of another one: half a percent of the requests.
    assert!((1.1_f64.powi(3)..1.105_f64.powi(3)).contains(&load), "{load}");
}

#[test]
fn what_was_never_sent_is_retried_whatever_the_budget_has_left() {
    let budget = default_budget();
    let withdraw = |kind| budget.withdraw(kind, Stamp::default()).map(Permit::spend).is_some();
    assert_eq!((0..100).filter(|_| withdraw(Kind::Transient)).count(), 10);
    assert!((0..100).all(|_| withdraw(Kind::NotSent)));
}

#[tokio::test(start_paused = true)]
async fn retries_of_gateways_in_a_row_multiply_without_bounds() {
    let load = load(false, || AnyBudget::Unlimited).await;
    assert!((load - 64.0).abs() < 1e-9, "{load}");
}

#[tokio::test(start_paused = true)]
async fn only_the_outermost_retries_where_its_header_is_trusted() {
    let load = load(true, || AnyBudget::Unlimited).await;
    assert!((load - 4.0).abs() < 1e-9, "{load}");
}

#[tokio::test(start_paused = true)]
async fn budgets_bound_what_each_adds() {
    let load = load(false, a_fifth).await;
    assert!(load > 1.7 && load <= 1.2_f64.powi(3) + 1e-9, "{load}");
}

#[tokio::test(start_paused = true)]
async fn a_budget_and_a_trusted_header_bound_what_all_add() {
    let load = load(true, a_fifth).await;
    assert!(load > 1.19 && load <= 1.2 + 1e-9, "{load}");
}
