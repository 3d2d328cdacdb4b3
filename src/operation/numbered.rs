//! [`Numbered`]: a closure that is told which attempt it is.

use std::any::type_name;
use std::fmt;

use super::{Operation, Shape};
use crate::attempt::Attempt;

/// A closure that is told which attempt it is. Made by [`retry_attempt`](crate::retry_attempt).
#[derive(Clone, Copy)]
pub struct Numbered<F>(F);

impl<F> Numbered<F> {
    /// The operation that `start` starts.
    pub const fn new<Fut: Future>(start: F) -> Self
    where
        F: FnMut(Attempt) -> Fut,
    {
        Self(start)
    }
}

impl<F, Fut> Shape for Numbered<F>
where
    F: FnMut(Attempt) -> Fut,
    Fut: Future,
{
    type Future = Fut;
}

impl<F, Fut> Operation for Numbered<F>
where
    F: FnMut(Attempt) -> Fut,
    Fut: Future,
{
    type Outcome = Fut::Output;

    fn start(&mut self, attempt: Attempt) -> Fut {
        (self.0)(attempt)
    }

    fn settle(&mut self, output: Fut::Output) -> Fut::Output {
        output
    }
}

impl<F> fmt::Debug for Numbered<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Numbered").field(&type_name::<F>()).finish()
    }
}
