//! Pages of the system's own for large parts of bodies.

use bytes::Bytes;
use memmap2::MmapMut;

/// A chunk of so many bytes has pages of its own: of smaller ones, too much of the last page would be empty.
const LARGE: usize = 32 * 1024;

/// hyper reads into buffers of at least so many bytes: a chunk of fewer, kept by reference, would keep all of its buffer.
const BUFFER: usize = 8 * 1024;

/// The same bytes in pages that go back to the system with them. An allocator holds on to most of what many large bodies have
/// taken; where the system has no pages, or the chunk is not large, it stays where it is, or is copied out of a larger buffer.
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
