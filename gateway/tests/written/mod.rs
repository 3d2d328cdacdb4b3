//! Route files as teams write them: each is valid, and its requests are retried.

mod active;
mod commas;
mod errors;
mod files;
mod hostile;
mod settings;
mod slips;
