//! [`Subject`]: what laws are checked on, however it yields its delays.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::as_policy::Parts;
use crate::attempt::{Attempt, Failure};
use crate::backoff::Backoff;
use crate::schedule::{Draw, Look, Walk};
use crate::testing::findings::message;
use crate::verdict::Kind;

/// What laws are checked on, however it yields its delays.
pub(crate) trait Subject {
    /// The delays of one call, at most so many.
    fn run(&self, draw: Draw, longest: usize) -> Run;

    /// Whether a seed fixes the delays.
    fn is_seeded(&self) -> bool;

    /// Whether its samples can be made the least and the greatest ones.
    fn has_extremes(&self) -> bool;

    /// Decides at the edges of all that it may be asked; the message of a panic, and where it came from.
    fn at_the_edges(&self) -> Option<String>;
}

/// The delays of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) draw: Draw,
    pub(crate) delays: Vec<Duration>,
    pub(crate) end: End,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It would go on.
    Open,
    /// No delay follows.
    Over,
    /// After an end, another delay came.
    Resumed,
    Panicked(String),
}

impl Run {
    /// The seed, if one fixes it.
    pub(crate) const fn seed(&self) -> Option<u64> {
        match self.draw {
            Draw::Seed(seed) => Some(seed),
            Draw::Lowest | Draw::Highest => None,
        }
    }

    fn of(draw: Draw, longest: usize, mut delays: impl Iterator<Item = Duration>) -> Self {
        let mut run = Self { draw, delays: Vec::new(), end: End::Open };
        let walked = catch_unwind(AssertUnwindSafe(|| {
            while run.delays.len() < longest {
                match delays.next() {
                    Some(delay) => run.delays.push(delay),
                    None if resumes(&mut delays) => return End::Resumed,
                    None => return End::Over,
                }
            }
            End::Open
        }));
        run.end = walked.unwrap_or_else(|panic| End::Panicked(message(&*panic)));
        run
    }
}

/// Whether an iterator that has ended yields something, asked often.
fn resumes(delays: &mut impl Iterator<Item = Duration>) -> bool {
    (0..64).any(|_| delays.next().is_some())
}

/// A backoff or a policy.
pub(crate) struct OfParts<'a, P: ?Sized>(pub(crate) &'a P);

impl<P: Parts> Subject for OfParts<'_, P> {
    fn run(&self, draw: Draw, longest: usize) -> Run {
        Run::of(draw, longest, Walk::new(Look::new(self.0, draw)))
    }

    fn is_seeded(&self) -> bool {
        true
    }

    fn has_extremes(&self) -> bool {
        true
    }

    fn at_the_edges(&self) -> Option<String> {
        let times = [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(1 << 40), Duration::MAX];
        for number in [1, 2, 64, 1_100, u32::MAX] {
            for (elapsed, previous) in times.iter().flat_map(|a| times.iter().map(move |b| (*a, *b))) {
                let attempt = Attempt::new(number).with_elapsed(elapsed).with_previous_delay(previous);
                let failure = Failure::new(attempt, u64::from(number)).with_cap(previous);
                for failure in Kind::ALL.map(|kind| failure.with_kind(kind)) {
                    let decided = catch_unwind(AssertUnwindSafe(|| self.0.backoff().decide(&failure)));
                    if let Err(panic) = decided {
                        return Some(format!("it panics with `{}` at {failure:?}", message(&*panic)));
                    }
                }
            }
        }
        None
    }
}

/// An iterator of delays for each seed.
pub(crate) struct OfIterators<F> {
    pub(crate) make: F,
    pub(crate) is_seeded: bool,
}

impl<I: IntoIterator<Item = Duration>, F: Fn(u64) -> I> Subject for OfIterators<F> {
    fn run(&self, draw: Draw, longest: usize) -> Run {
        let seed = if let Draw::Seed(seed) = draw { seed } else { 0 };
        match catch_unwind(AssertUnwindSafe(|| (self.make)(seed).into_iter())) {
            Ok(delays) => Run::of(draw, longest, delays),
            Err(panic) => Run { draw, delays: Vec::new(), end: End::Panicked(message(&*panic)) },
        }
    }

    fn is_seeded(&self) -> bool {
        self.is_seeded
    }

    fn has_extremes(&self) -> bool {
        false
    }

    fn at_the_edges(&self) -> Option<String> {
        None
    }
}
