//! YAML: whatever it holds, it is read or refused at a place inside it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use persevere_http::RetryFilter;
use persevere_http::spring::yaml::Node;

fuzz_target!(|text: &str| {
    // What is missing at the end is missing on the line after it.
    let lines = text.split(['\n', '\r']).count();
    if let Err(error) = Node::parse(text) {
        assert!(error.position().line <= lines + 1, "{error}");
    }
    match RetryFilter::from_yaml(text) {
        Err(error) => assert!(error.position().line <= lines + 1, "{error}"),
        Ok(filter) => {
            assert!(filter.retries() > 0);
            for warning in filter.warnings() {
                assert!(warning.position().line <= lines + 1, "{warning}");
            }
        }
    }
});
