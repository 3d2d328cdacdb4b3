//! [`RatioBudget`]: so many retries for each call, and so many each second in any case.

use std::time::Duration;

use super::account::{self, Tills, Withdrawn};
use super::bucket::Bucket;
use super::costs::{Costs, ONE, milli, share, whole};
use super::sync::{AtomicU64, Ordering};
use super::{Budget, Permit};
use crate::clock::{Clock, Stamp};
use crate::error::Invalid;
use crate::rust_code::prints;
use crate::verdict::Kind;

/// So many retries for each call, and so many each second in any case: by default 10 % and one.
///
/// Each call that begins brings `ratio` of a retry, each second `per_second` of them; what is not used is saved
/// up, to at most ten seconds' worth of the floor and never less than ten retries. It reads the timer's clock once for each
/// call, and twice for each retry.
///
/// The rule is that of Finagle's `RetryBudget`, with a bucket in place of its sliding window; its default is 20 % and 10. How to
/// size one is in `docs/storms.md` of the repository: the floors of all budgets of a server add up.
///
/// Counted in thousandths of a retry; stock and time are one atomic word. Clones share the stock.
#[derive(Clone, Debug)]
pub struct RatioBudget {
    tills: Tills<Stock>,
}

#[derive(Debug)]
struct Stock {
    /// A packed [`Bucket`].
    bucket: AtomicU64,
    rules: Rules,
}

/// In thousandths of a retry.
#[derive(Clone, Copy, Debug)]
struct Rules {
    capacity: u32,
    per_call: u32,
    /// Whole retries, and so thousandths a millisecond.
    per_second: u32,
    costs: Costs,
}

impl Default for RatioBudget {
    /// 10 % of the calls and one retry a second.
    fn default() -> Self {
        Self::new(Self::RATIO, Self::PER_SECOND).expect("the default is within its bounds")
    }
}

impl RatioBudget {
    /// Retries for each call by default: 0.1.
    pub const RATIO: f64 = 0.1;
    /// Retries each second by default: 1.
    pub const PER_SECOND: u32 = 1;
    /// What `per_second` may be.
    pub(crate) const PER_SECOND_BOUND: &str = "must be a whole number from 0 to 100000";

    /// `ratio` of a retry for each call and `per_second` retries a second; it starts full.
    ///
    /// # Errors
    ///
    /// [`Invalid`] unless `ratio` is between 0 and 1000 and `per_second` at most 100,000. The ratio is rounded
    /// to thousandths.
    pub fn new(ratio: f64, per_second: u32) -> Result<Self, Invalid> {
        let per_call = milli("ratio", ratio, 1_000.0, "must be between 0 and 1000 retries for each call")?;
        if per_second > 100_000 {
            return Err(Invalid::new("per_second", per_second, Self::PER_SECOND_BOUND));
        }
        let capacity = per_second.saturating_mul(10).max(10).saturating_mul(ONE);
        let full = Bucket { milli: capacity, millis: None };
        Ok(Self::holding(full, Rules { capacity, per_call, per_second, costs: Costs::EVEN }))
    }

    /// The same rules and a stock of its own, as full as this one, in which a retry after a failure of `kind` costs as
    /// much as `retries`; 0 makes such retries free.
    ///
    /// # Errors
    ///
    /// [`Invalid`] unless `retries` is between 0 and 1000 and at most the capacity. It is rounded to thousandths.
    pub fn cost(&self, kind: Kind, retries: f64) -> Result<Self, Invalid> {
        let rules = self.stock().rules;
        let costs = rules.costs.with(kind, retries, rules.capacity, "retries")?;
        Ok(Self::holding(self.stock().bucket(), Rules { costs, ..rules }))
    }

    /// The same rules and a stock of its own, filled to the same part as that of `other`, rounded down to thousandths:
    /// for a configuration that is loaded anew while the upstream is down.
    #[must_use]
    pub fn filled_as(&self, other: &Self) -> Self {
        let rules = self.stock().rules;
        let old = other.stock().bucket();
        let milli = share(rules.capacity, old.milli, other.stock().rules.capacity);
        Self::holding(Bucket { milli, ..old }, rules)
    }

    fn holding(bucket: Bucket, rules: Rules) -> Self {
        Self { tills: Tills::new(Stock { bucket: AtomicU64::new(bucket.pack()), rules }) }
    }

    fn stock(&self) -> &Stock {
        self.tills.stock()
    }

    /// Retries in stock, as of the last call or retry.
    #[must_use]
    pub fn available(&self) -> f64 {
        whole(self.stock().bucket().milli)
    }

    /// The most retries that can be saved up.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        self.stock().rules.capacity / ONE
    }
}

prints!(RatioBudget: |this| "{}", this.stock().rules);

prints!(Rules: |this| "RatioBudget::new({:?}, {})?{}", whole(this.per_call), this.per_second, this.costs);

impl Stock {
    /// As of the last call or retry.
    fn bucket(&self) -> Bucket {
        Bucket::unpack(self.bucket.load(Ordering::Relaxed))
    }

