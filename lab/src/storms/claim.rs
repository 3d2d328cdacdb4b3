//! [`Claim`]: what an experiment should show, what it shows, and whether that is near enough.

use std::fmt::{self, Display};

/// What an experiment should show, what it shows, and whether that is near enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    what: String,
    target: String,
    ours: String,
    holds: bool,
}

/// How far a figure may be off.
#[derive(Clone, Copy, Debug)]
pub enum Tolerance {
    /// A part of the target.
    Relative(f64),
    /// Either way.
    Absolute(f64),
}

impl Claim {
    /// A figure that has to be near a target: at most as far off as is tolerated. Both are printed with so many digits.
    #[must_use]
    pub fn near(
        what: impl Into<String>,
        target: f64,
        ours: f64,
        tolerance: Tolerance,
        digits: usize,
    ) -> Self {
        let (most, give) = match tolerance {
            Tolerance::Relative(part) => (target.abs() * part, format!("{:.0} %", part * 100.0)),
            Tolerance::Absolute(most) => (most, format!("{most}")),
        };
        Self {
            what: what.into(),
            target: format!("{target:.digits$} ± {give}"),
            ours: format!("{ours:.digits$}"),
            holds: (ours - target).abs() <= most,
        }
    }

    /// A result that has to be the target.
    #[must_use]
    pub fn equal<T: Copy + Display + PartialEq>(what: impl Into<String>, target: T, ours: T) -> Self {
        Self { what: what.into(), target: target.to_string(), ours: ours.to_string(), holds: ours == target }
    }

    /// A condition on a result.
    #[must_use]
    pub fn that(what: impl Into<String>, target: impl Into<String>, ours: impl Display, holds: bool) -> Self {
        Self { what: what.into(), target: target.into(), ours: ours.to_string(), holds }
    }

    /// Whether the result is near enough.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.holds
    }
}

impl Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, target, ours, holds } = self;
        let verdict = if *holds { "holds" } else { "FAILS" };
        write!(f, "{verdict}  {what:<76} {target:>16}  {ours:>12}")
    }
}

/// The heading of a list of claims.
#[must_use]
pub fn heading() -> String {
    format!("{:<5}  {:<76} {:>16}  {:>12}", "", "", "target", "ours")
}
