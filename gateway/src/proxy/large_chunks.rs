//! Separate memory pages for large parts of bodies.

use bytes::Bytes;
use memmap2::MmapMut;

/// The size from which a chunk gets separate pages.
///
/// Smaller chunks would leave too much of their last page empty.
const LARGE: usize = 32 * 1024;

/// The size below which a chunk is copied.
///
/// hyper reads into buffers of at least this size. A smaller chunk that is kept by reference would keep its whole
/// buffer.
const BUFFER: usize = 8 * 1024;

/// Moves a large chunk to pages that go back to the system with it.
///
/// An allocator keeps most of the memory that many large bodies have taken. If the system has no pages, or if the chunk is
/// not large, the chunk stays in its buffer. A small chunk is copied out of its buffer.
pub(crate) fn in_pages(chunk: Bytes) -> Bytes {
    if chunk.len() < BUFFER {
        return Bytes::copy_from_slice(&chunk);
    }
    if chunk.len() < LARGE {
        return chunk;
    }
    match MmapMut::map_anon(chunk.len()) {
        Ok(mut pages) => {
            pages.copy_from_slice(&chunk);
            Bytes::from_owner(pages)
        }
        Err(_) => chunk,
    }
}
