//! The table beside its wires: settings, hints and headers.

use http::{HeaderName, HeaderValue, Response};

use super::*;

/// The ruling on a response with these headers to a request with those.
fn rule(
    rules: &GatewayRules,
    method: &Method,
    request: &[(&str, &str)],
    status: u16,
    head: &[(&str, &str)],
) -> Ruling {
    let headers = |headers: &[(&str, &str)]| -> HeaderMap {
        let header = |&(name, value): &(&str, &str)| {
            (name.parse::<HeaderName>().expect("a name"), HeaderValue::from_str(value).expect("a value"))
        };
        headers.iter().map(header).collect()
    };
    let mut response = Response::builder().status(status).body(()).expect("valid");
    *response.headers_mut() = headers(head);
    rules.rule(rules.facts(method, &headers(request)), Outcome::Response(Head::of(&response)))
}

fn hinted(kind: Kind, hint: Hint) -> Verdict {
    Verdict::retry_as(kind).with_hint(hint)
}

#[test]
fn waits_that_a_response_asks_for_are_hints() {
    let (rules, get) = (GatewayRules::default(), Method::GET);
    let wait = hinted(Kind::Throttled, Hint::AtLeast(Duration::from_secs(7)));
    for status in [503, 429, 421, 425, 408] {
        assert_eq!(rule(&rules, &get, &[], status, &[("retry-after", "7")]).verdict, wait, "{status}");
    }
    assert_eq!(rule(&rules, &get, &[], 429, &[]).verdict, Verdict::retry_as(Kind::Throttled));
    let reset = [("x-ratelimit-reset", "7")];
    assert_eq!(rule(&rules, &get, &[], 503, &reset).verdict, Verdict::retry());
    assert_eq!(rule(&rules.clone().rate_limit(true), &get, &[], 503, &reset).verdict, wait);
    let both = [("x-ratelimit-reset", "9"), ("retry-after", "7")];
    assert_eq!(rule(&rules.rate_limit(true), &get, &[], 503, &both).verdict, wait, "Retry-After comes first");
}

#[test]
fn a_throttled_post_may_be_sent_again_by_choice_when_it_is_told_when() {
    let rules = GatewayRules::default().throttled_non_idempotent(true).sends_once(true);
    let after = [("retry-after", "7")];
    let wait = hinted(Kind::Throttled, Hint::AtLeast(Duration::from_secs(7)));
    for (status, head, verdict) in [
        (503, &after[..], wait),
        (429, &after, wait),
        (503, &[], Verdict::Reject),
        (502, &after, Verdict::Reject),
    ] {
        let ruling = rule(&rules, &Method::POST, &[], status, head);
        assert_eq!(ruling, Ruling::new(Row::StatusUnsafe, verdict), "{status}");
    }
    let ruling = rule(&GatewayRules::default(), &Method::POST, &[], 503, &after);
    assert_eq!(ruling, Ruling::new(Row::StatusUnsafe, Verdict::Reject));
    let ruling = rule(&rules.sends_once(false), &Method::POST, &[], 503, &after);
    assert_eq!(ruling, Ruling::new(Row::PerhapsSent, Verdict::Reject), "a redirect may have come before");
}

