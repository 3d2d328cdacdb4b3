//! Limits on the length of a value, so that reading a file takes a short time and each error fits in a log.

use persevere_http::yaml::{Node, Value};

use super::notes::Notes;

/// The bytes of a value or a name. No route needs more, and a pattern or a regular expression of megabytes takes minutes.
const LONGEST: usize = 64 << 10;

/// The characters of an error or a warning that are shown.
const SHOWN: usize = 2_000;

/// Refuses each value and each name below `node` that is too long. Returns whether there is none.
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

/// The text as it is shown: the end of a long one is cut off.
pub(crate) fn shown(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(end);
        text.push('…');
    }
    text
}
