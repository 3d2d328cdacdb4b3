//! The gateway as a command: what it says and how it ends.

use std::sync::Arc;

use crate::support::{Gateway, Recorder, Reply, binary, file, ms, within};

/// What the gateway says and how it ends, when it is started so.
async fn ended(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = tokio::process::Command::new(binary());
    let output = within(ms(20_000), command.args(arguments).kill_on_drop(true).output()).await;
    let output = output.expect("it ends by itself").expect("it starts");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[tokio::test]
async fn the_demonstration_succeeds_and_a_broken_upstream_fails_it() {
    for (arguments, code, said) in [
        (vec!["demo"], 0, "Every request ended as it should."),
        (vec!["demo", "--break-upstream"], 1, "404 is not retried: 4 attempts"),
        (vec!["demo", "--listen", "127.0.0.1:0"], 2, "unexpected argument '--listen'"),
        (vec![], 2, "Usage: persevere-gateway [OPTIONS] --config <FILE>"),
        (vec!["--help"], 0, "Demonstrate the gateway"),
        (vec!["--config", "/nowhere/routes.yaml"], 2, "/nowhere/routes.yaml: "),
        (vec!["--listen", "127.0.0.1:0"], 2, "--config"),
        (vec!["--config", "x", "--max-requests", "0"], 2, "0 is not in 1.."),
        (vec!["--config", "x", "--head-timeout", "0"], 2, "must be more than 0"),
        (vec!["--config", "x", "--idle-timeout", "0s"], 2, "must be more than 0"),
        (vec!["--config", "x", "--stall-bytes", "0"], 2, "must be at least 1"),
        (vec!["--config", "x", "--threads", "0"], 2, "0 is not in 1..=1024"),
        (vec!["--config", "x", "--listen", "localhost:8080"], 2, "as in 127.0.0.1:8080 or [::1]:8080"),
    ] {
        let (ended_with, printed) = ended(&arguments).await;
        assert_eq!(ended_with, Some(code), "{arguments:?}: {printed}");
        assert!(printed.contains(said), "{arguments:?}: {printed}");
        let wide = printed.lines().find(|line| line.chars().count() > 80);
        assert!(wide.is_none() || arguments.first() != Some(&"demo"), "{wide:?}");
    }
}

#[tokio::test]
async fn routes_can_be_checked_without_being_served() {
    let text = "spring:\n  cloud:\n    gateway:\n      httpclient: { response-timeout: 2s }\n      routes:\n      - id: one\n        uri: \
                http://a\n        filters:\n        - Retry=3,BAD_GATEWAY,GET,10ms,25ms\n      - id: two\n        uri: http://b\n        \
                metadata: { response-timeout: -1 }\n      - id: safe\n        uri: http://c\n        filters:\n        - name: Retry\n          \
                args: { profile: gateway, timeout: 1s, retryAfter: { max: 700ms }, backoff: { firstBackoff: 10ms } }\n        - \
                AddRequestHeader=x, y\n      - id: many\n        uri: http://d\n        filters:\n        - Retry=2000000,BAD_GATEWAY,GET,10ms,10ms\n";
    let path = file("check.yaml", text);
    let (code, printed) = ended(&["--config", path.to_str().unwrap(), "--check"]).await;
    assert_eq!(code, Some(0), "{printed}");
    for said in [
        "route one (every request) to http://a: Retry(retries 3,",
        "\n  at most 4 attempts; waits 10ms, 20ms, 25ms; 8.055s in all at the longest, 2s of it for each attempt\n",
        "route two (every request) to http://b: no retry\n  one attempt; no limit to an attempt: set response-timeout\n  connects within 5s; an idle \
         connection closes after 30s\n",
        "\n  at most 4 attempts; waits 0 to 10ms, 0 to 20ms, 0 to 40ms; 3s in all at the longest, 2s of it for each \
         attempt; a response may ask for up to 700ms instead of each wait\n",
        ", AddRequestHeader=x for each attempt\n",
        "10ms, 10ms, …; more than 4001002s in all at the longest,",
        "line 9, column 19: `statuses` adds to the series",
        "route `two` is never reached",
    ] {
        assert!(printed.contains(said), "{said} is missing:\n{printed}");
    }
    let mute = file(
        "check-mute.yaml",
        &text.replace("- id: one\n", "- id: one\n        predicates: [Method=POST]\n"),
    );
    let (_, printed) = ended(&["--config", mute.to_str().unwrap(), "--check"]).await;
    assert!(printed.contains("route `one` takes POST, and its `Retry` is for other methods"), "{printed}");
    let broken = file("check-broken.yaml", &text.replace("Retry=3", "Retry=0"));
    let (code, printed) = ended(&["--config", broken.to_str().unwrap(), "--check"]).await;
    assert!(code == Some(2) && printed.contains("line 9, column 17: `retries` is 0"), "{printed}");
}

#[tokio::test]
async fn a_route_behind_a_wider_one_is_told_of() {
    for (index, (first, second, is_hidden)) in [
        ("'Path=/api/**'", "'Path=/api/users'", true),
        ("'Path=/api/**'", "'Path=/api/**', Method=GET", true),
        ("'Path=/api/**'", "'Path=/api'", true),
        ("'Path=/a,/b/**'", "'Path=/b/{c}/d,/a'", true),
        ("'Path=/{id}/**'", "'Path=/{name}/x'", true),
        ("'Host=a.example', 'Path=/**'", "'Host=A.example', 'Path=/x'", true),
        ("'Host=**'", "'Host=*.example'", true),
        ("'Method=GET,POST'", "'Method=POST'", true),
        ("'Header=X-A, 1'", "'Header=X-A, 1', 'Query=q'", true),
        ("'Path=/api/**'", "'Path=/apis/users'", false),
        ("'Path=/api'", "'Path=/api/**'", false),
        ("'Path=/api/x/**'", "'Path=/api/**'", false),
        ("'Path=/a'", "'Path=/a,/b'", false),
        ("'Path=/api/x'", "'Path=/api/{x}'", false),
        ("'Path=/api/**', Method=GET", "'Path=/api/users'", false),
        ("'Host=a.example'", "'Path=/**'", false),
        ("'Method=POST'", "'Method=GET,POST'", false),
        ("'Header=X-A, 1'", "'Header=X-A, 2'", false),
    ]
    .into_iter()
    .enumerate()
    {
        let text = format!(
            "spring:\n  cloud:\n    gateway:\n      routes:\n      - id: wide\n        uri: http://a\n        predicates: [{first}]\n      \
             - id: late\n        uri: http://b\n        predicates: [{second}]\n"
        );
        let path = file(&format!("hidden-{index}.yaml"), &text);
        let (code, printed) = ended(&["--config", path.to_str().unwrap(), "--check"]).await;
        let said = "line 8: route `late` is never reached: `wide` before it matches all of its requests";
        assert_eq!((code, printed.contains(said)), (Some(0), is_hidden), "{first} {second}: {printed}");
    }
}

#[tokio::test]
async fn the_routes_of_the_guide_are_valid() {
    let guide = include_str!("../../docs/gateway.md");
    let yaml =
        guide.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("it has some");
    let path = file("guide.yaml", yaml);
    let (code, printed) = ended(&["--config", path.to_str().unwrap(), "--check"]).await;
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("to users at http://127.0.0.1:9001, http://127.0.0.1:9002"), "{printed}");
    assert!(!printed.contains("warning"), "{printed}");
}

