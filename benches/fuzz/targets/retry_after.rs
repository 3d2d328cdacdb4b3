//! Headers that ask for a wait: whatever they hold, nothing panics, and plain numbers mean what they say.
#![no_main]

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use persevere_http::{pushback, rate_limit_reset, retry_after};

fuzz_target!(|data: &[u8]| {
    let mut headers = HeaderMap::new();
    headers.insert("date", HeaderValue::from_static("Sun, 06 Nov 1994 08:49:00 GMT"));
    let mut longest = None;
    for line in data.split(|&byte| byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { continue };
        let Ok(text) = value.to_str() else { continue };
        let seconds = text.trim_matches([' ', '\t']);
        if !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit()) {
            longest = longest.max(Some(seconds.parse().map_or(Duration::MAX, Duration::from_secs)));
        }
        for name in
            ["retry-after", "ratelimit", "x-ratelimit-reset", "ratelimit-reset", "grpc-retry-pushback-ms"]
        {
            headers.append(name, value.clone());
        }
    }
    let asked = retry_after(&headers);
    assert!(asked >= longest, "{asked:?} is less than {longest:?}");
    let _ = (rate_limit_reset(&headers), pushback(&headers));
});
