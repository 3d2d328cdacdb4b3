//! [`Template`]: a text with the variables of a route in it.

use std::fmt;

/// The variables of a route's patterns with their values.
///
/// Values from a path keep their percent-encoding.
pub(crate) type Variables = [(String, String)];

/// The variable for the host that a client asked for. No pattern has one of this name.
pub(crate) const HOST: &str = ":host";

/// A text with the variables of a route in it, as `/red/{segment}`.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Variable(String),
}

impl Template {
    /// Returns a template that consists of one variable.
    pub(crate) fn of(name: &str) -> Self {
        Self { text: name.to_owned(), parts: vec![Part::Variable(name.to_owned())] }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, behind) =
                behind.split_once('}').ok_or_else(|| format!("in `{text}`, a brace is not closed"))?;
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
                return Err(format!(
                    "in `{text}`, `{{{name}}}` is not a variable: write letters, digits, `_` or `-`"
                ));
            }
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Variable(name.to_owned()));
            rest = behind;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The names of its variables.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with the values of the variables; nothing for one that has none.
    pub(crate) fn expand(&self, variables: &Variables) -> String {
        let value =
            |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Variable(name) => value(name).unwrap_or_default().to_owned(),
        };
        self.parts.iter().map(part).collect()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
