//! [`Priced`]: a stock with a price for each kind of failure; [`Withdrawn`]: what was paid, in one word.
//!
//! A call that sleeps keeps its permit. One pointer says both where it goes back to and how much: without a number
//! beside it, a small call with a budget fits into the memory of a task without one.

use super::costs::Costs;
use super::sync::Arc;
use crate::verdict::Kind;

/// What retries are paid from.
pub(super) trait Stock {
    /// Brings back what was taken.
    fn put_back(&self, milli: u32);
}

/// A stock that clones share, with what a retry costs by the kind of failure before it.
#[derive(Debug)]
pub(super) struct Priced<S> {
    transient: Arc<Price<S>>,
    throttled: Arc<Price<S>>,
    not_sent: Arc<Price<S>>,
}

/// What a retry after failures of some kind costs, in thousandths, and what it is paid from.
#[derive(Debug)]
pub(super) struct Price<S> {
    milli: u32,
    stock: Arc<S>,
}

impl<S> Priced<S> {
    pub(super) fn new(stock: S, costs: Costs) -> Self {
        let stock = Arc::new(stock);
        let [transient, throttled, not_sent] = [Kind::Transient, Kind::Throttled, Kind::NotSent]
            .map(|kind| Arc::new(Price { milli: costs.of(kind), stock: Arc::clone(&stock) }));
        Self { transient, throttled, not_sent }
    }

    pub(super) fn stock(&self) -> &S {
        &self.transient.stock
    }

    /// Pays for a retry if `take` gets so many thousandths out of the stock.
    #[inline]
    pub(super) fn pay(&self, kind: Kind, take: impl FnOnce(&S, u32) -> bool) -> Option<Withdrawn<S>>
    where
        S: Stock,
    {
        let price = match kind {
            Kind::Transient => &self.transient,
            Kind::Throttled => &self.throttled,
            Kind::NotSent => &self.not_sent,
        };
        take(&price.stock, price.milli).then(|| Withdrawn(Some(Arc::clone(price))))
    }
}

impl<S> Clone for Priced<S> {
    fn clone(&self) -> Self {
        let Self { transient, throttled, not_sent } = self;
        Self {
            transient: Arc::clone(transient),
            throttled: Arc::clone(throttled),
            not_sent: Arc::clone(not_sent),
        }
    }
}

/// What was paid for one retry; `None` once it is spent. Dropped before, it goes back.
#[derive(Debug)]
pub(super) struct Withdrawn<S: Stock>(Option<Arc<Price<S>>>);

impl<S: Stock> Withdrawn<S> {
    pub(super) fn spend(mut self) {
        self.0 = None;
    }
}

impl<S: Stock> Drop for Withdrawn<S> {
    fn drop(&mut self) {
        if let Some(price) = self.0.take() {
            price.stock.put_back(price.milli);
        }
    }
}
