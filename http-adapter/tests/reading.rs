//! The reading of a file before its routes: placeholders, dotted names, documents and aliases.

use persevere_http::RetryFilter;
use persevere_http::spring::ConfigError;
use persevere_http::spring::yaml::{Node, Placeholders};

/// The tree of a text with its placeholders replaced.
fn resolved(text: &str, environment: &[(&str, &str)]) -> Result<Node, ConfigError> {
    let tree = Node::parse(text)?.nested()?;
    let told = |name: &str| {
        environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    let mut copy = tree.clone();
    Placeholders::new(&tree, &told).resolve(&mut copy)?;
    Ok(copy)
}

#[test]
fn placeholders_take_environment_then_file_then_default() {
    let environment = [
        ("A", "env"),
        ("ORDERS_URL", "http://o"),
        ("ORDERS_BASEURL", "http://b"),
        ("EMPTY", ""),
        ("LIST_0_X", "l"),
    ];
    for (value, is) in [
        ("${A}", "env"),
        ("${A}-${A}", "env-env"),
        ("${NO:x}", "x"),
        ("${NO:}", ""),
        ("${EMPTY:x}", ""),
        ("${NO:http://localhost:80}", "http://localhost:80"),
        ("${NO:${A}}", "env"),
        ("${NO:${NO2:${A:x}}}", "env"),
        ("${N${NO:O}:x}", "x"),
        ("${orders.url}", "http://o"),
        ("${orders.base-url}", "http://b"),
        ("${orders.baseUrl:x}", "http://b"),
        ("${list[0].x}", "l"),
        ("${own.name}", "file"),
        ("${own.fullName}", "file env"),
        ("${own.items[1]}", "b"),
        ("\\${A}", "${A}"),
        ("$A ${A:b}$", "$A env$"),
        ("a{b}${A}c", "a{b}envc"),
    ] {
        let text = format!(
            "own: {{ name: file, full-name: '${{own.name}} ${{A}}', items: [a, b] }}\nvalue: '{value}'\n"
        );
        let tree = resolved(&text, &environment).unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(tree.get("value").and_then(Node::scalar), Some(is), "{value}");
    }
}

#[test]
fn placeholders_without_a_value_are_refused_together() {
    let text = "a: ${NO}\nb: x ${c} ${orders.url}\nc: '${b}'\nd: '#{1 + 1}'\ne: ${A\nf: [ '${NO:${NO2}}' ]\n";
    let error = resolved(text, &[("A", "x")]).expect_err("nothing is resolved");
    for (error, said) in error.all().iter().map(ToString::to_string).zip([
        "line 1, column 4: `${NO}` has no value: set the environment variable NO, or write a default, as `${NO:…}`",
        "line 2, column 6: `${c}` leads back to itself: c -> b -> c",
        "line 3, column 5: `${b}` leads back to itself: b -> c -> b",
        "line 4, column 5: `#{1 + 1}`: expressions are not evaluated: write the value",
        "line 5, column 4: in `${A`, a `${` has no `}` that closes it",
        "line 6, column 7: `${NO2}` has no value",
    ]) {
        assert!(error.contains(said), "\n  said: {error}\n  not: {said}");
    }
    assert_eq!(error.all().len(), 6, "{error}");
}

#[test]
fn a_group_of_a_regular_expression_is_no_placeholder() {
    let kept = "- 'RewritePath=/a/(?<rest>.*), /${rest}'\n- { regexp: '/(?<x>.*)', replacement: '/${x}' }\n- 'a, /$\\{b}'\n";
    for environment in [&[][..], &[("REST", "no"), ("x", "no")]] {
        assert_eq!(resolved(kept, environment).expect("kept"), Node::parse(kept).expect("valid"));
    }
    let missing = "- 'RewritePath=/${BASE}/(?<rest>.*), /${rest}'\n";
    assert!(resolved(missing, &[]).expect_err("missing").to_string().contains("`${BASE}` has no value"));
}

#[test]
fn placeholders_cannot_stand_for_gigabytes() {
    use std::fmt::Write as _;
    let mut text = "a0: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".to_owned();
    for level in 1..15 {
        let before = format!("${{a{}}}", level - 1);
        writeln!(text, "a{level}: '{}'", before.repeat(10)).unwrap();
    }
    let error = resolved(&text, &[]).expect_err("too many").to_string();
    assert!(error.contains("stand for more than 1048576 bytes"), "{error}");
    let deep: String =
        (1..40).fold("a0: x\n".to_owned(), |text, level| format!("{text}a{level}: '${{a{}}}'\n", level - 1));
    assert!(
        resolved(&deep, &[])
            .expect_err("too deep")
            .to_string()
            .contains("more than 16 placeholders inside each other")
    );
}

#[test]
fn aliases_cannot_stand_for_gigabytes() {
    use std::fmt::Write as _;
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        writeln!(text, "a{level}: &a{level} [{}]", [alias.as_str(); 10].join(", ")).unwrap();
    }
    assert!(
        Node::parse(&text).expect_err("too many").to_string().contains("stand for more than 20000 values")
    );
    assert!(Node::parse("a: &a [*a]").expect_err("itself").to_string().contains("inside of what it names"));
    let chain: String = (1..200).fold("a0: &a0 x\n".to_owned(), |text, level| {
        format!("{text}a{level}: &a{level} [*a{}]\n", level - 1)
    });
    assert!(Node::parse(&chain).expect_err("too deep").to_string().contains("nest deeper than 64"));
}

