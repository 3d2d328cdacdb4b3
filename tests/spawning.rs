//! What can be spawned on a multi-thread runtime, and what the compiler can prove of the types.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use persevere::{Backoff, BackoffExt, Policy, RatioBudget, Retry, TokenBudget, constant, exponential, retry};

use crate::support::ms;

/// Fails until its counter has reached three, with a wait in between that moves it across threads.
async fn third_time(calls: &AtomicU32) -> Result<u32, String> {
    tokio::task::yield_now().await;
    let number = calls.fetch_add(1, Ordering::Relaxed) + 1;
    if number < 3 { Err(format!("attempt {number}")) } else { Ok(number) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closure_that_borrows_can_be_spawned() {
    let task = tokio::spawn(async {
        let policy =
            Policy::new(constant(ms(1)).attempts(5)).when(|error: &String| error.starts_with("attempt"));
        let calls = AtomicU32::new(0);
        let mut seen = Vec::new();
        let outcome =
            retry(&policy, || third_time(&calls)).on_retry(|event| seen.push(event.attempt.number())).await;
        (outcome, seen)
    });
    assert_eq!(task.await.unwrap(), (Ok(3), vec![1, 2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_async_closure_that_borrows_can_be_spawned() {
    let task = tokio::spawn(async {
        let calls = AtomicU32::new(0);
        let greeting = String::from("hello");
        retry(constant(ms(1)).attempts(5), async || {
            let number = third_time(&calls).await?;
            Ok::<_, String>(format!("{greeting} {number}"))
        })
        .when(|error| !error.is_empty())
        .report()
        .await
    });
    let report = task.await.unwrap();
    assert_eq!((report.outcome.as_deref(), report.attempts), (Ok("hello 3"), 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_function_can_be_spawned() {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    async fn plain() -> Result<u32, String> {
        third_time(&CALLS).await
    }
    assert_eq!(tokio::spawn(retry(constant(ms(1)).attempts(5), plain)).await.unwrap(), Ok(3));
}

#[tokio::test]
async fn a_future_that_is_not_send_can_be_awaited() {
    let local = std::rc::Rc::new(4);
    let outcome = retry(constant(ms(1)).attempts(2), || async {
        let shared = std::rc::Rc::clone(&local);
        tokio::task::yield_now().await;
        Ok::<_, ()>(*shared)
    });
    assert_eq!(outcome.await, Ok(4));
}

#[test]
fn a_policy_can_be_a_static_and_its_futures_are_send() {
    fn is_send<T: Send>(_: &T) {}
    fn is_static_and_shared<T: Send + Sync + 'static>(_: &T) {}
    static SHARED: std::sync::LazyLock<Policy> = std::sync::LazyLock::new(Policy::default);
    let call = retry(&*SHARED, || async { Ok::<_, ()>(()) }).until(|()| true).seed(1).report();
    is_send(&call);
    is_static_and_shared(&*SHARED);
    let dynamic: Arc<dyn Backoff + Send + Sync> = Arc::new(constant(ms(1)));
    is_static_and_shared(&Policy::new(dynamic));
}

#[test]
fn a_call_stays_within_its_size() {
    // One step of tokio's task cells: a future of at most 152 bytes costs 256 bytes a task.
    async fn operation(pointer: &u64) -> Result<u64, ()> {
        tokio::task::yield_now().await;
        Ok(*pointer)
    }
    fn call<'a, P: persevere::Parts>(
        policy: P,
        pointer: &'a u64,
    ) -> Retry<P, impl FnMut() -> OperationFuture<'a>> {
        retry(policy, move || Box::pin(operation(pointer)) as OperationFuture<'a>)
    }
    type OperationFuture<'a> = std::pin::Pin<Box<dyn Future<Output = Result<u64, ()>> + Send + 'a>>;

    let backoff = exponential(ms(50)).capped(ms(2_000)).full_jitter().attempts(5).within(ms(10_000));
    let policy = Policy::new(backoff);
    let word = 7;
    assert!(size_of_val(&call(&policy, &word)) <= 152);
    assert!(size_of_val(&call(Arc::new(policy), &word)) <= 152);
    assert!(size_of_val(&call(policy, &word)) <= 136 + size_of_val(&policy));
    let unboxed = retry(&policy, || operation(&word));
    assert!(size_of_val(&unboxed) <= 152, "{} bytes", size_of_val(&unboxed));
    let tokens = policy.budget(TokenBudget::default());
    let ratio = policy.budget(RatioBudget::default());
    assert!(size_of_val(&call(&tokens, &word)) <= 152 && size_of_val(&call(&ratio, &word)) <= 152);

    // A large operation costs what it takes, and 40 bytes.
    let large = async || {
        let block = [word; 128];
        tokio::task::yield_now().await;
        if block[7] == word { Ok(()) } else { Err(()) }
    };
    let own = size_of_val(&large());
    assert!(own > 1_024 && size_of_val(&retry(&policy, large)) <= own + 40);
}
