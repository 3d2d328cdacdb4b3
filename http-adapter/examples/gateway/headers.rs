//! What must not pass through a proxy.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// The fields that speak of one connection alone (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Removes the fields that speak of one connection alone, those that `Connection` names included. That trailers
/// are welcome is said anew, since they pass through.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let wants_trailers = headers.get(header::TE).is_some_and(|value| value == "trailers");
    let nominated: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in nominated.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
    if wants_trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}
