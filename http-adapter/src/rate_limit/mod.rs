//! [`rate_limit_reset`]: when a quota that is used up comes back.

mod older;
mod structured;
#[cfg(test)]
mod tests;

use std::time::Duration;

use http::HeaderMap;

/// Returns the time until a used-up quota is reset, according to the headers.
///
/// Returns `None` if the headers do not say so, or if something is left of the quota.
///
/// Read are `RateLimit` of
/// [draft-ietf-httpapi-ratelimit-headers](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/), and its
/// forerunners `RateLimit-Reset` and `X-RateLimit-Reset`:
///
/// * `RateLimit` is a structured field. Of its items, such as `"default";r=0;t=30`, those with `r=0` count, whose `t` is in
///   seconds. So does the form of earlier drafts, `limit=100, remaining=0, reset=30`. A field with a mistake says nothing.
/// * `…-Reset` counts where `…-Remaining` is absent or 0. Several numbers belong to several quotas. A reset of 10⁹ or more is a point
///   in time, in seconds since 1970; a fraction is rounded up.
///
/// Of several waits, the longest counts. `RateLimit-Policy` says how large a quota is, and not when it comes back.
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use persevere_http::rate_limit_reset;
/// use std::time::Duration;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("ratelimit", HeaderValue::from_static("\"burst\";r=0;t=30, \"daily\";r=71;t=9000"));
/// assert_eq!(rate_limit_reset(&headers), Some(Duration::from_secs(30)));
/// ```
#[must_use]
pub fn rate_limit_reset(headers: &HeaderMap) -> Option<Duration> {
    let waits =
        [structured::wait(headers), older::wait(headers, "ratelimit"), older::wait(headers, "x-ratelimit")];
    waits.into_iter().flatten().max()
}
