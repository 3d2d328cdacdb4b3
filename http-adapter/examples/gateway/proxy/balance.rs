//! [`Balance`]: chooses the server for each attempt.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::config::Instance;

/// Chooses the server for each attempt: one after the other, and for a retry one that has not been tried yet.
#[derive(Debug)]
pub(crate) struct Balance {
    instances: Vec<Instance>,
    next: AtomicUsize,
}

/// The servers that a request has been sent to. All its attempts share it.
#[derive(Debug, Default)]
pub(crate) struct Tried(Mutex<Vec<usize>>);

impl Balance {
    pub(crate) const fn new(instances: Vec<Instance>) -> Self {
        Self { instances, next: AtomicUsize::new(0) }
    }

    /// Whether there is a choice, and so something to remember.
    pub(crate) fn is_choice(&self) -> bool {
        self.instances.len() > 1
    }

    /// The server for the next attempt of a request. When all have been tried, any but the last one.
    pub(crate) fn choose(&self, tried: Option<&Tried>) -> &Instance {
        let count = self.instances.len();
        if count == 1 {
            return &self.instances[0];
        }
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let mut tried = tried.map(|tried| tried.0.lock().unwrap_or_else(PoisonError::into_inner));
        let first = first.checked_rem(count).unwrap_or_default();
        let others = (first..count).chain(0..first);
        let is_new = |index: &usize| tried.as_ref().is_none_or(|tried| !tried.contains(index));
        let chosen = others.clone().find(is_new).or_else(|| {
            let last = tried.as_mut().and_then(|tried| tried.drain(..).next_back());
            others.clone().find(|index| Some(*index) != last)
        });
        let chosen = chosen.expect("of two, one is not the last");
        if let Some(tried) = &mut tried {
            tried.push(chosen);
        }
        &self.instances[chosen]
    }
}
