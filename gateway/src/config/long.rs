//! Limits on the length of values and messages.
//!
//! They keep the time for reading a file short, and errors small enough for a log.

use persevere_http::spring::yaml::{Node, Value};

use super::notes::Notes;

/// The longest value or name in bytes.
///
/// No route needs more, and compiling a regular expression of megabytes takes minutes.
const LONGEST: usize = 64 << 10;

/// The number of characters that an error or a warning shows.
const SHOWN: usize = 2_000;

/// Refuses each value and each name below `node` that is too long.
///
/// Returns true if there is none.
pub(crate) fn refuse_long(node: &Node, notes: &mut Notes) -> bool {
    let known = notes.errors();
    visit(node, notes);
    notes.errors() == known
}

fn visit(node: &Node, notes: &mut Notes) {
    match &node.value {
        Value::Scalar(text) if text.len() > LONGEST => {
            notes.refuse(node.position, format!("this value is longer than {LONGEST} bytes"));
        }
        Value::List(items) => items.iter().for_each(|node| visit(node, notes)),
        Value::Map(entries) => {
            for (key, node) in entries {
                if key.name.len() > LONGEST {
                    notes.refuse(key.position, format!("this name is longer than {LONGEST} bytes"));
                }
                visit(node, notes);
            }
        }
        _ => {}
    }
}

/// Returns the text without the end of a long one.
pub(crate) fn shown(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(end);
        text.push('…');
    }
    text
}
