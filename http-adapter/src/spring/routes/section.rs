//! [`section`]: the entries of a mapping whose names are known.

use super::notes::Notes;
use crate::spring::yaml::{Key, Node, meant_name, plain};

/// The treatment of a setting.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// The setting is read.
    Here,
    /// The setting has no effect here, and a warning says so.
    Warn(&'static str),
    /// The setting is refused, because the gateway lacks its effect.
    Refuse(&'static str),
    /// The setting may only have this value, which describes the gateway. Other values are refused.
    Only {
        /// The value.
        value: &'static str,
        /// The reason.
        why: &'static str,
    },
}

/// Returns the entries of a mapping whose settings are read.
///
/// `known` has their names. All other entries lead to a note.
pub fn section<'n>(
    node: &'n Node,
    what: &str,
    known: &[(&'static str, Answer)],
    notes: &mut Notes,
) -> Vec<(&'static str, &'n Key, &'n Node)> {
    let Some(entries) = notes.take(node.entries(what)) else { return Vec::new() };
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
    /// Adds the note for a setting that is not read.
    pub fn note(self, key: &Key, node: &Node, notes: &mut Notes) {
        let name = &key.name;
        match self {
            Self::Here => {}
            Self::Warn(why) => notes.warn(key.position, format!("`{name}` has no effect here: {why}")),
            Self::Refuse(why) => notes.refuse(key.position, format!("`{name}` is not supported: {why}")),
            Self::Only { value, why } => {
                let written = node.scalar().unwrap_or_default().trim();
                if !written.eq_ignore_ascii_case(value) {
                    notes.refuse(node.position, format!("`{name}` can only be {value} here: {why}"));
                }
            }
        }
    }
}

/// Returns the names of the settings that are read.
fn names(known: &[(&'static str, Answer)]) -> Vec<&'static str> {
    known.iter().filter(|(_, answer)| matches!(answer, Answer::Here)).map(|(name, _)| *name).collect()
}

/// Refuses an unknown name.
pub fn unknown(key: &Key, known: &[&str], notes: &mut Notes) {
    notes.refuse(key.position, unsupported(&key.name, known));
}

/// Returns the message for an unknown name.
pub(super) fn unsupported(name: &str, known: &[&str]) -> String {
    let advice = meant_name(name, known.iter().copied());
    format!("`{name}` is not supported here, only {}{advice}", listed(known))
}

/// Joins names: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
