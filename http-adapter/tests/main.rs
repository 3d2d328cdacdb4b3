//! All integration tests of the adapter in one binary.
