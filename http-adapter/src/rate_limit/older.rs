//! `RateLimit-Reset` and `X-RateLimit-Reset`: numbers of seconds, or points in time, one for each quota.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::retry_after::{seconds, until};

/// Returns the wait that the fields with this prefix ask for.
///
/// If there are as many resets as remainders, they belong to each other by their places. Otherwise, every quota must be used up.
pub(super) fn wait(headers: &HeaderMap, prefix: &str) -> Option<Duration> {
    let resets = items(headers, &format!("{prefix}-reset"))?;
    let remaining = items(headers, &format!("{prefix}-remaining"))?;
    let is_used_up = |text: &&str| number(text) == Some(Duration::ZERO);
    let waits = resets.iter().map(|text| reset(text, headers));
    if remaining.len() == resets.len() {
        let used_up = waits.zip(&remaining).filter(|(_, remaining)| is_used_up(remaining));
        return used_up.filter_map(|(wait, _)| wait).max();
    }
    if remaining.iter().all(is_used_up) { waits.flatten().max() } else { None }
}

/// Returns the items of all lines of a field, without their parameters.
///
/// Returns `None` if a line is not ASCII text.
fn items<'h>(headers: &'h HeaderMap, name: &str) -> Option<Vec<&'h str>> {
    let mut items = Vec::new();
    for line in headers.get_all(name) {
        let texts = line.to_str().ok()?.split(',');
        items.extend(texts.map(|text| text.split(';').next().unwrap_or_default().trim_matches([' ', '\t'])));
    }
    Some(items)
}

/// Reads a reset as a wait.
///
/// A number of 10⁹ or more is a point in time, in seconds since 1970.
fn reset(text: &str, headers: &HeaderMap) -> Option<Duration> {
    const POINT_IN_TIME: Duration = Duration::from_secs(1_000_000_000);
    let number = number(text)?;
    if number < POINT_IN_TIME {
        return Some(number);
    }
    let then = SystemTime::UNIX_EPOCH.checked_add(number);
    Some(then.map_or(Duration::MAX, |then| until(then, headers)))
}

/// Reads a number of seconds, and rounds a fraction up.
fn number(text: &str) -> Option<Duration> {
    let Some((whole, fraction)) = text.split_once('.') else { return seconds(text) };
    let (whole, fraction) =
        (seconds(whole)?, fraction.bytes().map(|byte| byte.is_ascii_digit().then_some(byte)));
    let digits: Vec<u8> = fraction.collect::<Option<_>>()?;
    let is_whole = digits.iter().all(|&digit| digit == b'0');
    (!digits.is_empty()).then(|| if is_whole { whole } else { whole.saturating_add(Duration::from_secs(1)) })
}