#[test]
fn merge_keys_add_what_is_not_there() {
    let text = "a: &a { x: 1, y: 1 }\nb: &b { y: 2, z: 2 }\nc: { <<: [*a, *b], x: 3 }\nd: { <<: *a }\n";
    let tree = Node::parse(text).expect("valid");
    let value = |path: &str| tree.at(path).and_then(Node::scalar).unwrap_or("-").to_owned();
    assert_eq!(
        [value("c.x"), value("c.y"), value("c.z"), value("d.x"), value("d.z")],
        ["3", "1", "2", "1", "-"]
    );
    assert!(
        Node::parse("a: { <<: 3 }")
            .expect_err("no mapping")
            .to_string()
            .contains("`<<` takes an alias of a mapping")
    );
}

#[test]
fn names_are_one_in_every_form_and_spelling() {
    let plain = Node::parse("a: { first-name: { b: [ { c: 1 }, { c: 2, d: [x] } ] } }").expect("valid");
    for text in [
        "a.first-name.b[0].c: 1\na.firstName.b[1].c: 2\na.first_name.b[1].d[0]: x",
        "a:\n  first-name.b[0]: { c: 1 }\na.FirstName:\n  b[1].c: 2\n  b[1]:\n    d: [x]",
        "a: { first-name: { b: [ { c: 1 } ] } }\na.firstName.b[1].c: 2\na.firstName.b[1].d[0]: x",
        "'[a]': { first-name: { b: { '[1]': { c: 2, d: [x] }, '[0]': { c: 1 } } } }",
    ] {
        let tree = Node::parse(text)
            .and_then(|tree| tree.nested())
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        for path in ["a.firstName.b[0].c", "a.firstName.b[1].c", "a.firstName.b[1].d[0]"] {
            let value = tree.at(path).and_then(Node::scalar);
            assert_eq!(value, plain.at(path).and_then(Node::scalar), "{text}: {path}");
        }
    }
    let kept = Node::parse("a[b.c]: 1").and_then(|tree| tree.nested()).expect("valid");
    assert_eq!(kept.get("a").and_then(|a| a.get("b.c")).and_then(Node::scalar), Some("1"));
}

#[test]
fn names_that_do_not_fit_together_are_refused_with_their_place() {
    for (text, said) in [
        ("a.b: 1\na:\n  b: 2", "line 3, column 3: `b` is there already, as `b` in line 1"),
        ("a: 1\na.b: 2", "line 2, column 1: `a` is there already, as `a` in line 1"),
        (
            "first-name: 1\nfirstName: 2",
            "line 2, column 1: `firstName` is there already, as `first-name` in line 1",
        ),
        ("a[0]: x\na[2]: y", "line 2, column 2: the item `[2]` has no `[1]` before it"),
        ("a[0]: x\na.b: y", "`b` stands beside indices"),
        ("a..b: 1", "line 1, column 1: in `a..b`, a part between dots is empty"),
        ("a[0: 1", "in `a[0`, a bracket is not closed"),
        ("a[0]: x\na[00]: y", "line 2, column 2: `[0]` is there already, as `[0]` in line 1"),
        ("a[99999999999999999999]: x", "an index is longer than any list"),
        ("a: !!binary eA==", "line 1, column 4: the tag `!!binary` is not known"),
        ("a: ! x", "line 1, column 4: the tag `!` is not known"),
    ] {
        let error = Node::parse(text).and_then(|tree| tree.nested()).expect_err(text).to_string();
        assert!(error.contains(said), "{text}\n  said: {error}\n  not: {said}");
    }
    let tagged = "a: !!str 1\nb: !<tag:yaml.org,2002:str> 1\nc: !!seq [!!int 1]\n!!str d: !!null";
    assert!(Node::parse(tagged).is_ok_and(|tree| tree.at("c[0]").is_some()), "{tagged}");
    let deep = vec!["a"; 200].join(".") + ": 1";
    assert!(Node::parse(&deep).and_then(|tree| tree.nested()).is_err());
}

