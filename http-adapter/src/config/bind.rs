//! From settings to a filter.

use persevere::Invalid;

use super::args::Args;
use super::common::common;
use super::error::ConfigError;
use super::lint::{Form, Lint};
use super::setting::Setting;
use super::{gateway, spring};
use crate::filter::RetryFilter;
use crate::position::Position;

/// The filter that the settings of a form describe, with its warnings; `position` is where they stand as a whole.
pub(crate) fn bind(settings: &[Setting], form: Form, position: Position) -> Result<RetryFilter, ConfigError> {
    let args = Args::new(settings, position)?;
    let refused = |invalid: Invalid| args.refused(invalid);
    let mut filter = match profile(args)? {
        Profile::Spring => common(spring::builder(args)?, args)?.build().map_err(refused)?,
        Profile::Gateway => common(gateway::builder(args)?, args)?.build().map_err(refused)?,
    };
    filter.settings.warnings = Lint { args, form }.warnings(&filter.rules);
    Ok(filter)
}

enum Profile {
    Spring,
    Gateway,
}

fn profile(args: Args<'_>) -> Result<Profile, ConfigError> {
    let Some(setting) = args.find("profile") else { return Ok(Profile::Spring) };
    let named = |name: &str| match name.to_ascii_lowercase().as_str() {
        "spring" => Some(Profile::Spring),
        "gateway" => Some(Profile::Gateway),
        _ => None,
    };
    setting.read(named, "must be spring or gateway")
}
