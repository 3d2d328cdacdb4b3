//! [`GrowthConfig`]: how delays grow, as data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::scalar::{A_COUNT, A_NUMBER, Scalar, human};
use super::table::Table;
use crate::backoff::{
    AnyBackoff, constant, decorrelated, exponential, fibonacci, linear, polynomial, sequence,
};
use crate::error::Invalid;

/// How delays grow, as data: the backoff at the beginning of a chain. The first delay of each is at most the cap.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum GrowthConfig {
    /// [`constant`](crate::constant).
    Constant {
        /// Each delay.
        delay: Duration,
    },
    /// [`linear`](crate::linear).
    Linear {
        /// The first delay, longer than zero.
        base: Duration,
        /// What each one is longer than the one before; the base unless set.
        step: Duration,
    },
    /// [`polynomial`](crate::polynomial).
    Polynomial {
        /// The first delay, longer than zero.
        base: Duration,
        /// The power of the attempt's number.
        degree: u32,
    },
    /// [`exponential`](crate::exponential).
    Exponential {
        /// The first delay, longer than zero.
        base: Duration,
        /// What each one is multiplied by, finite and at least 1; 2 unless set.
        factor: f64,
    },
    /// [`fibonacci`](crate::fibonacci).
    Fibonacci {
        /// The first delay, longer than zero.
        base: Duration,
    },
    /// [`decorrelated`](crate::decorrelated), with the cap of the policy.
    Decorrelated {
        /// The least delay, longer than zero.
        base: Duration,
    },
    /// [`sequence`](crate::sequence).
    Sequence(
        /// The delays, one after the other.
        Vec<Duration>,
    ),
}

impl GrowthConfig {
    /// Whether the delays grow without end, unless they are capped.
    pub(super) const fn grows(&self) -> bool {
        !matches!(self, Self::Constant { .. } | Self::Sequence(_))
    }

    /// Whether the delays are drawn at random without any jitter.
    pub(super) const fn is_random(&self) -> bool {
        matches!(self, Self::Decorrelated { .. })
    }

    /// The backoff; `path` is where it stands, for the names of fields.
    pub(super) fn build(&self, path: &str, cap: Duration) -> Result<AnyBackoff, Invalid> {
        let (kind, first) = match self {
            Self::Constant { delay } => ("constant.delay", *delay),
            Self::Linear { base, .. } => ("linear.base", *base),
            Self::Polynomial { base, .. } => ("polynomial.base", *base),
            Self::Exponential { base, .. } => ("exponential.base", *base),
            Self::Fibonacci { base } => ("fibonacci.base", *base),
            Self::Decorrelated { base } => ("decorrelated.base", *base),
            Self::Sequence(delays) => ("sequence", delays.iter().copied().max().unwrap_or_default()),
        };
        let field = format!("{path}.{kind}");
        if matches!(self, Self::Sequence(delays) if delays.is_empty()) {
            return Err(Invalid::new(field, "empty", "must have at least one delay"));
        }
        if self.grows() && first.is_zero() {
            return Err(Invalid::new(field, human(first), "must be longer than 0s"));
        }
        if first > cap {
            let bound = format!("must be at most the cap of {}", human(cap));
            return Err(Invalid::new(field, human(first), bound));
        }
        Ok(match *self {
            Self::Constant { delay } => AnyBackoff::new(constant(delay)),
            Self::Linear { base, step } => AnyBackoff::new(linear(base).step(step)),
            Self::Polynomial { base, degree } => AnyBackoff::new(polynomial(base, degree)),
            Self::Exponential { base, factor } => {
                let under = |error: Invalid| error.under(&format!("{path}.exponential"));
                AnyBackoff::new(exponential(base).factor(factor).map_err(under)?)
            }
            Self::Fibonacci { base } => AnyBackoff::new(fibonacci(base)),
            Self::Decorrelated { base } => AnyBackoff::new(decorrelated(base, cap)),
            Self::Sequence(ref delays) => AnyBackoff::new(sequence(delays.clone())),
        })
    }
}

/// As it is written: a table with exactly one of these.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawGrowth {
    #[serde(skip_serializing_if = "Table::is_absent")]
    constant: Table<RawConstant>,
    #[serde(skip_serializing_if = "Table::is_absent")]
    linear: Table<RawLinear>,
    #[serde(skip_serializing_if = "Table::is_absent")]
    polynomial: Table<RawPolynomial>,
    #[serde(skip_serializing_if = "Table::is_absent")]
    exponential: Table<RawExponential>,
    #[serde(skip_serializing_if = "Table::is_absent")]
    fibonacci: Table<RawBase>,
    #[serde(skip_serializing_if = "Table::is_absent")]
    decorrelated: Table<RawBase>,
    #[serde(skip_serializing_if = "Table::is_absent")]
    sequence: Table<Vec<Scalar>>,
}

