//! `tower::retry`, with a policy that counts.
//!
//! It clones the service, and a closure that holds a `&mut` has no clone.

proofs! {
    name: "tower::retry 0.5",
    prelude: r#"
use std::time::Duration;
use tower::retry::{Policy, Retry};
use tower::{ServiceExt, service_fn};

type Busy = &'static str;
fn busy() -> Busy { "busy" }

#[derive(Clone)]
struct Retries(u32);

impl<V> Policy<(), V, Busy> for Retries {
    type Future = tokio::time::Sleep;

    fn retry(&mut self, (): &mut (), result: &mut Result<V, Busy>) -> Option<Self::Future> {
        self.0 = if result.is_ok() { return None } else { self.0.checked_sub(1)? };
        Some(tokio::time::sleep(Duration::from_millis(1)))
    }

    fn clone_request(&mut self, (): &()) -> Option<()> {
        Some(())
    }
}
"#,
    counting: "{
        let service = service_fn(|()| {
            calls += 1;
            attempt(calls)
        });
        Retry::new(Retries(3), service).oneshot(()).await
    }",
    shared: "{
        let service = service_fn(|()| connection.query());
        Retry::new(Retries(3), service).oneshot(()).await
    }",
    A: no "E0277",
    B: no "E0277",
    C: yes,
    D: yes,
    E: yes,
    F: no "E0277",
}
