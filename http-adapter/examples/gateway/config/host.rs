//! [`HostPattern`]: the pattern of a `Host` predicate.

use std::fmt;

use regex::Regex;

use super::wildcard;

/// A pattern of host names as Spring writes them: `*` stands for one label or a part of one, `?` for a character, `**` for
/// any number of labels. Case does not matter.
#[derive(Clone, Debug)]
pub(crate) struct HostPattern {
    text: String,
    /// Matches a name behind each of whose labels stands a dot.
    regex: Regex,
}

impl HostPattern {
    pub(crate) fn new(pattern: &str) -> Self {
        let text = pattern.trim().to_ascii_lowercase();
        let label = |label: &str| match label {
            "**" => r"(?:[^.]*\.)*".to_owned(),
            label => wildcard::regex(label, '.') + r"\.",
        };
        let labels: String = text.split('.').map(label).collect();
        let regex = Regex::new(&format!("^{labels}$")).expect("everything else is escaped");
        Self { text, regex }
    }

    /// Whether the host matches; a port behind it does not count.
    pub(crate) fn matches(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host, // no port, or an IPv6 address without one
        };
        self.regex.is_match(&(name.to_ascii_lowercase() + "."))
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
