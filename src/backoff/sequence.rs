//! [`sequence`]: the delays of a list, one after the other.

use std::fmt;
use std::time::Duration;

use super::Backoff;
use crate::attempt::Failure;
use crate::decision::{Decision, Reason};
use crate::needs::Needs;
use crate::rust_code::Code;

/// The delays of a list, one after the other; then it stops with [`Reason::Attempts`].
///
/// A list of n delays allows n retries, so n + 1 attempts. An empty list allows no retry.
///
/// ```
/// use persevere::sequence;
/// use std::time::Duration;
///
/// let ms = Duration::from_millis;
/// let fixed = sequence([ms(10), ms(50), ms(250)]);
/// let loaded = sequence(vec![ms(10); 3]);
/// # let _ = (fixed, loaded);
/// ```
#[must_use]
pub const fn sequence<L: AsRef<[Duration]>>(delays: L) -> Sequence<L> {
    Sequence { delays }
}

/// The delays of a list, one after the other. Made by [`sequence`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequence<L> {
    delays: L,
}

/// The code that makes it.
impl<L: AsRef<[Duration]>> fmt::Display for Sequence<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delays: Vec<_> = self.delays.as_ref().iter().map(|&delay| Code(delay).to_string()).collect();
        match delays.as_slice() {
            [] => f.write_str("sequence([Duration::ZERO; 0])"), // an empty list has no type of its own
            some => write!(f, "sequence([{}])", some.join(", ")),
        }
    }
}

impl<L: AsRef<[Duration]>> Backoff for Sequence<L> {
    #[inline]
    fn decide(&self, failure: &Failure) -> Decision {
        let index = usize::try_from(failure.number().saturating_sub(1)).unwrap_or(usize::MAX);
        match self.delays.as_ref().get(index) {
            Some(&delay) => Decision::Retry(delay),
            None => Decision::Stop(Reason::Attempts),
        }
    }

    fn needs(&self) -> Needs {
        Needs::NOTHING
    }
}
