//! [`Definition`]: a predicate or a filter as it is written: a name with arguments.

use super::section::{listed, unsupported};
use crate::spring::error::ConfigError;
use crate::spring::position::Position;
use crate::spring::yaml::{Key, Node, Value, closest, plain};

/// A name with arguments: `Name`, `Name=value, value` or `{ name: …, args: … }`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Definition<'n> {
    /// The name.
    pub name: &'n str,
    args: Args<'n>,
    /// The text of a shortcut, or else the name.
    pub(super) text: &'n str,
    /// Its place.
    pub position: Position,
}

#[derive(Debug)]
enum Args<'n> {
    /// Arguments by their order. Empty if there are none.
    Short(Vec<String>),
    /// Arguments by their names.
    Long(&'n Node),
}

/// Spring's prefix of names for arguments that have only an order.
const BY_ORDER: &str = "genkey";

impl<'n> Definition<'n> {
    /// Reads a predicate or a filter, which errors call `what`.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if the node is not written like one.
    pub fn parse(node: &'n Node, what: &str) -> Result<Self, ConfigError> {
        let position = node.position;
        if let Value::Scalar(text) = &node.value {
            let (name, values) =
                text.split_once('=').map_or((text.as_str(), None), |(name, values)| (name, Some(values)));
            let values = values.map(|values| short(name, values, position)).transpose()?;
            return Ok(Self {
                name: name.trim(),
                text,
                args: Args::Short(values.unwrap_or_default()),
                position,
            });
        }
        let all = node.entries(what)?;
        if let Some(error) = with_colon(all) {
            return Err(error);
        }
        for (key, _) in all {
            if !["name", "args"].contains(&plain(&key.name).as_str()) {
                return Err(ConfigError::syntax(key.position, misplaced(&key.name)));
            }
        }
        let missing = || ConfigError::syntax(position, format!("{what} has no `name`"));
        let name = node.get("name").and_then(Node::scalar).ok_or_else(missing)?.trim();
        let args = node.get("args").map_or(Ok(Args::Short(Vec::new())), |args| named(name, args))?;
        Ok(Self { name, text: name, args, position })
    }

    /// Returns the arguments if they are written as a mapping.
    #[must_use]
    pub const fn node(&self) -> Option<&'n Node> {
        match self.args {
            Args::Long(node) => Some(node),
            Args::Short(_) => None,
        }
    }

    /// Returns the values of the only argument. There is at least one.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if the argument is missing, one of its values is empty, or there are other arguments.
    pub fn list(&self, name: &str) -> Result<Vec<String>, ConfigError> {
        self.list_with(name, &[])
    }

    /// Reads like [`list`](Self::list), but allows `others` as further arguments.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if the argument is missing, one of its values is empty, or there are unknown arguments.
    pub fn list_with(&self, name: &str, others: &[&str]) -> Result<Vec<String>, ConfigError> {
        let values = match &self.args {
            Args::Short(values) => values.clone(),
            Args::Long(node) => {
                let known: Vec<_> = std::iter::once(name).chain(others.iter().copied()).collect();
                self.refuse_others(node, &known)?;
                node.get(name).map_or(Ok(Vec::new()), Node::texts)?
            }
        };
        if values.is_empty() { Err(self.missing(name)) } else { self.checked(values) }
    }

    /// Reads each text. The error has the message of each that cannot be read.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] with each message of `read`.
    pub fn read<T>(
        &self,
        texts: &[String],
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, ConfigError> {
        let (values, errors): (Vec<_>, Vec<_>) = texts.iter().map(|text| read(text)).partition(Result::is_ok);
        match ConfigError::join(
            errors.into_iter().filter_map(Result::err).map(|message| self.refuse(message)),
        ) {
            Some(error) => Err(error),
            None => Ok(values.into_iter().flatten().collect()),
        }
    }

    /// Returns the values of the named arguments, in this order.
    ///
    /// The first `required` arguments must be present.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if a required argument is missing, a value is empty, or there are unknown arguments.
    pub fn values(&self, names: &[&str], required: usize) -> Result<Vec<String>, ConfigError> {
        let values: Vec<String> = match &self.args {
            Args::Short(values) => values.clone(),
            Args::Long(node) => {
                self.refuse_others(node, names)?;
                let single = |name: &&str| {
                    node.get(name).map(|node| {
                        let text = node.scalar().map(|text| text.trim().to_owned());
                        text.ok_or_else(|| {
                            ConfigError::syntax(node.position, format!("`{name}` must be a single value"))
                        })
                    })
                };
                // A value after a missing argument has no place.
                let values = names.iter().map(single).take_while(Option::is_some).flatten();
                values.collect::<Result<_, _>>()?
            }
        };
        if values.len() > names.len() {
            let (name, known) = (self.name, listed(names));
            return Err(self.refuse(match names {
                [] => format!("`{name}` takes no arguments"),
                _ => format!("`{name}` takes only {known}; write `args` if a value has a comma"),
            }));
        }
        match names.get(values.len()) {
            Some(missing) if values.len() < required => Err(self.missing(missing)),
            _ => self.checked(values),
        }
    }

    /// Returns the node of an argument, if the arguments have names.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&'n Node> {
        self.node()?.get(name)
    }

    fn refuse_others(&self, node: &Node, names: &[&str]) -> Result<(), ConfigError> {
        let entries = node.entries(&format!("the args of `{}`", self.name))?;
        let is_known = |name: &str| names.iter().any(|known| plain(known) == plain(name));
        let others = entries.iter().filter(|(key, _)| !is_known(&key.name));
        let error = |(key, _): &(Key, Node)| ConfigError::syntax(key.position, unsupported(&key.name, names));
        ConfigError::join(others.map(error)).map_or(Ok(()), Err)
    }

    fn checked(&self, values: Vec<String>) -> Result<Vec<String>, ConfigError> {
        if values.iter().any(String::is_empty) {
            return Err(self.refuse(format!("a value of `{}` is empty", self.name)));
        }
        Ok(values)
    }

    /// Returns the error for a missing argument, at the place of `args` if present.
    fn missing(&self, argument: &str) -> ConfigError {
        let position = self.node().map_or(self.position, |args| args.position);
        ConfigError::syntax(position, format!("`{}` has no `{argument}`", self.name))
    }

    /// Returns an error at the place of the definition.
    #[must_use]
    pub fn refuse(&self, message: impl Into<String>) -> ConfigError {
        ConfigError::syntax(self.position, message)
    }
}

