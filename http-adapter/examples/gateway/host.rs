//! [`HostPattern`]: the pattern of a `Host` predicate.

use std::fmt;

use crate::glob;

/// A pattern of host names as Spring writes them: `*` stands for one label or a part of one, `?` for a
/// character, `**` for any number of labels. Case does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPattern(Vec<String>);

impl HostPattern {
    pub(crate) fn new(pattern: &str) -> Self {
        Self(pattern.trim().to_ascii_lowercase().split('.').map(str::to_owned).collect())
    }

    /// Whether the host matches; a port behind it does not count.
    pub(crate) fn matches(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host, // no port, or an IPv6 address without one
        };
        let host = name.to_ascii_lowercase();
        let labels: Vec<_> = host.split('.').collect();
        labels_match(&self.0, &labels)
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

fn labels_match(patterns: &[String], labels: &[&str]) -> bool {
    match (patterns, labels) {
        ([], []) => true,
        ([many, rest @ ..], _) if many == "**" => {
            (0..=labels.len()).any(|skipped| labels_match(rest, &labels[skipped..]))
        }
        ([one, patterns @ ..], [label, labels @ ..]) => {
            glob::matches(one.as_bytes(), label.as_bytes()) && labels_match(patterns, labels)
        }
        _ => false,
    }
}
