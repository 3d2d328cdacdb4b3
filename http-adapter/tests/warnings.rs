//! What is valid in a configuration and seldom meant: where it is, and what to write instead.

use persevere_http::RetryFilter;
use persevere_http::spring::Trap;

/// What `yaml` is warned of: line, column, trap and what to write.
fn warned(yaml: &str) -> Vec<(usize, usize, Trap, String)> {
    let filter = RetryFilter::from_yaml(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    told(&filter)
}

fn told(filter: &RetryFilter) -> Vec<(usize, usize, Trap, String)> {
    let told = |warning: &persevere_http::spring::Warning| {
        let position = warning.position();
        (position.line, position.column, warning.trap(), warning.instead().to_owned())
    };
    filter.warnings().iter().map(told).collect()
}

/// A configuration of which nothing is to be said.
const CLEAR: &str = "
statuses: 5xx
series: []
methods: GET
backoff:
  firstBackoff: 50ms
  maxBackoff: 1s
timeout: 5s
";

#[test]
fn a_clear_configuration_has_no_warnings() {
    assert_eq!(warned(CLEAR), []);
    assert!(RetryFilter::spring().build().expect("the defaults").warnings().is_empty());
}

#[test]
fn each_trap_is_warned_of_where_it_is() {
    let waits = "backoff: { firstBackoff: 50ms, maxBackoff: 1s }";
    for (yaml, line, column, trap, instead) in [
        (format!("statuses: BAD_GATEWAY\n{waits}"), 1, 11, Trap::StatusesAddToSeries, "`series: []`"),
        (format!("{waits}\nseries: SERVER_ERROR"), 2, 9, Trap::SeriesNeedsNames, "`statuses: 5xx`"),
        (format!("{waits}\nseries:\n  - CLIENT_ERROR"), 3, 5, Trap::SeriesNeedsNames, "`statuses: 4xx`"),
        (format!("{waits}\nmethods: GET, put"), 2, 15, Trap::MethodCase, "`PUT`"),
        (
            format!("{waits}\nmethods: [GET, POST]"),
            2,
            16,
            Trap::NotIdempotent,
            "idempotent methods only, such as `GET`",
        ),
        ("backoff:\n  firstBackoff: 50\n".to_owned(), 2, 17, Trap::NoUnit, "`firstBackoff: 50ms`"),
        (format!("{waits}\ntimeout: 5000"), 2, 10, Trap::NoUnit, "`timeout: 5000ms`"),
        ("retries: 2".to_owned(), 1, 1, Trap::NoBackoff, "`backoff: { firstBackoff: 50ms, maxBackoff: 1s }`"),
        (
            "jitter:\n  randomFactor: 0.5".to_owned(),
            2,
            17,
            Trap::JitterAlone,
            "`backoff: { firstBackoff: 50ms, maxBackoff: 1s }`",
        ),
        (format!("{waits}\njitter.randomFactor: 0.009"), 2, 22, Trap::JitterTooSmall, "`randomFactor: 0.5`"),
        ("backoff: { factor: 0 }".to_owned(), 1, 20, Trap::NoGrowth, "`factor: 2`"),
        (format!("{waits}\ntimeout: 49ms"), 2, 10, Trap::TimeoutTooShort, "`timeout: 2s`"),
        (format!("{waits}\ntimeout: 50ms"), 2, 10, Trap::TimeoutTooShort, "`timeout: 2s`"),
        (format!("{waits}\nretryAfter: {{ max: 30 }}"), 2, 20, Trap::NoUnit, "`max: 30ms`"),
        ("profile: gateway\nretryAfter.max: 30".to_owned(), 2, 17, Trap::NoUnit, "`max: 30ms`"),
        ("profile: gateway\ntimeout: 5000".to_owned(), 2, 10, Trap::NoUnit, "`timeout: 5000ms`"),
        (format!("{waits}\ntimeout: 0"), 2, 10, Trap::TimeoutTooShort, "`timeout: 2s`"),
    ] {
        assert_eq!(warned(&yaml), [(line, column, trap, instead.to_owned())], "{yaml}");
    }
}

#[test]
fn what_says_the_same_clearly_is_not_warned_of() {
    let waits = "backoff: { firstBackoff: 50ms, maxBackoff: 1s }";
    for yaml in [
        format!("{waits}\nstatuses: BAD_GATEWAY\nseries: []"),
        format!("{waits}\nstatuses: 5xx\nseries: SERVER_ERROR"),
        format!("{waits}\nseries: REDIRECTION"),
        format!("{waits}\ntimeout: 51ms"),
        "profile: gateway\nretryAfter.max: 30s".to_owned(),
        "backoff: { firstBackoff: 50ms, factor: 1 }".to_owned(),
        "backoff: { firstBackoff: PT0.05S }\njitter: { randomFactor: 0.01 }".to_owned(),
    ] {
        assert_eq!(warned(&yaml), [], "{yaml}");
    }
}

#[test]
fn warnings_of_a_shortcut_say_what_fits_there() {
    let filter: RetryFilter = "Retry=3,BAD_GATEWAY,post,50,100ms,0,true,0.001,20ms".parse().expect("valid");
    let expected = [
        (1, 9, Trap::StatusesAddToSeries, "args with `series: []`"),
        (1, 21, Trap::MethodCase, "`POST`"),
        (1, 21, Trap::NotIdempotent, "idempotent methods only, such as `GET`"),
        (1, 26, Trap::NoUnit, "`50ms`"),
        (1, 35, Trap::NoGrowth, "`2`"),
        (1, 42, Trap::JitterTooSmall, "`0.5`"),
        (1, 48, Trap::TimeoutTooShort, "`2s`"),
    ];
    assert_eq!(
        told(&filter),
        expected.map(|(line, column, trap, text)| (line, column, trap, text.to_owned()))
    );
    let bare: RetryFilter = "Retry".parse().expect("all defaults");
    assert_eq!(bare.warnings().len(), 1);
    assert_eq!(
        bare.warnings()[0].to_string(),
        "line 1, column 1: without `backoff`, retries follow at once; write the waits too: \
         `Retry=3,SERVICE_UNAVAILABLE,GET,50ms,1s`"
    );
}

#[test]
fn warnings_stay_with_a_filter_that_is_built_upon() {
    let filter: RetryFilter = "Retry".parse().expect("all defaults");
    let expected = filter.warnings().to_vec();
    let rebuilt = filter.into_builder().retries(2).build().expect("valid");
    assert_eq!(rebuilt.warnings(), expected);
}
