//! A fleet of callers, a server, and the time of both: simulated with the sessions of the library.

pub(crate) mod caller;
pub(crate) mod dice;
pub(crate) mod engine;
pub(crate) mod executor;
pub(crate) mod load;
pub(crate) mod parallel;
pub(crate) mod scenario;
pub(crate) mod series;
pub(crate) mod server;
pub(crate) mod time;
pub(crate) mod wheel;

pub use self::dice::Dice;
pub use self::engine::{simulate, unwatched};
pub use self::executor::through_the_executor;
pub use self::load::{Load, Rate};
pub use self::scenario::Scenario;
pub use self::series::{Second, Series};
pub use self::server::{Answer, Crowded, Fifo, Flaky, Server, Trigger};
pub use self::time::{Nanos, SECOND, nanos, seconds};
pub use self::wheel::Wheel;
