//! [`retry_after`]: when a response asks for the next attempt.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, header};

/// The time that the `Retry-After` headers of a response ask for
/// ([RFC 9110, 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)); `None` when there is none that can be
/// understood.
///
/// Whole seconds, or a date in any of HTTP's three forms. A date counts from the response's own `Date`, so that clocks
/// that differ do no harm; without one, from the present. A date that has passed is no wait at all, more seconds than a
/// `u64` holds are [`Duration::MAX`]. Of several headers, and of several numbers in one, the longest wait counts. Whether so long a wait is followed is
/// the policy's decision, not this function's.
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use persevere_http::retry_after;
/// use std::time::Duration;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("date", HeaderValue::from_static("Sun, 06 Nov 1994 08:49:00 GMT"));
/// headers.insert("retry-after", HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
/// assert_eq!(retry_after(&headers), Some(Duration::from_secs(37)));
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get_all(header::RETRY_AFTER).iter().filter_map(|value| wait(value, headers)).max()
}

fn wait(value: &HeaderValue, headers: &HeaderMap) -> Option<Duration> {
    let text = value.to_str().ok()?.trim_matches([' ', '\t']);
    let date = || Some(until(httpdate::parse_http_date(text).ok()?, headers));
    seconds(text).or_else(date).or_else(|| longest(text))
}

/// The longest of several numbers, as a proxy makes one header of two.
fn longest(text: &str) -> Option<Duration> {
    let waits = text.split(',').map(|text| seconds(text.trim_matches([' ', '\t'])));
    waits.collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// A whole number of seconds, of any length.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().map_or(Duration::MAX, Duration::from_secs))
}

/// The time from the response on until `then`.
pub(crate) fn until(then: SystemTime, headers: &HeaderMap) -> Duration {
    let date = headers.get(header::DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    #[expect(clippy::disallowed_methods, reason = "a date can only be held against the wall clock")]
    let now = date.unwrap_or_else(SystemTime::now);
    then.duration_since(now).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:00 GMT";

    fn asked(values: &[&str]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(header::DATE, HeaderValue::from_static(DATE));
        for value in values {
            headers.append(header::RETRY_AFTER, value.parse().expect("a valid header"));
        }
        retry_after(&headers)
    }

    #[test]
    fn seconds_and_dates_are_read_and_everything_else_is_passed_over() {
        let secs = |secs| Some(Duration::from_secs(secs));
        for (value, expected) in [
            ("0", secs(0)),
            ("120", secs(120)),
            (" 120 ", secs(120)),
            ("\t7", secs(7)),
            ("007", secs(7)),
            ("18446744073709551615", secs(u64::MAX)),
            ("18446744073709551616", Some(Duration::MAX)),
            ("99999999999999999999", Some(Duration::MAX)),
            // The three forms of RFC 9110, 5.6.7.
            ("Sun, 06 Nov 1994 08:49:37 GMT", secs(37)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", secs(37)),
            ("Sun Nov  6 08:49:37 1994", secs(37)),
            ("Sun, 06 Nov 1994 08:48:00 GMT", secs(0)),
            (DATE, secs(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", secs(252_618_189_059)),
            ("", None),
            (" ", None),
            ("-1", None),
            ("+1", None),
            ("3.5", None),
            ("1e3", None),
            ("1 2", None),
            ("1, 3,2", secs(3)),
            ("1, soon", None),
            ("1, ", None),
            (",", None),
            ("1;x=2", None),
            ("\"1\"", None),
            ("0x1", None),
            ("\u{661}", None),
            ("soon", None),
            ("Sun, 06 Nov 1994", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ] {
            assert_eq!(asked(&[value]), expected, "{value:?}");
        }
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn the_longest_of_several_waits_counts() {
        assert_eq!(asked(&["1", "3", "2"]), Some(Duration::from_secs(3)));
        assert_eq!(asked(&["1", "Sun, 06 Nov 1994 08:49:37 GMT"]), Some(Duration::from_secs(37)));
        assert_eq!(asked(&["soon", "2"]), Some(Duration::from_secs(2)));
    }

    #[test]
    fn without_a_date_of_its_own_a_response_is_of_now() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(DATE));
        assert_eq!(retry_after(&headers), Some(Duration::ZERO), "1994 has passed");
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("Fri, 31 Dec 9999 23:59:59 GMT"));
        let wait = retry_after(&headers).expect("a date");
        assert!(wait > Duration::from_secs(200_000_000_000), "{wait:?}");
        headers.insert(header::DATE, HeaderValue::from_static("no date"));
        assert!(retry_after(&headers) > Some(Duration::from_secs(200_000_000_000)));
    }

    #[test]
    fn a_header_that_is_no_text_says_nothing() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_bytes(b"\xff7").expect("obsolete but valid"));
        assert_eq!(retry_after(&headers), None);
    }
}
