//! [`LogLevel`]: how much the log says about requests.

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;

/// How much the log says about requests. Each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    /// Nothing that happens to requests.
    Off,
    /// Responses with 5xx, and responses that a server or the end of the gateway has cut.
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
