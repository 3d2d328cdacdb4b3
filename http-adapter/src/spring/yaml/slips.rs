//! Advice for common mistakes in YAML.

use super::node::{Key, Node, Value};
use crate::spring::error::ConfigError;
use crate::spring::position::Position;

/// Returns true if the key that ends at `end` has no colon.
///
/// Such a key stands in braces like an item of a list.
pub(crate) fn has_no_colon(lines: &[&str], end: Position) -> bool {
    let line = lines.get(end.line.saturating_sub(1)).copied().unwrap_or_default();
    let mut behind = line.chars().skip(end.column.saturating_sub(1));
    let next = behind.find(|next| !next.is_whitespace());
    matches!(next, Some(',' | '}'))
}

/// Returns the error for keys without a colon in one mapping.
///
/// The keys were meant to be items of a list, or the braces were meant to be part of a text.
pub(crate) fn braces(entries: &[(Key, Node)], bare: &[Key]) -> Option<ConfigError> {
    let first = bare.first()?;
    let names: Vec<_> = bare.iter().map(|key| key.name.as_str()).collect();
    let before = entries.iter().rev().find(|(key, _)| key.position < first.position);
    let message = match before {
        Some((key, node)) => {
            let value = node.scalar().unwrap_or("…");
            let list = std::iter::once(value).chain(names).collect::<Vec<_>>().join(", ");
            format!(
                "`{}` has no value: a list in braces needs brackets: write `{}: [{list}]`",
                first.name, key.name
            )
        }
        None if bare.len() == 1 => {
            format!("`{{{}}}` is read as a mapping: put a text with braces in quotes", first.name)
        }
        None => format!("a list needs brackets instead of braces: write `[{}]`", names.join(", ")),
    };
    Some(ConfigError::syntax(first.position, message))
}

/// Adds keys without a colon to the values before them, as the items of lists that they were meant to be.
///
/// Returns false if a key has no value before it.
pub(crate) fn mend(entries: &mut [(Key, Node)], bare: Vec<Key>) -> bool {
    bare.into_iter().all(|item| {
        let before = entries.iter_mut().rev().find(|(key, _)| key.position < item.position);
        let Some((_, node)) = before else { return false };
        let mut items = match std::mem::replace(&mut node.value, Value::Empty) {
            Value::List(items) => items,
            value => vec![Node::new(node.position, value)],
        };
        items.push(Node::new(item.position, Value::Scalar(item.name)));
        node.value = Value::List(items);
        true
    })
}

/// Returns advice for a syntax error, or an empty text.
///
/// The advice depends on known mistakes in the line of the error and in the line before it.
pub(crate) fn advice(lines: &[&str], place: Position) -> &'static str {
    // The parser sees some mistakes only on the line after them.
    let number = place.line.saturating_sub(1);
    let line = lines.get(number).copied().unwrap_or_default();
    let before = number.checked_sub(1).and_then(|number| lines.get(number)).copied().unwrap_or_default();
    let indent = |line: &str| line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t');
    if indent(line) || indent(before) {
        return "; indent with spaces instead of tabs";
    }
    let here = line.chars().nth(place.column.saturating_sub(1)).filter(|sign| "*&!%@`".contains(*sign));
    let mut values = [line, before].into_iter().filter_map(value);
    here.and_then(sign).or_else(|| values.find_map(start)).unwrap_or_default()
}

/// The value of a line.
fn value(line: &str) -> Option<&str> {
    let text = line.trim_start().trim_start_matches("- ").trim_start();
    let value = text.split_once(": ").map_or(text, |(_, value)| value).trim_start();
    (!value.is_empty()).then_some(value)
}

/// Returns advice for a value that YAML may not read as a text.
fn start(value: &str) -> Option<&'static str> {
    let colon = "; a text with a colon and a space in it needs quotes";
    if value.contains("${") {
        return Some("; a placeholder inside of braces or brackets needs quotes");
    }
    value.chars().next().and_then(sign).or_else(|| value.contains(": ").then_some(colon))
}

/// The advice for a value that begins with an exclamation mark.
pub(super) const TAG: &str = "; a text that begins with `!` needs quotes, since it would be a tag";

/// Returns advice for a value whose first character is special in YAML.
const fn sign(first: char) -> Option<&'static str> {
    match first {
        '*' => Some("; a text that begins with `*` needs quotes, since it would be an alias"),
        '&' => Some("; a text that begins with `&` needs quotes, since it would be an anchor"),
        '!' => Some(TAG),
        '%' => Some("; a text that begins with `%` needs quotes"),
        '@' | '`' => Some("; a text that begins with `@` or a backtick needs quotes"),
        '{' | '[' => Some("; a text that begins with a brace or a bracket needs quotes"),
        '"' | '\'' => Some("; nothing may follow the closing quote: put the whole value in quotes"),
        _ => None,
    }
}
