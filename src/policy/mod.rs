//! [`Policy`]: a backoff, a classifier, a budget and an observer in one value, built once and shared.

mod references;

use std::fmt::{self, Display};
use std::time::Duration;

use crate::backoff::{Backoff, Exponential, exponential};
use crate::bounds::Bounds;
use crate::budget::{Budget, TokenBudget, Unlimited};
use crate::classifier::{AnyError, Refined, Until, When};
use crate::compose::{BackoffExt, Capped};
use crate::hint::DEFAULT_MAX_HINT;
use crate::jitter::FullJitter;
use crate::limits::Attempts;
use crate::observe::{Event, Observer, OnRetry, Silent};
use crate::rust_code::Code;
use crate::schedule::Schedule;

/// A backoff, a classifier, a budget and an observer in one value.
///
/// Build it once; share it by reference, by [`Arc`](std::sync::Arc) or as a `static`. A call never changes its policy, and two
/// calls that share one draw different jitter.
///
/// ```
/// use persevere::{BackoffExt, Policy, exponential, retry};
/// use std::time::Duration;
///
/// # #[derive(Debug)] enum ApiError { Busy, Gone }
/// # async fn user(id: u64) -> Result<u64, ApiError> { if id == 0 { Err(ApiError::Gone) } else { Ok(id) } }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ApiError> {
/// let backoff = exponential(Duration::from_millis(50)).capped(Duration::from_secs(2)).full_jitter().attempts(5);
/// let policy = Policy::new(backoff)
///     .when(|error: &ApiError| matches!(error, ApiError::Busy))
///     .on_retry(|event| eprintln!("attempt {} failed: {:?}", event.attempt.number(), event.decision));
///
/// let first = retry(&policy, || user(1)).await?;
/// let second = retry(&policy, || user(2)).await?;
/// # assert_eq!((first, second), (1, 2)); Ok(()) }
/// ```
///
/// A policy that has to be named – in a `static`, in a field – is easiest as the default one or with a boxed backoff; `when`
/// then goes to the call. One without a budget, as [`new`](Policy::new) makes it, says so in its type,
/// `Policy<B, AnyError, Unlimited>`:
///
/// ```
/// use persevere::{Backoff, Policy, retry};
/// use std::sync::LazyLock;
///
/// static SHARED: LazyLock<Policy> = LazyLock::new(Policy::default);
///
/// struct Client {
///     policy: Policy<Box<dyn Backoff + Send + Sync>>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), std::io::Error> {
/// # async fn user(id: u64) -> Result<u64, std::io::Error> { Ok(id) }
/// # use persevere::{BackoffExt, TokenBudget, constant};
/// # let boxed: Box<dyn Backoff + Send + Sync> = Box::new(constant(std::time::Duration::ZERO).attempts(2));
/// # let client = Client { policy: Policy::new(boxed).budget(TokenBudget::default()) };
/// retry(&*SHARED, || user(1)).await?;
/// retry(&client.policy, || user(2)).when(|error| error.kind() != std::io::ErrorKind::NotFound).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Policy<B = DefaultBackoff, C = AnyError, G = TokenBudget, W = Silent> {
    backoff: B,
    classifier: C,
    budget: G,
    observer: W,
    settings: Settings,
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    max_hint: Duration,
    hint_spread: Duration,
}

/// The backoff of [`Policy::default`].
pub type DefaultBackoff = Attempts<FullJitter<Capped<Exponential>>>;

impl Default for Policy {
    /// Doubling from 100 ms, capped at 10 s, full jitter, 3 attempts, no deadline, retries every error; and a budget of its
    /// own, the default [`TokenBudget`]: ten retries in stock, and one more for every ten calls that succeed.
    ///
    /// Without a budget, three attempts for each call keep a server down that has had too much to do for a while, if it is used
    /// to more than a third of what it can do (`docs/storms.md` of the repository). Build the policy once for each upstream: its
    /// budget is that of all calls that share it. `.budget(Unlimited)` removes it.
    fn default() -> Self {
        let growth = exponential(Duration::from_millis(100)).capped(Duration::from_secs(10));
        Policy::new(growth.full_jitter().attempts(3)).budget(TokenBudget::default())
    }
}

impl<B: Backoff> Policy<B, AnyError, Unlimited> {
    /// A policy that retries [every error](AnyError) as `backoff` says.
    #[must_use]
    pub const fn new(backoff: B) -> Self {
        Self {
            backoff,
            classifier: AnyError,
            budget: Unlimited,
            observer: Silent,
            settings: Settings { max_hint: DEFAULT_MAX_HINT, hint_spread: Duration::ZERO },
        }
    }
}

impl<B, C, G, W> Policy<B, C, G, W> {
    /// Retries only the errors for which `transient` is true; `Ok` values are judged as before.
    #[must_use]
    pub fn when<E, F: Fn(&E) -> bool>(self, transient: F) -> Policy<B, Refined<C, When<F>>, G, W> {
        self.refine(When(transient))
    }

    /// Retries also `Ok` values, until `done` is true of one; errors are judged as before. See
    /// [`Retry::until`](crate::Retry::until) for what a budget makes of that.
    #[must_use]
    pub fn until<T, F: Fn(&T) -> bool>(self, done: F) -> Policy<B, Refined<C, Until<F>>, G, W> {
        self.refine(Until(done))
    }

    fn refine<R>(self, refinement: R) -> Policy<B, Refined<C, R>, G, W> {
        let Self { backoff, classifier, budget, observer, settings } = self;
        Policy { backoff, classifier: Refined { inner: classifier, refinement }, budget, observer, settings }
    }

