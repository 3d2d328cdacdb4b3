//! How a value prints as the code that makes it: durations, and what every printable part of a policy shares.

use std::fmt;
use std::time::Duration;

/// A duration as the code that makes it: in the largest unit that is exact.
#[derive(Clone, Copy)]
pub(crate) struct Code(pub(crate) Duration);

impl Code {
    /// A word of nanoseconds, of which the largest one stands for everything longer.
    pub(crate) const fn nanos(nanos: u64) -> Self {
        Self(if nanos == u64::MAX { Duration::MAX } else { Duration::from_nanos(nanos) })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(duration) = *self;
        let (secs, rest) = (duration.as_secs(), duration.subsec_nanos());
        match (u64::try_from(duration.as_millis()), u64::try_from(duration.as_micros())) {
            _ if duration == Duration::ZERO => f.write_str("Duration::ZERO"),
            _ if duration == Duration::MAX => f.write_str("Duration::MAX"),
            _ if rest == 0 => write!(f, "Duration::from_secs({secs})"),
            (Ok(millis), _) if rest % 1_000_000 == 0 => write!(f, "Duration::from_millis({millis})"),
            (_, Ok(micros)) if rest % 1_000 == 0 => write!(f, "Duration::from_micros({micros})"),
            _ => match u64::try_from(duration.as_nanos()) {
                Ok(nanos) => write!(f, "Duration::from_nanos({nanos})"),
                Err(_) => write!(f, "Duration::new({secs}, {rest})"),
            },
        }
    }
}

/// Prints a type, and what it is made of, as the code that makes it.
macro_rules! prints {
    ($name:ident $(<$($part:ident),+>)?: |$this:ident| $($format:tt)+) => {
        /// The code that makes it.
        impl$(<$($part: std::fmt::Display),+>)? std::fmt::Display for $name$(<$($part),+>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let $this = self;
                write!(f, $($format)+)
            }
        }
    };
}
pub(crate) use prints;
