//! [`pushback`]: what a gRPC server asks of a client that would try again.

use std::time::Duration;

use http::{HeaderMap, HeaderName};
use persevere::Hint;

const PUSHBACK: HeaderName = HeaderName::from_static("grpc-retry-pushback-ms");

/// What `grpc-retry-pushback-ms` asks for, in the headers or trailers of a response
/// ([gRPC A6](https://github.com/grpc/proposal/blob/master/A6-client-retries.md)); `None` when it is absent.
///
/// A number of milliseconds is exactly that delay. A negative one, and everything that is no number, means that there
/// shall be no other attempt.
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use persevere::Hint;
/// use persevere_http::pushback;
/// use std::time::Duration;
///
/// let mut trailers = HeaderMap::new();
/// assert_eq!(pushback(&trailers), None);
/// trailers.insert("grpc-retry-pushback-ms", HeaderValue::from_static("250"));
/// assert_eq!(pushback(&trailers), Some(Hint::Exactly(Duration::from_millis(250))));
/// trailers.insert("grpc-retry-pushback-ms", HeaderValue::from_static("-1"));
/// assert_eq!(pushback(&trailers), Some(Hint::Never));
/// ```
#[must_use]
pub fn pushback(headers: &HeaderMap) -> Option<Hint> {
    // Few responses have it, and their few names are compared sooner than one is looked up.
    if !headers.keys().any(|name| *name == PUSHBACK) {
        return None;
    }
    let mut values = headers.get_all(PUSHBACK).iter();
    let value = values.next()?;
    let is_number = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    let millis = value.to_str().ok().filter(is_number).and_then(|text| text.parse().ok());
    Some(match (millis, values.next()) {
        (Some(millis), None) => Hint::Exactly(Duration::from_millis(millis)),
        _ => Hint::Never, // two of them are no number either
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn everything_but_one_number_forbids_another_attempt() {
        for (values, expected) in [
            (&[][..], None),
            (&["0"], Some(Hint::Exactly(Duration::ZERO))),
            (&["1500"], Some(Hint::Exactly(Duration::from_millis(1500)))),
            (&["18446744073709551616"], Some(Hint::Never)),
            (&["-1"], Some(Hint::Never)),
            (&[""], Some(Hint::Never)),
            (&["soon"], Some(Hint::Never)),
            (&["1.5"], Some(Hint::Never)),
            (&["+1"], Some(Hint::Never)),
            (&["-0"], Some(Hint::Never)),
            (&["1e3"], Some(Hint::Never)),
            (&["1 "], Some(Hint::Never)),
            (&["1, 1"], Some(Hint::Never)),
            (&["1", "1"], Some(Hint::Never)),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_str(value).expect("a valid header");
                headers.append("grpc-retry-pushback-ms", value);
            }
            assert_eq!(pushback(&headers), expected, "{values:?}");
        }
    }
}
