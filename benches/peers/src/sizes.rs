//! How large the futures of each contender are: what every call that waits keeps in memory.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::library::Library;
use crate::work::BASE;

/// Bytes of the operation's future.
pub(crate) const COLUMNS: [usize; 3] = [8, 64, 1024];

/// An operation's future of so many words.
struct Words<const N: usize>([u64; N]);

impl<const N: usize> Future for Words<N> {
    type Output = Result<u64, u64>;

    fn poll(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(self.0.first().copied().ok_or(0))
    }
}

/// The futures alone.
pub(crate) fn bare() -> [usize; COLUMNS.len()] {
    [size_of::<Words<1>>(), size_of::<Words<8>>(), size_of::<Words<128>>()]
}

/// The library's futures around them, with a policy that is kept elsewhere and an operation that holds one reference.
pub(crate) fn of<L: Library>() -> [usize; COLUMNS.len()] {
    [around::<L, 1>(), around::<L, 8>(), around::<L, 128>()]
}

fn around<L: Library, const N: usize>() -> usize {
    let policy = black_box(L::policy(BASE));
    let word = &black_box(1_u64);
    size_of_val(&L::call(&policy, move || Words([*word; N])))
}
