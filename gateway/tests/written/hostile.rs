//! Files that nobody would write by hand: each ends soon, with an error that fits on a line.

use super::errors::{checked, refused};

/// A route with this text among its predicates, in quotes.
fn predicate(text: &str) -> String {
    format!("      routes:\n      - id: one\n        uri: http://a\n        predicates: ['{text}']\n")
}

#[tokio::test]
async fn placeholders_inside_each_other_are_refused() {
    let nested = format!("Path=/{}x{}", "${a:".repeat(20_000), "}".repeat(20_000));
    refused("long", &predicate(&nested), &["this value is longer than 65536 bytes"]).await;
    let nested = format!("Path=/{}x{}", "${a:".repeat(10_000), "}".repeat(10_000));
    refused("nested", &predicate(&nested), &["more than 32 placeholders stand inside each other"]).await;
}

#[tokio::test]
async fn a_value_of_megabytes_is_refused_at_once() {
    let long = "line 7, column 23: this value is longer than 65536 bytes";
    refused("pattern", &predicate(&format!("Path=/{}", "h/".repeat(2_000_000))), &[long]).await;
    refused("regex", &predicate(&format!("Header=a,{}", "(h|".repeat(1_000_000))), &[long]).await;
    let (code, printed) =
        checked("environment", &predicate("Path=/${P}"), &[("P", &"h/".repeat(50_000))], &[]).await;
    assert!(code == Some(2) && printed.contains(long), "{code:?}: {printed}");
    let uri = format!("      routes:\n      - uri: http://{}\n", "h".repeat(2_000_000));
    refused("uri", &uri, &["line 5, column 14: this value is longer than 65536 bytes"]).await;
}

#[tokio::test]
async fn a_long_error_is_cut() {
    let (code, printed) =
        checked("cut", &predicate(&format!("Header=a,{}", "(".repeat(9_000))), &[], &[]).await;
    assert_eq!((code, printed.lines().count()), (Some(2), 1), "{printed}");
    assert!(
        printed.starts_with("gateway: FILE: line 7, column 23: `((((") && printed.len() < 2_200,
        "{printed}"
    );
}

#[tokio::test]
async fn a_document_that_is_not_read_is_told_alone() {
    let lines = "      routes[0].id: one\n      routes[0]..uri: http://a\n";
    refused("gap", lines, &["line 5, column 7: in `routes[0]..uri`, a part between dots is empty"]).await;
}

#[tokio::test]
async fn a_header_value_with_a_line_break_is_refused() {
    let lines = "      routes:
      - uri: http://a
        filters:
        - AddRequestHeader=X, ${BROKEN}
        - AddRequestHeadersIfNotPresent=X:${BROKEN}
        - SetRequestHostHeader=${BROKEN}
        - AddResponseHeader=X, ${BROKEN}
        - SetResponseHeader=X, ${BROKEN}
";
    let (code, printed) = checked("break", lines, &[("BROKEN", "a\nX-Injected: yes")], &[]).await;
    assert_eq!((code, printed.lines().count()), (Some(2), 5), "{printed}");
    assert!(
        printed.lines().all(|line| line.contains("` has a line break or a control character")),
        "{printed}"
    );
    assert!(!printed.contains("Injected"), "{printed}");
}

#[tokio::test]
async fn parts_of_a_secret_are_not_shown() {
    let lines = "      routes:
      - uri: http://a
        predicates: ['Path=/${SEGMENT}', 'Method=${WORDS}']
      - uri: http://a
        predicates: ['${NAMED}']
        filters: ['AddRequestHeader=X, ${VARIABLE}', '${NAMED}']
";
    let environment = [
        ("SEGMENT", "x/y{opensesame}/z"),
        ("WORDS", "opensesame b"),
        ("VARIABLE", "{opensesame!}"),
        ("NAMED", "opensesame=c"),
    ];
    let (code, printed) = checked("parts", lines, &environment, &[]).await;
    assert_eq!((code, printed.lines().count()), (Some(2), 5), "{printed}");
    assert!(!printed.contains("opensesame"), "{printed}");
}

#[tokio::test]
async fn a_password_before_a_host_is_not_shown() {
    let lines = "      routes:
      - uri: http://bob:hunter2@users
      - uri: lb://bob:hunter2@users
spring.cloud.discovery.client.simple.instances.users: [{ uri: 'http://bob:hunter2@users' }]
";
    let said = "`uri` is …@users: must be http:// or https://";
    let places = [
        format!("line 5, column 14: {said}"),
        format!("line 6, column 14: {said}"),
        format!("line 7, column 64: {said}"),
    ];
    refused("passwords", lines, &places.each_ref().map(String::as_str)).await;
    let (_, printed) = checked("passwords", lines, &[], &[]).await;
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[tokio::test]
async fn a_warning_shows_no_value_of_the_environment() {
    let lines = "      routes: [{ uri: 'http://a/${TOKEN}', metadata: { '${TOKEN}': 1 } }]\n";
    let (code, printed) = checked("warned", lines, &[("TOKEN", "opensesame")], &[]).await;
    assert!(code == Some(0) && !printed.contains("opensesame"), "{code:?}: {printed}");
    assert!(printed.contains("line 4: the path /${TOKEN} of `uri` has no effect"), "{printed}");
}

#[tokio::test]
async fn a_check_shows_no_key_of_the_environment() {
    let lines = "      routes:
      - uri: http://${SERVER}
        predicates: ['Header=X-Api-Key, ${KEY}', 'Query=key, ${KEY}', 'Cookie=key, ${KEY}', 'Path=/${BASE}/**']
";
    let environment = [("KEY", "opensesame"), ("SERVER", "orders:9001"), ("BASE", "orders-api")];
    let (code, printed) = checked("key", lines, &environment, &[]).await;
    let shown = "route route-1 (Header=x-api-key,${KEY}, Query=key,${KEY}, Cookie=key,${KEY}, Path=/orders-api/**) to http://orders:9001: ";
    assert!(code == Some(0) && printed.starts_with(shown), "{code:?}: {printed}");
}

#[tokio::test]
async fn a_duplicate_key_hides_no_other_error() {
    let lines = "      httpclient: { conect-timeout: 3 }
      routes:
      - uri: ftp://a
        id: one
        id: two
        filters:
        - { name: Retry, args: { methods: GET, POST } }
        - StripPrefx=1
";
    let said = [
        "line 4, column 21: `conect-timeout` is not supported here",
        "line 6, column 14: `uri` is ftp://a: must be",
        "line 8, column 9: `id` is there twice",
        "line 10, column 48: `POST` has no value: a list in braces needs brackets: write `methods: [GET, POST]`",
        "line 11, column 11: filter `StripPrefx` is not supported; did you mean `StripPrefix`?",
    ];
    refused("twice", lines, &said).await;
}

#[tokio::test]
async fn a_mapping_of_too_many_entries_is_refused() {
    let many: String =
        (0..60_000).flat_map(|index| ["      k".to_owned(), index.to_string(), ": 1\n".to_owned()]).collect();
    refused("wide", &many, &["line 10004, column 7: a mapping has more than 10000 entries"]).await;
}
