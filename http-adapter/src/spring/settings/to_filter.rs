//! From settings to a filter.

use persevere::Invalid;

use super::args::Args;
use super::lint::{Form, Lint};
use super::setting::Setting;
use super::{gateway, shared, spring};
use crate::filter::RetryFilter;
use crate::spring::error::{ConfigError, Problems};
use crate::spring::position::Position;
use crate::spring::warning::Warnings;

/// Returns the filter that the settings of a form describe, with its warnings.
///
/// `position` is where the settings stand as a whole. The error has everything that is wrong with them, and the earlier `problems`.
pub(crate) fn to_filter(
    settings: &[Setting],
    form: Form,
    position: Position,
    mut problems: Problems,
) -> Result<RetryFilter, ConfigError> {
    let args = Args::new(settings, position, &mut problems);
    let (builder, rules) = match problems.take(profile(args)) {
        Some(Profile::Spring) => {
            let rules = spring::rules(args, &mut problems);
            (RetryFilter::spring().rules(rules.clone()), Some(rules))
        }
        Some(Profile::Gateway) => (gateway::add(RetryFilter::gateway(), args, &mut problems), None),
        // Which of the others are right depends on the profile.
        None => return problems.end(RetryFilter::default()),
    };
    let refused = |invalid: Invalid| args.refused(invalid);
    let built = shared::add(builder, args, &mut problems).build().map_err(refused);
    let filter = problems.take(built);
    let mut filter = problems.end(filter.unwrap_or_default())?;
    let warnings = Lint { args, form }.warnings(rules.as_ref());
    filter.settings.extensions.insert(Warnings(warnings));
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
