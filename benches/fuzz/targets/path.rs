//! Paths of requests: parameters and percent-encoding do not change which pattern matches.
#![no_main]
#![allow(dead_code, reason = "the gateway uses what no target does")]

use libfuzzer_sys::fuzz_target;

#[path = "../../../gateway/src/config/path.rs"]
mod path;
#[path = "../../../gateway/src/config/wildcard.rs"]
mod wildcard;

use path::PathPattern;
use wildcard::Pattern as _;

fuzz_target!(|texts: (&str, &str)| {
    let (pattern, path) = texts;
    let Ok(pattern) = PathPattern::parse(pattern) else { return };
    if pattern.matches(path) {
        assert!(path.starts_with('/'), "{pattern}: {path}");
        assert!(pattern.variables(path).len() <= pattern.names().count(), "{pattern}: {path}");
    }
    // A segment keeps its value with parameters, and with its letters percent-encoded.
    let with_parameters: Vec<_> = path
        .split('/')
        .map(|segment| match segment {
            "" => String::new(),
            segment => format!("{segment};a=b"),
        })
        .collect();
    assert_eq!(pattern.matches(path), pattern.matches(&with_parameters.join("/")), "{pattern}: {path}");
    let encoded = |segment: &str| match segment.find(['%', ';']) {
        Some(_) => segment.to_owned(),
        None => segment.bytes().map(|byte| format!("%{byte:02X}")).collect(),
    };
    let encoded: Vec<_> = path.split('/').map(encoded).collect();
    assert_eq!(pattern.matches(path), pattern.matches(&encoded.join("/")), "{pattern}: {path}");
});
