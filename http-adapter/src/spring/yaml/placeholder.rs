//! [`Placeholders`]: `${NAME:default}` in the values of a tree.

use std::collections::BTreeSet;

use super::node::{Node, Value};
use crate::spring::closest::plain;
use crate::spring::error::{ConfigError, Problems};

/// Replaces `${NAME}` and `${NAME:default}` in the values of a file.
///
/// The replacement comes from the environment, from another value of the same file, or from the default.
///
/// The environment comes first, in Spring's spellings: `orders.base-url` is `ORDERS_BASEURL` or `ORDERS_BASE_URL`. Values can contain
/// placeholders, too. `\${` stands for itself.
///
/// ```
/// use persevere_http::spring::yaml::{Node, Placeholders};
///
/// let file = Node::parse("host: localhost\nuri: http://${HOST_NAME:${host}}:${PORT}")?.nested()?;
/// let environment = |name: &str| (name == "PORT").then(|| "8080".to_owned());
/// let (mut placeholders, mut uri) = (Placeholders::new(&file, &environment), file.get("uri").unwrap().clone());
/// placeholders.resolve(&mut uri)?;
/// assert_eq!(uri.scalar(), Some("http://localhost:8080"));
/// # Ok::<(), persevere_http::spring::ConfigError>(())
/// ```
pub struct Placeholders<'p> {
    properties: &'p Node,
    environment: &'p dyn Fn(&str) -> Option<String>,
    /// Names and values that were read from the environment.
    told: Vec<(String, String)>,
    /// The first part of the name of each value of the file that was used.
    roots: BTreeSet<String>,
    /// The number of bytes that may still be inserted.
    room: usize,
}

/// The limit in bytes for all replacements in one file. Without it, a few lines could expand to gigabytes.
const ROOM: usize = 1 << 20;

/// The number of bytes that each placeholder counts in addition to its value.
const LEAST: usize = 64;

/// The longest chain of values that refer to other values.
const DEEPEST: usize = 16;

/// The deepest nesting of placeholders, including placeholders in values.
const INSIDE: usize = 32;

impl<'p> Placeholders<'p> {
    /// Creates placeholders for the values of `properties`, a [nested](Node::nested) tree, and of an environment.
    #[must_use]
    pub fn new(properties: &'p Node, environment: &'p dyn Fn(&str) -> Option<String>) -> Self {
        Self { properties, environment, told: Vec::new(), roots: BTreeSet::new(), room: ROOM }
    }

    /// Replaces the placeholders in all values of `node`.
    ///
    /// A `${group}` of a replacement whose regular expression has a group of that name stays as it is.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] with each value whose placeholder has no value, is not closed, leads back to itself or is Spring's
    /// `${random…}`, and each that is an expression, `#{…}`.
    pub fn resolve(&mut self, node: &mut Node) -> Result<(), ConfigError> {
        let mut problems = Problems::default();
        self.walk(node, "", &mut problems);
        problems.end(())
    }

    /// Returns the first part of the name of each value of the file that replaced a placeholder, in its [plain](super::plain) form.
    #[must_use]
    pub fn into_used(self) -> BTreeSet<String> {
        self.roots
    }

    /// Returns the names and values that the environment supplied, longest value first.
    ///
    /// The values may be secrets, so no message should show them. Values of fewer than four bytes are left out, because they
    /// occur inside ordinary words.
    #[must_use]
    pub fn told(&self) -> &[(String, String)] {
        &self.told
    }

    /// Replaces the placeholders of a node; `regexp` is the regular expression that stands beside it.
    fn walk(&mut self, node: &mut Node, regexp: &str, problems: &mut Problems) {
        match &mut node.value {
            Value::Empty => {}
            Value::List(nodes) => {
                for node in nodes {
                    self.walk(node, regexp, problems);
                }
            }
            Value::Map(entries) => {
                let beside = entries.iter().find(|(key, _)| plain(&key.name) == "regexp");
                let regexp = beside.and_then(|(_, node)| node.scalar()).unwrap_or_default().to_owned();
                for (_, node) in entries {
                    self.walk(node, &regexp, problems);
                }
            }
            Value::Scalar(text) => {
                let resolved = self.resolved(text, regexp);
                match resolved.map_err(|(offset, message)| (node.position.right(offset), message)) {
                    Ok(resolved) => *text = resolved,
                    Err((place, message)) => problems.add(ConfigError::syntax(place, message)),
                }
            }
        }
    }

    /// Returns the text without placeholders, or the offset and the message of an error.
    fn resolved(&mut self, text: &str, regexp: &str) -> Result<String, (usize, String)> {
        if let Some((offset, expression)) = expression(text) {
            return Err((offset, format!("`{expression}`: expressions are not evaluated: write the value")));
        }
        let Some((before, _)) = text.split_once("${") else { return Ok(text.to_owned()) };
        let mut asked = Asked { stack: Vec::new(), depth: 0, groups: format!("{regexp} {text}") };
        self.expand(text, &mut asked).map_err(|message| (before.chars().count(), message))
    }

    fn expand(&mut self, text: &str, asked: &mut Asked) -> Result<String, String> {
        if asked.depth > INSIDE {
            return Err(format!("more than {INSIDE} placeholders stand inside each other"));
        }
        asked.depth = asked.depth.saturating_add(1);
        let expanded = self.expand_one_by_one(text, asked);
        asked.depth = asked.depth.saturating_sub(1);
        expanded
    }

