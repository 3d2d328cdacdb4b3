//! Fields of rate limits, as one text of several lines: whatever they hold, nothing panics; and a quota that is used up tells its
//! wait, whatever its name is and whatever stands beside it in the list.
#![no_main]

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use persevere_http::rate_limit_reset;

const NAMES: [&str; 6] = [
    "ratelimit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

fuzz_target!(|data: &[u8]| {
    let mut headers = HeaderMap::new();
    headers.insert("date", HeaderValue::from_static("Sun, 06 Nov 1994 08:49:00 GMT"));
    for line in data.split(|&byte| byte == b'\n') {
        // The first byte of a line says which field it is.
        let Some((name, value)) = line.split_first() else { continue };
        let name = NAMES[usize::from(*name) % NAMES.len()];
        let Ok(value) = HeaderValue::from_bytes(value) else { continue };
        headers.append(HeaderName::from_static(name), value);
    }
    let _ = rate_limit_reset(&headers);

    // The same bytes as the name of a quota.
    let printable = data.iter().filter(|byte| (0x20..0x7f).contains(*byte));
    let quoted: String = printable
        .flat_map(|&byte| [(byte == b'"' || byte == b'\\').then_some('\\'), Some(byte.into())])
        .flatten()
        .collect();
    let text = format!("\"{quoted}\";r=0;t=30, \"{quoted}\";r=1;t=90");
    let mut headers = HeaderMap::new();
    headers.insert("ratelimit", HeaderValue::from_str(&text).expect("printable"));
    assert_eq!(rate_limit_reset(&headers), Some(Duration::from_secs(30)), "{text}");
});
