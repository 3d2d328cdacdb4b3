//! [`Lent`]: a closure that is lent a state for each attempt and hands it back.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;

use super::{Operation, Shape};
use crate::attempt::Attempt;

/// A closure that is lent a state for each attempt and hands it back with the outcome. Made by
/// [`retry_with`](crate::retry_with).
pub struct Lent<S, F, Fut> {
    /// `None` while an attempt has it.
    state: Option<S>,
    start: F,
    // Names the future without a bound on `F`: the compiler could not prove `Send` for a state behind `&mut`
    // through one.
    future: PhantomData<fn() -> Fut>,
}

impl<S, F, Fut> Lent<S, F, Fut> {
    /// The operation that `start` starts with `state`: what [`retry_with`](crate::retry_with) makes, for a timer of your own.
    ///
    /// ```
    /// use persevere::testing::VirtualTime;
    /// use persevere::{Attempt, BackoffExt, Lent, Retry, constant};
    /// use std::time::Duration;
    ///
    /// let (time, mut queries) = (VirtualTime::new(), 0);
    /// let operation = Lent::new(&mut queries, async |queries, _: Attempt| {
    ///     *queries += 1;
    ///     let outcome = if *queries < 3 { Err("busy") } else { Ok(*queries) };
    ///     (queries, outcome)
    /// });
    /// let call = Retry::new(constant(Duration::from_millis(1)).attempts(5), operation, time.clone());
    /// assert_eq!(time.run(call), Ok(3));
    /// ```
    pub const fn new<O>(state: S, start: F) -> Self
    where
        F: FnMut(S, Attempt) -> Fut,
        Fut: Future<Output = (S, O)>,
    {
        Self { state: Some(state), start, future: PhantomData }
    }
}

impl<S, F, Fut: Future> Shape for Lent<S, F, Fut> {
    type Future = Fut;
}

impl<S, F, Fut, O> Operation for Lent<S, F, Fut>
where
    F: FnMut(S, Attempt) -> Fut,
    Fut: Future<Output = (S, O)>,
{
    type Outcome = O;

    fn start(&mut self, attempt: Attempt) -> Fut {
        let state = self.state.take().expect("every attempt that ended has handed the state back");
        (self.start)(state, attempt)
    }

    fn settle(&mut self, (state, outcome): (S, O)) -> O {
        self.state = Some(state);
        outcome
    }
}

impl<S, F, Fut> fmt::Debug for Lent<S, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").field("lent", &self.state.is_none()).field("start", &type_name::<F>()).finish()
    }
}
