//! Settings that are refused: with field, value and bound, and the place of each.

use persevere_http::RetryFilter;
use persevere_http::spring::yaml::Node;

#[test]
fn every_bound_of_spring_is_refused_with_field_value_and_bound() {
    for (yaml, field, value, bound) in [
        ("retries: 0", "retries", "0", "retries must be greater than 0"),
        ("retries: -1", "retries", "-1", "retries must be greater than 0"),
        ("series:\nexceptions:", "series", "[]", "series, status and exceptions may not all be empty"),
        ("methods:", "methods", "[]", "methods may not be empty"),
        ("methods: []", "methods", "[]", "methods may not be empty"),
        ("backoff: {firstBackoff: }", "backoff.firstBackoff", "empty", "firstBackoff must be present"),
        ("backoff: {firstBackoff: 0ms}", "backoff.firstBackoff", "0ns", "firstBackoff must be > 0"),
        ("backoff: {firstBackoff: -5ms}", "backoff.firstBackoff", "-5ms", "firstBackoff must be > 0"),
        (
            "backoff: {firstBackoff: 20ms, maxBackoff: 10ms}",
            "backoff.maxBackoff",
            "10ms",
            "maxBackoff must be >= firstBackoff",
        ),
        (
            "backoff: {maxBackoff: 9223372036854775807}",
            "backoff.maxBackoff",
            "9223372036854775.807s",
            "maxBackoff must be less than Long.MAX_VALUE milliseconds",
        ),
        (
            "jitter: {randomFactor: 1.1}",
            "jitter.randomFactor",
            "1.1",
            "random factor must be between 0 and 1 (default 0.5)",
        ),
        (
            "jitter: {randomFactor: -0.1}",
            "jitter.randomFactor",
            "-0.1",
            "random factor must be between 0 and 1 (default 0.5)",
        ),
        (
            "jitter: {randomFactor: NaN}",
            "jitter.randomFactor",
            "NaN",
            "random factor must be between 0 and 1 (default 0.5)",
        ),
        ("timeout: -1ms", "timeout", "-1ms", "timeout should be >= 0"),
    ] {
        let error = RetryFilter::from_yaml(yaml).expect_err(yaml);
        let invalid = error.setting().unwrap_or_else(|| panic!("{yaml}: {error}"));
        assert_eq!((invalid.field(), invalid.value(), invalid.bound()), (field, value, bound), "{yaml}");
        assert_eq!(error.to_string(), format!("{}: `{field}` is {value}: {bound}", error.position()));
    }
    assert!(RetryFilter::from_yaml("timeout: 0").is_ok(), "a time-out of zero is allowed");
}

