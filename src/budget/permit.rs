//! [`Permit`]: what is withdrawn for one retry, and comes back unless it is spent.

/// What is withdrawn for one retry.
///
/// The call spends it when the retried attempt starts. A permit that is dropped before returns what was
/// withdrawn: a call that is dropped during its sleep has cost its fleet nothing.
pub trait Permit {
    /// The retried attempt starts: nothing comes back any more.
    fn spend(self);
}

impl Permit for () {
    fn spend(self) {}
}
