//! Settings from code, from YAML and from the shortcut text: what is accepted, and what is refused where.

use std::time::Duration;

use http::{Method, StatusCode};
use persevere_http::spring::yaml::Node;
use persevere_http::spring::{Exception, Series, SpringBackoff, SpringJitter, SpringRules};
use persevere_http::{RetryFilter, Statuses};

use test_servers::ms;

/// The first listing of Spring's documentation, its route alone.
const DOCUMENTED: &str = "
retries: 3
statuses: BAD_GATEWAY
methods: GET,POST
backoff:
  firstBackoff: 10ms
  maxBackoff: 50ms
  factor: 2
  basedOnPreviousValue: false
jitter:
  randomFactor: 0.5
timeout: 100ms
";

fn shown(yaml: &str) -> String {
    RetryFilter::from_yaml(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}")).to_string()
}

#[test]
fn the_documented_yaml_is_what_it_says() {
    assert_eq!(
        shown(DOCUMENTED),
        "Retry(retries 3, series [SERVER_ERROR], statuses [502], methods [GET, POST], exceptions [IOException, \
         TimeoutException], backoff 10ms × 2 up to 50ms, jitter 50 %, timeout 100ms)"
    );
}

#[test]
fn the_documented_shortcut_equals_its_yaml() {
    let yaml = DOCUMENTED.replace("BAD_GATEWAY", "INTERNAL_SERVER_ERROR").replace("GET,POST", "GET");
    let shortcut: RetryFilter =
        "Retry=3,INTERNAL_SERVER_ERROR,GET,10ms,50ms,2,false,0.5,100ms".parse().expect("as documented");
    assert_eq!(shortcut.to_string(), shown(&yaml));
    let older: RetryFilter =
        "Retry=3,INTERNAL_SERVER_ERROR,GET,10ms,50ms,2,false".parse().expect("as documented");
    assert!(older.to_string().ends_with("backoff 10ms × 2 up to 50ms)"), "{older}");
}

#[test]
fn the_files_of_the_gateway_hold_both_listings() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../gateway/src/demo/routes.yaml"))
            .expect("the gateway has its routes");
    let document = Node::parse(&text).expect("as documented");
    let path = ["spring", "cloud", "gateway", "server", "webflux", "routes"];
    let routes = path.iter().try_fold(&document, |node, name| node.get(name)).expect("there are routes");
    let persevere_http::spring::yaml::Value::List(routes) = &routes.value else {
        panic!("routes are a list")
    };
    let ids: Vec<_> = routes.iter().filter_map(|route| route.get("id")?.scalar()).collect();
    assert_eq!(ids, ["retry_test", "retry_route", "retryshortcut_route"]);
}

#[test]
fn nothing_said_means_the_defaults_of_spring() {
    let defaults = "Retry(retries 3, series [SERVER_ERROR], statuses [], methods [GET], exceptions [IOException, \
                    TimeoutException], no backoff)";
    let built = RetryFilter::spring().build().expect("the defaults are within their bounds");
    assert_eq!(built.to_string(), defaults);
    assert_eq!("Retry".parse::<RetryFilter>().expect("all defaults").to_string(), defaults);
    assert_eq!(shown(""), defaults);
    assert_eq!(built.body_limit(), 65_536);
    assert_eq!((built.timeout(), built.route_id()), (None, None));
    // A backoff that says only one thing has 5 ms, doubling, no cap, each from the previous one.
    assert!(shown("backoff:\n  factor: 2").ends_with("backoff 5ms × 2 from the previous)"));
}

#[test]
fn s16_a_filter_prints_its_settings() {
    let filter = RetryFilter::spring()
        .rules(
            SpringRules::default()
                .methods([Method::GET])
                .series([Series::ServerError])
                .exceptions([Exception::Io]),
        )
        .retries(4)
        .build()
        .expect("within bounds");
    let printed = filter.to_string();
    for part in ["4", "[GET]", "[SERVER_ERROR]", "[IOException]"] {
        assert!(printed.contains(part), "{printed} lacks {part}");
    }
}