#[test]
fn what_spring_ignores_in_silence_is_refused_with_its_place() {
    for (yaml, said) in [
        ("retires: 3", "line 1, column 1: there is no setting `retires`; did you mean `retries`?"),
        ("status: BAD_GATEWAY", "there is no setting `status`; did you mean `statuses`?"),
        (
            "a: 1\nretries: 3",
            "line 1, column 1: there is no setting `a`; there are retries, series, statuses,",
        ),
        (
            "backoff:\n  frist-backoff: 1s",
            "line 2, column 3: there is no setting `backoff.frist-backoff`; did you",
        ),
        (
            "backoff: 10ms",
            "there is no setting `backoff`; it is a group: write backoff.firstBackoff, backoff.max",
        ),
        ("maxBackoff: 1s", "there is no setting `maxBackoff`; did you mean `backoff.maxBackoff`?"),
        ("retries: 3\nretries: 4", "line 2, column 1: `retries` is there twice"),
        ("backoff: {firstBackoff: 1s, first-backoff: 2s}", "column 29: `backoff.first-backoff` is set twice"),
        ("retries: three", "line 1, column 10: `retries` is three: must be a whole number"),
        ("retries: 2147483648", "`retries` is 2147483648: must be at most 2147483647"),
        ("retries:", "line 1, column 1: `retries` is empty: a value is missing"),
        ("retries: ~", "line 1, column 1: `retries` is empty: a value is missing"),
        ("retries: null", "line 1, column 1: `retries` is empty: a value is missing"),
        ("retries: \"3}\"", "`retries` is 3}: must be a whole number"),
        ("retries: \"#{3\"", "`retries` is #{3: must be a whole number"),
        ("retries: [1, 2]", "line 1, column 14: `retries` is 2: takes a single value"),
        ("methods: GTE", "line 1, column 10: `methods` is GTE: must be GET, HEAD, POST,"),
        ("methods: GET, PSOT", "line 1, column 15: `methods` is PSOT"),
        ("methods: GET,,POST", "line 1, column 14: `methods` is empty: an item is missing between commas"),
        ("statuses: 600", "`statuses` is 600: must be a status name such as BAD_GATEWAY"),
        ("statuses: 504-500", "`statuses` is 504-500"),
        ("statuses: BAD_GATE", "`statuses` is BAD_GATE"),
        ("series: SERVER", "`series` is SERVER: must be INFORMATIONAL"),
        (
            "exceptions: com.example.Mine",
            "`exceptions` is com.example.Mine: must be one of java.io.IOException,",
        ),
        ("timeout: 1.5s", "line 1, column 10: `timeout` is 1.5s: must be a duration such as 100ms"),
        ("backoff: {factor: 1.5}", "`backoff.factor` is 1.5: must be a whole number"),
        ("backoff: {basedOnPreviousValue: maybe}", "is maybe: must be true or false"),
        (
            "timeout: \"#{T(java.lang.Runtime).getRuntime()}\"",
            "expressions are not evaluated: write the value",
        ),
        ("methods: [\"#{@methods}\"]", "expressions are not evaluated: write the value"),
        ("- retries", "line 1, column 1: the args of `Retry` are a mapping"),
        ("methods: [[GET]]", "line 1, column 11: an item of a list must be a single value"),
        ("retries: *three", "line 1, column 10: while parsing node, found unknown anchor"),
        ("retries: \"3", "line 1, column 10: "),
        ("methods: \"GET, PSOT\"", "line 1, column 16: `methods` is PSOT"),
        ("retires: {}", "there is no setting `retires`; did you mean `retries`?"),
        ("backoff: {}", "there is no setting `backoff`; it is a group"),
        ("statuses: +50", "`statuses` is +50"),
        ("statuses: 0500", "`statuses` is 0500"),
        ("retries: 3\n---\nretries: 4", "only one document is expected"),
    ] {
        let error = RetryFilter::from_yaml(yaml).expect_err(yaml).to_string();
        assert!(error.contains(said), "{yaml}\n  said: {error}\n  not: {said}");
    }
}

#[test]
fn nesting_without_end_is_refused() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Node::parse(&nested(63)).is_ok());
    let error = Node::parse(&nested(65)).expect_err("too deep").to_string();
    assert_eq!(error, "line 1, column 65: nested deeper than 64");
    assert!(Node::parse(&"[".repeat(100_000)).is_err());
}

#[test]
fn the_shortcut_is_refused_with_its_column() {
    for (text, said) in [
        ("Retry=0", "line 1, column 7: `retries` is 0: retries must be greater than 0"),
        ("Retry=3,,GET", "line 1, column 9: `statuses` is empty: a value between commas cannot be left out"),
        ("Retry=3, 502, GTE", "line 1, column 15: `methods` is GTE"),
        ("Retry=", "line 1, column 7: `retries` is empty"),
        (
            "Retry=3,502,GET,1s,2s,2,true,0.5,1s,9",
            "column 37: `9` is one value too many: the form ends with its ninth",
        ),
        ("Retries=3", "line 1, column 1: `Retries` is not the filter `Retry`"),
        ("", "line 1, column 1: `` is not the filter `Retry`"),
        (
            "Retry=3,502,GET,10ms,5ms",
            "column 22: `backoff.maxBackoff` is 5ms: maxBackoff must be >= firstBackoff",
        ),
        ("Retry=3,502,GET,10ms,50ms,2,false,2", "column 35: `jitter.randomFactor` is 2"),
        ("Retry=3,BAD_GATEWAY,GET,POST", "column 25: there is room for one status and one method only"),
        ("Retry=#{3}", "expressions are not evaluated"),
    ] {
        let error = text.parse::<RetryFilter>().expect_err(text).to_string();
        assert!(error.contains(said), "{text}\n  said: {error}\n  not: {said}");
    }
}