    /// Judges outcomes by `classifier`; replaces the one before. A closure goes through
    /// [`classify_fn`](crate::classify_fn).
    #[must_use]
    pub fn classify<D>(self, classifier: D) -> Policy<B, D, G, W> {
        let Self { backoff, budget, observer, settings, .. } = self;
        Policy { backoff, classifier, budget, observer, settings }
    }

    /// Asks `budget` before each retry; replaces the one before. Give all policies of one upstream clones of one
    /// budget.
    #[must_use]
    pub fn budget<H: Budget>(self, budget: H) -> Policy<B, C, H, W> {
        let Self { backoff, classifier, observer, settings, .. } = self;
        Policy { backoff, classifier, budget, observer, settings }
    }

    /// Tells `observer` of every decision; replaces the one before. A pair of observers is one, and so is a closure
    /// that goes through [`observe_fn`](crate::observe_fn).
    #[must_use]
    pub fn observe<V: Observer>(self, observer: V) -> Policy<B, C, G, V> {
        let Self { backoff, classifier, budget, settings, .. } = self;
        Policy { backoff, classifier, budget, observer, settings }
    }

    /// Calls `tell` for each retry, before its sleep; replaces the observer.
    #[must_use]
    pub fn on_retry<F: Fn(&Event)>(self, tell: F) -> Policy<B, C, G, OnRetry<F>> {
        self.observe(OnRetry(tell))
    }

    /// Spreads the waits after a [`Hint::AtLeast`](crate::Hint::AtLeast) over up to `spread` more than was asked for,
    /// so that a fleet which was told "2 s" does not return in one wave. Not spread unless set.
    ///
    /// The wait becomes uniform over `[d, d + spread)`, where `d` is the longer of hint and own delay.
    #[must_use]
    pub fn hint_spread(self, spread: Duration) -> Self {
        Self { settings: Settings { hint_spread: spread, ..self.settings }, ..self }
    }

    /// Follows hints up to `longest`, instead of 30 s; a longer one stops the call at once.
    #[must_use]
    pub fn max_hint(self, longest: Duration) -> Self {
        Self { settings: Settings { max_hint: longest, ..self.settings }, ..self }
    }
}

impl<B: Backoff, C, G: Budget, W: Observer> Policy<B, C, G, W> {
    /// The delays of a call whose attempts all fail, with the jitter of `seed`.
    #[must_use]
    pub fn schedule(&self, seed: u64) -> Schedule {
        Schedule::of(&self, seed)
    }

    /// The least and the most that a call may do whose attempts all fail.
    ///
    /// ```
    /// use persevere::Policy;
    /// use std::time::Duration;
    ///
    /// // Does a call of the default policy fit into two seconds, if each attempt may take half a second?
    /// let worst = Policy::default().bounds().worst_time(Duration::from_millis(500));
    /// assert!(worst.is_some_and(|worst| worst <= Duration::from_secs(2)));
    /// ```
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        Bounds::of(&self)
    }

    /// The most attempts that a server gets while so many calls begin in so much time and everything fails, with a full budget at
    /// the beginning; `None` when neither [a bound of the attempts](Bounds::attempts) nor one of the budget is known, and when calls may
    /// [start over](BackoffExt::reset_after), which is a new call to a budget.
    ///
    /// ```
    /// use persevere::{BackoffExt, Policy, RatioBudget, exponential};
    /// use std::time::Duration;
    ///
    /// let (second, backoff) = (Duration::from_secs(1), exponential(Duration::from_millis(100)).attempts(4));
    /// let policy = Policy::new(backoff);
    /// assert_eq!(policy.worst_load(1_000, second), Some(4_000));
    /// // A fifth of the calls, ten a second, and the hundred that were saved up.
    /// let policy = Policy::new(backoff).budget(RatioBudget::new(0.2, 10)?);
    /// assert_eq!(policy.worst_load(1_000, second), Some(1_000 + 200 + 10 + 100));
    /// # Ok::<(), persevere::Invalid>(())
    /// ```
    #[must_use]
    pub fn worst_load(&self, calls: u64, time: Duration) -> Option<u64> {
        let bounds = self.bounds();
        if bounds.reset_after.is_some() {
            return None;
        }
        let counted = bounds.attempts.map(|attempts| calls.saturating_mul(attempts.into()));
        let granted = self.budget.most_retries(calls, time).map(|retries| calls.saturating_add(retries));
        counted.into_iter().chain(granted).min()
    }
}

/// The code that makes it, without classifier and observer, which have no text.
///
/// ```
/// use persevere::Policy;
///
/// assert_eq!(
///     Policy::default().to_string(),
///     "Policy::new(exponential(Duration::from_millis(100)).capped(Duration::from_secs(10)).full_jitter().attempts(3))\
///      .budget(TokenBudget::new(10, 0.1)?)",
/// );
/// ```
impl<B: Display, C, G: Display, W> Display for Policy<B, C, G, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { max_hint, hint_spread } = self.settings;
        write!(f, "Policy::new({})", self.backoff)?;
        for (name, value, default) in
            [("max_hint", max_hint, DEFAULT_MAX_HINT), ("hint_spread", hint_spread, Duration::ZERO)]
        {
            if value != default {
                write!(f, ".{name}({})", Code(value))?;
            }
        }
        let budget = self.budget.to_string();
        if budget == Unlimited.to_string() { Ok(()) } else { write!(f, ".budget({budget})") }
    }
}
