//! Limits on the length of values, which keep the time for reading a file short.

use super::notes::Notes;
use crate::spring::yaml::{Node, Value};

/// The longest value or name in bytes.
///
/// No route needs more, and compiling a regular expression of megabytes takes minutes.
const LONGEST: usize = 64 << 10;

/// Refuses each value and each name below `node` that is too long.
///
/// Returns true if there is none.
pub(crate) fn refuse_long(node: &Node, notes: &mut Notes) -> bool {
    let known = notes.error_count();
    visit(node, notes);
    notes.error_count() == known
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
