//! Checks what the head of a response says about the length of its body.

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

/// The head of a response contradicts itself about its body.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Inconsistent(&'static str);

/// Removes fields that the client must not see from the framing of a response.
///
/// A `Content-Length` beside a `Transfer-Encoding` counts for nothing (RFC 9112, 6.3), and a `204` has none (RFC 9110, 8.6).
///
/// # Errors
///
/// Returns an error if the end of the body cannot be known, or if it has a coding that this gateway has not asked for.
pub(crate) fn check<B>(response: &mut Response<B>, method: &Method) -> Result<(), Inconsistent> {
    let status = response.status();
    let has_body =
        *method != Method::HEAD && status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    if headers.contains_key(header::TRANSFER_ENCODING) {
        if has_body && !is_only_chunked(headers) {
            return Err(Inconsistent("the response has a transfer coding that is not `chunked` alone"));
        }
        headers.remove(header::CONTENT_LENGTH);
    }
    if status == StatusCode::NO_CONTENT {
        headers.remove(header::CONTENT_LENGTH);
    }
    if let Some(length) = length(headers)? {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(())
}

fn is_only_chunked(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let coding = codings.next().and_then(|coding| coding.to_str().ok());
    coding.is_some_and(|coding| coding.trim().eq_ignore_ascii_case("chunked")) && codings.next().is_none()
}

/// The `Content-Length`, which may be said several times if it is the same each time.
fn length(headers: &HeaderMap) -> Result<Option<u64>, Inconsistent> {
    let wrong = Inconsistent("the response has no valid `Content-Length`");
    let mut known = None;
    for value in headers.get_all(header::CONTENT_LENGTH) {
        for text in value.to_str().map_err(|_| wrong)?.split(',') {
            let text = text.trim();
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(wrong);
            }
            let length: u64 = text.parse().map_err(|_| wrong)?;
            if known.is_some_and(|known| known != length) {
                return Err(Inconsistent("the response has two lengths"));
            }
            known = Some(length);
        }
    }
    Ok(known)
}
