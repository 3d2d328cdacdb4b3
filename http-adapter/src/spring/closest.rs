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
/// use persevere_http::spring::yaml::closest;
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
        if begins { room } else { differences(&wanted, &known) }
    };
    let ranked = known.into_iter().map(|known| (distance(known), known));
    let (distance, best) = ranked.min_by_key(|(distance, _)| *distance)?;
    // A word of one letter has nothing left once that is wrong.
    (distance <= room && distance < length).then_some(best)
}

/// Returns the number of missing, additional, wrong and swapped letters between two texts.
///
/// This is the [optimal string alignment distance](https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance).
fn differences(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    // The rows of the table for the two letters before, and the one that is being filled.
    let (mut before, mut last) = (Vec::new(), (0..=right.len()).collect::<Vec<_>>());
    let mut previous = None;
    for (index, letter) in left.chars().enumerate() {
        let mut row = vec![index.saturating_add(1)];
        for (column, &other) in right.iter().enumerate() {
            let wrong = last[column].saturating_add(usize::from(letter != other));
            let gap = last[column.saturating_add(1)].min(row[column]).saturating_add(1);
            let earlier = column
                .checked_sub(1)
                .filter(|&earlier| previous == Some(other) && right[earlier] == letter && letter != other);
            let swapped = earlier.map_or(usize::MAX, |earlier| {
                before.get(earlier).map_or(usize::MAX, |count: &usize| count.saturating_add(1))
            });
            row.push(wrong.min(gap).min(swapped));
        }
        before = std::mem::replace(&mut last, row);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or(0)
}

/// Returns `; did you mean …?` with the similar value, without backticks, or nothing.
#[must_use]
#[cfg_attr(not(feature = "yaml"), allow(unreachable_pub, reason = "it is public with that feature"))]
pub fn meant_value<'k>(value: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    closest(value, known).map_or_else(String::new, |best| format!("; did you mean {best}?"))
}

/// Returns `; did you mean …?` with the similar name in backticks, or nothing.
#[must_use]
#[cfg(feature = "yaml")]
pub fn meant_name<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    closest(name, known).map_or_else(String::new, |best| format!("; did you mean `{best}`?"))
}

/// Returns a name in the form in which names are compared: lower case without hyphens and underscores.
///
/// Spring's names have several spellings: `response-timeout` is `responseTimeout`. Dots separate what is nested.
#[must_use]
#[cfg_attr(not(feature = "yaml"), allow(unreachable_pub, reason = "it is public with that feature"))]
pub fn plain(name: &str) -> String {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn differences_are_counted_as_a_known_library_counts_them(left in "[abcé]{0,8}", right in "[abcé]{0,8}") {
            prop_assert_eq!(differences(&left, &right), strsim::osa_distance(&left, &right));
        }
    }
}
