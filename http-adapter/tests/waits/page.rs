//! The page and the tests agree.
