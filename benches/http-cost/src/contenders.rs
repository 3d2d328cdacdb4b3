//! The contenders: the bare service, the layer, and `tower::retry`.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{Method, Request, Response};
use persevere::{Unlimited, constant};
use persevere_http::{ReplayBody, RetryFilter, RetryFilterBuilder, RetryLayer};
use tower::retry::{Policy, Retry};
use tower::{Layer, Service};

use crate::work::{Chunks, NoTime, Work, answer, run};

/// Somebody who does the work.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Sends so many requests; `false` when that cannot be done.
    pub(crate) run: fn(Work, u64) -> bool,
}

/// Everybody, the bare service first.
pub(crate) const ALL: &[Contender] = &[
    Contender { name: "bare service", run: bare },
    Contender { name: "never retried", run: never },
    Contender { name: "may be retried", run: may },
    Contender { name: "with the budget", run: budgeted },
    Contender { name: "tower::retry", run: tower },
];

/// Where persevere stands among them.
pub(crate) const OURS: Range<usize> = 1..4;

/// Statuses of a service: 503 and 200 in turn where a request is to be sent again, 200 otherwise.
fn statuses(work: Work) -> impl Fn() -> u16 + Clone {
    let busy = Arc::new(AtomicBool::new(false));
    move || {
        let is_busy = work == Work::Again && !busy.load(Ordering::Relaxed);
        busy.store(is_busy, Ordering::Relaxed);
        if is_busy { 503 } else { 200 }
    }
}

fn bare(work: Work, requests: u64) -> bool {
    let status = statuses(work);
    let mut service = tower::service_fn(|request: Request<Chunks>| answer(request, status()));
    for _ in 0..requests {
        if work == Work::Again {
            // What a caller would do that knows that it must ask twice.
            let request = work.request(&Method::PUT);
            let again = request.clone();
            let (head, body) = request.into_parts();
            run(async {
                let _ = service.call(Request::from_parts(head, body)).await?;
                service.call(again).await
            });
        } else {
            run(service.call(work.request(&Method::PUT)));
        }
    }
    true
}

fn never(work: Work, requests: u64) -> bool {
    if work == Work::Again {
        return false;
    }
    let filter = RetryFilter::spring().build().expect("the defaults");
    layered(filter, work, &Method::POST, requests)
}

fn filter() -> RetryFilterBuilder {
    RetryFilter::gateway().backoff(constant(std::time::Duration::ZERO)).body_limit(2 << 20)
}

/// As many retries as are asked for, like the others.
fn may(work: Work, requests: u64) -> bool {
    layered(filter().budget(Unlimited).build().expect("within bounds"), work, &Method::PUT, requests)
}

/// As the profile comes.
fn budgeted(work: Work, requests: u64) -> bool {
    if work == Work::Again {
        return false; // no budget has room for that
    }
    layered(filter().build().expect("within bounds"), work, &Method::PUT, requests)
}

fn layered(filter: RetryFilter, work: Work, method: &Method, requests: u64) -> bool {
    let status = statuses(work);
    let inner = tower::service_fn(move |request: Request<ReplayBody<Chunks>>| answer(request, status()));
    let mut service = RetryLayer::with_timer(filter, NoTime).layer(inner);
    for _ in 0..requests {
        run(service.call(work.request(method)));
    }
    true
}

/// Three retries of a 503, without a wait.
#[derive(Clone)]
struct Thrice(u32);

impl<B, R> Policy<Request<B>, Response<R>, Infallible> for Thrice
where
    Request<B>: Clone,
{
    type Future = Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<B>,
        result: &mut Result<Response<R>, Infallible>,
    ) -> Option<Ready<()>> {
        let is_busy = result.as_ref().is_ok_and(|response| response.status() == 503);
        self.0 = if is_busy { self.0.checked_sub(1)? } else { self.0 };
        is_busy.then(|| ready(()))
    }

    fn clone_request(&mut self, request: &Request<B>) -> Option<Request<B>> {
        Some(request.clone())
    }
}

fn tower(work: Work, requests: u64) -> bool {
    let status = statuses(work);
    let inner = tower::service_fn(move |request: Request<Chunks>| answer(request, status()));
    let mut service = Retry::new(Thrice(3), inner);
    for _ in 0..requests {
        run(service.call(work.request(&Method::PUT)));
    }
    true
}
