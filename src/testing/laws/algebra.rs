//! [`assert_algebra`]: laws of backoffs that are put together.

use std::time::Duration;

use crate::backoff::{Backoff, constant, sequence};
use crate::compose::BackoffExt;
use crate::schedule::Draw;
use crate::testing::findings::{Finding, Law, Report};
use crate::testing::runs::{End, OfParts, Subject};

const ASSOCIATIVE: Law = Law::new("A1", "`and` and `or` are associative");
const COMMUTATIVE: Law = Law::new("A2", "`and` and `or` are commutative");
const IDEMPOTENT: Law = Law::new("A3", "a backoff joined with itself is itself");
const IDENTITY: Law =
    Law::new("A4", "retrying at once for ever changes nothing with `and`, never retrying nothing with `or`");
const ABSORBING: Law =
    Law::new("A5", "never retrying absorbs with `and`, retrying at once for ever with `or`");
const ABSORPTION: Law = Law::new("A6", "`and` and `or` absorb each other");
const DISTRIBUTIVE: Law = Law::new("A7", "`and` and `or` distribute over each other");
const SEQUENTIAL: Law = Law::new("A8", "`then` is associative, and a part without delays is its identity");
const LIMITS: Law = Law::new("A10", "two caps are the smaller one, two counts the lower one, in any order");
const ORDER: Law = Law::new("A11", "what never waits longer never does so inside of something either");

const STEPS: usize = 12;

/// Checks the laws of backoffs that are put together, on all threes of these.
///
/// The operands have to look at nothing but the failure's number, kind and sample: one that looks at the
/// [previous delay](crate::Attempt::previous_delay) sees another one inside of something, and a deadline is held against the longer
/// delay of both sides. Jitters draw alike in both places, so they may be there.
///
/// ```
/// use persevere::testing::assert_algebra;
/// use persevere::{Backoff, BackoffExt, constant, exponential};
/// use std::time::Duration;
///
/// let ms = Duration::from_millis;
/// let jittered = exponential(ms(10)).full_jitter();
/// assert_algebra(&[&jittered as &dyn Backoff, &constant(ms(50)).attempts(3), &exponential(ms(1)).capped(ms(8))]);
/// ```
///
/// # Panics
///
/// With the laws that are broken, the places of the operands, and the delays of both sides; and when there are no operands.
#[track_caller]
pub fn assert_algebra(backoffs: &[&dyn Backoff]) {
    algebra_laws(backoffs).assert();
}

/// As [`assert_algebra`], as data.
///
/// # Panics
///
/// When there are no operands.
#[track_caller]
pub fn algebra_laws(backoffs: &[&dyn Backoff]) -> Report {
    assert!(!backoffs.is_empty(), "there are no operands");
    let mut report = Report::default();
    for (i, a) in backoffs.iter().enumerate() {
        alone(Sides { report: &mut report, of: format!("a = #{i}") }, a);
        for (j, b) in backoffs.iter().enumerate() {
            pair(Sides { report: &mut report, of: format!("a = #{i}, b = #{j}") }, a, b);
            for (k, c) in backoffs.iter().enumerate() {
                three(Sides { report: &mut report, of: format!("a = #{i}, b = #{j}, c = #{k}") }, a, b, c);
            }
        }
    }
    report
}

fn alone(mut sides: Sides<'_>, a: &dyn Backoff) {
    let (forever, never) = (constant(Duration::ZERO), sequence([]));
    sides.same(IDEMPOTENT, &a.and(a), a);
    sides.same(IDEMPOTENT, &a.or(a), a);
    sides.same(IDENTITY, &a.and(forever), a);
    sides.same(IDENTITY, &a.or(&never), a);
    sides.same(ABSORBING, &a.and(&never), &never);
    sides.same(ABSORBING, &a.or(forever), &forever);
    sides.same(SEQUENTIAL, &a.then(u32::MAX, a), a);
    let (short, long) = (Duration::from_millis(20), Duration::from_millis(70));
    sides.same(LIMITS, &a.capped(short).capped(long), &a.capped(short));
    sides.same(LIMITS, &a.capped(long).capped(short), &a.capped(short));
    sides.same(LIMITS, &a.floor(short).floor(long), &a.floor(long));
    sides.same(LIMITS, &a.attempts(5).attempts(3), &a.attempts(3));
    sides.same(LIMITS, &a.attempts(3).capped(short), &a.capped(short).attempts(3));
}

