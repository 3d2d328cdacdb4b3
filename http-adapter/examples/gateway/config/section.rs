//! [`section`]: the entries of a mapping whose names are known.

use persevere_http::yaml::{Key, Node, closest};

use super::node::{entries, plain};
use super::notes::Notes;

/// What becomes of a setting.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// It is read.
    Here,
    /// It does nothing here, which a warning says.
    Warn(&'static str),
    /// It is refused: Spring would do something that nothing here does.
    Refuse(&'static str),
    /// With this value it says what happens anyway; every other value is refused.
    Only(&'static str, &'static str),
}

/// The entries of a mapping that are read, by their names in `known`; the notes have all others.
pub(crate) fn section<'n>(
    node: &'n Node,
    what: &str,
    known: &[(&'static str, Answer)],
    notes: &mut Notes,
) -> Vec<(&'static str, &'n Key, &'n Node)> {
    let Some(entries) = notes.take(entries(node, what)) else { return Vec::new() };
    let mut read = Vec::new();
    for (key, node) in entries {
        match known.iter().find(|(name, _)| plain(name) == plain(&key.name)) {
            Some((name, Answer::Here)) => read.push((*name, key, node)),
            Some((_, answer)) => answer.note(key, node, notes),
            None => unknown(key, &names(known), notes),
        }
    }
    read
}

impl Answer {
    /// Says what becomes of a setting that is not read.
    pub(crate) fn note(self, key: &Key, node: &Node, notes: &mut Notes) {
        let name = &key.name;
        match self {
            Self::Here => {}
            Self::Warn(why) => notes.warn(key.position, format!("`{name}` has no effect here: {why}")),
            Self::Refuse(why) => notes.refuse(key.position, format!("`{name}` is not supported: {why}")),
            Self::Only(value, why) => {
                let written = node.scalar().unwrap_or_default().trim();
                if !written.eq_ignore_ascii_case(value) {
                    notes.refuse(node.position, format!("`{name}` can only be {value} here: {why}"));
                }
            }
        }
    }
}

/// The names that are read.
fn names(known: &[(&'static str, Answer)]) -> Vec<&'static str> {
    known.iter().filter(|(_, answer)| matches!(answer, Answer::Here)).map(|(name, _)| *name).collect()
}

/// Refuses a name that is none of those that are read.
pub(crate) fn unknown(key: &Key, known: &[&str], notes: &mut Notes) {
    notes.refuse(key.position, unsupported(&key.name, known));
}

/// What is said of a name that is none of those that are known.
pub(crate) fn unsupported(name: &str, known: &[&str]) -> String {
    let meant = closest(name, known.iter().copied());
    let advice = meant.map_or_else(String::new, |best| format!("; did you mean `{best}`?"));
    format!("`{name}` is not supported here, only {}{advice}", listed(known))
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