#[test]
fn what_may_have_been_sent_before_comes_back_unless_it_may_run_twice() {
    use TransportFailure::{NotSent, Refused};
    let headers = |upgrade: bool| -> HeaderMap {
        let upgrade = upgrade.then(|| (http::header::UPGRADE, HeaderValue::from_static("echo")));
        upgrade.into_iter().collect()
    };
    let (once, perhaps) = (GatewayRules::default().sends_once(true), GatewayRules::default());
    let twice = GatewayRules::default().non_idempotent(true);
    for (failure, row) in [(NotSent, Row::NotSent), (Refused, Row::Refused)] {
        for (rules, method, is_upgrade, expected) in [
            (&once, Method::GET, false, Ruling::new(row, Verdict::retry_as(Kind::NotSent))),
            (&once, Method::POST, false, Ruling::new(row, Verdict::retry_as(Kind::NotSent))),
            (&once, Method::GET, true, Ruling::new(row, Verdict::retry_as(Kind::NotSent))),
            (&perhaps, Method::GET, false, Ruling::new(row, Verdict::retry())),
            (&perhaps, Method::POST, false, Ruling::new(Row::PerhapsSent, Verdict::Reject)),
            (&perhaps, Method::GET, true, Ruling::new(Row::PerhapsSent, Verdict::Reject)),
            (&twice, Method::POST, false, Ruling::new(row, Verdict::retry())),
            (&twice, Method::POST, true, Ruling::new(Row::PerhapsSent, Verdict::Reject)),
        ] {
            let facts = rules.facts(&method, &headers(is_upgrade));
            assert_eq!(rules.failure(facts, failure), expected, "{failure} {method} {is_upgrade} {rules}");
        }
    }
    for (status, row) in [(421, Row::Misdirected), (425, Row::TooEarly)] {
        let seen = |rules: &GatewayRules, method| rule(rules, &method, &[], status, &[]);
        assert_eq!(seen(&once, Method::POST), Ruling::new(row, Verdict::retry()));
        assert_eq!(seen(&perhaps, Method::POST), Ruling::new(Row::PerhapsSent, Verdict::Reject));
        assert_eq!(seen(&perhaps, Method::GET), Ruling::new(row, Verdict::retry()));
        assert_eq!(seen(&twice, Method::POST), Ruling::new(row, Verdict::retry()));
    }
}

#[test]
fn a_request_that_came_in_early_data_has_its_425_forwarded() {
    let rules = GatewayRules::default();
    for early_data in ["1", "0", "", "1, 1", "?1"] {
        let ruling = rule(&rules, &Method::GET, &[("early-data", early_data)], 425, &[]);
        assert_eq!(ruling, Ruling::new(Row::TooEarly, Verdict::Reject), "{early_data}");
    }
    let ruling = rule(&rules, &Method::GET, &[], 425, &[]);
    assert_eq!(ruling, Ruling::new(Row::TooEarly, Verdict::retry()));
}

#[test]
fn an_upgrade_is_sent_again_only_when_it_was_not_processed() {
    let rules = GatewayRules::default().non_idempotent(true).sends_once(true);
    let upgrade = [("upgrade", "websocket")];
    for (status, verdict) in
        [(101, Verdict::Accept), (421, Verdict::Accept), (425, Verdict::Accept), (503, Verdict::Reject)]
    {
        assert_eq!(rule(&rules, &Method::GET, &upgrade, status, &[]), Ruling::silent(verdict));
    }
    let headers = [(http::header::UPGRADE, HeaderValue::from_static("websocket"))].into_iter().collect();
    let facts = rules.facts(&Method::GET, &headers);
    for failure in TransportFailure::ALL {
        let is_retried = matches!(rules.failure(facts, failure).verdict, Verdict::Retry { .. });
        assert_eq!(is_retried, failure.is_unprocessed(), "{failure:?}");
    }
}

#[test]
fn what_a_route_knows_better_widens_the_table() {
    use TransportFailure::{BadHead, BeforeHead, HeadTimeout, ReusedClosed};
    let post = |rules: &GatewayRules, failure| {
        let facts = rules.facts(&Method::POST, &HeaderMap::new());
        rules.failure(facts, failure).verdict
    };
    let get = |rules: &GatewayRules, failure| {
        let facts = rules.facts(&Method::GET, &HeaderMap::new());
        rules.failure(facts, failure).verdict
    };
    let (strict, wide) =
        (GatewayRules::default(), GatewayRules::default().non_idempotent(true).bad_head(true));
    for failure in [BeforeHead, HeadTimeout, ReusedClosed] {
        assert_eq!(post(&strict, failure), Verdict::Reject, "{failure:?}");
        assert_eq!(post(&wide, failure), Verdict::retry(), "{failure:?}");
    }
    assert_eq!((get(&strict, BadHead), get(&wide, BadHead)), (Verdict::Reject, Verdict::retry()));
    assert_eq!(post(&wide, BadHead), Verdict::Reject);
    let patches = GatewayRules::default().idempotent([Method::PATCH]);
    assert_eq!(rule(&patches, &Method::PATCH, &[], 503, &[]).row, Some(Row::Status));
}