/// Reads the values of a shortcut.
fn short(name: &str, values: &str, position: Position) -> Result<Vec<String>, ConfigError> {
    let trimmed = values.trim();
    if let Some(inside) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        // A regular expression may be a class of characters.
        if inside.contains(',') && !inside.contains(['-', '^', '\\', '[']) {
            let items: Vec<_> = inside.split(',').map(str::trim).collect();
            let message = format!("a shortcut has no brackets: write `{name}={}`", items.join(","));
            return Err(ConfigError::syntax(position, message));
        }
    }
    let mut values: Vec<_> = values.split(',').map(|value| value.trim().to_owned()).collect();
    // As in Spring, commas at the end add nothing.
    while values.len() > 1 && values.last().is_some_and(String::is_empty) {
        values.pop();
    }
    Ok(values)
}

/// Reads the arguments of a mapping.
///
/// Arguments whose names only say their order are read like a shortcut.
fn named<'n>(name: &str, args: &'n Node) -> Result<Args<'n>, ConfigError> {
    let entries = args.entries(&format!("the args of `{name}`"))?;
    let by_order = |name: &str| plain(name).strip_prefix(BY_ORDER)?.parse::<usize>().ok();
    let mut values: Vec<_> =
        entries.iter().filter_map(|(key, node)| Some((by_order(&key.name)?, node.scalar()?))).collect();
    if values.is_empty() || values.len() < entries.len() {
        return Ok(Args::Long(args));
    }
    values.sort_by_key(|(order, _)| *order);
    Ok(Args::Short(values.into_iter().map(|(_, value)| value.trim().to_owned()).collect()))
}

/// Returns the message for a key that is neither `name` nor `args`.
///
/// The key is usually one of the arguments.
fn misplaced(name: &str) -> String {
    match closest(name, ["name", "args"]) {
        Some(best) => format!("`{name}` is not supported here, only name and args; did you mean `{best}`?"),
        None => format!(
            "`{name}` is not supported here, only name and args: arguments stand under `args`, or after the name, as in `Path=/a`"
        ),
    }
}

/// Returns the error for a shortcut with a colon instead of an equals sign.
fn with_colon(entries: &[(Key, Node)]) -> Option<ConfigError> {
    let [(key, value)] = entries else { return None };
    let text = value.scalar().filter(|_| !["name", "args"].contains(&plain(&key.name).as_str()))?;
    let message = format!("`{0}: {text}` is a mapping: write `{0}={text}`", key.name);
    Some(ConfigError::syntax(key.position, message))
}
