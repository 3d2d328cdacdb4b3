//! [`closest`]: the known name that an unknown one was meant to be.

/// A name longer than this is like no other.
const LONGEST: usize = 64;

/// Returns the most similar name in `known`, or `None` if no name is similar.
///
/// Case, hyphens and underscores do not count. A missing, additional, wrong or swapped letter counts as one difference. Short names
/// may have one difference, and longer names up to three. A name of four characters or more is also similar if it is the
/// beginning of a known name.
///
/// ```
/// use persevere_http::yaml::closest;
///
/// assert_eq!(closest("Paht", ["Host", "Path"]), Some("Path"));
/// assert_eq!(closest("BAD_GATE", ["BAD_GATEWAY", "BAD_REQUEST"]), Some("BAD_GATEWAY"));
/// assert_eq!(closest("Cookie", ["Host", "Path"]), None);
/// ```
#[must_use]
#[cfg_attr(not(feature = "yaml"), allow(unreachable_pub, reason = "it is public with that feature"))]
pub fn closest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = plain(name);
    let length = wanted.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let room = (length / 3).clamp(1, 3);
    let distance = |known: &str| {
        let known = plain(known);
        let begins = length >= 4 && known.starts_with(&wanted);
        if begins { room } else { strsim::osa_distance(&wanted, &known) }
    };
    let ranked = known.into_iter().map(|known| (distance(known), known));
    let (distance, best) = ranked.min_by_key(|(distance, _)| *distance)?;
    // A word of one letter has nothing left once that is wrong.
    (distance <= room && distance < length).then_some(best)
}

/// `; did you mean ….`, or nothing.
pub(crate) fn meant<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    closest(name, known).map_or_else(String::new, |best| format!("; did you mean {best}?"))
}

/// Lower case without hyphens and underscores; dots separate what is nested.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// Returns true if [`plain`] makes `plain` of `name`. This takes no memory, so many names can be compared.
#[cfg(feature = "yaml")]
pub(crate) fn is_plain_of(plain: &str, name: &str) -> bool {
    if name.is_ascii() {
        let letters = name.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
        return letters.map(|byte| byte.to_ascii_lowercase()).eq(plain.bytes());
    }
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).eq(plain.chars())
}
