//! [`TokenBudget`]: successes earn what retries cost.

use std::time::Duration;

use super::account::{self, Tills, Withdrawn};
use super::costs::{Costs, ONE, milli, share, whole};
use super::sync::{AtomicU32, Ordering};
use super::{Budget, Permit};
use crate::clock::Stamp;
use crate::error::Invalid;
use crate::rust_code::prints;
use crate::verdict::Kind;

/// A stock of tokens: each retry takes one, each success brings back a part of one.
///
/// While almost everything succeeds, the stock is full and every retry is granted. When the upstream fails, the
/// stock is soon used up, and retries sink to the earned part of the few successes; it recovers with them. It
/// needs no clock. This is the throttle of gRPC's proposal A6, but for two things: a retry is granted while a
/// whole token is left (not half of the stock), and only a retry costs (not each failure).
///
/// Counted in thousandths of a token, in one atomic word. Clones share the stock.
#[derive(Clone, Debug)]
pub struct TokenBudget {
    tills: Tills<Stock>,
}

#[derive(Debug)]
struct Stock {
    milli: AtomicU32,
    rules: Rules,
}

/// In thousandths of a token.
#[derive(Clone, Copy, Debug)]
struct Rules {
    capacity: u32,
    per_success: u32,
    costs: Costs,
}

impl Default for TokenBudget {
    /// Ten tokens, a tenth of one for each success.
    fn default() -> Self {
        Self::new(Self::CAPACITY, Self::PER_SUCCESS).expect("the default is within its bounds")
    }
}

impl TokenBudget {
    /// Tokens in stock by default: 10.
    pub const CAPACITY: u32 = 10;

    /// What a success earns by default: 0.1.
    pub const PER_SUCCESS: f64 = 0.1;

    /// The most tokens that a stock can hold.
    pub const MAX_CAPACITY: u32 = 1_000_000;
    /// What `capacity` may be.
    pub(crate) const CAPACITY_BOUND: &str = "must be a whole number from 1 to 1000000";

    /// A full stock of `capacity` tokens that earns `per_success` of one with each success.
    ///
    /// # Errors
    ///
    /// [`Invalid`] unless `capacity` is between 1 and [`MAX_CAPACITY`](Self::MAX_CAPACITY), and `per_success`
    /// between 0 and 1000. It is rounded to thousandths.
    pub fn new(capacity: u32, per_success: f64) -> Result<Self, Invalid> {
        if !(1..=Self::MAX_CAPACITY).contains(&capacity) {
            return Err(Invalid::new("capacity", capacity, Self::CAPACITY_BOUND));
        }
        let capacity = capacity.saturating_mul(ONE);
        let per_success = milli("per_success", per_success, 1_000.0, "must be between 0 and 1000 tokens")?;
        Ok(Self::holding(capacity, Rules { capacity, per_success, costs: Costs::EVEN }))
    }

    /// The same rules and a stock of its own, as full as this one, in which a retry after a failure of `kind` costs
    /// `tokens` instead of one; 0 makes such retries free.
    ///
    /// ```
    /// use persevere::{Kind, TokenBudget};
    ///
    /// // A throttled call waits longer, and has been answered cheaply.
    /// let budget = TokenBudget::new(10, 0.1)?.cost(Kind::Throttled, 0.5)?;
    /// # let _ = budget; Ok::<(), persevere::Invalid>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Invalid`] unless `tokens` is between 0 and 1000 and at most the capacity. It is rounded to thousandths.
    pub fn cost(&self, kind: Kind, tokens: f64) -> Result<Self, Invalid> {
        let rules = self.stock().rules;
        let costs = rules.costs.with(kind, tokens, rules.capacity, "tokens")?;
        Ok(Self::holding(self.stock().left(), Rules { costs, ..rules }))
    }

    /// The same rules and a stock of its own, filled to the same part as that of `other`, rounded down to thousandths:
    /// for a configuration that is loaded anew while the upstream is down.
    #[must_use]
    pub fn filled_as(&self, other: &Self) -> Self {
        let rules = self.stock().rules;
        let old = other.stock();
        Self::holding(share(rules.capacity, old.left(), old.rules.capacity), rules)
    }

    fn holding(stock: u32, rules: Rules) -> Self {
        Self { tills: Tills::new(Stock { milli: AtomicU32::new(stock), rules }) }
    }

    fn stock(&self) -> &Stock {
        self.tills.stock()
    }

    /// Tokens in stock.
    #[must_use]
    pub fn available(&self) -> f64 {
        whole(self.stock().left())
    }

    /// The most tokens that the stock can hold.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        self.stock().rules.capacity / ONE
    }
}

prints!(TokenBudget: |this| "{}", this.stock().rules);

prints!(Rules: |this| "TokenBudget::new({}, {:?})?{}", this.capacity / ONE, whole(this.per_success), this.costs);

impl Stock {
    fn left(&self) -> u32 {
        self.milli.load(Ordering::Relaxed)
    }

    fn put(&self, milli: u32) {
        let more = |stock: u32| {
            let more = stock.saturating_add(milli).min(self.rules.capacity);
            // A full stock is only looked at: while all is well, calls on many cores do not wait for each other.
            (more != stock).then_some(more)
        };
        let _ = self.milli.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }
}

impl account::Stock for Stock {
    fn put_back(&self, kind: Kind) {
        self.put(self.rules.costs.of(kind));
    }
}

impl Budget for TokenBudget {
    type Permit = TokenPermit;

    fn succeed(&self) {
        let stock = self.stock();
        stock.put(stock.rules.per_success);
    }

    fn withdraw(&self, kind: Kind, _now: Stamp) -> Option<TokenPermit> {
        let Stock { milli, rules } = self.stock();
        let take = |stock: u32| stock.checked_sub(rules.costs.of(kind));
        milli.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        Some(TokenPermit(self.tills.withdrawn(kind)))
    }

    fn most_retries(&self, _calls: u64, _time: Duration) -> Option<u64> {
        let Rules { capacity, costs, .. } = self.stock().rules;
        costs.paid_by(capacity.into())
    }
}

/// What one retry has taken from a [`TokenBudget`].
#[derive(Debug)]
#[must_use = "a permit that is dropped goes back into its stock"]
pub struct TokenPermit(Withdrawn<Stock>);

impl Permit for TokenPermit {
    fn spend(self) {
        self.0.spend();
    }
}
