//! [`Predicate`]: a condition that a route has for its requests.

use std::fmt;

use http::request::Parts;
use http::{HeaderName, Method, header};
use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::Definition;
use persevere_http::spring::yaml::{Node, closest};
use regex::Regex;

use super::addresses::Addresses;
use super::asked::Asked;
use super::host::HostPattern;
use super::moment::Moment;
use super::path::{PathPattern, whole};
use super::refusals;
use super::share::Share;
use super::wildcard::Pattern;
use crate::time::since_1970;

/// A condition that a route has for its requests.
#[derive(Clone, Debug)]
pub(crate) enum Predicate {
    Host(Vec<HostPattern>),
    Path(Vec<PathPattern>),
    Method(Vec<Method>),
    Header(HeaderName, Option<Regex>),
    /// A parameter of the query, and what its value must match.
    Query(String, Option<Regex>),
    Cookie(String, Option<Regex>),
    /// After the first moment and before the second one.
    Time(Option<Moment>, Option<Moment>, String),
    /// The address of the client.
    ///
    /// With a number, it is the address at this place from the end of `X-Forwarded-For`.
    Client(Addresses, Option<usize>),
    Weight(Share),
}

const NAMES: [&str; 12] = [
    "Host",
    "Path",
    "Method",
    "Header",
    "Query",
    "Cookie",
    "After",
    "Before",
    "Between",
    "RemoteAddr",
    "XForwardedRemoteAddr",
    "Weight",
];

/// The methods that a misspelled name is compared with.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

impl Predicate {
    pub(crate) fn parse(node: &Node) -> Result<Self, ConfigError> {
        let named = Definition::parse(node, "a predicate")?;
        let parts = |name: &str| {
            let values = named.values(&[name, "regexp"], 1)?;
            let regex = values.get(1).map(|text| whole(text)).transpose();
            Ok::<_, ConfigError>((values[0].clone(), regex.map_err(|message| named.refuse(message))?))
        };
        match named.name {
            "Host" => patterns(&named, &[]).map(Self::Host),
            "Path" => paths(&named).map(Self::Path),
            "Method" => methods(&named).map(Self::Method),
            "Header" => {
                let (name, regex) = parts("header")?;
                let header = name.parse();
                let header =
                    header.map_err(|_| named.refuse(format!("`{name}` is not a valid header name")))?;
                Ok(Self::Header(header, regex))
            }
            "Query" => parts("param").map(|(name, regex)| Self::Query(name, regex)),
            "Cookie" => parts("name").map(|(name, regex)| Self::Cookie(name, regex)),
            "After" | "Before" | "Between" => time(&named),
            "RemoteAddr" => addresses(&named, &[]).map(|addresses| Self::Client(addresses, None)),
            "XForwardedRemoteAddr" => forwarding(&named),
            "Weight" => Share::parse(&named).map(Self::Weight),
            name => Err(named.refuse(refusals::predicate(name, &NAMES))),
        }
    }

    /// Returns true if the request meets the condition.
    pub(crate) fn matches(&self, request: &Asked<'_>) -> bool {
        let fits =
            |regex: &Option<Regex>, value: &str| regex.as_ref().is_none_or(|regex| regex.is_match(value));
        let Asked { host, head, client, .. } = request;
        match self {
            Self::Host(patterns) => patterns.iter().any(|pattern| pattern.matches(host)),
            Self::Path(patterns) => patterns.iter().any(|pattern| pattern.matches(head.uri.path())),
            Self::Method(methods) => methods.contains(&head.method),
            Self::Header(name, regex) => {
                let mut values = head.headers.get_all(name).iter();
                values.any(|value| value.to_str().is_ok_and(|value| fits(regex, value)))
            }
            Self::Query(name, regex) => {
                let query = head.uri.query().unwrap_or_default();
                form_urlencoded::parse(query.as_bytes())
                    .any(|(known, value)| known == *name && fits(regex, &value))
            }
            Self::Cookie(name, regex) => {
                cookies(head).any(|(known, value)| known == name && fits(regex, value))
            }
            Self::Time(after, before, _) => {
                let now = since_1970();
                after.is_none_or(|after| after.is_over(now))
                    && before.is_none_or(|before| !before.is_over(now))
            }
            Self::Client(addresses, None) => addresses.contain(client),
            Self::Client(addresses, Some(place)) => {
                addresses.contain(forwarded(head, *place).unwrap_or(client))
            }
            Self::Weight(share) => share.takes(request),
        }
    }

