//! [`Tills`]: how a stock is paid from and into; [`Withdrawn`]: what was paid, in one word.
//!
//! A call that sleeps keeps its permit. There is a till for each kind of failure, so that one pointer says both where
//! the permit goes back to and how much it was: a small call with a budget takes no more of a task's memory than one
//! without.

use std::sync::OnceLock;

use super::sync::Arc;
use crate::verdict::Kind;

/// What retries are paid from.
pub(super) trait Stock {
    /// Brings back what was taken after a failure of this kind.
    fn put_back(&self, kind: Kind);
}

/// The tills of a stock, which clones share.
#[derive(Debug)]
pub(super) struct Tills<S> {
    transient: Arc<Till<S>>,
    /// Of throttled calls and of those that were not sent, once there is one: most budgets never need them.
    others: OnceLock<[Arc<Till<S>>; 2]>,
}

#[derive(Debug)]
struct Till<S> {
    kind: Kind,
    drawer: Drawer<S>,
}

/// The stock lies in the till for transient failures, beside the count of its permits: what changes with each retry is
/// in one place, for which the cores of a machine wait but once.
#[derive(Debug)]
enum Drawer<S> {
    Own(S),
    Of(Arc<Till<S>>),
}

impl<S> Till<S> {
    #[inline]
    fn stock(&self) -> &S {
        match &self.drawer {
            Drawer::Own(stock) => stock,
            Drawer::Of(till) => till.stock(),
        }
    }
}

impl<S> Tills<S> {
    pub(super) fn new(stock: S) -> Self {
        let transient = Arc::new(Till { kind: Kind::Transient, drawer: Drawer::Own(stock) });
        Self { transient, others: OnceLock::new() }
    }

    /// Those of throttled calls and of calls that were not sent.
    fn others(&self) -> &[Arc<Till<S>>; 2] {
        let till = |kind| Arc::new(Till { kind, drawer: Drawer::Of(Arc::clone(&self.transient)) });
        self.others.get_or_init(|| [Kind::Throttled, Kind::NotSent].map(till))
    }

    #[inline]
    pub(super) fn stock(&self) -> &S {
        self.transient.stock()
    }
}

impl<S: Stock> Tills<S> {
    /// What was taken from the stock after a failure of this kind.
    #[inline]
    pub(super) fn withdrawn(&self, kind: Kind) -> Withdrawn<S> {
        let till = match kind {
            Kind::Transient => &self.transient,
            Kind::Throttled => &self.others()[0],
            Kind::NotSent => &self.others()[1],
        };
        Withdrawn(Some(Arc::clone(till)))
    }
}

impl<S> Clone for Tills<S> {
    fn clone(&self) -> Self {
        Self { transient: Arc::clone(&self.transient), others: self.others.clone() }
    }
}

/// What was paid for one retry; `None` once it is spent. Dropped before, it goes back.
#[derive(Debug)]
pub(super) struct Withdrawn<S: Stock>(Option<Arc<Till<S>>>);

impl<S: Stock> Withdrawn<S> {
    pub(super) fn spend(mut self) {
        self.0 = None;
    }
}

impl<S: Stock> Drop for Withdrawn<S> {
    fn drop(&mut self) {
        if let Some(till) = self.0.take() {
            till.stock().put_back(till.kind);
        }
    }
}
