//! Where the body of a request ends: what a client may say of it, and what the server is told.

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body::Body;

use super::refusal::Refusal;

/// Refuses transfer codings other than a single `chunked` (RFC 9112, section 6.1): this gateway decodes no other, and without its
/// coding, a body would be another one. What has no `chunked` at its end was refused when the head was read.
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
        Some((last, before)) if !is_chunked(last) || before.iter().any(is_chunked) => {
            Err(Refusal(StatusCode::BAD_REQUEST, "`chunked` is the last transfer coding, and there once"))
        }
        None | Some((_, [])) => Ok(()),
        Some(_) => {
            Err(Refusal(StatusCode::NOT_IMPLEMENTED, "no transfer coding but `chunked` is decoded here"))
        }
    }
}

/// Says to the server where the body of an attempt ends, whatever the head says of it: by its length if that is known, and
/// otherwise by chunks. Of a request without a body, only a length of zero stays.
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
