//! Spring's predicates and filters that the gateway lacks, and their alternatives.

use persevere_http::spring::routes::listed;
use persevere_http::spring::yaml::closest;

/// The filters that are refused, each with what to do instead.
const FILTERS: [(&str, &str); 15] = [
    (
        "CircuitBreaker",
        "put a proxy with a circuit breaker, such as Envoy, before the servers; a `Retry` with a budget keeps retries from \
         making an outage worse",
    ),
    ("SpringCloudCircuitBreaker", "put a proxy with a circuit breaker, such as Envoy, before the servers"),
    ("Hystrix", "put a proxy with a circuit breaker, such as Envoy, before the servers"),
    (
        "RequestRateLimiter",
        "put a proxy that limits rates, such as nginx with `limit_req`, before the gateway; --max-requests limits requests at once",
    ),
    ("FallbackHeaders", "there are no circuit breakers here, so nothing falls back"),
    (
        "TokenRelay",
        "let a proxy before the gateway log users in; the header `Authorization` passes through as it is",
    ),
    ("LocalResponseCache", "put a cache, such as nginx or Varnish, before the gateway"),
    ("ModifyRequestBody", "bodies pass through as they are: change them in the server"),
    ("ModifyResponseBody", "bodies pass through as they are: change them in the server"),
    ("RemoveJsonAttributesResponseBody", "bodies pass through as they are: change them in the server"),
    ("JsonToGrpc", "bodies pass through as they are: let the server read JSON"),
    ("RedirectTo", "let the server, or a proxy before the gateway, redirect"),
    ("RewriteLocationResponseHeader", "write `RewriteResponseHeader=Location, REGEXP, REPLACEMENT`"),
    (
        "RequestHeaderToRequestUri",
        "name the servers as instances of a service, and choose by a predicate `Header`",
    ),
    ("Cors", "let the server, or a proxy before the gateway, answer for other origins"),
];

/// The filters that do nothing here, each with the reason.
const NOTHING: [(&str, &str); 2] =
    [("SaveSession", "there are no sessions"), ("CacheRequestBody", "`Retry` keeps a body while it passes")];

/// The predicates that are refused, each with what to do instead.
const PREDICATES: [(&str, &str); 4] = [
    ("ReadBody", "bodies are not read: choose by a header"),
    ("ReadBodyPredicateFactory", "bodies are not read: choose by a header"),
    ("CloudFoundryRouteService", "choose by a predicate `Header`"),
    ("Version", "choose by a predicate `Path`, `Header` or `Query`"),
];

/// Returns the reason why a filter has no effect.
pub(crate) fn nothing(name: &str) -> Option<&'static str> {
    NOTHING.iter().find(|(known, _)| *known == name).map(|(_, why)| *why)
}

/// Returns the message for a filter that is not in `known`.
pub(crate) fn filter(name: &str, known: &[&str]) -> String {
    refused("filter", name, &FILTERS, known)
}

/// Returns the message for a predicate that is not in `known`.
pub(crate) fn predicate(name: &str, known: &[&str]) -> String {
    refused("predicate", name, &PREDICATES, known)
}

fn refused(what: &str, name: &str, refused: &[(&str, &str)], known: &[&str]) -> String {
    if let Some((_, instead)) = refused.iter().find(|(known, _)| *known == name) {
        return format!("{what} `{name}` is not supported: {instead}");
    }
    let all = known.iter().copied().chain(refused.iter().map(|(name, _)| *name));
    match closest(name, all) {
        Some(best) => format!("{what} `{name}` is not supported; did you mean `{best}`?"),
        None => format!("{what} `{name}` is not supported: there are {}", listed(known)),
    }
}
