//! Sizes as Spring writes them: `5MB`, `64KiB`, `1024`.

/// Reads a whole number of bytes, or of `B KB MB GB`, which are powers of 1024 as in Spring, or of `KiB MiB GiB`, which are
/// the same. `None` for anything else, and for more than there can be.
pub(crate) fn parse(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let bytes: usize = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" | "kib" => 1 << 10,
        "mb" | "mib" => 1 << 20,
        "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<usize>().ok()?.checked_mul(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("1024", Some(1024)),
            (" 7B ", Some(7)),
            ("64KiB", Some(65_536)),
            ("64KB", Some(65_536)),
            ("5mb", Some(5_242_880)),
            ("1GiB", Some(1_073_741_824)),
            ("", None),
            ("KB", None),
            ("-1", None),
            ("+1", None),
            ("1.5MB", None),
            ("5 MB", None),
            ("5TB", None),
            ("18446744073709551615GB", None),
        ] {
            assert_eq!(parse(text), bytes, "{text}");
        }
    }
}
