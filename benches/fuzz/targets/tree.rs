//! Documents, dotted names and placeholders: whatever a text holds, it is read or refused at a place inside it, and stays small.
#![no_main]

use libfuzzer_sys::fuzz_target;
use persevere_http::spring::yaml::{Node, Placeholders, Value};

/// The bytes of all values, and of all names.
fn size(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(text) => text.len(),
        Value::List(nodes) => nodes.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|(key, node)| key.name.len() + size(node)).sum(),
        _ => 0,
    }
}

fuzz_target!(|text: &str| {
    let lines = text.split(['\n', '\r']).count();
    let inside = |error: persevere_http::spring::ConfigError| {
        for error in error.all() {
            assert!(error.position().line <= lines + 1, "{error}");
        }
    };
    let environment = |name: &str| (name == "A").then(|| "${B:x}".to_owned());
    let documents = match Node::documents(text) {
        Ok(documents) => documents,
        Err(error) => return inside(error),
    };
    for document in documents {
        match document.nested() {
            Err(error) => inside(error),
            Ok(tree) => {
                let mut copy = tree.clone();
                if let Err(error) = Placeholders::new(&tree, &environment).resolve(&mut copy) {
                    inside(error);
                }
                assert!(size(&copy) <= size(&tree) + (1 << 20), "placeholders stand for too much");
                let _ = tree.clone().overridden_by(copy);
            }
        }
    }
});
