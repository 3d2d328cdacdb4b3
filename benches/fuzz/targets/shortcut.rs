//! Spring's shortcut form: an error stands inside its text, and what is read means the same as YAML.
#![no_main]

use libfuzzer_sys::fuzz_target;
use persevere_http::RetryFilter;

const NAMES: [&str; 9] = [
    "retries",
    "statuses",
    "methods",
    "backoff.firstBackoff",
    "backoff.maxBackoff",
    "backoff.factor",
    "backoff.basedOnPreviousValue",
    "jitter.randomFactor",
    "timeout",
];

fuzz_target!(|text: &str| {
    let text = format!("Retry={text}");
    let inside = 1..=text.chars().count() + 1;
    match text.parse::<RetryFilter>() {
        Err(error) => {
            let position = error.position();
            assert!(position.line == 1 && inside.contains(&position.column), "{error}");
        }
        Ok(filter) => {
            assert!(filter.retries() > 0);
            for warning in filter.warnings() {
                assert!(inside.contains(&warning.position().column), "{warning}");
            }
            // A line break inside a quoted scalar would be folded to a blank.
            if !text.contains(char::is_control) {
                let yaml = RetryFilter::from_yaml(&args(&text));
                assert_eq!(yaml.map(|yaml| yaml.to_string()), Ok(filter.to_string()), "{text}");
            }
        }
    }
});

fn args(text: &str) -> String {
    let values = text.trim_start_matches("Retry=").split(',');
    let line = |(name, value): (&&str, &str)| format!("{name}: '{}'\n", value.replace('\'', "''"));
    NAMES.iter().zip(values).map(line).collect()
}