    fn expand_one_by_one(&mut self, text: &str, asked: &mut Asked) -> Result<String, String> {
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, inside)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('\\') {
                out = out + before + "${";
                rest = inside;
                continue;
            }
            let end =
                end(inside).ok_or_else(|| format!("in `{text}`, a `${{` has no `}}` that closes it"))?;
            let (placeholder, behind) = inside.split_at(end);
            let value = self.value(placeholder, asked)?;
            self.room = self.room.checked_sub(value.len().saturating_add(LEAST)).ok_or_else(|| {
                format!("the placeholders of this file stand for more than {ROOM} bytes, or there are too many of them")
            })?;
            out = out + before + &value;
            rest = behind.strip_prefix('}').unwrap_or(behind);
        }
        Ok(out + rest)
    }

    fn value(&mut self, placeholder: &str, asked: &mut Asked) -> Result<String, String> {
        let (name, default) = match colon(placeholder) {
            Some(at) => (&placeholder[..at], placeholder.get(at.saturating_add(1)..)),
            None => (placeholder, None),
        };
        let name = self.expand(name, asked)?.trim().to_owned();
        // The environment has a `PATH` as well, which is not meant where a group has this name.
        if asked.has_group(&name) {
            return Ok(format!("${{{name}}}"));
        }
        if asked.stack.contains(&name) {
            return Err(format!(
                "`${{{name}}}` leads back to itself: {} -> {name}",
                asked.stack.join(" -> ")
            ));
        }
        if asked.stack.len() >= DEEPEST {
            return Err(format!(
                "`${{{name}}}` is reached by more than {DEEPEST} placeholders inside each other"
            ));
        }
        if let Some(value) = variables(&name).iter().find_map(|name| (self.environment)(name)) {
            let value = self.inside(&value, &name, asked)?;
            self.tell(&name, &value);
            return Ok(value);
        }
        if let Some(value) = self.property(&name) {
            return self.inside(&value, &name, asked);
        }
        if name.starts_with("random.") {
            return Err(format!("`${{{name}}}`: random values are not supported: write the value"));
        }
        if let Some(default) = default {
            return self.expand(default, asked);
        }
        let variable = variables(&name).pop().unwrap_or_default();
        Err(format!(
            "`${{{name}}}` has no value: set the environment variable {variable}, or write a default, as `${{{name}:…}}`"
        ))
    }

    /// Expands a value that may contain placeholders itself.
    fn inside(&mut self, value: &str, name: &str, asked: &mut Asked) -> Result<String, String> {
        asked.stack.push(name.to_owned());
        let value = self.expand(value, asked);
        asked.stack.pop();
        value
    }

    fn property(&mut self, name: &str) -> Option<String> {
        let value = match &self.properties.at(name)?.value {
            Value::Scalar(text) => text.clone(),
            Value::Empty => String::new(),
            Value::List(_) | Value::Map(_) => return None,
        };
        let root = name.split(['.', '[']).next().unwrap_or_default();
        self.roots.insert(plain(root));
        Some(value)
    }

    /// Records a value of the environment, and each item if it is a list.
    ///
    /// Values that are too short for a secret are left out. Items are recorded because messages show single items.
    fn tell(&mut self, name: &str, value: &str) {
        const SHORTEST: usize = 4;
        // `http:` is no secret.
        const SHORTEST_PIECE: usize = 6;
        let is_border = |character: char| character.is_whitespace() || "/{}()<>[]=".contains(character);
        let pieces = value.split(is_border).filter(|piece| piece.len() >= SHORTEST_PIECE);
        let parts = value.split(',').map(str::trim).chain([value]).chain(pieces);
        let mut parts: Vec<&str> = parts.filter(|part| part.len() >= SHORTEST).collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        parts.dedup();
        self.told.extend(parts.into_iter().map(|part| (name.to_owned(), part.to_owned())));
        self.told.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        self.told.dedup();
    }
}

/// The state while one value is resolved.
struct Asked {
    /// The names of the values that are being expanded, outermost first.
    stack: Vec<String>,
    /// The current nesting of texts: names, values and defaults.
    depth: usize,
    /// The texts that may define groups of a regular expression.
    groups: String,
}

impl Asked {
    /// Returns true if `${name}` refers to a group of a regular expression.
    fn has_group(&self, name: &str) -> bool {
        ["(?<", "(?P<"].iter().any(|start| self.groups.contains(&format!("{start}{name}>")))
    }
}

/// Returns the environment variables that Spring tries for a property, the usual name last.
fn variables(name: &str) -> Vec<String> {
    let usual = |name: &str| name.replace(['.', '-', '['], "_").replace(']', "");
    let bound = usual(&name.replace('-', "")).to_ascii_uppercase();
    let plain = usual(name);
    vec![name.to_owned(), plain.clone(), bound, plain.to_ascii_uppercase()]
}

/// Returns the offset of the brace that closes a placeholder.
fn end(inside: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in inside.char_indices() {
        match character {
            '{' => depth = depth.saturating_add(1),
            '}' if depth == 0 => return Some(at),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Returns the offset of the colon before the default.
fn colon(placeholder: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in placeholder.char_indices() {
        match character {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// Returns the first Spring expression and its offset in characters.
fn expression(text: &str) -> Option<(usize, String)> {
    let (before, inside) = text.split_once("#{")?;
    let (inside, _) = inside.split_once('}')?;
    Some((before.chars().count(), format!("#{{{inside}}}")))
}

impl std::fmt::Debug for Placeholders<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Placeholders").field("room", &self.room).finish_non_exhaustive()
    }
}
