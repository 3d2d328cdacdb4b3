//! The framing of request bodies.
//!
//! This module checks the framing that a client declares, and sets the framing that the server gets.

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body::Body;

use super::refusal::Refusal;

/// Refuses transfer codings other than a single `chunked` (RFC 9112, section 6.1).
///
/// The gateway does not decode other codings, and a body without its coding would be a different body. A request whose
/// last coding is not `chunked` is refused earlier, when its head is read.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut codings = Vec::new();
    for value in headers.get_all(header::TRANSFER_ENCODING) {
        let Ok(value) = value.to_str() else {
            return Err(Refusal(StatusCode::BAD_REQUEST, "`Transfer-Encoding` is not text"));
        };
        codings.extend(value.split(',').map(str::trim).filter(|coding| !coding.is_empty()));
    }
    let is_chunked = |coding: &&str| coding.eq_ignore_ascii_case("chunked");
    match codings.split_last() {
        Some((last, before)) if !is_chunked(last) || before.iter().any(is_chunked) => Err(Refusal(
            StatusCode::BAD_REQUEST,
            "`chunked` must be the last transfer coding, and appear once",
        )),
        None | Some((_, [])) => Ok(()),
        Some(_) => Err(Refusal(StatusCode::NOT_IMPLEMENTED, "no transfer coding but `chunked` is supported")),
    }
}

/// Tells the server where the body of an attempt ends.
///
/// The fields of the head do not count. A body of known length gets `Content-Length`, and any other body gets chunks. If a
/// request without a body had a `Content-Length`, it gets a length of zero.
pub(crate) fn set<B: Body>(request: Request<B>) -> Request<B> {
    let (mut head, body) = request.into_parts();
    set_head(&mut head, &body);
    Request::from_parts(head, body)
}

fn set_head<B: Body>(head: &mut Parts, body: &B) {
    let headers = &mut head.headers;
    headers.remove(header::TRANSFER_ENCODING);
    let had_length = headers.remove(header::CONTENT_LENGTH).is_some();
    if body.is_end_stream() {
        if had_length {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
        }
    } else if let Some(length) = body.size_hint().exact() {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    } else {
        // Without this field, hyper sends no body with `GET` and `HEAD`. A connection of HTTP/2 leaves it out.
        headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
}
