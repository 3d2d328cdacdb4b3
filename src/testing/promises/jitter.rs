//! [`JitterLaw`]: how the delays of a backoff are spread.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::testing::findings::Law;

/// How the delays of a backoff are spread, around or below what it would wait without jitter.
#[derive(Clone)]
#[non_exhaustive]
pub enum JitterLaw {
    /// Not at all: each delay is what the backoff grows to.
    None,
    /// Evenly from zero up to the delay.
    Full,
    /// Evenly over the upper half of the delay.
    Equal,
    /// Evenly over the last part of the delay: 0.1 is from nine tenths of it.
    Proportional(f64),
    /// Evenly around the delay: 0.1 is from nine to eleven tenths of it.
    Symmetric(f64),
    /// Evenly from the delay up to so much more.
    Additive(Duration),
    /// Evenly from `base` up to `factor` times the previous delay, or `base` before the first (Brooker 2015).
    Decorrelated {
        /// The shortest delay.
        base: Duration,
        /// 3, as a rule.
        factor: f64,
        /// What is drawn above the cap becomes the cap; otherwise nothing is drawn above it.
        clips: bool,
    },
    /// Polly's `DecorrelatedJitterV2`, without a cap: each delay is the difference of two values of a smooth curve, at places that
    /// are spread evenly over one step each.
    PollyV2 {
        /// The median of the first delay.
        median: Duration,
    },
    /// The share of draws that are at most so long, given the number of the delay and those before it: evenly spread between 0
    /// and 1 when the law holds. Not a number where there is only one delay to draw.
    Custom(Share),
}

/// The share of draws that are at most so long, given the number of the delay and those before it.
pub type Share = Arc<dyn Fn(Duration, u32, &[Duration]) -> f64 + Send + Sync>;

/// One delay, and what its law has to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawn<'a> {
    pub(crate) delay: Duration,
    /// Counted from 1.
    pub(crate) number: u32,
    pub(crate) before: &'a [Duration],
    /// What it would be without jitter; the cap is applied.
    pub(crate) plain: Option<Duration>,
    pub(crate) cap: Duration,
    /// Spreads what is drawn at one place: between 0 and 1.
    pub(crate) dice: f64,
}

impl JitterLaw {
    /// [`Custom`](Self::Custom), from a closure: the share of draws that are at most so long, given the number of the delay,
    /// counted from 1, and those before it.
    #[must_use]
    pub fn custom(share: impl Fn(Duration, u32, &[Duration]) -> f64 + Send + Sync + 'static) -> Self {
        Self::Custom(Arc::new(share))
    }

    /// Whether each delay is drawn from what the backoff grows to.
    pub(crate) const fn needs_growth(&self) -> bool {
        matches!(
            self,
            Self::Full | Self::Equal | Self::Proportional(_) | Self::Symmetric(_) | Self::Additive(_)
        )
    }

    /// What it says about the spread of a delay, and mostly about its range.
    pub(crate) const fn law(&self) -> Law {
        match self {
            Self::None | Self::Full => FULL, // without jitter, nobody asks
            Self::Equal => EQUAL,
            Self::Proportional(_) | Self::Symmetric(_) => PROPORTIONAL,
            Self::Additive(_) => ADDITIVE,
            Self::Decorrelated { .. } => DECORRELATED,
            Self::PollyV2 { .. } => POLLY,
            Self::Custom(_) => CUSTOM,
        }
    }

    /// What it says about the range of a delay.
    pub(crate) const fn range_law(&self) -> Law {
        match self {
            Self::Full => FULL_RANGE,
            _ => self.law(),
        }
    }

    /// From where to where a delay may be, in nanoseconds; `None` for what has no range of its own.
    pub(crate) fn range(&self, drawn: Drawn<'_>) -> Option<(f64, f64)> {
        let plain = drawn.plain.map(nanos);
        match self {
            Self::None => plain.map(|plain| (plain, plain)),
            Self::Full => plain.map(|plain| (0.0, plain)),
            Self::Equal => plain.map(|plain| (plain / 2.0, plain)),
            Self::Proportional(part) => plain.map(|plain| (plain * (1.0 - part), plain)),
            Self::Symmetric(part) => plain.map(|plain| (plain * (1.0 - part), plain * (1.0 + part))),
            Self::Additive(most) => plain.map(|plain| (plain, plain + nanos(*most))),
            Self::Decorrelated { base, factor, .. } => {
                let (base, cap) = (nanos(*base), nanos(drawn.cap));
                let previous = drawn.before.last().map_or(base, |&previous| nanos(previous));
                Some((base.min(cap), (previous.max(base) * factor).min(cap).max(base.min(cap))))
            }
            Self::PollyV2 { median } => {
                let index = f64::from(drawn.number) - 1.0;
                let before = if drawn.number > 1 { polly(index - 1.0) } else { 0.0 };
                Some((0.0, nanos(*median) / POLLY_SCALE * (polly(index + 1.0) - before)))
            }
            Self::Custom(_) => None,
        }
    }

