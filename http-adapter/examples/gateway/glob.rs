//! `*` and `?` in a part of a host name or of a path.

/// Whether the pattern matches the whole text: `*` stands for any number of characters, `?` for one.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|skipped| matches(rest, &text[skipped..])),
        ([b'?', pattern @ ..], [_, text @ ..]) => matches(pattern, text),
        ([expected, pattern @ ..], [byte, text @ ..]) => expected == byte && matches(pattern, text),
        _ => false,
    }
}
