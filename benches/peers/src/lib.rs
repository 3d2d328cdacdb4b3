//! What this library, a loop written by hand and other retry libraries can express: see [`borrows`].

pub mod borrows;
