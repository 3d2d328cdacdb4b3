//! [`Lint`]: warnings about valid settings that are easily misread.

use std::time::Duration;

use http::StatusCode;

use super::args::Args;
use super::setting::split;
use crate::spring::arithmetic::{SpringBackoff, SpringJitter};
use crate::spring::rules::SpringRules;
use crate::spring::series::Series;
use crate::spring::warning::{Trap, Warning};

/// The form that settings came in: what to write instead depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Shortcut,
    #[cfg_attr(not(feature = "yaml"), expect(dead_code, reason = "args are YAML"))]
    Args,
}

/// Settings that are valid.
pub(super) struct Lint<'s> {
    pub(super) args: Args<'s>,
    pub(super) form: Form,
}

impl Lint<'_> {
    /// Returns the warnings in the order of the text. `rules` is `None` with the profile `gateway`.
    pub(super) fn warnings(&self, rules: Option<&SpringRules>) -> Vec<Warning> {
        let mut warnings: Vec<_> = match rules {
            Some(rules) => {
                self.codes(rules).chain(self.methods()).chain(self.units()).chain(self.waits(rules)).collect()
            }
            None => self.units().chain(self.repeats()).collect(),
        };
        warnings.sort_by_key(Warning::position);
        warnings
    }

    /// A warning at the value of a setting, if it is there.
    fn at(&self, name: &str, trap: Trap, instead: impl Into<String>) -> Option<Warning> {
        self.args.find(name).map(|setting| Warning::new(trap, setting.place(), instead))
    }

    /// A setting as it is written in this form.
    fn line(&self, name: &str, value: &str) -> String {
        match self.form {
            Form::Shortcut => format!("`{value}`"),
            Form::Args => format!("`{}: {value}`", name.rsplit('.').next().unwrap_or(name)),
        }
    }

    /// A setting that the shortcut has no place for.
    fn args(&self, line: &str) -> String {
        match self.form {
            Form::Shortcut => format!("args with `{line}`"),
            Form::Args => format!("`{line}`"),
        }
    }

    fn codes(&self, rules: &SpringRules) -> impl Iterator<Item = Warning> {
        let adds = (self.args.find("series").is_none() && !rules.statuses.is_empty())
            .then(|| self.at("statuses", Trap::StatusesAddToSeries, self.args("series: []")));
        let classes = [(Series::ClientError, 400..=499, "4xx"), (Series::ServerError, 500..=599, "5xx")];
        let unnamed = classes.into_iter().filter_map(|(series, codes, class)| {
            let covered = codes.filter_map(|code| StatusCode::from_u16(code).ok());
            let leaves_out = rules.series.contains(&series)
                && !covered.into_iter().all(|code| rules.statuses.contains(code));
            leaves_out.then(|| {
                self.at("series", Trap::SeriesNeedsNames, self.args(&format!("statuses: {class}")))
            })?
        });
        adds.flatten().into_iter().chain(unnamed)
    }

    fn methods(&self) -> impl Iterator<Item = Warning> {
        let items = self.args.find("methods").into_iter().flat_map(|setting| &setting.items);
        let names = items
            .flat_map(|item| split(&item.text).map(|(name, offset)| (name, item.position.right(offset))));
        names.flat_map(|(name, position)| {
            let upper = name.to_ascii_uppercase();
            let case =
                (name != upper).then(|| Warning::new(Trap::MethodCase, position, format!("`{upper}`")));
            let twice = matches!(upper.as_str(), "POST" | "PATCH").then(|| {
                let safer = "idempotent methods only, such as `GET`";
                Warning::new(Trap::NotIdempotent, position, safer)
            });
            case.into_iter().chain(twice)
        })
    }

    fn units(&self) -> impl Iterator<Item = Warning> {
        let names = [
            "backoff.firstBackoff",
            "backoff.maxBackoff",
            "timeout",
            "retryAfter.max",
            "retryAfter.spread",
            "drain.time",
        ];
        names.into_iter().filter_map(|name| {
            let text = self.args.find(name)?.items.first()?.text.trim();
            let number = text.trim_start_matches(['+', '-', '0']);
            let is_bare = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            is_bare.then(|| self.at(name, Trap::NoUnit, self.line(name, &format!("{text}ms"))))?
        })
    }

    /// A request that may have been processed is sent again, whatever its method.
    fn repeats(&self) -> Option<Warning> {
        let is_on = self.args.find("nonIdempotent")?.boolean().ok()?;
        let safer = self.args(&self.line("idempotencyKey", "true").replace('`', ""));
        is_on.then(|| self.at("nonIdempotent", Trap::NotIdempotent, safer))?
    }

    fn waits(&self, rules: &SpringRules) -> impl Iterator<Item = Warning> {
        const WAITS: &str = "backoff: { firstBackoff: 50ms, maxBackoff: 1s }";
        let factor = "backoff.factor";
        let alone = match rules.backoff {
            Some(_) => None,
            None => Some(self.at("jitter.randomFactor", Trap::JitterAlone, self.args(WAITS)).unwrap_or_else(
                || {
                    let instead = match self.form {
                        Form::Shortcut => {
                            "the waits too: `Retry=3,SERVICE_UNAVAILABLE,GET,50ms,1s`".to_owned()
                        }
                        Form::Args => format!("`{WAITS}`"),
                    };
                    Warning::new(Trap::NoBackoff, self.args.position, instead)
                },
            )),
        };
        let shrinks = rules.backoff.is_some_and(|backoff| !backoff.grows_or_stays());
        let growth = shrinks.then(|| self.at(factor, Trap::NoGrowth, self.line(factor, "2"))).flatten();
        let jitter = "jitter.randomFactor";
        let is_none = rules.jitter.is_some_and(SpringJitter::is_none);
        let small =
            is_none.then(|| self.at(jitter, Trap::JitterTooSmall, self.line(jitter, "0.5"))).flatten();
        alone.into_iter().chain(growth).chain(small).chain(self.timeout(rules))
    }

    fn timeout(&self, rules: &SpringRules) -> Option<Warning> {
        let timeout = self.args.find("timeout")?.duration().ok()?.non_negative()?;
        let first = rules.backoff.map_or(Duration::ZERO, SpringBackoff::first);
        let is_short = timeout <= first;
        is_short.then(|| self.at("timeout", Trap::TimeoutTooShort, self.line("timeout", "2s")))?
    }
}