    /// Changes the bucket, unless `change` refuses.
    fn update(&self, change: impl Fn(Bucket) -> Option<Bucket>) -> bool {
        let packed = |word| change(Bucket::unpack(word)).map(Bucket::pack);
        self.bucket.fetch_update(Ordering::Relaxed, Ordering::Relaxed, packed).is_ok()
    }
}

impl account::Stock for Stock {
    fn put_back(&self, kind: Kind) {
        self.update(|bucket| Some(bucket.add(self.rules.costs.of(kind), self.rules.capacity)));
    }
}

impl Budget for RatioBudget {
    type Permit = RatioPermit;

    fn begin(&self, now: Stamp) {
        let stock = self.stock();
        let Rules { per_call, per_second, capacity, .. } = stock.rules;
        stock.update(|bucket| {
            let more = bucket.at(now, per_second, capacity).add(per_call, capacity);
            // A full stock is looked at, and written once a millisecond: while all is well, calls on many cores hardly
            // wait for each other.
            (more != bucket).then_some(more)
        });
    }

    fn withdraw(&self, kind: Kind, now: Stamp) -> Option<RatioPermit> {
        let stock = self.stock();
        let Rules { per_second, capacity, costs, .. } = stock.rules;
        let take = |bucket: Bucket| {
            let bucket = bucket.at(now, per_second, capacity);
            bucket.milli.checked_sub(costs.of(kind)).map(|milli| Bucket { milli, ..bucket })
        };
        stock.update(take).then(|| RatioPermit(self.tills.withdrawn(kind)))
    }

    fn most_retries(&self, calls: u64, time: Duration) -> Option<u64> {
        let Rules { per_call, per_second, capacity, costs } = self.stock().rules;
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).saturating_add(1); // a part of one counts
        let saved = calls.saturating_mul(per_call.into()).saturating_add(capacity.into());
        costs.paid_by(millis.saturating_mul(per_second.into()).saturating_add(saved))
    }

    fn clock(&self) -> Clock {
        Clock::Read
    }
}

/// What one retry has taken from a [`RatioBudget`].
#[derive(Debug)]
#[must_use = "a permit that is dropped goes back into its stock"]
pub struct RatioPermit(Withdrawn<Stock>);

impl Permit for RatioPermit {
    fn spend(self) {
        self.0.spend();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn at(millis: i64) -> Stamp {
        Stamp::from_nanos(millis.saturating_mul(1_000_000))
    }

    fn spend(budget: &RatioBudget, now: i64, most: u32) -> u32 {
        let granted = (0..most).filter_map(|_| budget.withdraw(Kind::Transient, at(now))).map(Permit::spend);
        u32::try_from(granted.count()).expect("at most `most`")
    }

    #[test]
    fn it_starts_full_and_the_floor_fills_it_with_time() {
        let budget = RatioBudget::new(0.2, 10).expect("within bounds");
        assert_eq!((budget.capacity(), budget.available()), (100, 100.0));
        assert_eq!(spend(&budget, 0, 1_000), 100);
        assert_eq!(spend(&budget, 99, 1_000), 0);
        assert_eq!(spend(&budget, 100, 1_000), 1);
        assert_eq!(spend(&budget, 2_100, 1_000), 20);
        assert_eq!(spend(&budget, 1_000_000, 1_000), 100, "never more than its capacity");
    }

    #[test]
    fn any_ratio_is_kept_exactly() {
        // K4, P20: 10,000 calls that all want a retry.
        for (ratio, expected) in
            [(0.1, 1_000), (0.25, 2_500), (0.3, 3_000), (0.6, 6_000), (0.999, 9_990), (1.0, 10_000)]
        {
            let budget = RatioBudget::new(ratio, 0).expect("within bounds");
            spend(&budget, 0, 10);
            let mut granted = 0;
            for _ in 0..10_000 {
                budget.begin(at(0));
                granted += spend(&budget, 0, 1);
            }
            assert_eq!(granted, expected, "{ratio}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_or_wraps_pays_nothing_twice() {
        // K6
        let budget = RatioBudget::new(0.0, 10).expect("within bounds");
        assert_eq!(spend(&budget, 5_000, 1_000), 100);
        assert_eq!(spend(&budget, 4_999, 1_000), 0, "another thread's older look");
        assert_eq!(spend(&budget, 5_000, 1_000), 0);
        let wrap = 1 << 31;
        for now in [wrap / 4, wrap / 2, wrap / 4 * 3, wrap - 1_000] {
            assert_eq!(spend(&budget, now, 1_000), 100);
        }
        assert_eq!(spend(&budget, wrap + 1_000, 1_000), 20, "across the wrap");
        let hour = 3_600_000;
        budget.begin(at(wrap + 1_000 - hour));
        assert_eq!(spend(&budget, wrap + 1_000 - hour, 1_000), 0, "an hour back");
        assert_eq!(spend(&budget, wrap + 2_000 - hour, 1_000), 10, "and on from there");
    }
}
