//! [`Scenario`]: clients, calls and how patient their callers are.

use std::time::Duration;

use crate::simulation::load::Load;

/// Clients, their calls, how patient they are, and how far away the server is.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// How many clients there are. They share the budgets among them.
    pub clients: u32,
    /// When their calls begin.
    pub load: Load,
    /// How long a caller waits for the answer to an attempt; the work is done all the same.
    pub timeout: Duration,
    /// How long a message takes each way on average, exponentially distributed, in seconds.
    pub network: f64,
    /// So long calls begin.
    pub lasts: Duration,
    /// Goes on until the last of those calls has ended.
    pub drains: bool,
}

impl Scenario {
    /// Clients that wait for a second, no network, and an end after so many seconds.
    #[must_use]
    pub const fn new(clients: u32, load: Load, seconds: u64) -> Self {
        let (timeout, lasts) = (Duration::from_secs(1), Duration::from_secs(seconds));
        Self { clients, load, timeout, network: 0.0, lasts, drains: false }
    }
}
