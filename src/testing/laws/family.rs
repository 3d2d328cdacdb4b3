//! [`assert_family`]: laws between backoffs of one kind with other settings.

use std::cell::RefCell;
use std::time::Duration;

use crate::as_policy::Parts;
use crate::schedule::Draw;
use crate::testing::findings::{Finding, Law, NO_PANIC, Report};
use crate::testing::runs::{End, OfParts, Run, Subject};

const CAP_BELOW_BASE: Law = Law::new("B2", "a cap below the base is the first delay");
const ZERO: Law = Law::new("B7", "a base of zero makes delays of zero");
const SCALES: Law = Law::new("G5", "a base and a cap that are so many times as long make delays that are");
const POINTWISE: Law = Law::new("G6", "a cap cuts each delay for itself");
const MONOTONE: Law = Law::new("G7", "a longer base or cap makes no delay shorter");

const STEPS: usize = 40;

/// Checks the laws between backoffs of one kind that differ in their base and their cap, without jitter.
///
/// `make` is given a base and a cap, [`Duration::MAX`] for none. Each step of the growth may be off by `slack`, as rounding does it.
/// These laws need no formula: they find a unit that is mistaken, or a cap that the growth goes on with.
///
/// ```
/// use persevere::testing::assert_family;
/// use persevere::{BackoffExt, fibonacci};
/// use std::time::Duration;
///
/// assert_family(|base, cap| fibonacci(base).capped(cap), Duration::ZERO);
/// ```
///
/// # Panics
///
/// With the laws that are broken, and the settings that break them.
#[track_caller]
pub fn assert_family<P: Parts>(make: impl Fn(Duration, Duration) -> P, slack: Duration) {
    family_laws(make, slack).assert();
}

/// As [`assert_family`], as data.
pub fn family_laws<P: Parts>(make: impl Fn(Duration, Duration) -> P, slack: Duration) -> Report {
    let panicked = RefCell::new(None);
    let run = |base, cap| {
        let run = OfParts(&make(base, cap)).run(Draw::Seed(0), STEPS);
        if let End::Panicked(message) = &run.end {
            let what = format!("with a base of {base:?} and a cap of {cap:?}, it panics with `{message}`");
            panicked.borrow_mut().get_or_insert_with(|| wrong(NO_PANIC, &run, what));
        }
        run
    };
    let family = Family { run: &run, slack };
    let mut report = Report::default();
    for base in BASES {
        let half = base.checked_div(2).unwrap_or_default();
        for cap in [half, base, base.saturating_mul(9), base.saturating_mul(1_000), Duration::MAX] {
            family.alone(base, cap, &mut report);
            for times in [2, 3, 1_000] {
                family.scaled(base, cap, times, &mut report);
                family.longer(base, cap, times, &mut report);
            }
        }
    }
    let zero = run(Duration::ZERO, Duration::MAX);
    report.note(NO_PANIC, 1, panicked.take());
    let grew = zero.delays.iter().find(|delay| !delay.is_zero());
    report.note(ZERO, 1, grew.map(|delay| wrong(ZERO, &zero, format!("a delay is {delay:?}"))));
    report
}

/// Odd nanoseconds, whole milliseconds, whole seconds.
const BASES: [Duration; 5] = [
    Duration::from_nanos(1),
    Duration::from_nanos(999_937),
    Duration::from_millis(7),
    Duration::from_millis(100),
    Duration::from_secs(1),
];

/// Backoffs of one kind.
struct Family<'a> {
    run: &'a dyn Fn(Duration, Duration) -> Run,
    slack: Duration,
}

impl Family<'_> {
    /// A cap, against none.
    fn alone(&self, base: Duration, cap: Duration, report: &mut Report) {
        let (capped, free) = ((self.run)(base, cap), (self.run)(base, Duration::MAX));
        let settings = format!("a base of {base:?} and a cap of {cap:?}");
        if cap < base {
            let other = capped.delays.first().filter(|&&first| first != cap);
            report.note(
                CAP_BELOW_BASE,
                1,
                other.map(|first| {
                    wrong(CAP_BELOW_BASE, &capped, format!("with {settings}, the first delay is {first:?}"))
                }),
            );
        }
        let cut = free.delays.iter().map(|&delay| delay.min(cap));
        let differs = self.first_off(&capped, cut);
        report.note(
            POINTWISE,
            1,
            differs.map(|(number, expected)| {
                wrong(POINTWISE, &capped, format!("with {settings}, delay {number} should be {expected:?}"))
            }),
        );
    }

    /// So many times the base and the cap.
    fn scaled(&self, base: Duration, cap: Duration, times: u32, report: &mut Report) {
        let longest = |delay: Duration| delay.saturating_mul(times);
        let (small, large) = ((self.run)(base, cap), (self.run)(longest(base), longest(cap)));
        // What has reached the longest delay that there is cannot scale any more.
        let scales = small.delays.iter().map(|&delay| longest(delay));
        let scales = scales.take_while(|delay| delay.as_secs() < 1 << 33);
        let slack = Family { slack: self.slack.saturating_mul(times), ..*self };
        let differs = slack.first_off(&large, scales);
        report.note(
            SCALES,
            1,
            differs.map(|(number, expected)| {
                let settings = format!("{times} times a base of {base:?} and a cap of {cap:?}");
                wrong(SCALES, &large, format!("with {settings}, delay {number} should be {expected:?}"))
            }),
        );
    }

    /// A longer base, and a longer cap.
    fn longer(&self, base: Duration, cap: Duration, times: u32, report: &mut Report) {
        let short = (self.run)(base, cap);
        for (longer, what) in [
            ((self.run)(base.saturating_mul(times), cap), "base"),
            ((self.run)(base, cap.saturating_mul(times)), "cap"),
        ] {
            let mut pairs = (1_u32..).zip(short.delays.iter().zip(&longer.delays));
            let shorter = pairs.find(|(number, (short, long))| {
                long.saturating_add(self.slack.saturating_mul(*number)) < **short
            });
            report.note(
                MONOTONE,
                1,
                shorter.map(|(number, (short, _))| {
                    let settings = format!("{times} times the {what} of {base:?} up to {cap:?}");
                    wrong(
                        MONOTONE,
                        &longer,
                        format!("with {settings}, delay {number} is no longer {short:?} or more"),
                    )
                }),
            );
        }
    }

    /// The first delay that is off, and what it should be.
    fn first_off(&self, run: &Run, expected: impl Iterator<Item = Duration>) -> Option<(u32, Duration)> {
        // A run that ends too early lacks a delay, which is off by all of it.
        let delays = run.delays.iter().map(Some).chain(std::iter::repeat(None));
        let mut pairs = (1_u32..).zip(delays.zip(expected));
        let is_off = |number: u32, delay: Option<&Duration>, expected: Duration| {
            delay.is_none_or(|delay| {
                delay.abs_diff(expected) > self.slack.saturating_mul(number.saturating_sub(1))
            })
        };
        pairs.find(|(number, (delay, expected))| is_off(*number, *delay, *expected)).map(|(n, (_, e))| (n, e))
    }
}

fn wrong(law: Law, run: &Run, what: String) -> Finding {
    Finding::new(law, what).after(None, &run.delays)
}