    /// Returns true for conditions on fields that can hold secrets.
    pub(crate) const fn may_be_secret(&self) -> bool {
        matches!(self, Self::Header(..) | Self::Query(..) | Self::Cookie(..))
    }

    /// Returns true if this matches everything that `other` matches, as far as it can tell.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Path(own), Self::Path(paths)) => all_covered(paths, own),
            (Self::Host(own), Self::Host(hosts)) => all_covered(hosts, own),
            (Self::Method(own), Self::Method(methods)) => methods.iter().all(|method| own.contains(method)),
            // Which of them takes a request is drawn.
            (Self::Weight(_), _) => false,
            _ => self.to_string() == other.to_string(),
        }
    }

    /// Returns true if each pattern has a variable of this name.
    ///
    /// Any of the patterns can match, so each has to give the variable a value.
    pub(crate) fn has_variable(&self, name: &str) -> bool {
        match self {
            Self::Host(patterns) => all_have(patterns, name),
            Self::Path(patterns) => all_have(patterns, name),
            _ => false,
        }
    }

    /// Returns the values of the variables for a matching request.
    pub(crate) fn variables(&self, host: &str, path: &str) -> Vec<(String, String)> {
        match self {
            Self::Host(patterns) => variables(patterns, host),
            Self::Path(patterns) => variables(patterns, path),
            _ => Vec::new(),
        }
    }
}

fn patterns<P: Pattern>(named: &Definition<'_>, others: &[&str]) -> Result<Vec<P>, ConfigError> {
    named.read(&named.list_with("patterns", others)?, P::parse)
}

fn all_covered<P: Pattern>(patterns: &[P], by: &[P]) -> bool {
    patterns.iter().all(|pattern| by.iter().any(|wider| wider.covers(pattern)))
}

fn all_have<P: Pattern>(patterns: &[P], variable: &str) -> bool {
    patterns.iter().all(|pattern| pattern.names().any(|name| name == variable))
}

/// The variables of the pattern that matches.
fn variables<P: Pattern>(patterns: &[P], text: &str) -> Vec<(String, String)> {
    let matching = patterns.iter().find(|pattern| pattern.matches(text));
    matching.map(|pattern| pattern.variables(text)).unwrap_or_default()
}

fn methods(named: &Definition<'_>) -> Result<Vec<Method>, ConfigError> {
    named.read(&named.list("methods")?, |name| {
        let method = name.to_ascii_uppercase();
        let meant = closest(&method, METHODS).filter(|best| *best != method);
        let words: Vec<_> = name.split_whitespace().collect();
        // Other words could be a secret of the environment.
        let are_methods = words.iter().all(|word| METHODS.contains(&word.to_ascii_uppercase().as_str()));
        let advice = match meant {
            _ if words.len() > 1 && are_methods => {
                format!("; write commas between them: `{}`", words.join(","))
            }
            _ if words.len() > 1 => "; write commas between several".to_owned(),
            Some(best) => format!("; did you mean {best}?"),
            None => String::new(),
        };
        let is_method = meant.is_none() || method.len() < 3;
        let parsed = method.parse().ok().filter(|_| is_method && words.len() == 1);
        parsed.ok_or_else(|| format!("`{name}` is not a method{advice}"))
    })
}

