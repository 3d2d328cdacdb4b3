//! Invalid files: one run reports every error, with its place and a fix.

use crate::support::{Gateway, binary, file, ms, within};

/// Checks these lines under `spring.cloud.gateway`. Returns the exit code and the output.
pub(super) async fn checked(
    name: &str,
    lines: &str,
    environment: &[(&str, &str)],
    arguments: &[&str],
) -> (Option<i32>, String) {
    let text = format!("spring:\n  cloud:\n    gateway:\n{lines}");
    let path = file(&format!("written-{name}.yaml"), &text);
    let mut command = tokio::process::Command::new(binary());
    command.arg("--config").arg(&path).arg("--check").args(arguments).envs(environment.iter().copied());
    let output = within(ms(20_000), command.kill_on_drop(true).output()).await;
    let output = output.expect("it ends by itself").expect("it starts");
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).replace(&path.display().to_string(), "FILE");
    (output.status.code(), printed)
}

/// Fails unless the lines are refused with exactly these errors, in this order.
pub(super) async fn refused(name: &str, lines: &str, said: &[&str]) {
    let (code, printed) = checked(name, lines, &[], &[]).await;
    assert_eq!(code, Some(2), "{name}: {printed}");
    let errors: Vec<_> = printed.lines().collect();
    assert_eq!(errors.len(), said.len(), "{name}:\n{printed}");
    for (error, said) in errors.iter().zip(said) {
        assert!(error.starts_with("gateway: FILE: line "), "{name}: {error}");
        assert!(error.contains(said), "{name}\n  said: {error}\n  not: {said}");
    }
}

/// A route with these lines.
pub(super) fn route(lines: &str) -> String {
    format!("      routes:\n      - id: one\n        uri: http://a\n{lines}\n")
}

#[tokio::test]
async fn one_run_says_all_that_is_wrong() {
    let lines = "      metrics.enabled: true
      globalcors: {}
      httpclient: { conect-timeout: 3, pool: { type: elastik, max-connections: 0 } }
      httpclient.ssl.trusted-x509-certificates: [/nowhere.pem]
      routes:
      - uri: ftp://a
        predicates:
        - Paht=/x
        - Method=GTE, PSOT
        - RemoteAddr=10.0.0.0/33, x
        filters:
        - name: CircuitBreaker
          args: { name: x }
        - RequestRateLimiter=1
        - name: Retry
          args: { retires: 3, methods: [GTE, POST], backoff: { firstBackoff: x, factor: y }, timeout: 1x }
      - id: two
        order: x
        uri: lb://usres
        predicate: [Path=/a]
        filters: [StripPrefix=-1, SetPath=a]
";
    refused(
        "all",
        lines,
        &[
            "line 5, column 7: `globalcors` is not supported: let the servers",
            "line 6, column 21: `conect-timeout` is not supported here, only connect-timeout,",
            "line 6, column 54: `type` is elastik: must be elastic, fixed or disabled; did you mean elastic?",
            "line 6, column 80: `max-connections` must be a whole number above 0",
            "line 7, column 49: trusted-x509-certificates: /nowhere.pem: ",
            "line 9, column 14: `uri` is ftp://a: must be http:// or https://",
            "line 11, column 11: predicate `Paht` is not supported; did you mean `Path`?",
            "line 12, column 11: `GTE` is not a method; did you mean GET?",
            "line 12, column 11: `PSOT` is not a method; did you mean POST?",
            "line 13, column 11: `10.0.0.0/33` must be an address or a network, as 192.168.1.0/24",
            "line 13, column 11: `x` must be an address or a network",
            "line 15, column 11: filter `CircuitBreaker` is not supported: put a proxy with a circuit breaker",
            "line 17, column 11: filter `RequestRateLimiter` is not supported: put a proxy that limits rates",
            "line 19, column 19: there is no setting `retires`; did you mean `retries`?",
            "line 19, column 41: `methods` is GTE: must be GET,",
            "line 19, column 78: `backoff.firstBackoff` is x: must be a duration",
            "line 19, column 89: `backoff.factor` is y: must be a whole number",
            "line 19, column 103: `timeout` is 1x: must be a duration",
            "line 21, column 16: `order` must be a whole number",
            "line 22, column 14: `uri` is lb://usres:",
            "line 23, column 9: `predicate` is not supported here, only id, uri, predicates, filters, metadata, order and \
             enabled; did you mean `predicates`?",
            "line 24, column 19: `parts` is -1: must be a whole number",
            "line 24, column 35: `template` is a: must begin with a slash",
        ],
    )
    .await;
}

