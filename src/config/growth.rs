//! [`GrowthConfig`]: how delays grow, as data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::configured::{Shown, boxed};
use super::scalar::{Scalar, human};
use crate::backoff::{constant, decorrelated, exponential, fibonacci, linear, polynomial, sequence};
use crate::error::Invalid;

/// How delays grow, as data: the backoff at the beginning of a chain.
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

    /// The backoff; `path` is where it stands, for the names of fields.
    pub(super) fn build(&self, path: &str, cap: Duration) -> Result<Box<dyn Shown>, Invalid> {
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
        if self.grows() && first.is_zero() {
            return Err(Invalid::new(field, human(first), "must be longer than 0s"));
        }
        if first > cap {
            let bound = format!("must be at most the cap of {}", human(cap));
            return Err(Invalid::new(field, human(first), bound));
        }
        Ok(match *self {
            Self::Constant { delay } => boxed(constant(delay)),
            Self::Linear { base, step } => boxed(linear(base).step(step)),
            Self::Polynomial { base, degree } => boxed(polynomial(base, degree)),
            Self::Exponential { base, factor } => {
                let under = |error: Invalid| error.under(&format!("{path}.exponential"));
                boxed(exponential(base).factor(factor).map_err(under)?)
            }
            Self::Fibonacci { base } => boxed(fibonacci(base)),
            Self::Decorrelated { base } => boxed(decorrelated(base, cap)),
            Self::Sequence(ref delays) => boxed(sequence(delays.clone())),
        })
    }
}

/// As it is written: a table with exactly one of these.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawGrowth {
    #[serde(skip_serializing_if = "Option::is_none")]
    constant: Option<RawConstant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    linear: Option<RawLinear>,
    #[serde(skip_serializing_if = "Option::is_none")]
    polynomial: Option<RawPolynomial>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exponential: Option<RawExponential>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fibonacci: Option<RawBase>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decorrelated: Option<RawBase>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<Vec<Scalar>>,
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
    /// What is written, if anything is.
    pub(super) fn read(&self, path: &str) -> Result<Option<GrowthConfig>, Invalid> {
        let at = |name: &str| format!("{path}.{name}");
        let duration = |scalar: &Scalar, name: &str| scalar.duration(&at(name), None);
        let mut found = Vec::new();
        if let Some(RawConstant { delay }) = &self.constant {
            found.push(GrowthConfig::Constant { delay: duration(delay, "constant.delay")? });
        }
        if let Some(RawLinear { base, step }) = &self.linear {
            let base = duration(base, "linear.base")?;
            found.push(GrowthConfig::Linear { base, step: step.duration(&at("linear.step"), Some(base))? });
        }
        if let Some(RawPolynomial { base, degree }) = &self.polynomial {
            let degree = degree.number(&at("polynomial.degree"), None, "must be a whole number")?;
            found.push(GrowthConfig::Polynomial { base: duration(base, "polynomial.base")?, degree });
        }
        if let Some(RawExponential { base, factor }) = &self.exponential {
            let factor = factor.number(&at("exponential.factor"), Some(2.0), "must be a number")?;
            found.push(GrowthConfig::Exponential { base: duration(base, "exponential.base")?, factor });
        }
        if let Some(RawBase { base }) = &self.fibonacci {
            found.push(GrowthConfig::Fibonacci { base: duration(base, "fibonacci.base")? });
        }
        if let Some(RawBase { base }) = &self.decorrelated {
            found.push(GrowthConfig::Decorrelated { base: duration(base, "decorrelated.base")? });
        }
        if let Some(delays) = &self.sequence {
            let delays = delays.iter().map(|delay| duration(delay, "sequence"));
            found.push(GrowthConfig::Sequence(delays.collect::<Result<_, _>>()?));
        }
        match found.len() {
            0 | 1 => Ok(found.pop()),
            several => Err(Invalid::new(
                path.to_owned(),
                format!("{several} kinds of growth"),
                "must be one kind of growth",
            )),
        }
    }
}

impl From<&GrowthConfig> for RawGrowth {
    fn from(growth: &GrowthConfig) -> Self {
        let of = |duration: &Duration| Scalar::of(*duration);
        let raw = Self::default();
        match growth {
            GrowthConfig::Constant { delay } => {
                Self { constant: Some(RawConstant { delay: of(delay) }), ..raw }
            }
            GrowthConfig::Linear { base, step } => {
                Self { linear: Some(RawLinear { base: of(base), step: of(step) }), ..raw }
            }
            GrowthConfig::Polynomial { base, degree } => {
                let degree = Scalar::Whole((*degree).into());
                Self { polynomial: Some(RawPolynomial { base: of(base), degree }), ..raw }
            }
            GrowthConfig::Exponential { base, factor } => {
                let factor = Scalar::Real(*factor);
                Self { exponential: Some(RawExponential { base: of(base), factor }), ..raw }
            }
            GrowthConfig::Fibonacci { base } => Self { fibonacci: Some(RawBase { base: of(base) }), ..raw },
            GrowthConfig::Decorrelated { base } => {
                Self { decorrelated: Some(RawBase { base: of(base) }), ..raw }
            }
            GrowthConfig::Sequence(delays) => Self { sequence: Some(delays.iter().map(of).collect()), ..raw },
        }
    }
}
