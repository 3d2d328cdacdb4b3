//! From settings to a filter.

use persevere::Invalid;

use super::args::Args;
use super::error::{ConfigError, Problems};
use super::lint::{Form, Lint};
use super::setting::Setting;
use super::shared_settings::common;
use super::{gateway, spring};
use crate::filter::RetryFilter;
use crate::position::Position;

/// The filter that the settings of a form describe, with its warnings; `position` is where they stand as a whole. Or else all
/// that is wrong with them, with what was wrong before.
pub(crate) fn bind(
    settings: &[Setting],
    form: Form,
    position: Position,
    mut problems: Problems,
) -> Result<RetryFilter, ConfigError> {
    let args = Args::new(settings, position, &mut problems);
    let refused = |invalid: Invalid| args.refused(invalid);
    let filter = match problems.take(profile(args)) {
        Some(Profile::Spring) => {
            let builder = spring::builder(args, &mut problems);
            common(builder, args, &mut problems).build().map_err(refused)
        }
        Some(Profile::Gateway) => {
            let builder = gateway::builder(args, &mut problems);
            common(builder, args, &mut problems).build().map_err(refused)
        }
        // Which of the others are right depends on the profile.
        None => Ok(RetryFilter::default()),
    };
    let filter = problems.take(filter).unwrap_or_default();
    let mut filter = problems.end(filter)?;
    filter.settings.warnings = Lint { args, form }.warnings(&filter.rules);
    Ok(filter)
}

enum Profile {
    Spring,
    Gateway,
}

const PROFILES: [&str; 2] = ["spring", "gateway"];

fn profile(args: Args<'_>) -> Result<Profile, ConfigError> {
    let Some(setting) = args.find("profile") else { return Ok(Profile::Spring) };
    let named = |name: &str| match name.to_ascii_lowercase().as_str() {
        "spring" => Some(Profile::Spring),
        "gateway" => Some(Profile::Gateway),
        _ => None,
    };
    setting.read_word(named, "must be spring or gateway", &PROFILES)
}
