//! [`ReplayPool`]: what the kept bodies of many requests may take together.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;

/// What the kept bodies of many requests may take together, in bytes of the bodies: a large chunk is kept by reference, with
/// the whole buffer that it was read into. Clones share it.
///
/// A body that finds no room is sent on without being kept, and then not sent again.
#[derive(Clone, Debug)]
pub struct ReplayPool(Arc<Room>);

struct Room {
    capacity: usize,
    left: AtomicUsize,
    store: Option<Box<Store>>,
}

/// What is kept instead of a chunk.
type Store = dyn Fn(Bytes) -> Bytes + Send + Sync;

impl ReplayPool {
    /// A pool of so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self::of(bytes, None)
    }

    /// A pool of so many bytes that keeps what `store` makes of a chunk instead of the chunk itself.
    ///
    /// `store` is given the chunks of at least 1 KiB that are kept, and returns the same bytes in another place: in memory that
    /// goes back to the system, for one, where an allocator would hold on to that of many large bodies for the next ones. It
    /// runs while the body is read, so it must not block. A result of another length is not used: the chunk itself is kept.
    ///
    /// # Panics
    ///
    /// A panic of `store` comes out of the poll of the body.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use persevere_http::ReplayPool;
    ///
    /// // Exactly the bytes that are kept, without the rest of the buffer that they were read into.
    /// let pool = ReplayPool::stored_by(16 * 1024 * 1024, |chunk| Bytes::copy_from_slice(&chunk));
    /// assert_eq!(pool.capacity(), 16_777_216);
    /// ```
    #[must_use]
    pub fn stored_by(bytes: usize, store: impl Fn(Bytes) -> Bytes + Send + Sync + 'static) -> Self {
        Self::of(bytes, Some(Box::new(store)))
    }

    fn of(bytes: usize, store: Option<Box<Store>>) -> Self {
        Self(Arc::new(Room { capacity: bytes, left: AtomicUsize::new(bytes), store }))
    }

    /// The pool of filters that have no other: 64 MiB for the whole process.
    #[must_use]
    pub fn global() -> Self {
        static GLOBAL: LazyLock<ReplayPool> = LazyLock::new(|| ReplayPool::new(64 * 1024 * 1024));
        GLOBAL.clone()
    }

    /// Bytes that bodies keep now.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.0.capacity.saturating_sub(self.0.left.load(Ordering::Relaxed))
    }

    /// Bytes that it has when nothing is kept.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.0.capacity
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { capacity, left, store } = self;
        f.debug_struct("Room")
            .field("capacity", capacity)
            .field("left", left)
            .field("stores", &store.is_some())
            .finish()
    }
}

/// What one body has taken from a pool; it goes back when this is dropped.
#[derive(Debug)]
pub(super) struct Share {
    pool: ReplayPool,
    bytes: usize,
}

impl Share {
    pub(super) const fn new(pool: ReplayPool) -> Self {
        Self { pool, bytes: 0 }
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes `more` bytes, if there is room for them.
    pub(super) fn take(&mut self, more: usize) -> bool {
        let left = &self.pool.0.left;
        let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(more));
        if taken.is_ok() {
            self.bytes = self.bytes.saturating_add(more);
        }
        taken.is_ok()
    }

    /// What is kept of a chunk.
    #[inline]
    pub(super) fn store(&self, chunk: &Bytes) -> Bytes {
        match &self.pool.0.store {
            None => chunk.clone(),
            Some(store) => stored(store, chunk),
        }
    }

    /// Gives back all but `bytes`.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        let less = self.bytes.saturating_sub(bytes);
        self.bytes = self.bytes.min(bytes);
        self.pool.0.left.fetch_add(less, Ordering::Relaxed);
    }
}

/// What a store makes of a chunk, if it has the right length.
#[cold]
fn stored(store: &Store, chunk: &Bytes) -> Bytes {
    let stored = store(chunk.clone());
    if stored.len() == chunk.len() { stored } else { chunk.clone() }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_gives_what_it_has_and_gets_it_back() {
        let pool = ReplayPool::new(10);
        let (mut first, mut second) = (Share::new(pool.clone()), Share::new(pool.clone()));
        assert!(first.take(6) && second.take(4));
        assert!(!first.take(1), "nothing is left");
        assert_eq!((first.bytes(), second.bytes(), pool.in_use()), (6, 4, 10));
        first.shrink_to(5);
        assert!(second.take(1) && !second.take(1));
        first.shrink_to(7);
        assert_eq!((first.bytes(), pool.in_use()), (5, 10), "shrinking takes nothing");
        drop(first);
        drop(second);
        assert_eq!((pool.in_use(), pool.capacity()), (0, 10));
    }

    #[test]
    fn the_pool_of_the_process_has_64_mib() {
        assert_eq!(ReplayPool::global().capacity(), 67_108_864);
    }
}