fn pair(mut sides: Sides<'_>, a: &dyn Backoff, b: &dyn Backoff) {
    sides.same(COMMUTATIVE, &a.and(b), &b.and(a));
    sides.same(COMMUTATIVE, &a.or(b), &b.or(a));
    sides.same(ABSORPTION, &a.and(a.or(b)), a);
    sides.same(ABSORPTION, &a.or(a.and(b)), a);
    sides.same(SEQUENTIAL, &a.then(0, b), b);
}

fn three(mut sides: Sides<'_>, a: &dyn Backoff, b: &dyn Backoff, c: &dyn Backoff) {
    sides.same(ASSOCIATIVE, &a.and(b).and(c), &a.and(b.and(c)));
    sides.same(ASSOCIATIVE, &a.or(b).or(c), &a.or(b.or(c)));
    sides.same(DISTRIBUTIVE, &a.and(b.or(c)), &a.and(b).or(a.and(c)));
    sides.same(DISTRIBUTIVE, &a.or(b.and(c)), &a.or(b).and(a.or(c)));
    sides.same(SEQUENTIAL, &a.then(2, b).then(5, c), &a.then(2, b.then(3, c)));
    // What is between them is comparable, whatever they are.
    let (lower, upper) = (a.or(b), a.and(b));
    sides.ordered(&lower.and(c), &upper.and(c));
    sides.ordered(&lower.or(c), &upper.or(c));
    sides.ordered(&(&lower).capped(Duration::from_millis(20)), &(&upper).capped(Duration::from_millis(20)));
    sides.ordered(&(&lower).then(4, c), &(&upper).then(4, c));
}

/// The two sides of each law.
struct Sides<'r> {
    report: &'r mut Report,
    /// The places of the operands.
    of: String,
}

impl Sides<'_> {
    fn same(&mut self, law: Law, left: &dyn Backoff, right: &dyn Backoff) {
        self.compare(law, left, right, |left, right| left == right);
    }

    fn ordered(&mut self, lower: &dyn Backoff, upper: &dyn Backoff) {
        // A stop is greater than any delay.
        let at = |delay: Option<&Duration>| delay.copied().map_or((1, Duration::ZERO), |delay| (0, delay));
        self.compare(ORDER, lower, upper, |lower, upper| {
            (0..STEPS).all(|index| at(lower.get(index)) <= at(upper.get(index)))
        });
    }

    fn compare(
        &mut self,
        law: Law,
        left: &dyn Backoff,
        right: &dyn Backoff,
        holds: impl Fn(&[Duration], &[Duration]) -> bool,
    ) {
        for seed in [0, 1, 2] {
            let run = |backoff: &dyn Backoff| OfParts(&backoff).run(Draw::Seed(seed), STEPS);
            let (left, right) = (run(left), run(right));
            if let Some(End::Panicked(message)) =
                [&left, &right].map(|run| &run.end).into_iter().find(|end| matches!(end, End::Panicked(_)))
            {
                let what = format!("with {}, it panics with `{message}`", self.of);
                return self.report.note(law, 1, Some(Finding::new(law, what)));
            }
            let (left, right) = (left.delays, right.delays);
            let what = || format!("with {}, the left side has {left:?}, and the right side", self.of);
            let broken = (!holds(&left, &right)).then(|| Finding::new(law, what()).after(Some(seed), &right));
            self.report.note(law, 1, broken);
        }
    }
}
