//! Worlds that calls run in: [`VirtualTime`] and a [`Script`] for the operation.
//!
//! [`cancel_everywhere`] drops a call wherever it waits, and a [`Model`] says what a call should do.

mod cancel;
mod model;
mod script;
mod time;

pub use self::cancel::cancel_everywhere;
pub use self::model::{Course, Model};
pub use self::script::{Script, ScriptFuture};
pub use self::time::{VirtualSleep, VirtualTime};
