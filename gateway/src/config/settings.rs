//! The settings below `spring.cloud.gateway` other than the routes.

use http::HeaderName;
use persevere_http::spring::routes::{Answer, Notes, section, unknown};
use persevere_http::spring::yaml::{Node, plain};
use persevere_http::spring::{ConfigError, Position};
use regex::Regex;

use super::path::whole;

/// The settings of a gateway.
pub(crate) const KEYS: [(&str, Answer); 25] = [
    ("routes", Answer::Here),
    ("default-filters", Answer::Here),
    ("httpclient", Answer::Here),
    ("trusted-proxies", Answer::Here),
    ("filter", Answer::Here),
    ("set-status", Answer::Here),
    ("discovery", Answer::Here),
    ("x-forwarded", Answer::Here),
    ("predicate", Answer::Here),
    ("enabled", Answer::Only { value: "true", why: "to serve nothing, do not start the gateway" }),
    (
        "forwarded",
        Answer::Warn(
            "`Forwarded` is always sent; `RemoveRequestHeader=Forwarded` in `default-filters` takes it away",
        ),
    ),
    ("metrics", Answer::Warn("metrics are at --admin")),
    ("observability", Answer::Warn("metrics are at --admin, and the log is on standard error")),
    ("httpserver", Answer::Warn("see --help for the options of the server")),
    ("streaming-media-types", Answer::Warn("every response is streamed")),
    (
        "fail-on-route-definition-error",
        Answer::Only { value: "true", why: "a route that is not valid is always refused" },
    ),
    ("handler-mapping", Answer::Warn("there are no other handlers")),
    ("loadbalancer", Answer::Warn("a service without instances is refused at the start")),
    ("route-refresh-listener", Answer::Warn("SIGHUP makes the gateway read its file again")),
    ("route-filter-cache-enabled", Answer::Warn("filters are read once")),
    ("restrictive-property-accessor", Answer::Warn("expressions are not evaluated")),
    ("global-filter", Answer::Warn("there are no global filters that could be switched off")),
    (
        "globalcors",
        Answer::Refuse("let the servers, or a proxy before the gateway, answer for other origins"),
    ),
    (
        "redis-rate-limiter",
        Answer::Refuse("put a proxy that limits rates, such as nginx with `limit_req`, before the gateway"),
    ),
    (
        "mvc",
        Answer::Refuse(
            "its routes have other filters: write them under `spring.cloud.gateway.server.webflux`",
        ),
    ),
];

/// Reads the regular expression for addresses of trusted proxies.
pub(crate) fn trusted(node: &Node) -> Result<Regex, ConfigError> {
    whole(node.scalar().unwrap_or_default()).map_err(|message| ConfigError::syntax(node.position, message))
}

/// Returns the place where `filter.retry.enabled` is false.
///
/// Other filters cannot be switched off. Warnings say so.
pub(crate) fn retry_is_off(node: &Node, notes: &mut Notes) -> Option<Position> {
    let mut off = None;
    for (key, node) in notes.take(node.entries("filter")).unwrap_or_default() {
        match (plain(&key.name).as_str(), node.get("enabled")) {
            ("retry", Some(enabled)) => {
                for (key, _) in notes.take(node.entries("filter.retry")).unwrap_or_default() {
                    if plain(&key.name) != "enabled" {
                        unknown(key, &["filter.retry.enabled"], notes);
                    }
                }
                if notes.take(enabled.boolean("enabled")) == Some(false) {
                    off = Some(enabled.position);
                }
            }
            ("secureheaders", None) => {
                let message = "`filter.secure-headers` is not supported: write `SetResponseHeader` or `RemoveResponseHeader`";
                notes.refuse(key.position, message);
            }
            ("removehopbyhop", _) => {
                notes.warn(
                    key.position,
                    "`filter.remove-hop-by-hop` has no effect here: such fields never pass",
                );
            }
            (_, Some(_)) => {
                let message = format!(
                    "`filter.{}.enabled` has no effect here: a filter is there where a route names it",
                    key.name
                );
                notes.warn(key.position, message);
            }
            (_, None) => unknown(key, &["filter.retry.enabled"], notes),
        }
    }
    off
}

/// Reads the header that keeps the status of the server if `SetStatus` sets another status.
pub(crate) fn status_header(node: &Node, notes: &mut Notes) -> Option<HeaderName> {
    let known = [("original-status-header-name", Answer::Here)];
    let node = section(node, "set-status", &known, notes).first().map(|(.., node)| *node)?;
    let text = node.scalar().unwrap_or_default();
    let name = text
        .parse()
        .map_err(|_| ConfigError::syntax(node.position, format!("`{text}` is not a valid header name")));
    notes.take(name)
}

/// Refuses routes that Spring would create from a registry.
pub(crate) fn discovery(node: &Node, notes: &mut Notes) {
    for (.., node) in section(node, "discovery", &[("locator", Answer::Here)], notes) {
        let Some(enabled) = node.get("enabled") else { continue };
        if notes.take(enabled.boolean("enabled")) == Some(true) {
            let message = "`discovery.locator` is not supported: no registry is asked, so write a route for each service";
            notes.refuse(enabled.position, message);
        }
    }
}

/// Warns about settings of `X-Forwarded-*` that differ from this gateway.
pub(crate) fn forwarded(node: &Node, notes: &mut Notes) {
    for (key, node) in notes.take(node.entries("x-forwarded")).unwrap_or_default() {
        let name = plain(&key.name);
        let as_here = match name.as_str() {
            "enabled" | "forenabled" | "forappend" | "hostenabled" | "protoenabled" => Some(true),
            "portenabled" | "prefixenabled" => Some(false),
            _ => None,
        };
        let said = node.scalar().and_then(|text| text.trim().parse().ok());
        if as_here.is_none() || said != as_here {
            let message = format!(
                "`x-forwarded.{}` has no effect here: X-Forwarded-For, -Host and -Proto are sent; `RemoveRequestHeader` in \
                 `default-filters` takes one away",
                key.name
            );
            notes.warn(key.position, message);
        }
    }
}
