//! [`Named`]: a predicate or a filter as it is written: a name with arguments.

use persevere_http::{
    ConfigError, Position,
    yaml::{Node, Value},
};

use super::node::{entries, plain, texts, unsupported};

/// A name with arguments: `Name`, `Name=value, value` or `{ name: …, args: … }`.
pub(crate) struct Named<'n> {
    pub(crate) name: &'n str,
    args: Args<'n>,
    pub(crate) position: Position,
}

enum Args<'n> {
    /// By their order. Empty if there are none.
    Short(Vec<String>),
    /// By their names.
    Long(&'n Node),
}

impl<'n> Named<'n> {
    /// Reads `what`: a predicate or a filter.
    pub(crate) fn parse(node: &'n Node, what: &str) -> Result<Self, ConfigError> {
        let position = node.position;
        if let Value::Scalar(text) = &node.value {
            let (name, values) =
                text.split_once('=').map_or((text.as_str(), None), |(name, values)| (name, Some(values)));
            let values =
                values.map(|values| values.split(',').map(|value| value.trim().to_owned()).collect());
            return Ok(Self { name: name.trim(), args: Args::Short(values.unwrap_or_default()), position });
        }
        for (key, _) in entries(node, what)? {
            if !["name", "args"].contains(&plain(key).as_str()) {
                return Err(unsupported(key, "name and args"));
            }
        }
        let missing = || ConfigError::syntax(position, format!("{what} has no `name`"));
        let name = node.get("name").and_then(Node::scalar).ok_or_else(missing)?;
        let args = node.get("args").map_or(Args::Short(Vec::new()), Args::Long);
        Ok(Self { name, args, position })
    }

    /// The arguments as a mapping, if that is how they are written.
    pub(crate) const fn node(&self) -> Option<&'n Node> {
        match self.args {
            Args::Long(node) => Some(node),
            Args::Short(_) => None,
        }
    }

    /// All values of the only argument: at least one.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<String>, ConfigError> {
        let values = match &self.args {
            Args::Short(values) => values.clone(),
            Args::Long(node) => {
                self.refuse_others(node, &[name])?;
                node.get(name).map_or(Ok(Vec::new()), texts)?
            }
        };
        if values.is_empty() { Err(self.missing(name)) } else { self.checked(values) }
    }

    /// The values of the arguments of these names, in this order; of which the first `required` must be there.
    pub(crate) fn values(&self, names: &[&str], required: usize) -> Result<Vec<String>, ConfigError> {
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
                // What stands behind one that is missing has no place.
                let values = names.iter().map(single).take_while(Option::is_some).flatten();
                values.collect::<Result<_, _>>()?
            }
        };
        if values.len() > names.len() {
            let message = format!(
                "`{}` takes {}, no more: with a comma in one of them, write `args`",
                self.name,
                listed(names)
            );
            return Err(self.refuse(message));
        }
        match names.get(values.len()) {
            Some(missing) if values.len() < required => Err(self.missing(missing)),
            _ => self.checked(values),
        }
    }

    fn refuse_others(&self, node: &Node, names: &[&str]) -> Result<(), ConfigError> {
        let entries = entries(node, &format!("the args of `{}`", self.name))?;
        let is_other = |name: String| !names.iter().any(|known| known.eq_ignore_ascii_case(&name));
        match entries.iter().find(|(key, _)| is_other(plain(key))) {
            Some((key, _)) => Err(unsupported(key, &listed(names))),
            None => Ok(()),
        }
    }

    fn checked(&self, values: Vec<String>) -> Result<Vec<String>, ConfigError> {
        if values.iter().any(String::is_empty) {
            return Err(self.refuse(format!("a value of `{}` is empty", self.name)));
        }
        if let Some(value) = values.iter().find(|value| value.contains("#{")) {
            return Err(self.refuse(format!("`{value}`: expressions are not evaluated: write the value")));
        }
        Ok(values)
    }

    /// An argument is not there: in its `args`, if it has them.
    fn missing(&self, argument: &str) -> ConfigError {
        let position = self.node().map_or(self.position, |args| args.position);
        ConfigError::syntax(position, format!("`{}` has no `{argument}`", self.name))
    }

    pub(crate) fn refuse(&self, message: impl Into<String>) -> ConfigError {
        ConfigError::syntax(self.position, message)
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
