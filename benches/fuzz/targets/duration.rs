//! Durations as Spring writes them: what is read can be written again, and means the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use persevere_http::spring::Position;
use persevere_http::spring::yaml::{Node, Value};

fn read(text: &str) -> Option<std::time::Duration> {
    let mut node = Node::parse("x").expect("a scalar");
    assert_eq!(node.position, Position::START);
    node.value = Value::Scalar(text.to_owned());
    node.duration()
}

fuzz_target!(|text: &str| {
    let Some(duration) = read(text) else { return };
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    assert_eq!(read(&format!("PT{seconds}.{nanos:09}S")), Some(duration), "{text}");
    if let Ok(nanos) = u64::try_from(duration.as_nanos()) {
        assert_eq!(read(&format!("{nanos}ns")), Some(duration), "{text}");
    }
    assert_eq!(read(&format!(" {text} ")), Some(duration), "{text}");
});
