//! [`Costs`]: what a retry costs, by the kind of failure before it.

use std::borrow::Cow;
use std::fmt;

use crate::error::Invalid;
use crate::verdict::Kind;

/// Thousandths of one retry or token.
pub(super) const ONE: u32 = 1_000;

/// What a retry costs, by the kind of failure before it, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Costs {
    transient: u32,
    throttled: u32,
    not_sent: u32,
}

impl Costs {
    /// One for each retry.
    pub(super) const EVEN: Self = Self { transient: ONE, throttled: ONE, not_sent: ONE };

    pub(super) const fn of(self, kind: Kind) -> u32 {
        match kind {
            Kind::Transient => self.transient,
            Kind::Throttled => self.throttled,
            Kind::NotSent => self.not_sent,
        }
    }

    /// So many retries as a stock of so many thousandths pays for, of the cheapest kind; `None` when that is free.
    pub(super) fn paid_by(self, milli: u64) -> Option<u64> {
        let cheapest = Kind::ALL.map(|kind| self.of(kind)).into_iter().min()?;
        milli.checked_div(cheapest.into())
    }

    /// The same costs but for one kind: up to 1000 `units`, and no more than a full stock holds.
    pub(super) fn with(self, kind: Kind, cost: f64, capacity: u32, units: &str) -> Result<Self, Invalid> {
        let most = whole(capacity).min(1_000.0);
        let bound = format!("must be between 0 and {most} {units}");
        let cost = milli(format!("cost.{}", kind.as_str()), cost, most, bound)?;
        Ok(match kind {
            Kind::Transient => Self { transient: cost, ..self },
            Kind::Throttled => Self { throttled: cost, ..self },
            Kind::NotSent => Self { not_sent: cost, ..self },
        })
    }
}

/// The code that sets what differs from one.
impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for kind in Kind::ALL {
            let cost = self.of(kind);
            if cost != ONE {
                write!(f, ".cost(Kind::{kind:?}, {:?})?", whole(cost))?;
            }
        }
        Ok(())
    }
}

/// Thousandths as a number.
pub(super) fn whole(milli: u32) -> f64 {
    f64::from(milli) / f64::from(ONE)
}

/// The setting `field` in thousandths, rounded; from 0 to `most`, which is at most 1000, as `bound` says.
pub(super) fn milli(
    field: impl Into<Cow<'static, str>>,
    value: f64,
    most: f64,
    bound: impl Into<Cow<'static, str>>,
) -> Result<u32, Invalid> {
    if !(0.0..=most).contains(&value) {
        return Err(Invalid::new(field, value, bound));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a million")]
    Ok((value * f64::from(ONE)).round() as u32)
}

/// So much of `capacity` as `stock` is of `full`, rounded down.
pub(super) fn share(capacity: u32, stock: u32, full: u32) -> u32 {
    let part = u64::from(capacity).saturating_mul(stock.into()).checked_div(full.into()).unwrap_or_default();
    u32::try_from(part).unwrap_or(capacity).min(capacity)
}
