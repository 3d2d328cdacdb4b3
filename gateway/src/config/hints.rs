//! Warnings about valid routes that are easily misread.

use persevere_http::spring::Position;
use persevere_http::spring::routes::Notes;

use super::route::Route;

/// The number of first routes with which later ones are compared.
///
/// It keeps the check of a file with 100,000 routes short.
const COMPARED: usize = 1_000;

/// Warns about routes that rarely do what their author wants.
///
/// Such routes are never reached, match everything, retry nothing, or replace a default `Retry`.
pub(crate) fn note(routes: &[Route], has_default: bool, notes: &mut Notes) {
    for (index, route) in routes.iter().enumerate() {
        let (place, id) = (route.position, &route.id);
        if has_default && route.has_own_retry {
            notes.warn(
                place,
                format!("the `Retry` of route `{id}` replaces the one in `default-filters`, because their attempts would multiply"),
            );
        }
        if let Some(methods) = route.retries_none_of() {
            let message = format!(
                "route `{id}` takes {methods}, and its `Retry` is for other methods: nothing is retried"
            );
            notes.warn(place, message);
        }
        if let Some(earlier) = routes[..index].iter().take(COMPARED).find(|earlier| earlier.covers(route)) {
            let takes = if earlier.predicates.is_empty() { "every request" } else { "all of its requests" };
            let reason = format!("`{}` before it matches {takes}", earlier.id);
            notes.warn(place, format!("route `{id}` is never reached: {reason}"));
        } else if route.predicates.is_empty() {
            notes.warn(place, format!("route `{id}` has no predicates: it matches every request"));
        }
    }
}

/// Refuses routes with a `Retry` that another line switches off, as in Spring.
pub(crate) fn refuse_switched_off(routes: &[Route], switched_off: Option<Position>, notes: &mut Notes) {
    let Some(place) = switched_off else { return };
    for route in routes.iter().filter(|route| route.chain.retry.is_some()) {
        let (id, line) = (&route.id, place.line);
        let message =
            format!("route `{id}` has a `Retry`, which line {line} switches off: remove one of them");
        notes.refuse(route.position, message);
    }
}
