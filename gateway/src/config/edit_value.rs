//! What the filters of a route read and write: paths, and names and values of headers.

use http::uri::PathAndQuery;
use http::{HeaderName, Uri};
use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::Definition;

use super::template::Template;

/// The error of an edit whose result cannot be sent.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a filter of the route made an invalid path or header")]
pub(crate) struct BadEdit;

/// Fields that filters must not write.
///
/// Their values belong to one connection or to the framing of the body.
const FRAMING: [&str; 8] = [
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
];

/// Replaces everything behind the host of a request.
pub(crate) fn set_path_and_query(uri: &mut Uri, text: &str) -> Result<(), BadEdit> {
    let path: PathAndQuery = text.parse().map_err(|_| BadEdit)?;
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = Some(path);
    *uri = Uri::from_parts(parts).map_err(|_| BadEdit)?;
    Ok(())
}

/// A text with variables.
pub(crate) fn template(text: &str, named: &Definition<'_>) -> Result<Template, ConfigError> {
    Template::parse(text).map_err(|message| named.refuse(message))
}

/// The value of a header with variables.
pub(crate) fn header_value(text: &str, named: &Definition<'_>) -> Result<Template, ConfigError> {
    if http::HeaderValue::from_bytes(text.as_bytes()).is_err() {
        return Err(named.refuse(format!(
            "a value of `{}` has a line break or a control character, which no header can have",
            named.name
        )));
    }
    template(text, named)
}

/// The name of a header that is read or removed.
pub(crate) fn header(name: &str, named: &Definition<'_>) -> Result<HeaderName, ConfigError> {
    name.parse().map_err(|_| named.refuse(format!("`{name}` is not a valid header name")))
}

/// The name of a header that is written.
pub(crate) fn written(name: &str, named: &Definition<'_>) -> Result<HeaderName, ConfigError> {
    let header = header(name, named)?;
    if FRAMING.contains(&header.as_str()) {
        let message = format!(
            "`{name}` says how a message is sent, so the gateway writes it itself: remove this filter"
        );
        return Err(named.refuse(message));
    }
    if header == http::header::HOST {
        return Err(named.refuse(
            "write `SetRequestHostHeader` for the header `Host`, or `PreserveHostHeader` to keep it",
        ));
    }
    Ok(header)
}
