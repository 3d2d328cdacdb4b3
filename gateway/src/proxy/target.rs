//! The target and the host of a request.

use http::{HeaderValue, Method, Request, StatusCode, Version, header};

use super::authority::Authority;
use super::refusal::Refusal;

const fn bad(why: &'static str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, why)
}

/// Checks the target of a request and returns the host that it asks for.
///
/// The host in its URI counts, or else its only `Host`. Without either, a request of HTTP/1.0 has an empty host.
pub(crate) fn host<B>(request: &Request<B>) -> Result<HeaderValue, Refusal> {
    check_form(request)?;
    let field = field(request)?;
    let uri = request.uri();
    let Some(authority) = uri.authority() else {
        return match field {
            Some(host) => Ok(host.clone()),
            None if request.version() < Version::HTTP_11 => Ok(HeaderValue::from_static("")),
            None => Err(bad("the request names no host")),
        };
    };
    // RFC 9112, section 3.2.2: a host in the first line counts, and `Host` does not. In HTTP/2, both are the same.
    let (name, has_user) = match authority.as_str().rsplit_once('@') {
        Some((_, host)) => (host, true),
        None => (authority.as_str(), false),
    };
    let asked = Authority::parse(name).map_err(bad)?;
    if request.version() == Version::HTTP_2 {
        let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let agrees = |host: &HeaderValue| {
            let host = host.to_str().ok().and_then(|host| Authority::parse(host).ok());
            host.is_some_and(|host| host.is_same(&asked, default_port))
        };
        if has_user {
            return Err(bad("`:authority` has user information"));
        }
        if !field.is_none_or(agrees) {
            return Err(bad("`:authority` and `host` name different hosts"));
        }
    } else if field.is_none() && request.version() == Version::HTTP_11 {
        return Err(bad("the request has no `Host`"));
    }
    HeaderValue::try_from(name).map_err(|_| bad("the name of the host is not text"))
}

/// Returns the only `Host` of a request. An empty `Host` counts as missing in HTTP/1.0 and is invalid in HTTP/1.1.
fn field<B>(request: &Request<B>) -> Result<Option<&HeaderValue>, Refusal> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return Err(bad("the request has two fields `Host`"));
    }
    let is_old = request.version() < Version::HTTP_11;
    let Some(host) = first.filter(|host| !(is_old && host.is_empty())) else { return Ok(None) };
    let text = host.to_str().map_err(|_| bad("the name of the host is not text"))?;
    Authority::parse(text).map_err(bad)?;
    Ok(Some(host))
}

/// Checks the form of the target (RFC 9112, section 3.2).
///
/// The target is a path, a URI with a host and a path, or `*` for the server as a whole.
fn check_form<B>(request: &Request<B>) -> Result<(), Refusal> {
    let uri = request.uri();
    if uri.scheme_str().is_some_and(|scheme| scheme != "http" && scheme != "https") {
        return Err(bad("the scheme of the target is neither http nor https"));
    }
    if uri.authority().is_some() && uri.scheme().is_none() {
        return Err(bad("the target is a host without a path, which only `CONNECT` may have"));
    }
    match uri.path() {
        "*" if request.method() == Method::OPTIONS && uri.query().is_none() => Ok(()),
        "*" => Err(bad("the target `*` is for `OPTIONS` alone")),
        path if !path.starts_with('/') => Err(bad("the path of the target does not begin with a slash")),
        path if !is_encoded(path) => {
            Err(bad("the path of the target has a `%` without two hexadecimal digits"))
        }
        _ => Ok(()),
    }
}

/// Returns whether two hexadecimal digits follow every percent sign.
fn is_encoded(path: &str) -> bool {
    let mut parts = path.split('%');
    parts.next();
    parts.all(|part| part.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}
