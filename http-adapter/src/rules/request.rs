//! [`RequestFacts`]: the facts about a request that rules need.

use http::{HeaderMap, HeaderName, Method, header};

/// [RFC 8470, 5.1](https://www.rfc-editor.org/rfc/rfc8470#section-5.1): the value is 1, and any other counts as 1.
const EARLY_DATA: HeaderName = HeaderName::from_static("early-data");

/// The facts about a request that rules need. Made by [`GatewayRules::facts`](super::GatewayRules::facts).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestFacts {
    /// Sending it twice does no more than sending it once.
    pub(crate) idempotent: bool,
    /// It says that it came in the early data of TLS.
    pub(crate) early_data: bool,
    /// It asks for another protocol.
    pub(crate) upgrade: bool,
}

impl RequestFacts {
    /// Reads the facts of a request.
    ///
    /// `idempotent` is true if the request may be sent twice for a reason other than its method.
    pub(crate) fn new(method: &Method, headers: &HeaderMap, idempotent: bool) -> Self {
        let early_data = headers.contains_key(EARLY_DATA);
        Self { idempotent: idempotent || is_idempotent(method), early_data, ..Self::of_upgrade(headers) }
    }

    /// Reads only whether the request asks for another protocol. The rules of Spring need nothing else.
    pub(crate) fn of_upgrade(headers: &HeaderMap) -> Self {
        Self { upgrade: headers.contains_key(header::UPGRADE), ..Self::default() }
    }
}

/// Returns true if the request has exactly one idempotency key, and it is not empty.
pub(crate) fn has_key(headers: &HeaderMap) -> bool {
    let mut keys = headers.get_all("idempotency-key").iter();
    let key = keys.next().map(|key| key.as_bytes().trim_ascii());
    keys.next().is_none() && key.is_some_and(|key| !matches!(key, b"" | b"\"\""))
}

/// Returns true if the definition of the method says that it is idempotent.
///
/// [RFC 9110, 9.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2) lists these methods. `QUERY` is idempotent as well.
fn is_idempotent(method: &Method) -> bool {
    method.is_idempotent() || method.as_str() == "QUERY"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_that_is_not_empty() {
        for (keys, expected) in [
            (&[][..], false),
            (&["\"8e03978e\""], true),
            (&["8e03978e"], true),
            (&[""], false),
            (&[" "], false),
            (&["\"\""], false),
            (&["1", "2"], false),
        ] {
            let mut headers = HeaderMap::new();
            for key in keys {
                headers.append("idempotency-key", key.parse().expect("a value"));
            }
            assert_eq!(has_key(&headers), expected, "{keys:?}");
        }
    }

    #[test]
    fn methods_are_idempotent_by_their_definitions() {
        for (method, expected) in [
            ("GET", true),
            ("HEAD", true),
            ("OPTIONS", true),
            ("TRACE", true),
            ("PUT", true),
            ("DELETE", true),
            ("QUERY", true),
            ("POST", false),
            ("PATCH", false),
            ("PROPFIND", false),
            ("query", false),
        ] {
            let method: Method = method.parse().expect("a valid method");
            assert_eq!(is_idempotent(&method), expected, "{method}");
        }
    }
}
