//! [`Classifier`]: from an outcome to a verdict; [`AnyError`] and [`ClassifyFn`]; and what changes half of a
//! judgement, [`When`] and [`Until`], joined to another classifier by [`Refined`].

use std::any::type_name;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::verdict::Verdict;

/// Judges an outcome: accept it, reject it, or retry.
///
/// A classifier sees the outcome and nothing else: neither the number of the attempt nor the time.
///
/// ```
/// use persevere::{Classifier, Verdict, classify_fn};
///
/// /// Status codes of a protocol of ours.
/// struct ByCode;
///
/// impl Classifier<u16> for ByCode {
///     fn classify(&self, code: &u16) -> Verdict {
///         match code {
///             0 => Verdict::Accept,
///             1..100 => Verdict::retry(),
///             _ => Verdict::Reject,
///         }
///     }
/// }
///
/// assert_eq!(ByCode.classify(&7), Verdict::retry());
/// // A closure does as well.
/// assert_eq!(classify_fn(|code: &u16| Verdict::accept_if(*code == 0)).classify(&7), Verdict::retry());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot judge the outcome `{O}`",
    label = "a call with this policy needs a `Result` whose error it knows, or a judge of its own",
    note = "`AnyError`, `when` and `until` judge a `Result`; for another type say `.classify(|outcome| …)`"
)]
pub trait Classifier<O: ?Sized> {
    /// Judges one outcome. Called exactly once for each attempt.
    fn classify(&self, outcome: &O) -> Verdict;
}

macro_rules! behind_a_pointer {
    ($($pointer:ty),*) => {$(
        impl<O: ?Sized, C: Classifier<O> + ?Sized> Classifier<O> for $pointer {
            fn classify(&self, outcome: &O) -> Verdict {
                (**self).classify(outcome)
            }
        }
    )*};
}

behind_a_pointer!(&C, Box<C>, Rc<C>, Arc<C>);

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

/// A closure as a classifier, for outcomes of any type.
#[must_use]
pub const fn classify_fn<O: ?Sized, F: Fn(&O) -> Verdict>(judge: F) -> ClassifyFn<F> {
    ClassifyFn { judge }
}

/// A closure as a classifier. Made by [`classify_fn`].
#[derive(Clone, Copy)]
pub struct ClassifyFn<F> {
    judge: F,
}

impl<O: ?Sized, F: Fn(&O) -> Verdict> Classifier<O> for ClassifyFn<F> {
    fn classify(&self, outcome: &O) -> Verdict {
        (self.judge)(outcome)
    }
}

/// Changes a part of another classifier's judgement.
pub trait Refine<C: ?Sized, O: ?Sized> {
    /// Judges one outcome, asking `inner` for the part that this does not change.
    fn refine(&self, inner: &C, outcome: &O) -> Verdict;
}

/// Retries the errors that a predicate names and rejects the others; `Ok` values are judged as before. The kind of a failure and
/// its hint are those that the classifier inside gives it, if that would retry it too.
///
/// Made by [`Policy::when`](crate::Policy::when) and [`Retry::when`](crate::Retry::when).
#[derive(Clone, Copy)]
pub struct When<F>(pub(crate) F);

impl<T, E, C, F> Refine<C, Result<T, E>> for When<F>
where
    C: Classifier<Result<T, E>> + ?Sized,
    F: Fn(&E) -> bool,
{
    fn refine(&self, inner: &C, outcome: &Result<T, E>) -> Verdict {
        match outcome {
            Err(error) if (self.0)(error) => match inner.classify(outcome) {
                retry @ Verdict::Retry { .. } => retry,
                _ => Verdict::retry(),
            },
            Err(_) => Verdict::Reject,
            Ok(_) => inner.classify(outcome),
        }
    }
}

/// Accepts the `Ok` values that a predicate names and retries the others; errors are judged as before.
///
/// Made by [`Policy::until`](crate::Policy::until) and [`Retry::until`](crate::Retry::until).
#[derive(Clone, Copy)]
pub struct Until<F>(pub(crate) F);

impl<T, E, C, F> Refine<C, Result<T, E>> for Until<F>
where
    C: Classifier<Result<T, E>> + ?Sized,
    F: Fn(&T) -> bool,
{
    fn refine(&self, inner: &C, outcome: &Result<T, E>) -> Verdict {
        match outcome {
            Ok(value) => Verdict::accept_if((self.0)(value)),
            Err(_) => inner.classify(outcome),
        }
    }
}

/// A classifier of which [`When`] or [`Until`] changes one half.
#[derive(Clone, Copy, Debug)]
pub struct Refined<C, R> {
    pub(crate) inner: C,
    pub(crate) refinement: R,
}

impl<O: ?Sized, C, R: Refine<C, O>> Classifier<O> for Refined<C, R> {
    fn classify(&self, outcome: &O) -> Verdict {
        self.refinement.refine(&self.inner, outcome)
    }
}

macro_rules! debug_by_type_name {
    ($($name:ident),*) => {$(
        impl<F> fmt::Debug for $name<F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&type_name::<F>()).finish()
            }
        }
    )*};
}

debug_by_type_name!(ClassifyFn, When, Until);
