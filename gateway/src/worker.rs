//! [`Each`]: one value for each thread that serves connections.

use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    static NUMBER: Cell<usize> = const { Cell::new(0) };
    static ENDING: Cell<bool> = const { Cell::new(false) };
}

/// From now on, this thread drops what it has served.
pub(crate) fn set_ending() {
    ENDING.set(true);
}

/// Returns whether this thread drops what it has served.
pub(crate) fn is_ending() -> bool {
    ENDING.get()
}

/// Makes this thread the worker of that number, counted from 0.
pub(crate) fn set_number(number: usize) {
    NUMBER.set(number);
}

/// One value for each thread that serves connections. Clones share the values.
#[derive(Debug)]
pub(crate) struct Each<T>(Arc<[T]>);

impl<T> Each<T> {
    /// Makes a value for each of the `workers`, and at least one value.
    pub(crate) fn new(workers: usize, make: impl Fn() -> T) -> Self {
        Self((0..workers.max(1)).map(|_| make()).collect())
    }

    /// Returns the value of this thread. Other threads than workers get the first value.
    pub(crate) fn own(&self) -> &T {
        self.0.get(NUMBER.get()).unwrap_or(&self.0[0])
    }
}

impl<T> Each<T> {
    /// Returns true if there are other clones.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl<T> Clone for Each<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
