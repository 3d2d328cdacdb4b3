//! [`rate_limit_reset`]: when a quota that is used up comes back.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::retry_after::{seconds, until};

/// The time until a quota that is used up comes back, as the headers of a response tell it; `None` when they do not, or
/// when something is left of it.
///
/// Read are `RateLimit` of
/// [draft-ietf-httpapi-ratelimit-headers](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/) – items
/// with `r=0`, whose `t` is in seconds – and its forerunners `RateLimit-Reset` and `X-RateLimit-Reset`, beside a
/// `…-Remaining` that is absent or 0. A reset of 10⁹ or more is a point in time, in seconds since 1970. Of several waits, the
/// longest counts.
#[must_use]
pub fn rate_limit_reset(headers: &HeaderMap) -> Option<Duration> {
    let texts = |name: &str| headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    let fields: Vec<&str> = texts("ratelimit");
    let items = fields.iter().flat_map(|field| field.split(',')).filter_map(used_up);
    let resets = ["ratelimit", "x-ratelimit"].into_iter().filter_map(|prefix| {
        let remaining: Vec<&str> = texts(&format!("{prefix}-remaining"));
        let resets: Vec<&str> = texts(&format!("{prefix}-reset"));
        let used_up = remaining.iter().all(|text| seconds(text.trim()) == Some(Duration::ZERO));
        let waits = resets.iter().filter_map(|text| reset(text.trim(), headers));
        used_up.then(|| waits.max()).flatten()
    });
    items.chain(resets).max()
}

/// The wait of an item such as `"default";r=0;t=30`, if nothing is left of it.
fn used_up(item: &str) -> Option<Duration> {
    let parameter = |name: &str| {
        let find =
            |part: &str| part.trim().strip_prefix(name).and_then(|rest| rest.strip_prefix('=')).map(seconds);
        item.split(';').skip(1).find_map(find).flatten()
    };
    (parameter("r")? == Duration::ZERO).then(|| parameter("t")).flatten()
}

fn reset(text: &str, headers: &HeaderMap) -> Option<Duration> {
    const POINT_IN_TIME: Duration = Duration::from_secs(1_000_000_000);
    let number = seconds(text)?;
    if number < POINT_IN_TIME {
        return Some(number);
    }
    let then = SystemTime::UNIX_EPOCH.checked_add(number);
    Some(then.map_or(Duration::MAX, |then| until(then, headers)))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn wait(headers: &[(&str, &str)]) -> Option<u64> {
        let headers: HeaderMap = headers
            .iter()
            .map(|&(name, value)| {
                (name.parse::<HeaderName>().expect("a name"), value.parse::<HeaderValue>().expect("a value"))
            })
            .collect();
        rate_limit_reset(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_quota_that_is_used_up_tells_when_it_comes_back() {
        for (headers, expected) in [
            (&[("ratelimit", r#""default";r=0;t=30"#)][..], Some(30)),
            (&[("ratelimit", r#""default"; t=30 ;r=0"#)], Some(30)),
            (&[("ratelimit", r#""a";r=0;t=30, "b";r=0;t=50, "c";r=1;t=70"#)], Some(50)),
            (&[("ratelimit", r#""default";r=2;t=30"#)], None),
            (&[("ratelimit", r#""default";r=0"#)], None),
            (&[("ratelimit", "r=0;t=30")], None),
            (&[("ratelimit", "")], None),
            (&[("ratelimit-reset", "7")], Some(7)),
            (&[("ratelimit-reset", "7"), ("ratelimit-remaining", "0")], Some(7)),
            (&[("ratelimit-reset", "7"), ("ratelimit-remaining", "1")], None),
            (&[("ratelimit-reset", "7"), ("ratelimit-remaining", "much")], None),
            (&[("x-ratelimit-reset", "9"), ("ratelimit-reset", "7")], Some(9)),
            (&[("x-ratelimit-reset", "-9")], None),
            (&[("x-ratelimit-reset", "999999999")], Some(999_999_999)),
            (&[("x-ratelimit-reset", "1000000060"), ("date", "Sun, 09 Sep 2001 01:46:40 GMT")], Some(60)),
            (&[("x-ratelimit-reset", "1000000000"), ("date", "Sun, 09 Sep 2001 01:46:41 GMT")], Some(0)),
            (&[("x-ratelimit-reset", "99999999999999999999")], Some(u64::MAX)),
            (&[], None),
        ] {
            assert_eq!(wait(headers), expected, "{headers:?}");
        }
    }
}