macro_rules! raw {
    ($($name:ident { $($field:ident),* })*) => {$(
        #[derive(Debug, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct $name {
            $(#[serde(skip_serializing_if = "Scalar::is_absent")] $field: Scalar,)*
        }
    )*};
}

raw! {
    RawConstant { delay }
    RawLinear { base, step }
    RawPolynomial { base, degree }
    RawExponential { base, factor }
    RawBase { base }
}

impl RawGrowth {
    /// The one kind that is written.
    pub(super) fn read(&self, path: &str) -> Result<GrowthConfig, Invalid> {
        let at = |name: &str| format!("{path}.{name}");
        let duration = |scalar: &Scalar, name: &str| scalar.duration(&at(name), None);
        let found = [
            self.constant.read(&at("constant"), |RawConstant { delay }| {
                Ok(GrowthConfig::Constant { delay: duration(delay, "constant.delay")? })
            })?,
            self.linear.read(&at("linear"), |RawLinear { base, step }| {
                let base = duration(base, "linear.base")?;
                Ok(GrowthConfig::Linear { base, step: step.duration(&at("linear.step"), Some(base))? })
            })?,
            self.polynomial.read(&at("polynomial"), |RawPolynomial { base, degree }| {
                let degree = degree.number(&at("polynomial.degree"), None, A_COUNT)?;
                Ok(GrowthConfig::Polynomial { base: duration(base, "polynomial.base")?, degree })
            })?,
            self.exponential.read(&at("exponential"), |RawExponential { base, factor }| {
                let factor = factor.number(&at("exponential.factor"), Some(2.0), A_NUMBER)?;
                Ok(GrowthConfig::Exponential { base: duration(base, "exponential.base")?, factor })
            })?,
            self.fibonacci.read(&at("fibonacci"), |RawBase { base }| {
                Ok(GrowthConfig::Fibonacci { base: duration(base, "fibonacci.base")? })
            })?,
            self.decorrelated.read(&at("decorrelated"), |RawBase { base }| {
                Ok(GrowthConfig::Decorrelated { base: duration(base, "decorrelated.base")? })
            })?,
            self.sequence.read(&at("sequence"), |delays| {
                let delays = delays.iter().map(|delay| duration(delay, "sequence"));
                Ok(GrowthConfig::Sequence(delays.collect::<Result<_, _>>()?))
            })?,
        ];
        let mut found = found.into_iter().flatten();
        match (found.next(), found.count()) {
            (Some(growth), 0) => Ok(growth),
            (first, more) => {
                let kinds = more.saturating_add(first.iter().count());
                let bound = "must be one of constant, linear, polynomial, exponential, fibonacci, decorrelated or sequence";
                Err(Invalid::new(path.to_owned(), format!("{kinds} kinds of growth"), bound))
            }
        }
    }
}

impl From<&GrowthConfig> for RawGrowth {
    fn from(growth: &GrowthConfig) -> Self {
        let of = |duration: &Duration| Scalar::of(*duration);
        let raw = Self::default();
        match growth {
            GrowthConfig::Constant { delay } => {
                Self { constant: Table::Written(RawConstant { delay: of(delay) }), ..raw }
            }
            GrowthConfig::Linear { base, step } => {
                Self { linear: Table::Written(RawLinear { base: of(base), step: of(step) }), ..raw }
            }
            GrowthConfig::Polynomial { base, degree } => {
                let degree = Scalar::Whole((*degree).into());
                Self { polynomial: Table::Written(RawPolynomial { base: of(base), degree }), ..raw }
            }
            GrowthConfig::Exponential { base, factor } => {
                let factor = Scalar::Real(*factor);
                Self { exponential: Table::Written(RawExponential { base: of(base), factor }), ..raw }
            }
            GrowthConfig::Fibonacci { base } => {
                Self { fibonacci: Table::Written(RawBase { base: of(base) }), ..raw }
            }
            GrowthConfig::Decorrelated { base } => {
                Self { decorrelated: Table::Written(RawBase { base: of(base) }), ..raw }
            }
            GrowthConfig::Sequence(delays) => {
                Self { sequence: Table::Written(delays.iter().map(of).collect()), ..raw }
            }
        }
    }
}
