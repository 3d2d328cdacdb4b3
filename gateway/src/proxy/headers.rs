//! The fields that must not pass through a proxy, or only in another form.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::pace::Patience;

/// The most bytes in the head of a message.
///
/// The limit can be exceeded by one read of the same size.
pub(crate) const HEAD_SIZE: u16 = u16::MAX;

/// The fields that concern one connection only (RFC 9110, section 7.6.1), and `Expect`.
///
/// `Expect` is among them because the gateway itself asks the client for the body.
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
];

/// The fields that cannot be trailers.
const NO_TRAILER: [HeaderName; 17] = [
    header::CONTENT_LENGTH,
    header::TRAILER,
    header::TE,
    header::HOST,
    header::MAX_FORWARDS,
    header::CONTENT_ENCODING,
    header::CONTENT_TYPE,
    header::CONTENT_RANGE,
    header::RANGE,
    header::CACHE_CONTROL,
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::WWW_AUTHENTICATE,
    header::PROXY_AUTHENTICATE,
    header::COOKIE,
    header::SET_COOKIE,
    header::LOCATION,
];

/// Removes the fields that concern one connection only, and the fields that `Connection` names.
///
/// `TE: trailers` is set again, because trailers pass through.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    // One look at each name instead of a search for each field: most heads have none of them.
    if !headers.keys().any(|name| HOP_BY_HOP.contains(name)) {
        return;
    }
    let wants_trailers = listed(headers, &header::TE).any(|coding| coding.eq_ignore_ascii_case("trailers"));
    let nominated: Vec<HeaderName> = connection(headers).filter_map(|name| name.parse().ok()).collect();
    for name in nominated.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
    if wants_trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}

/// Returns true if a message asks to switch to `WebSocket`.
///
/// The gateway allows no other protocol. HTTP/2 after an upgrade, for example, would bring requests past the routes.
pub(crate) fn wants_websocket(headers: &HeaderMap) -> bool {
    let is_websocket =
        headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    is_websocket && connection(headers).any(|name| name.eq_ignore_ascii_case("upgrade"))
}

/// Sets the fields that switch a connection to `WebSocket`.
pub(crate) fn say_websocket(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}

/// Removes the fields that concern one connection only from a response.
///
/// A 426 has to name a protocol (RFC 9110, section 15.5.22), so `WebSocket` stays if the server named it.
pub(crate) fn strip_response(status: StatusCode, headers: &mut HeaderMap) {
    let names_websocket = status == StatusCode::UPGRADE_REQUIRED
        && listed(headers, &header::UPGRADE).any(|protocol| protocol.eq_ignore_ascii_case("websocket"));
    strip_hop_by_hop(headers);
    if names_websocket {
        say_websocket(headers);
    }
}

/// Returns true if a body is a stream of small messages: server-sent events or gRPC.
///
/// Much time can pass between two of the messages.
pub(crate) fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let begins_with =
        |name: &[u8]| kind.get(..name.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(name));
    begins_with(b"text/event-stream") || begins_with(b"application/grpc")
}

/// Returns the limit for the body of a message.
///
/// In a stream of small messages, any byte is progress.
pub(crate) fn patience(headers: &HeaderMap, usual: Option<Patience>) -> Option<Patience> {
    if is_stream(headers) { usual.map(Patience::with_streams) } else { usual }
}

/// Joins the fields of `Cookie`, which HTTP/2 can split (RFC 9113, section 8.2.3).
pub(crate) fn join_cookies(headers: &mut HeaderMap) {
    let mut cookies = headers.get_all(header::COOKIE).iter();
    if let (Some(first), Some(second)) = (cookies.next(), cookies.next()) {
        let all: Vec<_> = [first, second].into_iter().chain(cookies).map(HeaderValue::as_bytes).collect();
        if let Ok(joined) = HeaderValue::from_bytes(&all.join(&b"; "[..])) {
            headers.insert(header::COOKIE, joined);
        }
    }
}

/// The bytes of the longest header: its name and all of its values.
pub(crate) fn longest(headers: &HeaderMap) -> usize {
    let bytes = |name: &HeaderName| {
        let values = headers.get_all(name).iter().map(HeaderValue::len);
        values.fold(name.as_str().len(), usize::saturating_add)
    };
    headers.keys().map(bytes).max().unwrap_or_default()
}

/// Decrements `Max-Forwards` (RFC 9110, section 7.6.2).
///
/// Returns false if the request may not be forwarded any further.
pub(crate) fn count_hop(method: &Method, headers: &mut HeaderMap) -> bool {
    if !matches!(*method, Method::OPTIONS | Method::TRACE) {
        return true;
    }
    let left = headers.get(header::MAX_FORWARDS).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    let Some(left) = left else { return true };
    let Some(next) = left.checked_sub(1) else { return false };
    headers.insert(header::MAX_FORWARDS, HeaderValue::from(next));
    true
}

/// The names in `Connection`.
fn connection(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    listed(headers, &header::CONNECTION)
}

/// The members of a list in all fields of this name.
fn listed<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|members| members.split(',')).map(str::trim)
}

/// Returns whether responses with this status never have a body (RFC 9110, section 6.4.1).
pub(crate) fn has_no_body(status: StatusCode) -> bool {
    status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED
}

/// Removes trailers that belong in a head (RFC 9110, section 6.5.1).
///
/// They concern the end of a message, its destination, authentication, and the meaning of its content.
pub(crate) fn strip_trailers(trailers: &mut HeaderMap) {
    strip_hop_by_hop(trailers);
    for name in &NO_TRAILER {
        trailers.remove(name);
    }
}
