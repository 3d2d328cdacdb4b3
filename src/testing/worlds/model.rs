//! [`Model`]: what a call should do, as a pure function; [`Course`]: what it does.

use std::time::Duration;

use crate::decision::Reason;
use crate::hint::Hint;
use crate::verdict::Verdict;

/// The course of a call: what it should do, or what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Course<O> {
    /// The outcome of the last attempt.
    pub outcome: O,
    /// When each attempt started, since the call began.
    pub starts: Vec<Duration>,
    /// The sleeps between them.
    pub sleeps: Vec<Duration>,
    /// How long the call took.
    pub elapsed: Duration,
    /// The rule that ended it.
    pub reason: Reason,
}

impl<O> Course<O> {
    /// The course of a call that was run, to be compared with a model's.
    pub const fn new(
        outcome: O,
        starts: Vec<Duration>,
        sleeps: Vec<Duration>,
        elapsed: Duration,
        reason: Reason,
    ) -> Self {
        Self { outcome, starts, sleeps, elapsed, reason }
    }
}

/// The rules of a call in a page, without futures, sessions or backoffs: what the documentation says and nothing else.
///
/// It stands for a call of `sequence(delays).attempts(…).within(…)` with a total sleep, a time to start over after and a
/// longest hint; without jitter and budget.
///
/// ```
/// use persevere::testing::{Model, Script, VirtualTime};
/// use persevere::{Reason, Retry, Verdict, sequence};
/// use std::time::Duration;
///
/// let ms = Duration::from_millis;
/// let expected = Model::new(vec![ms(100), ms(200)])
///     .course(&[(ms(5), Err("busy")), (ms(5), Ok(1))], |outcome| match outcome {
///         Ok(_) => Verdict::Accept,
///         Err(_) => Verdict::retry(),
///     });
/// assert_eq!((expected.sleeps, expected.elapsed, expected.reason), (vec![ms(100)], ms(110), Reason::Accepted));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    delays: Vec<Duration>,
    attempts: u32,
    within: Duration,
    total_sleep: Duration,
    reset_after: Duration,
    max_hint: Duration,
}

impl Model {
    /// A policy of these delays, and no limit but their end.
    #[must_use]
    pub const fn new(delays: Vec<Duration>) -> Self {
        Self {
            delays,
            attempts: u32::MAX,
            within: Duration::MAX,
            total_sleep: Duration::MAX,
            reset_after: Duration::MAX,
            max_hint: crate::hint::DEFAULT_MAX_HINT,
        }
    }

    /// At most so many attempts.
    #[must_use]
    pub fn attempts(self, most: u32) -> Self {
        Self { attempts: most, ..self }
    }

    /// No sleep that ends at or after this time.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { within: limit, ..self }
    }

    /// No more sleep than this in all.
    #[must_use]
    pub fn total_sleep(self, limit: Duration) -> Self {
        Self { total_sleep: limit, ..self }
    }

    /// A failure after so long an attempt is the first of a new call.
    #[must_use]
    pub fn reset_after(self, healthy: Duration) -> Self {
        Self { reset_after: healthy, ..self }
    }

    /// No hint longer than this is followed.
    #[must_use]
    pub fn max_hint(self, longest: Duration) -> Self {
        Self { max_hint: longest, ..self }
    }

    /// The course of a call whose attempts take so long and end so, as `judge` sees their outcomes.
    ///
    /// # Panics
    ///
    /// When the call goes on after the last attempt that is written.
    pub fn course<O: Clone>(&self, attempts: &[(Duration, O)], judge: impl Fn(&O) -> Verdict) -> Course<O> {
        let (mut now, mut starts, mut sleeps) = (Duration::ZERO, Vec::new(), Vec::new());
        let healthy = |time| self.reset_after != Duration::MAX && time >= self.reset_after;
        let (mut number, mut began, mut slept) = (1, Duration::ZERO, Duration::ZERO);
        for (takes, outcome) in attempts {
            starts.push(now);
            now = now.saturating_add(*takes);
            let verdict = judge(outcome);
            if matches!(verdict, Verdict::Retry { .. }) && healthy(*takes) {
                (number, began, slept) = (1, now, Duration::ZERO);
            }
            match self.next(number, now.saturating_sub(began), slept, verdict) {
                Ok(delay) => {
                    sleeps.push(delay);
                    slept = slept.saturating_add(delay);
                    now = now.saturating_add(delay);
                    number = number.saturating_add(1);
                }
                Err(reason) => return Course::new(outcome.clone(), starts, sleeps, now, reason),
            }
        }
        panic!("the call goes on after its {} attempts", attempts.len());
    }

    /// The delay after attempt `number`, or why there is none. The outermost rule is named first.
    fn next(
        &self,
        number: u32,
        elapsed: Duration,
        slept: Duration,
        verdict: Verdict,
    ) -> Result<Duration, Reason> {
        let hint = match verdict {
            Verdict::Accept => return Err(Reason::Accepted),
            Verdict::Reject => return Err(Reason::Rejected),
            Verdict::Retry { hint, .. } => hint,
        };
        let late = |time: Duration| self.within != Duration::MAX && time >= self.within;
        if late(elapsed) {
            return Err(Reason::Deadline);
        }
        if number >= self.attempts {
            return Err(Reason::Attempts);
        }
        let index = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let own = *self.delays.get(index).ok_or(Reason::Attempts)?;
        let delay = match hint {
            None => own,
            Some(Hint::Never) => return Err(Reason::HintForbids),
            Some(Hint::AtLeast(asked) | Hint::Exactly(asked)) if asked > self.max_hint => {
                return Err(Reason::HintTooLong);
            }
            Some(Hint::AtLeast(asked)) => own.max(asked),
            Some(Hint::Exactly(asked)) => asked,
        };
        if late(elapsed.saturating_add(delay)) {
            return Err(Reason::Deadline);
        }
        let left = self.total_sleep.saturating_sub(slept);
        if self.total_sleep != Duration::MAX && delay > left { Err(Reason::TotalSleep) } else { Ok(delay) }
    }
}