fn time(named: &Definition<'_>) -> Result<Predicate, ConfigError> {
    let arguments: &[&str] =
        if named.name == "Between" { &["datetime1", "datetime2"] } else { &["datetime"] };
    let texts = named.values(arguments, arguments.len())?;
    let bound = |text: &str| format!("`{text}` of `{}` {}", named.name, Moment::EXPECTED);
    let moments = named.read(&texts, |text| Moment::parse(text).ok_or_else(|| bound(text)))?;
    let shown = format!("{}={}", named.name, texts.join(","));
    match (named.name, moments.as_slice()) {
        ("After", [after]) => Ok(Predicate::Time(Some(*after), None, shown)),
        ("Before", [before]) => Ok(Predicate::Time(None, Some(*before), shown)),
        (_, [after, before]) if after < before => Ok(Predicate::Time(Some(*after), Some(*before), shown)),
        _ => Err(named.refuse("the first time of `Between` must be before the second one")),
    }
}

/// The patterns of paths, for which a slash at the end never matters.
fn paths(named: &Definition<'_>) -> Result<Vec<PathPattern>, ConfigError> {
    const SLASH: &str = "matchTrailingSlash";
    let patterns = patterns(named, &[SLASH])?;
    let Some(node) = named.argument(SLASH) else { return Ok(patterns) };
    if node.boolean(SLASH)? {
        return Ok(patterns);
    }
    let message = format!("`{SLASH}` can only be true here: a slash at the end of a path does not matter");
    Err(ConfigError::syntax(node.position, message))
}

fn addresses(named: &Definition<'_>, others: &[&str]) -> Result<Addresses, ConfigError> {
    named.read(&named.list_with("sources", others)?, Addresses::network).map(Addresses)
}

fn forwarding(named: &Definition<'_>) -> Result<Predicate, ConfigError> {
    const PLACE: &str = "maxTrustedIndex";
    let addresses = addresses(named, &[PLACE])?;
    let Some(node) = named.argument(PLACE) else { return Ok(Predicate::Client(addresses, Some(1))) };
    let place = node.scalar().and_then(|text| text.trim().parse().ok()).filter(|place| *place > 0);
    let bound = || ConfigError::syntax(node.position, format!("`{PLACE}` must be a whole number above 0"));
    Ok(Predicate::Client(addresses, Some(place.ok_or_else(bound)?)))
}

/// The cookies of a request.
fn cookies(head: &Parts) -> impl Iterator<Item = (&str, &str)> {
    let values = head.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

/// Returns the address at a place from the end of `X-Forwarded-For`.
///
/// At place 1, it is the address that the last proxy has seen.
fn forwarded(head: &Parts, place: usize) -> Option<&str> {
    let mut values = head.headers.get_all("x-forwarded-for").iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    value.to_str().ok()?.rsplit(',').take(place).last().map(str::trim)
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, name: &str, items: Vec<String>| {
            write!(f, "{name}={}", items.join(","))
        };
        // Between `^(?:` and `)$` stands what was written.
        let written = |regex: &Regex| regex.as_str()[4..regex.as_str().len().saturating_sub(2)].to_owned();
        let valued = |name: &str, regex: &Option<Regex>| {
            std::iter::once(name.to_owned()).chain(regex.as_ref().map(written)).collect()
        };
        match self {
            Self::Host(patterns) => list(f, "Host", patterns.iter().map(ToString::to_string).collect()),
            Self::Path(patterns) => list(f, "Path", patterns.iter().map(ToString::to_string).collect()),
            Self::Method(methods) => list(f, "Method", methods.iter().map(ToString::to_string).collect()),
            Self::Header(name, regex) => list(f, "Header", valued(name.as_str(), regex)),
            Self::Query(name, regex) => list(f, "Query", valued(name, regex)),
            Self::Cookie(name, regex) => list(f, "Cookie", valued(name, regex)),
            Self::Time(.., text) => f.write_str(text),
            Self::Client(addresses, None) => write!(f, "RemoteAddr={addresses}"),
            Self::Client(addresses, Some(_)) => write!(f, "XForwardedRemoteAddr={addresses}"),
            Self::Weight(share) => write!(f, "{share}"),
        }
    }
}