#[tokio::test]
async fn an_error_in_a_dotted_name_hides_no_other() {
    let lines = "      routes[0].uri: http://a
      routes[0].order: x
      routes[2].uri: ftp://b
      routes[0].uri: http://c
      routes.first.uri: http://d
";
    refused(
        "dotted",
        lines,
        &[
            "line 5, column 24: `order` must be a whole number",
            "line 6, column 13: the item `[2]` has no `[1]` before it: count from 0 without a gap",
            "line 6, column 22: `uri` is ftp://b: must be http:// or https://",
            "line 7, column 7: `routes[0].uri` is there twice",
            "line 8, column 14: `first` stands beside indices such as `[0]`: it is a list or a mapping",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_route_on_the_command_line_is_checked_with_the_file() {
    let lines = route("        order: x");
    let (code, printed) =
        checked("upstream", &lines, &[], &["--upstream", "oen=a:1", "--upstream", "one=a:1"]).await;
    assert_eq!(code, Some(2));
    assert!(printed.contains("`order` must be a whole number"), "{printed}");
    assert!(
        printed.contains("--upstream oen=…: there is no such route; there are one; did you mean `one`?"),
        "{printed}"
    );
    assert!(
        !printed.contains("--upstream one="),
        "a route that cannot be read is there all the same: {printed}"
    );
}

#[tokio::test]
async fn more_errors_than_anybody_reads_are_counted() {
    let lines = format!("      routes:\n{}", "      - id: x\n".repeat(300));
    let (_, printed) = checked("many", &lines, &[], &[]).await;
    assert!(printed.lines().count() <= 101, "{}", printed.lines().count());
    assert!(printed.contains("more problems from here on are not shown"), "{printed}");
}

#[tokio::test]
async fn values_outside_their_bounds_are_refused() {
    for (name, lines, said) in [
        ("time", "predicates: [After=2020-01-20]", "`2020-01-20` of `After` must be a time with its offset"),
        ("day", "predicates: ['After=2021-02-29T00:00:00Z']", "must be a time with its offset"),
        (
            "between",
            "predicates: ['Between=2000, 1000']",
            "the first time of `Between` must be before the second one",
        ),
        ("network", "predicates: [RemoteAddr=10.0.0.0/33]", "`10.0.0.0/33` must be an address or a network"),
        ("weight", "predicates: ['Weight=a, -1']", "`weight` is -1: must be a whole number"),
        (
            "slash",
            "predicates: [{ name: Path, args: { patterns: /a, matchTrailingSlash: false } }]",
            "can only be true here",
        ),
        ("status", "filters: [SetStatus=101]", "`status` is 101: must be a status from 200"),
        (
            "framing",
            "filters: ['SetResponseHeader=Content-Length, 3']",
            "`Content-Length` says how a message is sent",
        ),
        (
            "host",
            "filters: ['AddRequestHeader=Host, a']",
            "write `SetRequestHostHeader` for the header `Host`",
        ),
        ("pair", "filters: [AddRequestHeadersIfNotPresent=X-A]", "`X-A` must be a header and its value"),
        ("preserve", "filters: [PreserveHostHeader=true]", "`PreserveHostHeader` takes no arguments"),
        ("header-size", "filters: [RequestHeaderSize=0]", "`maxSize` is 0: must be a size above 0"),
        ("expression", "id: '#{1}'", "`#{1}`: expressions are not evaluated"),
        (
            "random",
            "id: 'a-${random.uuid:b}'",
            "`${random.uuid}`: random values are not supported: write the value",
        ),
        ("lb", "metadata: { acquire-timeout: x }", "`acquire-timeout` must be a duration"),
    ] {
        let lines =
            route(&format!("        {lines}")).replace("- id: one\n        uri: http://a", "- uri: http://a");
        let (code, printed) = checked(&format!("bound-{name}"), &lines, &[], &[]).await;
        assert!(code == Some(2) && printed.contains(said), "{name}\n  said: {printed}  not: {said}");
    }
}

#[tokio::test]
async fn what_has_no_effect_gets_a_warning() {
    let lines = "      metrics.enabled: true
      httpserver.wiretap: true
      x-forwarded.for-enabled: false
      httpclient: { websocket: { proxy-ping: true }, pool: { type: elastic, max-connections: 3, eviction-interval: 1s } }
      routes:
      - uri: http://a/path
        predicates: [Path=/a]
        filters: [SaveSession]
        metadata: { response-timeuot: 3, owner: me }
      - uri: http://b
        enabled: false
management.server.port: 3
springs: 1
";
    let (code, printed) = checked("no-effect", lines, &[], &[]).await;
    assert_eq!(code, Some(0), "{printed}");
    for said in [
        "line 4: `metrics` has no effect here: metrics are at --admin",
        "line 5: `httpserver` has no effect here",
        "line 6: `x-forwarded.for-enabled` has no effect here",
        "line 7: `websocket` has no effect here",
        "line 7: `max-connections` holds here; Spring heeds it only with `type: fixed`",
        "line 7: `eviction-interval` has no effect here",
        "line 9: the path /path of `uri` has no effect, as in Spring: write `PrefixPath=/path`",
        "line 11: filter `SaveSession` has no effect here: there are no sessions",
        "line 12: `response-timeuot` in `metadata` has no effect here; did you mean `response-timeout`?",
        "line 12: `owner` in `metadata` has no effect here",
        "line 14: route `route-2` is switched off",
        "line 15: `management` has no effect here: /metrics and /health are at --admin",
        "line 16: `springs` has no effect here: it is not read; did you mean `spring`?",
    ] {
        assert!(printed.contains(&format!("warning: FILE: {said}")), "{said} is missing:\n{printed}");
    }
}

#[tokio::test]
async fn a_reload_says_all_that_is_wrong() {
    let path = file("written-reload.yaml", &format!("spring:\n  cloud:\n    gateway:\n{}", route("")));
    let mut gateway = Gateway::serve_heard(&path, &[]).await;
    file(
        "written-reload.yaml",
        &format!("spring:\n  cloud:\n    gateway:\n{}", route("        order: x\n        filter: []")),
    );
    gateway.signal("HUP").await;
    gateway.hear(&["written-reload.yaml: reload failed", "line 7, column 16: `order` must be"]).await;
    gateway
        .hear(&[
            "written-reload.yaml: reload failed",
            "line 8, column 9: `filter`",
            "did you mean `filters`?",
        ])
        .await;
}

#[tokio::test]
async fn a_value_of_the_environment_is_not_shown() {
    let lines = "      routes:
      - uri: http://${CREDENTIALS}@a/
      - uri: ${WHOLE}
      - uri: http://a
        filters:
        - AddRequestHeader=X Token, ${TOKEN}
        - SetPath=${TOKEN}
        - SetStatus=${TOKEN}
        - name: Retry
          args: { methods: '${TOKEN}', statuses: ['${CREDENTIALS}'] }
        predicates: ['Method=${WORDS}']
";
    let environment = [
        ("CREDENTIALS", "bob:hunter2"),
        ("WHOLE", "ftp://al:s3cret77@b"),
        ("TOKEN", "opensesame"),
        ("WORDS", "(xyzzy plugh"),
    ];
    let (code, printed) = checked("secret", lines, &environment, &[]).await;
    assert_eq!((code, printed.lines().count()), (Some(2), 8), "{printed}");
    for secret in ["hunter2", "s3cret77", "opensesame", "bob", "xyzzy", "plugh"] {
        assert!(!printed.contains(secret), "{secret} is told:\n{printed}");
    }
    assert!(printed.contains("`template` is ${TOKEN}: must begin with a slash"), "{printed}");
}
