//! The names of status codes, as Spring's configurations have them.

use std::ops::RangeInclusive;

use crate::status::Statuses;

/// The bound that an error names for a status.
pub(super) const EXPECTED: &str =
    "must be a status name such as BAD_GATEWAY, a code, a class (5xx) or a range (500-504)";

impl Statuses {
    /// Spring's names of codes, such as `BAD_GATEWAY`.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(_, name)| *name)
    }

    /// Returns the codes that a text names, or `None` for any other text.
    ///
    /// The text is Spring's name in any spelling, a number, a class (`5xx`) or a range (`500-504`).
    ///
    /// ```
    /// use persevere_http::Statuses;
    ///
    /// assert_eq!(Statuses::named("bad-gateway"), Some(502..=502));
    /// assert_eq!(Statuses::named("5xx"), Some(500..=599));
    /// assert_eq!(Statuses::named("600"), None);
    /// ```
    #[must_use]
    pub fn named(text: &str) -> Option<RangeInclusive<u16>> {
        let plain = plain(text);
        if let Some(&(code, _)) = NAMES.iter().find(|(_, name)| self::plain(name) == plain) {
            return Some(code..=code);
        }
        if let [hundreds @ b'1'..=b'5', b'x', b'x'] = plain.as_bytes() {
            let first = u16::from(hundreds.saturating_sub(b'0')).saturating_mul(100);
            return Some(first..=first.saturating_add(99));
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (code(first)?, code(last)?);
        (first <= last).then_some(first..=last)
    }
}

/// Three digits, from 100 to 599.
fn code(text: &str) -> Option<u16> {
    let text = text.trim();
    let code =
        text.parse().ok().filter(|_| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit()))?;
    (100..=599).contains(&code).then_some(code)
}

/// Lower case without anything but letters and digits: Spring Boot compares names so.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The codes and names of Spring's `HttpStatus`. An older name follows the newer one.
pub(super) const NAMES: &[(u16, &str)] = &[
    (100, "CONTINUE"),
    (101, "SWITCHING_PROTOCOLS"),
    (102, "PROCESSING"),
    (103, "EARLY_HINTS"),
    (103, "CHECKPOINT"),
    (200, "OK"),
    (201, "CREATED"),
    (202, "ACCEPTED"),
    (203, "NON_AUTHORITATIVE_INFORMATION"),
    (204, "NO_CONTENT"),
    (205, "RESET_CONTENT"),
    (206, "PARTIAL_CONTENT"),
    (207, "MULTI_STATUS"),
    (208, "ALREADY_REPORTED"),
    (226, "IM_USED"),
    (300, "MULTIPLE_CHOICES"),
    (301, "MOVED_PERMANENTLY"),
    (302, "FOUND"),
    (302, "MOVED_TEMPORARILY"),
    (303, "SEE_OTHER"),
    (304, "NOT_MODIFIED"),
    (305, "USE_PROXY"),
    (307, "TEMPORARY_REDIRECT"),
    (308, "PERMANENT_REDIRECT"),
    (400, "BAD_REQUEST"),
    (401, "UNAUTHORIZED"),
    (402, "PAYMENT_REQUIRED"),
    (403, "FORBIDDEN"),
    (404, "NOT_FOUND"),
    (405, "METHOD_NOT_ALLOWED"),
    (406, "NOT_ACCEPTABLE"),
    (407, "PROXY_AUTHENTICATION_REQUIRED"),
    (408, "REQUEST_TIMEOUT"),
    (409, "CONFLICT"),
    (410, "GONE"),
    (411, "LENGTH_REQUIRED"),
    (412, "PRECONDITION_FAILED"),
    (413, "CONTENT_TOO_LARGE"),
    (413, "PAYLOAD_TOO_LARGE"),
    (413, "REQUEST_ENTITY_TOO_LARGE"),
    (414, "URI_TOO_LONG"),
    (414, "REQUEST_URI_TOO_LONG"),
    (415, "UNSUPPORTED_MEDIA_TYPE"),
    (416, "REQUESTED_RANGE_NOT_SATISFIABLE"),
    (417, "EXPECTATION_FAILED"),
    (418, "I_AM_A_TEAPOT"),
    (419, "INSUFFICIENT_SPACE_ON_RESOURCE"),
    (420, "METHOD_FAILURE"),
    (421, "MISDIRECTED_REQUEST"),
    (421, "DESTINATION_LOCKED"),
    (422, "UNPROCESSABLE_CONTENT"),
    (422, "UNPROCESSABLE_ENTITY"),
    (423, "LOCKED"),
    (424, "FAILED_DEPENDENCY"),
    (425, "TOO_EARLY"),
    (426, "UPGRADE_REQUIRED"),
    (428, "PRECONDITION_REQUIRED"),
    (429, "TOO_MANY_REQUESTS"),
    (431, "REQUEST_HEADER_FIELDS_TOO_LARGE"),
    (451, "UNAVAILABLE_FOR_LEGAL_REASONS"),
    (500, "INTERNAL_SERVER_ERROR"),
    (501, "NOT_IMPLEMENTED"),
    (502, "BAD_GATEWAY"),
    (503, "SERVICE_UNAVAILABLE"),
    (504, "GATEWAY_TIMEOUT"),
    (505, "HTTP_VERSION_NOT_SUPPORTED"),
    (506, "VARIANT_ALSO_NEGOTIATES"),
    (507, "INSUFFICIENT_STORAGE"),
    (508, "LOOP_DETECTED"),
    (509, "BANDWIDTH_LIMIT_EXCEEDED"),
    (510, "NOT_EXTENDED"),
    (511, "NETWORK_AUTHENTICATION_REQUIRED"),
];
