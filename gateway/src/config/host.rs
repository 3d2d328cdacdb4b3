//! [`HostPattern`]: the pattern of a `Host` predicate.

use std::fmt::{self, Write as _};

use regex::Regex;

use super::path::whole;
use super::wildcard::{self, Pattern};

/// A pattern of host names in Spring's syntax.
///
/// `*` stands for one label or a part of a label, `?` for a character, and `**` for any number of labels. `{name}` and
/// `{name:regex}` stand for one label. Case does not matter.
#[derive(Clone, Debug)]
pub(crate) struct HostPattern {
    text: String,
    /// Matches a name with a dot after each of its labels.
    regex: Regex,
    /// Its variables, in the order of their groups.
    names: Vec<String>,
}

/// The characters of a variable. All of them can also stand in a path.
const LABEL: &str = "[0-9a-z_-]+";

impl Pattern for HostPattern {
    fn parse(pattern: &str) -> Result<Self, String> {
        let text = pattern.trim().to_owned();
        let (mut labels, mut names) = (String::new(), Vec::new());
        for label in wildcard::split(&text, '.') {
            match wildcard::variable(label) {
                Some((name, regex)) => {
                    let regex = regex.unwrap_or(LABEL);
                    whole(regex)?; // or what is wrong with it
                    let group = names.len();
                    let _ = write!(labels, r"(?P<variable{group}>{regex})\."); // a string takes everything
                    names.push(name.to_owned());
                }
                None if label.contains(['{', '}']) => {
                    return Err(format!(
                        "in a pattern of `Host`, a variable is a whole label: `{label}` is not"
                    ));
                }
                None if label == "**" => labels += r"(?:[^.]*\.)*",
                None => labels += &(wildcard::regex(&label.to_ascii_lowercase(), '.') + r"\."),
            }
        }
        let regex = Regex::new(&format!("^{labels}$")).map_err(|error| error.to_string())?;
        Ok(Self { text, regex, names })
    }

    /// Returns true if the host matches. A port after the name does not count.
    fn matches(&self, host: &str) -> bool {
        self.regex.is_match(&labels(host))
    }

    /// Returns true for the same pattern, and if this pattern is `**`.
    fn covers(&self, other: &Self) -> bool {
        self.text == "**" || self.regex.as_str() == other.regex.as_str()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Returns the values of the variables for a matching host, in lower case.
    fn variables(&self, host: &str) -> Vec<(String, String)> {
        let labels = labels(host);
        let Some(captures) = self.regex.captures(&labels) else { return Vec::new() };
        let value = |(group, name): (usize, &String)| {
            let value = captures.name(&format!("variable{group}"))?;
            Some((name.clone(), value.as_str().to_owned()))
        };
        self.names.iter().enumerate().filter_map(value).collect()
    }
}

/// Returns the labels of a host without its port, with a dot after each label.
///
/// A dot at the end of the name makes no difference.
fn labels(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host, // no port, or an IPv6 address without one
    };
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase() + "."
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