#[test]
fn one_filter_says_all_that_is_wrong_with_it() {
    let error = RetryFilter::from_yaml("retries: 0\nstatuses: [BAD, 502, 99]\nx: 1\nbackoff: { factor: z }")
        .expect_err("four");
    let lines: Vec<_> = error.all().iter().map(|error| error.position().line).collect();
    assert_eq!(lines, [1, 2, 2, 3, 4], "{error}");
    assert_eq!(error.to_string().lines().count(), 5);
    let short: ConfigError = "Retry=0,BAD,GTE".parse::<RetryFilter>().expect_err("three");
    assert_eq!(short.all().len(), 3, "{short}");
}

/// The settings of a filter that only code can give it.
///
/// They are functions, values of code or a fact about the client.
const CODE: [&str; 15] = [
    "sends_once",
    "on_retry",
    "observe",
    "stop_on",
    "replay_pool",
    "retry_response",
    "retry_error",
    "build",
    "into_builder",
    "rules",
    "status_ranges",
    "backoff",
    "jitter",
    "facts",
    "rule",
];

#[test]
fn every_setting_of_a_builder_has_a_name_in_yaml() {
    let sources = [
        include_str!("../src/filter/builder.rs"),
        include_str!("../src/spring/rules/mod.rs"),
        include_str!("../src/rules/gateway/mod.rs"),
    ];
    let names = sources.iter().flat_map(|source| source.split("\n    pub ")).filter_map(|text| {
        let (name, rest) = text.trim_start_matches("const ").strip_prefix("fn ")?.split_once('(')?;
        let is_setting = rest.starts_with("self")
            || rest.starts_with("mut self")
            || rest.trim_start().starts_with("mut self");
        (is_setting || rest.starts_with("\n        self")).then(|| name.split('<').next().unwrap_or(name))
    });
    let names: Vec<_> = names.filter(|name| !CODE.contains(name)).collect();
    assert!(names.len() >= 22, "{names:?}");
    for name in names {
        let error =
            RetryFilter::from_yaml(&format!("{name}: [[]]")).expect_err("a list of lists").to_string();
        let unknown = RetryFilter::from_yaml(&format!("{name}: x, y"));
        let said = unknown.err().map_or(error, |error| error.to_string());
        let is_group = said.contains("it is a group");
        assert!(
            is_group || !said.contains("there is no setting"),
            "`{name}` of a builder has no name in YAML: {said}"
        );
    }
}

#[test]
fn settings_of_the_gateway_profile_are_read_in_any_spelling() {
    let text = "profile: gateway\nidempotent: patch\nidempotency_key: yes\nnon-idempotent: on\nbadHead: true\n\
                throttled-non-idempotent: true\nrate-limit: true\ngrpc_codes: 14, resource-exhausted\nmaxWait: 2s\nwait_spread: 0\n\
                drain: { bytes: 0, time: 0ms }\nannounce: true\ntrust-announced: true\nexplain: true\n";
    let filter = RetryFilter::from_yaml(text).unwrap_or_else(|error| panic!("{error}"));
    let shown = filter.to_string();
    for said in [
        "idempotent [PATCH]",
        "idempotency key",
        "non-idempotent",
        "bad heads",
        "rate limits",
        "gRPC codes [8, 14]",
    ] {
        assert!(shown.contains(said), "{said} is missing: {shown}");
    }
    assert_eq!(filter.max_wait(), Some(std::time::Duration::from_secs(2)));
    let [warning, ..] = filter.warnings() else { panic!("a request may be processed twice") };
    assert_eq!((warning.trap().as_str(), warning.position().line), ("not_idempotent", 4));
    for (yaml, said) in [
        (
            "idempotencyKey: true",
            "line 1, column 1: `idempotencyKey` belongs to the profile `gateway`: add `profile: gateway`",
        ),
        ("profile: gateway\ngrpcCodes: 0", "`grpcCodes` is 0: must be a code of gRPC from 1 to 16"),
        ("profile: gateway\nbadHead: perhaps", "`badHead` is perhaps: must be true or false"),
    ] {
        let error = RetryFilter::from_yaml(yaml).expect_err(yaml).to_string();
        assert!(error.contains(said), "{yaml}\n  said: {error}\n  not: {said}");
    }
}
