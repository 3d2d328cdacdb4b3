//! [`Asked`]: the parts of a request that predicates can see.

use std::cell::OnceCell;
use std::hash::{BuildHasher, RandomState};

use http::request::Parts;

/// The parts of a request that predicates can see.
pub(crate) struct Asked<'r> {
    pub(crate) host: &'r str,
    pub(crate) head: &'r Parts,
    /// The address of the client.
    pub(crate) client: &'r str,
    /// Drawn once for the request, when the first predicate wants it.
    draw: OnceCell<RandomState>,
}

impl<'r> Asked<'r> {
    pub(crate) const fn new(host: &'r str, head: &'r Parts, client: &'r str) -> Self {
        Self { host, head, client, draw: OnceCell::new() }
    }

    /// Returns a random number from 0 to 1 for a group of routes.
    ///
    /// All routes of the group see the same number for one request.
    pub(crate) fn draw(&self, group: &str) -> f64 {
        let hash = self.draw.get_or_init(RandomState::new).hash_one(group);
        // As many bits as the mantissa has.
        let bits = u32::try_from(hash >> 32).unwrap_or_default();
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }
}
