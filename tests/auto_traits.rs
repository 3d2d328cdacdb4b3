//! What the compiler knows of the public types: what can be sent, shared, moved and made into an object.

use std::rc::Rc;
use std::sync::Arc;

use persevere::testing::{Script, ScriptFuture, VirtualSleep, VirtualTime};
use persevere::*;

fn is_send<T: Send>() {}
fn is_sync<T: Sync>() {}
fn is_unpin<T: Unpin>() {}
fn is_copy<T: Copy>() {}
fn is_static<T: 'static>() {}

/// A backoff of every part.
type Everything = Attempts<
    Within<
        ByKind<
            Then<FullJitter<Capped<Exponential>>, EqualJitter<Floor<Linear>>>,
            Or<ProportionalJitter<Polynomial>, And<Fibonacci, Or<Decorrelated, Constant>>>,
        >,
    >,
>;

type WithoutBudget = Policy<DefaultBackoff, AnyError, Unlimited>;

#[test]
fn facts_and_backoffs_are_plain_values() {
    is_copy::<(Attempt, Failure, Verdict, Kind, Hint, Decision, Reason, Event, Clock, Stamp, Entropy, Bounds)>(
    );
    is_copy::<(Everything, Sequence<[std::time::Duration; 3]>, WithoutBudget, Session<Everything>, Step<()>)>(
    );
    is_send::<(Everything, Policy, Schedule, Invalid, Elapsed, GaveUp<String>, Report<String>)>();
    is_sync::<(Everything, Policy, Schedule, Invalid, Elapsed, GaveUp<String>, Report<String>)>();
    is_static::<(Everything, Policy)>();
}

#[test]
fn budgets_and_their_permits_cross_threads() {
    is_send::<(TokenBudget, TokenPermit, RatioBudget, RatioPermit, Unlimited)>();
    is_sync::<(TokenBudget, TokenPermit, RatioBudget, RatioPermit, Unlimited)>();
}

#[test]
fn virtual_time_crosses_threads() {
    is_send::<(VirtualTime, VirtualSleep, Script<u8, u8>, ScriptFuture<u8, u8>)>();
    is_unpin::<(VirtualTime, VirtualSleep, Script<u8, u8>, ScriptFuture<u8, u8>)>();
}

#[test]
fn what_comes_from_a_file_crosses_threads() {
    is_send::<(PolicyConfig, Policy<AnyBackoff, AnyError, AnyBudget>, AnyPermit)>();
    is_sync::<(PolicyConfig, Policy<AnyBackoff, AnyError, AnyBudget>, AnyPermit)>();
    is_send::<(Metrics, Trace, (Metrics, Trace), FuturesTimer, FuturesSleep)>();
    is_sync::<(Metrics, Trace, (Metrics, Trace), FuturesTimer)>();
    is_copy::<(Metrics, Trace, FuturesTimer)>();
}

#[test]
fn a_stream_and_a_traced_call_are_what_their_parts_are() {
    type Open = std::future::Ready<Result<futures::stream::Empty<Result<u8, ()>>, ()>>;
    type Plain = RetryStream<&'static Policy, Opening<fn() -> Open>, VirtualTime>;
    is_send::<Plain>();
    is_sync::<Plain>();
    is_unpin::<Plain>();
    is_send::<RetryStream<Policy, Opening<fn() -> Open>>>();
    is_send::<Traced<Policy, fn() -> std::future::Ready<Result<(), ()>>>>();
}

#[test]
fn a_call_is_what_its_parts_are() {
    type Ready = std::future::Ready<Result<(), ()>>;
    type Plain = Retry<Policy, fn() -> Ready, VirtualTime>;
    is_send::<Plain>();
    is_sync::<Plain>();
    is_unpin::<Plain>();
    is_send::<(Reporting<&'static Policy, fn() -> Ready>, Again<&'static Policy>)>();
    is_send::<
        Retry<Arc<Policy<Box<dyn Backoff + Send + Sync>, AnyError, persevere::Unlimited>>, fn() -> Ready>,
    >();
    is_send::<Retry<Policy, Lent<&'static mut String, fn(), Ready>>>();
    is_send::<Retry<Policy, Timed<fn() -> Ready, Tokio>>>();
    // And no more than that: what is not `Send` can be retried all the same.
    type Local = Retry<Policy, fn() -> std::pin::Pin<Box<dyn Future<Output = Result<(), Rc<()>>>>>>;
    is_static::<Local>();
}

#[test]
fn what_is_chosen_at_run_time_can_be_an_object() {
    let backoff: Box<dyn Backoff> = Box::new(constant(std::time::Duration::ZERO));
    let classifier: Box<dyn Classifier<Result<(), ()>>> = Box::new(AnyError);
    let observer: Box<dyn Observer> = Box::new(Silent);
    let budget: Arc<dyn Budget<Permit = ()>> = Arc::new(Unlimited);
    let policy = Policy::new(backoff.attempts(2)).classify(classifier).observe(observer).budget(budget);
    let outcome: Result<(), ()> = blocking::retry(&policy, || Err(()));
    assert_eq!(outcome, Err(()));
}
