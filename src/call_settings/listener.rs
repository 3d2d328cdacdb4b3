//! [`Listener`]: one more listener, for a single call.

use std::any::type_name;
use std::fmt;

use super::{CallSetting, With};
use crate::call_rules::CallRules;
use crate::clock::Clock;
use crate::decision::Decision;
use crate::observe::Event;

/// A closure that hears each retry of a call.
#[derive(Clone, Copy)]
pub struct Listener<F>(F);

/// A policy with one more listener, told of each retry. Made by
/// [`Retry::on_retry`](crate::Retry::on_retry).
pub type Watched<P, F> = With<P, Listener<F>>;

impl<P, F: FnMut(&Event)> Watched<P, F> {
    /// `policy`, with `tell` called for each retry, before its sleep and after the policy's observer.
    #[must_use]
    pub const fn new(policy: P, tell: F) -> Self {
        Self::of(policy, Listener(tell))
    }
}

impl<F: FnMut(&Event)> CallSetting for Listener<F> {
    #[inline]
    fn rules(&self, rules: CallRules) -> CallRules {
        CallRules { observer: rules.observer.and(Clock::Read), ..rules }
    }

    #[inline]
    fn observe(&mut self, event: &Event) {
        if let Decision::Retry(_) = event.decision {
            (self.0)(event);
        }
    }
}

impl<F> fmt::Debug for Listener<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener").field(&type_name::<F>()).finish()
    }
}