#[test]
fn names_and_values_may_be_spelled_as_spring_allows() {
    let camel = shown("backoff: {firstBackoff: 10ms, basedOnPreviousValue: false}\nmethods: [GET, POST]");
    for yaml in [
        "backoff: {first-backoff: 10, based-on-previous-value: no}\nmethods: get , post",
        "backoff.firstBackoff: PT0.01S\nbackoff.based_on_previous_value: FALSE\nmethods:\n- GET\n- POST",
    ] {
        assert_eq!(shown(yaml), camel, "{yaml}");
    }
    let statuses =
        shown("statuses: [BAD_GATEWAY, bad-gateway, badGateway, 502, 5xx, 500-504]\nseries: server error");
    assert!(statuses.contains("series [SERVER_ERROR], statuses [500-599]"), "{statuses}");
    assert!(shown("series: 4xx").contains("series [CLIENT_ERROR]"));
    assert!(shown("statuses: [503, 429, 504, 502, 408]").contains("statuses [408, 429, 502-504]"));
    assert!(
        shown("exceptions: java.net.ConnectException, IOException")
            .contains("[ConnectException, IOException]")
    );
    assert_eq!(RetryFilter::from_yaml("routeId: here").expect("a name").route_id(), Some("here"));
    let error = RetryFilter::from_yaml("routeId: '#{systemProperties}'").expect_err("an expression");
    assert!(error.to_string().ends_with("expressions are not evaluated: write the value"), "{error}");
}

#[test]
fn a_list_replaces_its_default_and_an_empty_one_empties_it() {
    let filter = shown("series: \"\"\nstatuses: BAD_GATEWAY\nexceptions: []");
    assert_eq!(filter, shown("series:\nstatuses: BAD_GATEWAY\nexceptions: ' '"));
    assert!(filter.contains("series [], statuses [502], methods [GET], exceptions []"), "{filter}");
}

#[test]
fn a_node_is_a_size_if_it_is_written_as_one() {
    for (text, bytes) in
        [("5MB", Some(5 << 20)), ("64KiB", Some(65_536)), ("7", Some(7)), ("[7]", None), ("-1", None)]
    {
        assert_eq!(Node::parse(text).expect("YAML").size(), bytes, "{text}");
    }
}

#[test]
fn a_node_is_a_duration_if_it_is_written_as_one() {
    let duration = |text: &str| Node::parse(text).expect("a scalar").duration();
    assert_eq!(duration("500"), Some(ms(500)));
    assert_eq!(duration("PT1.5S"), Some(ms(1500)));
    assert_eq!((duration("-1s"), duration("soon"), duration("[1s]"), duration("")), (None, None, None, None));
}

#[test]
fn the_builder_has_the_same_bounds() {
    let build =
        |builder: persevere_http::RetryFilterBuilder| builder.build().expect_err("out of bounds").to_string();
    let builder = RetryFilter::spring;
    let ruled = |rules: SpringRules| RetryFilter::spring().rules(rules);
    assert_eq!(build(builder().retries(0)), "`retries` is 0: retries must be greater than 0");
    assert_eq!(build(ruled(SpringRules::default().methods([]))), "`methods` is []: methods may not be empty");
    let empty = SpringRules::default().series([]).exceptions([]);
    let all_empty = "`series` is []: series, status and exceptions may not all be empty";
    assert_eq!(build(ruled(empty.clone())), all_empty);
    assert!(
        ruled(empty.clone().retry_response(|_| true)).build().is_ok(),
        "a predicate is something to retry"
    );
    assert!(ruled(empty.clone().retry_error(|_| true)).build().is_ok(), "a predicate is something to retry");
    assert!(ruled(empty.statuses([StatusCode::BAD_GATEWAY])).build().is_ok());
}

#[test]
fn a_builder_can_start_from_a_filter() {
    let filter: RetryFilter = "Retry=5,502,PUT".parse().expect("a valid shortcut");
    let changed = filter.into_builder().timeout(ms(7)).body_limit(9).build().expect("within bounds");
    assert_eq!((changed.retries(), changed.timeout(), changed.body_limit()), (5, Some(ms(7)), 9));
    assert!(changed.may_retry(&Method::PUT) && !changed.may_retry(&Method::GET));
}

#[test]
fn a_series_knows_no_unregistered_codes_but_a_class_does() {
    let code = |code| StatusCode::from_u16(code).expect("three digits");
    for (status, expected) in [(500, true), (511, true), (520, false), (599, false), (499, false)] {
        assert_eq!(Series::ServerError.contains(code(status)), expected, "{status}");
    }
    for (status, expected) in [(404, true), (418, true), (499, false), (500, false)] {
        assert_eq!(Series::ClientError.contains(code(status)), expected, "{status}");
    }
    let all: Statuses = [500..=599].into_iter().collect();
    assert!(all.contains(code(599)) && all.contains(code(500)) && !all.contains(code(499)));
}

#[test]
fn durations_of_any_length_are_settings() {
    let filter = RetryFilter::spring()
        .rules(
            SpringRules::default()
                .backoff(SpringBackoff::new(Duration::from_nanos(1), None).expect("above zero"))
                .jitter(SpringJitter::new(1.0).expect("within bounds")),
        )
        .timeout(Duration::MAX)
        .build()
        .expect("within bounds");
    assert!(filter.to_string().contains("backoff 1ns × 2 from the previous, jitter 100 %"), "{filter}");
}
