//! [`Classifier`]: from an outcome to a verdict; [`AnyError`], [`When`] and [`Until`] for `Result`s.

use std::sync::Arc;

use crate::verdict::Verdict;

/// Judges an outcome: accept it, reject it, or retry.
///
/// A classifier sees the outcome and nothing else: neither the number of the attempt nor the time. Every
/// `Fn(&O) -> Verdict` is a classifier of `O`.
///
/// ```
/// use persevere::{Classifier, Verdict};
///
/// let patient = |answer: &Option<u8>| if answer.is_some() { Verdict::Accept } else { Verdict::retry() };
/// assert_eq!(patient.classify(&None), Verdict::retry());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot judge the outcome `{O}`",
    note = "`AnyError`, `when` and `until` judge a `Result`; for another type say `.classify(|outcome| …)`"
)]
pub trait Classifier<O: ?Sized> {
    /// Judges one outcome. Called exactly once for each attempt.
    fn classify(&self, outcome: &O) -> Verdict;
}

impl<O: ?Sized, F: Fn(&O) -> Verdict> Classifier<O> for F {
    fn classify(&self, outcome: &O) -> Verdict {
        self(outcome)
    }
}

impl<O: ?Sized, C: Classifier<O> + ?Sized> Classifier<O> for Arc<C> {
    fn classify(&self, outcome: &O) -> Verdict {
        (**self).classify(outcome)
    }
}

/// Accepts every `Ok` and retries **every** `Err`, whatever it says: the default, named for what it does.
///
/// Say [`when`](crate::Policy::when) as soon as some errors are not worth another attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnyError;

impl<T, E> Classifier<Result<T, E>> for AnyError {
    fn classify(&self, outcome: &Result<T, E>) -> Verdict {
        if outcome.is_ok() { Verdict::Accept } else { Verdict::retry() }
    }
}

/// Accepts every `Ok`, retries the errors that a predicate names, rejects the others.
///
/// Made by [`Policy::when`](crate::Policy::when) and [`Retry::when`](crate::Retry::when).
#[derive(Clone, Copy)]
pub struct When<F>(pub(crate) F);

impl<T, E, F: Fn(&E) -> bool> Classifier<Result<T, E>> for When<F> {
    fn classify(&self, outcome: &Result<T, E>) -> Verdict {
        match outcome {
            Ok(_) => Verdict::Accept,
            Err(error) if (self.0)(error) => Verdict::retry(),
            Err(_) => Verdict::Reject,
        }
    }
}

/// Accepts the `Ok` values that a predicate names and retries the others; errors are judged by another
/// classifier.
///
/// Made by [`Policy::until`](crate::Policy::until).
#[derive(Clone, Copy)]
pub struct Until<C, F> {
    pub(crate) errors: C,
    pub(crate) done: F,
}

impl<T, E, C, F> Classifier<Result<T, E>> for Until<C, F>
where
    C: Classifier<Result<T, E>>,
    F: Fn(&T) -> bool,
{
    fn classify(&self, outcome: &Result<T, E>) -> Verdict {
        until(&self.errors, &self.done, outcome)
    }
}

/// The rule of `until`, for every place that holds its two halves.
pub(crate) fn until<T, E>(
    errors: &(impl Classifier<Result<T, E>> + ?Sized),
    done: &impl Fn(&T) -> bool,
    outcome: &Result<T, E>,
) -> Verdict {
    match outcome {
        Ok(value) if done(value) => Verdict::Accept,
        Ok(_) => Verdict::retry(),
        Err(_) => errors.classify(outcome),
    }
}

impl<F> std::fmt::Debug for When<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("When").field(&std::any::type_name::<F>()).finish()
    }
}

impl<C: std::fmt::Debug, F> std::fmt::Debug for Until<C, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Until")
            .field("errors", &self.errors)
            .field("done", &std::any::type_name::<F>())
            .finish()
    }
}
