//! [`redacted`]: a URI for logs.

use std::fmt::{self, Write};

use http::Uri;

/// Returns the URI without its user information and query, which may be secret.
///
/// Quotation marks, and all characters other than graphic ASCII, are percent-encoded. A request therefore cannot write a log line, or
/// end a quoted value in one.
///
/// ```
/// use persevere_http::redacted;
///
/// let uri = "https://bob:hunter2@api.example:8443/orders/7?token=9b0f".parse()?;
/// assert_eq!(redacted(&uri).to_string(), "https://api.example:8443/orders/7?…");
/// # Ok::<(), http::uri::InvalidUri>(())
/// ```
#[must_use]
pub fn redacted(uri: &Uri) -> impl fmt::Display + fmt::Debug + '_ {
    Redacted(uri)
}

struct Redacted<'a>(&'a Uri);

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = self.0.scheme_str() {
            write!(f, "{scheme}://")?;
        }
        if let Some(authority) = self.0.authority().map(http::uri::Authority::as_str) {
            graphic(f, authority.rsplit_once('@').map_or(authority, |(_, place)| place))?;
        }
        graphic(f, self.0.path())?;
        self.0.query().map_or(Ok(()), |_| f.write_str("?…"))
    }
}

fn graphic(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    text.bytes().try_for_each(|byte| match byte {
        b'!' | b'#'..=b'~' => f.write_char(byte.into()),
        // A quotation mark could end a quoted value of a log line.
        _ => write!(f, "%{byte:02X}"),
    })
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_is_left_out_of_every_form() {
        for (uri, expected) in [
            ("http://a/", "http://a/"),
            ("http://a", "http://a/"),
            ("http://user@a:1/b", "http://a:1/b"),
            ("http://user:p%40ss@[::1]:80/?", "http://[::1]:80/?…"),
            ("/b/c?x=1&y=2", "/b/c?…"),
            ("user:secret@a:443", "a:443"),
            ("*", "*"),
            ("/a%0Ab", "/a%0Ab"),
            ("/\"b=c", "/%22b=c"),
            ("/\u{85}\u{9b}31m\u{202e}", "/%C2%85%C2%9B31m%E2%80%AE"),
        ] {
            let uri: Uri = uri.parse().expect("a URI");
            assert_eq!(redacted(&uri).to_string(), expected, "{uri}");
            assert_eq!(format!("{:?}", redacted(&uri)), expected, "{uri}");
        }
    }
}
