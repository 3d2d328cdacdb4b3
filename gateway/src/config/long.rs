//! A limit on the length of messages, which keeps errors small enough for a log.

/// The number of characters that an error or a warning shows.
const SHOWN: usize = 2_000;

/// Returns the text without the end of a long one.
pub(crate) fn shown(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(end);
        text.push('…');
    }
    text
}
