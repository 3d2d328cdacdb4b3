//! [`Args`]: the settings of one filter, by name.

use persevere::Invalid;

use super::setting::Setting;
use crate::spring::closest::{closest, plain};
use crate::spring::error::{ConfigError, Problems};
use crate::spring::position::Position;

/// The settings of one filter. Each name is known and occurs once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Args<'s> {
    settings: &'s [Setting],
    /// The place of the filter, for errors about the settings as a whole.
    pub(crate) position: Position,
}

/// The names of Spring, and then our own.
const NAMES: [&str; 31] = [
    "retries",
    "series",
    "statuses",
    "methods",
    "exceptions",
    "backoff.firstBackoff",
    "backoff.maxBackoff",
    "backoff.factor",
    "backoff.basedOnPreviousValue",
    "jitter.randomFactor",
    "timeout",
    "routeId",
    "profile",
    "retryAfter.max",
    "retryAfter.spread",
    "bodyLimit",
    "budget",
    "budget.ratio",
    "budget.minPerSecond",
    "drain.bytes",
    "drain.time",
    "announce",
    "trustAnnounced",
    "explain",
    "idempotent",
    "idempotencyKey",
    "nonIdempotent",
    "throttledNonIdempotent",
    "badHead",
    "rateLimit",
    "grpcCodes",
];

/// Names of the builder for settings that have a group in YAML.
const ALIASES: [(&str, &str); 2] = [("maxWait", "retryAfter.max"), ("waitSpread", "retryAfter.spread")];

impl<'s> Args<'s> {
    /// Checks the names of all settings.
    ///
    /// Adds a problem for each unknown name, and for each name that is set twice.
    pub(crate) fn new(settings: &'s [Setting], position: Position, problems: &mut Problems) -> Self {
        for (index, setting) in settings.iter().enumerate() {
            let name = canonical(setting);
            let mut refuse = |message| problems.add(ConfigError::syntax(setting.position, message));
            if !NAMES.into_iter().any(|known| plain(known) == name) {
                refuse(format!("there is no setting `{}`; {}", setting.name, advice(&name)));
            }
            if settings.iter().take(index).any(|earlier| canonical(earlier) == name) {
                refuse(format!("`{}` is set twice", setting.name));
            }
        }
        Self { settings, position }
    }

    /// Returns the setting of this name, in any spelling.
    pub(crate) fn find(&self, name: &str) -> Option<&'s Setting> {
        self.settings.iter().find(|setting| canonical(setting) == plain(name))
    }

    /// Returns the error with the place of the invalid setting, or else of all settings.
    pub(crate) fn refused(&self, invalid: Invalid) -> ConfigError {
        let position = self.find(invalid.field()).map_or(self.position, Setting::place);
        ConfigError::invalid(position, invalid)
    }
}

/// The plain name under which a setting is known.
fn canonical(setting: &Setting) -> String {
    let name = setting.plain_name();
    let alias = ALIASES.iter().find(|(alias, _)| plain(alias) == name);
    alias.map_or(name, |(_, known)| plain(known))
}

/// Returns advice for an unknown name, given in its plain form.
fn advice(plain_name: &str) -> String {
    let inside = |name: &&str| plain(name).starts_with(&format!("{plain_name}."));
    let group: Vec<_> = NAMES.into_iter().filter(inside).collect();
    if !group.is_empty() {
        return format!("it is a group: write {}", group.join(", "));
    }
    let last = |name: &&str| plain(name.rsplit('.').next().unwrap_or(name)) == plain_name;
    match NAMES.into_iter().find(last).or_else(|| closest(plain_name, NAMES)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are {}", NAMES.join(", ")),
    }
}
