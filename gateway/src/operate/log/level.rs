//! [`LogLevel`]: which events of requests the log has.

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;

/// The level of the log. Each level includes the levels before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    /// Nothing that happens to requests.
    Off,
    /// Responses with 5xx. Responses that were cut, but not by their client.
    Error,
    /// Failed attempts, retry decisions, refused requests, lost clients and resting instances. Also called `failures`.
    #[value(alias = "failures")]
    Warn,
    /// Every response and every tunnel.
    Info,
    /// Every attempt. Also called `all`.
    #[value(alias = "all")]
    Debug,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Off => Self::OFF,
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
        }
    }
}