#[tokio::test]
async fn routes_that_cannot_be_served_are_refused_with_their_place() {
    let head = "spring:\n  cloud:\n    gateway:\n      routes:\n";
    let route = |rest: &str| format!("{head}      - id: one\n        uri: http://127.0.0.1:9\n{rest}");
    for (name, text, said) in [
        ("empty", String::new(), "line 1, column 1: there is no `spring.cloud.gateway`"),
        ("none", head.to_owned(), "there are no routes"),
        (
            "ftp",
            format!("{head}      - id: one\n        uri: ftp://a"),
            "line 6, column 14: `uri` is ftp://a: must be http:// or https://",
        ),
        (
            "password",
            format!("{head}      - id: one\n        uri: http://bob:hunter2@a/b"),
            "`uri` is …@a/b: must be http:// or https://",
        ),
        (
            "twin",
            format!(
                "{head}      - id: one\n        uri: http://a\n      default-filters: []\n      defaultFilters: []"
            ),
            "line 8, column 7: `defaultFilters` is there already, as `default-filters`",
        ),
        (
            "lb",
            format!("{head}      - id: one\n        uri: lb://users"),
            "`uri` is lb://users: `spring.cloud.discovery.client.simple.instances` has no `users`",
        ),
        (
            "forward",
            format!("{head}      - id: one\n        uri: forward:/fallback"),
            "`uri` is a `forward:`, for which there are no handlers here",
        ),
        (
            "port",
            format!("{head}      - id: one\n        uri: http://a:99999"),
            "`uri` is http://a:99999: must be",
        ),
        ("uriless", format!("{head}      - id: one"), "line 5, column 9: this route has no `uri`"),
        (
            "twins",
            route("      - id: one\n        uri: http://a"),
            "line 7, column 9: route `one` is there already",
        ),
        (
            "filter",
            route("        filters: [CircuitBreaker]"),
            "line 7, column 19: filter `CircuitBreaker` is not supported: put a proxy with a circuit breaker, such as",
        ),
        (
            "lower",
            route("        filters: [retry]"),
            "filter `retry` is not supported; did you mean `Retry`?",
        ),
        ("prefix", route("        filters: [PrefixPath=a]"), "`prefix` is a: must begin with a slash"),
        ("strip", route("        filters: [StripPrefix=-1]"), "`parts` is -1: must be a whole number"),
        ("bare", route("        filters: [RewritePath=/a]"), "`RewritePath` has no `replacement`"),
        ("group", route("        filters: ['RewritePath=/a, /$1']"), "in `/$1`, there is no group `1`"),
        ("dollar", route("        filters: ['RewritePath=/a, /$x']"), "in `/$x`, a dollar names no group"),
        (
            "unknown",
            route("        predicates: ['Path=/{a}/**, /b']\n        filters: ['SetPath=/x/{a}']"),
            "a filter of route `one` has `{a}`, which is in no `Path` or `Host` of it, or not in every pattern",
        ),
        ("open-brace", route("        filters: ['SetPath=/{a']"), "in `/{a`, a brace is not closed"),
        (
            "host-variable",
            route("        predicates: ['Host=a{b}.example']"),
            "in a pattern of `Host`, a variable is a whole label: `a{b}` is not",
        ),
        (
            "host-regex",
            route("        predicates: ['Host={a:(}.example']"),
            "`(` is not a valid regular expression",
        ),
        (
            "expression",
            route("        filters: ['AddRequestHeader=x, #{a}']"),
            "`#{a}`: expressions are not evaluated",
        ),
        ("size", route("        filters: [RequestSize=0]"), "`maxSize` is 0: must be a size above 0"),
        ("http2", route("        metadata: { http2: maybe }"), "`http2` must be true or false"),
        (
            "off",
            route("        filters: [Retry]") + "\n      filter: { retry: { enabled: false } }",
            "line 5, column 9: route `one` has a `Retry`, which line 8 switches off",
        ),
        ("two", route("        filters: [Retry, Retry]"), "a second `Retry` would multiply the attempts"),
        (
            "cookie",
            route("        predicates: [Kookie=a]"),
            "line 7, column 22: predicate `Kookie` is not supported; did you mean `Cookie`?",
        ),
        ("path", route("        predicates: [Path=a]"), "the pattern a of `Path` must begin with a slash"),
        ("open", route("        predicates: [Path=/**/a]"), "`**` can only be the last segment"),
        (
            "brace",
            route("        predicates: ['Path=/a{b}']"),
            "a variable is a whole segment: `a{b}` is not",
        ),
        ("regex", route("        predicates: ['Query=a,(']"), "`(` is not a valid regular expression"),
        (
            "values",
            route("        predicates:\n        - Header=a,b,c"),
            "`Header` takes only header and regexp",
        ),
        ("header", route("        predicates: [Header=a b]"), "`a b` is not a valid header name"),
        (
            "named",
            route("        predicates: [{ name: Query, args: { regexp: a } }]"),
            "line 7, column 43: `Query` has no `param`",
        ),
        (
            "misnamed",
            route("        predicates: [{ name: Path, args: { pattern: /a } }]"),
            "line 7, column 44: `pattern` is not supported here, only patterns",
        ),
        ("host", route("        predicates:\n        - Host=,a"), "a value of `Host` is empty"),
        ("order", route("        order: first"), "line 7, column 16: `order` must be a whole number"),
        ("args", route("        filters:\n        - Retry=3,,GET"), "line 8, column 19: `statuses` is empty"),
        (
            "wait",
            "spring:\n  cloud:\n    gateway:\n      httpclient: {response-timeout: soon}".to_owned(),
            "line 4, column 38: `response-timeout` must be a duration such as",
        ),
    ] {
        let path = file(&format!("refused-{name}.yaml"), &text);
        let path = path.to_str().unwrap();
        let (code, printed) = ended(&["--config", path, "--listen", "127.0.0.1:0"]).await;
        assert_eq!(code, Some(2), "{name}: {printed}");
        assert!(printed.contains(path) && printed.contains(said), "{name}\n  said: {printed}  not: {said}");
    }
}

#[tokio::test]
async fn the_documented_routes_are_served_when_their_hosts_are_redirected() {
    let routes = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/routes.yaml");
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(200, "here")).await;
    let redirects = ["retry_test", "retry_route", "retryshortcut_route"].map(|id| format!("{id}={upstream}"));
    let arguments: Vec<_> = redirects.iter().flat_map(|redirect| ["--upstream", redirect]).collect();
    let gateway = Gateway::serve(routes.as_ref(), &arguments).await;
    assert_eq!(gateway.get("/any").await.body(), "here");
}