    /// Where in its range a delay is, between 0 and 1; `None` where the range is too narrow to say.
    pub(crate) fn place(&self, drawn: Drawn<'_>) -> Option<f64> {
        match self {
            Self::None => None,
            Self::Custom(share) => {
                Some(share(drawn.delay, drawn.number, drawn.before)).filter(|share| share.is_finite())
            }
            Self::PollyV2 { median } => {
                let sum: f64 = drawn.before.iter().chain([&drawn.delay]).copied().map(nanos).sum();
                let first = f64::from(drawn.number) - 1.0;
                Some(polly_place(sum * POLLY_SCALE / nanos(*median), first) - first)
            }
            Self::Decorrelated { base, factor, clips: true } => {
                let (base, cap) = (nanos(*base), nanos(drawn.cap));
                let previous = drawn.before.last().map_or(base, |&previous| nanos(previous));
                let width = previous * factor - base;
                let share = |delay: f64| ((delay - base) / width).clamp(0.0, 1.0);
                let at_cap = nanos(drawn.delay) >= cap;
                let spread = if at_cap { drawn.dice * (1.0 - share(cap)) } else { 0.0 };
                (width >= NARROW).then(|| share(nanos(drawn.delay)) + spread)
            }
            _ => {
                let (low, high) = self.range(drawn)?;
                (high - low >= NARROW).then(|| (nanos(drawn.delay) - low) / (high - low))
            }
        }
    }

    /// Whether a delay is drawn from a range with many places, and is not at one where many draws end up.
    pub(crate) fn is_free(&self, drawn: Drawn<'_>) -> bool {
        match self {
            Self::None => false,
            Self::Custom(_) => self.place(drawn).is_some(),
            Self::Decorrelated { clips: true, .. } => drawn.delay < drawn.cap && self.place(drawn).is_some(),
            _ => self.range(drawn).is_some_and(|(low, high)| high - low >= NARROW),
        }
    }
}

/// Nanoseconds below which a range has too few places.
const NARROW: f64 = 1_000.0;

/// Polly's scale, which makes the median of the first delay what was asked for.
const POLLY_SCALE: f64 = 1.4;

/// Polly's curve.
fn polly(place: f64) -> f64 {
    2_f64.powf(place) * (4.0 * place).sqrt().tanh()
}

/// The place between `first` and the next whole number where Polly's curve has this value.
fn polly_place(value: f64, first: f64) -> f64 {
    let (mut low, mut high) = (first, first + 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if polly(middle) < value {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Nanoseconds, rounded beyond a hundred days.
pub(crate) fn nanos(delay: Duration) -> f64 {
    delay.as_secs_f64() * 1e9
}

const FULL_RANGE: Law = Law::new("J1", "a delay with full jitter is at most the delay without");
const FULL: Law = Law::new("J2", "full jitter is spread evenly from zero to the delay");
const EQUAL: Law = Law::new("J3", "equal jitter is spread evenly over the upper half of the delay");
const PROPORTIONAL: Law = Law::new("J4", "proportional jitter is spread evenly over its part of the delay");
const ADDITIVE: Law = Law::new("J5", "additive jitter is spread evenly over what it adds");
const DECORRELATED: Law =
    Law::new("J6", "a decorrelated delay is spread evenly from the base to a multiple of the previous one")
        .mostly("a delay that is cut off at the cap after the draw, which `clips: true` says");
const POLLY: Law = Law::new("J8", "Polly's delays are differences of its curve at evenly spread places");
const CUSTOM: Law = Law::new("J2", "delays are spread as their own law says");

impl fmt::Debug for JitterLaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Full => f.write_str("Full"),
            Self::Equal => f.write_str("Equal"),
            Self::Proportional(part) => f.debug_tuple("Proportional").field(part).finish(),
            Self::Symmetric(part) => f.debug_tuple("Symmetric").field(part).finish(),
            Self::Additive(most) => f.debug_tuple("Additive").field(most).finish(),
            Self::Decorrelated { base, factor, clips } => f
                .debug_struct("Decorrelated")
                .field("base", base)
                .field("factor", factor)
                .field("clips", clips)
                .finish(),
            Self::PollyV2 { median } => f.debug_struct("PollyV2").field("median", median).finish(),
            Self::Custom(_) => f.write_str("Custom(..)"),
        }
    }
}
