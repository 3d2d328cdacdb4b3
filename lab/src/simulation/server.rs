//! [`Server`]: what becomes of an attempt; each kind of server is a type of this file.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::simulation::dice::Dice;
use crate::simulation::time::{Nanos, nanos, of, seconds};

/// What becomes of an attempt that reaches it.
pub trait Server {
    /// The answer to an attempt that arrives at `now`. Attempts arrive in the order of time.
    fn serve(&mut self, now: Nanos, dice: &mut Dice) -> Answer;

    /// How long an attempt would wait that arrives at `now`, in seconds, where there is a queue.
    fn queue(&self, _now: Nanos) -> f64 {
        0.0
    }
}

/// When the answer leaves the server, and whether it is what the caller wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// [`Answer::NEVER`] when the attempt is dropped without a word.
    pub at: Nanos,
    /// Whether the work was done.
    pub is_good: bool,
}

impl Answer {
    /// No answer.
    pub const NEVER: Nanos = Nanos::MAX;
}

/// One queue, first come, first served; each attempt is the same work. Whoever has given up is served all the same.
#[derive(Clone, Debug)]
pub struct Fifo {
    /// Attempts a second.
    capacity: f64,
    trigger: Trigger,
    /// The longest queue, as the time in which the server could do it with all of its capacity: more is refused at once.
    pub longest: Option<Duration>,
    /// Drops what has waited for so long when its turn comes, instead of serving it.
    pub expires: Option<Duration>,
    /// All the work that was ever accepted, and all that was idle before it: what [`Fifo::done_by`] must reach until the last
    /// of it is done.
    work: f64,
}

/// For some seconds, a server has only a part of its capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trigger {
    /// When it begins, in seconds.
    pub from: f64,
    /// When it is over, in seconds.
    pub to: f64,
    /// What is left of the capacity meanwhile: more than 0, at most 1.
    pub left: f64,
}

impl Trigger {
    /// The first second after it.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
    pub fn over(&self) -> usize {
        self.to.ceil() as usize
    }
}

impl Fifo {
    /// So many attempts a second, but for the trigger.
    #[must_use]
    pub const fn new(capacity: f64, trigger: Trigger) -> Self {
        Self { capacity, trigger, longest: None, expires: None, work: 0.0 }
    }

    /// The work that it could have done until `now`.
    fn done_by(&self, now: f64) -> f64 {
        let Trigger { from, to, left } = self.trigger;
        let weak = now.clamp(from, to) - from;
        self.capacity * (now - weak * (1.0 - left))
    }

    /// When it has done so much.
    fn time_of(&self, work: f64) -> f64 {
        let Trigger { from, to, left } = self.trigger;
        let weak = ((work / self.capacity - from) / left).clamp(0.0, to - from);
        work / self.capacity + weak * (1.0 - left)
    }
}

impl Server for Fifo {
    fn serve(&mut self, now: Nanos, _: &mut Dice) -> Answer {
        let time = seconds(now);
        let starts = self.work.max(self.done_by(time));
        let wait = self.time_of(starts) - time;
        let work = starts - self.done_by(time);
        if self.longest.is_some_and(|longest| work >= longest.as_secs_f64() * self.capacity) {
            return Answer { at: now, is_good: false };
        }
        if self.expires.is_some_and(|patience| wait >= patience.as_secs_f64()) {
            return Answer { at: Answer::NEVER, is_good: false };
        }
        self.work = starts + 1.0;
        Answer { at: nanos(self.time_of(self.work)).max(now), is_good: true }
    }

    fn queue(&self, now: Nanos) -> f64 {
        (self.time_of(self.work) - seconds(now)).max(0.0)
    }
}

/// All at once, and each the slower the more there are: a second, and 10 ms for each that is being served, itself included.
///
/// From M. Brooker's `simple_collapse_sim`, 2023.
#[derive(Clone, Debug, Default)]
pub struct Crowded {
    /// When those are done that are being served.
    ends: BinaryHeap<Reverse<Nanos>>,
}

impl Server for Crowded {
    fn serve(&mut self, now: Nanos, _: &mut Dice) -> Answer {
        while self.ends.peek().is_some_and(|Reverse(end)| *end <= now) {
            self.ends.pop();
        }
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX).saturating_add(1);
        let at = now + of(Duration::from_secs(1) + Duration::from_millis(10) * number);
        self.ends.push(Reverse(at));
        Answer { at, is_good: true }
    }
}

/// Answers at once, and a part of the answers are failures, whatever the load.
///
/// From M. Brooker's `retry_sim`, 2022.
#[derive(Clone, Copy, Debug)]
pub struct Flaky {
    /// The part of the attempts that fail.
    pub failures: f64,
}

impl Server for Flaky {
    fn serve(&mut self, now: Nanos, dice: &mut Dice) -> Answer {
        Answer { at: now, is_good: dice.uniform() >= self.failures }
    }
}
