//! [`Args`]: the settings of one filter, by name.

use persevere::Invalid;

use super::error::ConfigError;
use super::setting::{Setting, plain};
use crate::position::Position;

/// The settings of one filter, whose names are known and stand there once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Args<'s> {
    settings: &'s [Setting],
    /// Where they stand as a whole.
    pub(crate) position: Position,
}

/// The names of Spring, and then our own.
const NAMES: [&str; 18] = [
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
    "bodyLimit",
    "budget",
    "budget.ratio",
    "budget.minPerSecond",
];

impl<'s> Args<'s> {
    /// Checks that there is a setting of each name, and that none is set twice.
    pub(crate) fn new(settings: &'s [Setting], position: Position) -> Result<Self, ConfigError> {
        for (index, setting) in settings.iter().enumerate() {
            let name = setting.plain_name();
            let refuse = |message| Err(ConfigError::syntax(setting.position, message));
            if !NAMES.iter().any(|known| plain(known) == name) {
                return refuse(format!("there is no setting `{}`; {}", setting.name, advice(&name)));
            }
            if settings.iter().take(index).any(|earlier| earlier.plain_name() == name) {
                return refuse(format!("`{}` is set twice", setting.name));
            }
        }
        Ok(Self { settings, position })
    }

    /// The setting of this name, in whatever spelling.
    pub(crate) fn find(&self, name: &str) -> Option<&'s Setting> {
        self.settings.iter().find(|setting| setting.plain_name() == plain(name))
    }

    /// An invalid setting where it stands, or else where all of them stand.
    pub(crate) fn refused(&self, invalid: Invalid) -> ConfigError {
        let position = self.find(invalid.field()).map_or(self.position, Setting::place);
        ConfigError::invalid(position, invalid)
    }
}

/// What may have been meant by a name that is none: `plain` is how names are compared.
fn advice(plain_name: &str) -> String {
    let inside = |name: &&&str| plain(name).starts_with(&format!("{plain_name}."));
    let group: Vec<_> = NAMES.iter().filter(inside).copied().collect();
    if !group.is_empty() {
        return format!("it is a group: write {}", group.join(", "));
    }
    let alike = NAMES.iter().find(|name| {
        let (known, last) = (plain(name), plain(name.rsplit('.').next().unwrap_or(name)));
        last == plain_name || distance(&known, plain_name) <= 2
    });
    match alike {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are {}", NAMES.join(", ")),
    }
}

/// Letters to insert, remove or replace to turn one name into the other (Levenshtein's distance).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (line, here) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line.saturating_add(1));
        for (column, there) in b.chars().enumerate() {
            let replaced = diagonal.saturating_add(usize::from(here != there));
            diagonal = row[column.saturating_add(1)];
            let shifted = diagonal.min(row[column]).saturating_add(1);
            row[column.saturating_add(1)] = replaced.min(shifted);
        }
    }
    row.last().copied().unwrap_or_default()
}