#[test]
fn codes_of_grpc_are_retried_when_listed_and_push_back() {
    let rules = GatewayRules::default().grpc_codes([14, 8, 200, 14]);
    let exactly = hinted(Kind::Transient, Hint::Exactly(Duration::from_millis(250)));
    for (code, pushback, expected) in [
        ("14", None, Ruling::new(Row::Grpc, Verdict::retry())),
        ("8", Some("250"), Ruling::new(Row::Grpc, exactly)),
        ("14", Some("-1"), Ruling::new(Row::Grpc, hinted(Kind::Transient, Hint::Never))),
        ("13", None, Ruling::silent(Verdict::Accept)),
        ("0", None, Ruling::silent(Verdict::Accept)),
        ("200", None, Ruling::silent(Verdict::Accept)),
        ("no", None, Ruling::silent(Verdict::Accept)),
    ] {
        let mut head = vec![("grpc-status", code)];
        head.extend(pushback.map(|millis| ("grpc-retry-pushback-ms", millis)));
        assert_eq!(rule(&rules, &Method::POST, &[], 200, &head), expected, "{code} {pushback:?}");
        let unlisted = rule(&GatewayRules::default(), &Method::POST, &[], 200, &head);
        assert_eq!(unlisted, Ruling::silent(Verdict::Accept));
    }
}

#[test]
fn an_answer_for_a_failure_is_judged_as_that_failure() {
    let rules = GatewayRules::default();
    for failure in TransportFailure::ALL {
        for method in [Method::GET, Method::POST] {
            let request = rules.facts(&method, &HeaderMap::new());
            let mut answer = Response::builder().status(502).body(()).expect("valid");
            answer.extensions_mut().insert(failure);
            let ruling = rules.rule(request, Outcome::Response(Head::of(&answer)));
            assert_eq!(ruling, rules.failure(request, failure), "{failure:?} {method}");
        }
    }
}

#[test]
fn each_failure_has_its_row() {
    use TransportFailure::{
        AfterHead, BadHead, BeforeHead, HeadTimeout, Local, NotSent, Refused, ReusedClosed,
    };
    let rules = GatewayRules::default().sends_once(true);
    for (failure, idempotent, other) in [
        (AfterHead, Row::HeadPassedOn, Row::HeadPassedOn),
        (Local, Row::Local, Row::Local),
        (NotSent, Row::NotSent, Row::NotSent),
        (Refused, Row::Refused, Row::Refused),
        (ReusedClosed, Row::ReusedClosed, Row::BeforeHeadUnsafe),
        (BeforeHead, Row::BeforeHead, Row::BeforeHeadUnsafe),
        (HeadTimeout, Row::HeadTimeout, Row::HeadTimeoutUnsafe),
        (BadHead, Row::BadHead, Row::BadHead),
    ] {
        for (method, row) in [(Method::GET, idempotent), (Method::POST, other)] {
            let ruling = rules.failure(rules.facts(&method, &HeaderMap::new()), failure);
            assert_eq!(ruling.row, Some(row), "{failure:?} {method}");
        }
    }
}

#[test]
fn statuses_of_a_route_stand_instead_of_the_default_ones() {
    let rules = GatewayRules::default().statuses([StatusCode::INTERNAL_SERVER_ERROR]);
    assert_eq!(rule(&rules, &Method::GET, &[], 500, &[]), Ruling::new(Row::Status, Verdict::retry()));
    assert_eq!(rule(&rules, &Method::GET, &[], 503, &[]), Ruling::silent(Verdict::Reject));
}

#[test]
fn rules_and_rows_are_shown_in_words() {
    assert_eq!(GatewayRules::default().to_string(), "gateway, statuses [408, 429, 502-504]");
    let wide = GatewayRules::default()
        .idempotent([Method::PATCH])
        .idempotency_key(true)
        .throttled_non_idempotent(true)
        .sends_once(true)
        .grpc_codes([14, 8]);
    assert_eq!(
        wide.to_string(),
        "gateway, statuses [408, 429, 502-504], idempotent [PATCH], idempotency key, throttled non-idempotent, sends once, gRPC codes [8, 14]"
    );
    assert_eq!(Row::Status.to_string(), "the status asks for another attempt (row 14)");
}
