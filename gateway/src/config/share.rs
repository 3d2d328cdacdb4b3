//! [`Share`]: the part of the requests that a route of a group takes.

use std::collections::HashMap;
use std::fmt;

use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::Definition;

use super::asked::Asked;

/// The part of the requests that a route of a group takes.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) group: String,
    weight: u32,
    /// The begin of the part, from 0 to 1. Set once all routes of the group are known.
    from: f64,
    /// The end of the part.
    until: f64,
}

impl Share {
    pub(crate) fn parse(named: &Definition<'_>) -> Result<Self, ConfigError> {
        let values = named.values(&["group", "weight"], 2)?;
        let bound = || named.refuse(format!("`weight` is {}: must be a whole number such as 8", values[1]));
        let weight = values[1].parse().map_err(|_| bound())?;
        Ok(Self { group: values[0].clone(), weight, from: 0.0, until: 0.0 })
    }

    /// Returns true if the route of this share takes the request.
    pub(crate) fn takes(&self, request: &Asked<'_>) -> bool {
        let draw = request.draw(&self.group);
        self.from <= draw && draw < self.until
    }

    /// Gives each share its part of its group.
    pub(crate) fn part<'s>(shares: impl Iterator<Item = &'s mut Self>) {
        let shares: Vec<_> = shares.collect();
        let mut sums: HashMap<String, f64> = HashMap::new();
        for share in &shares {
            *sums.entry(share.group.clone()).or_default() += f64::from(share.weight);
        }
        let mut starts: HashMap<String, f64> = HashMap::new();
        for share in shares {
            let sum = sums.get(&share.group).copied().unwrap_or_default().max(1.0);
            let start = starts.entry(share.group.clone()).or_default();
            share.from = *start / sum;
            *start += f64::from(share.weight);
            share.until = *start / sum;
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Weight={},{}", self.group, self.weight)
    }
}
