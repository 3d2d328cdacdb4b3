//! Hosts of requests: what is taken has nothing in it that another program could read as the end of the host.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../gateway/src/proxy/authority.rs"]
mod authority;

use authority::Authority;

fuzz_target!(|text: &str| {
    let Ok(read) = Authority::parse(text) else { return };
    assert!(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
    assert!(!text.contains(['/', '\\', '?', '#', '@', ',', '"', '%', '<', '>']), "{text}");
    assert!(read.is_same(&read, 80), "{text}");
    let upper = text.to_ascii_uppercase();
    assert!(read.is_same(&Authority::parse(&upper).expect("case does not matter"), 80), "{text}");
    // What is taken here is a host for others, too.
    let host = text.parse::<http::uri::Authority>().expect(text).host().to_owned();
    assert!(text.starts_with(&host), "{text}");
});
