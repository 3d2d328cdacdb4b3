//! gRPC in either profile: the codes that are retried, and the server's pushback.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request, Response};
use http_body_util::{BodyExt, Empty, Full, combinators::BoxBody};
use persevere::{Reason, Unlimited};
use persevere_http::spring::{SpringBackoff, SpringRules};
use persevere_http::{
    Explanation, GatewayRules, PeekTrailersLayer, ReplayBody, RetryFilter, RetryLayer, Row,
};
use tower::{Layer, ServiceExt};

use test_servers::ms;

type Fields = &'static [(&'static str, &'static str)];

/// The answer of a server: its status, fields of the head, fields of the trailers.
type Answer = (u16, Fields, Fields);

fn fields(fields: Fields) -> HeaderMap {
    let field = |&(name, value): &(&'static str, &'static str)| {
        (HeaderName::from_static(name), value.parse().expect("a value"))
    };
    fields.iter().map(field).collect()
}

/// Sends a POST to a server that always gives this answer.
///
/// Returns the explanation of the call, and the number of requests that the server got.
async fn send(filter: RetryFilter, (status, head, trailers): Answer) -> (Explanation, u32) {
    let asked = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&asked);
    let server = tower::service_fn(move |_: Request<ReplayBody<Full<Bytes>>>| {
        counted.fetch_add(1, Ordering::Relaxed);
        let trailers = (!trailers.is_empty()).then(|| Ok::<_, Infallible>(fields(trailers)));
        let body: BoxBody<Bytes, Infallible> =
            Empty::new().with_trailers(std::future::ready(trailers)).boxed();
        let mut response = Response::builder().status(status).body(body).expect("valid");
        *response.headers_mut() = fields(head);
        response.headers_mut().insert("content-type", "application/grpc".parse().expect("valid"));
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let service = RetryLayer::new(filter).layer(PeekTrailersLayer::new().layer(server));
    let request = Request::post("/orders.Orders/Place").body(Full::default()).expect("valid");
    let response = service.oneshot(request).await.expect("answered");
    (Explanation::of(&response), asked.load(Ordering::Relaxed))
}

/// Returns a filter of each profile, which lists 14 and retries twice after a second.
fn filters() -> [RetryFilter; 2] {
    let rules = GatewayRules::default().grpc_codes([14]).sends_once(true).idempotent([Method::POST]);
    let gateway = RetryFilter::gateway().rules(rules).retries(2).budget(Unlimited);
    let second = SpringBackoff::new(ms(1_000), Some(ms(1_000))).expect("within bounds");
    let spring = RetryFilter::spring()
        .rules(SpringRules::default().methods([Method::POST]).grpc_codes([14]).backoff(second))
        .retries(2);
    [
        gateway.backoff(persevere::constant(ms(1_000))).build().expect("within bounds"),
        spring.build().expect("within bounds"),
    ]
}

const PUSHBACK: &str = "grpc-retry-pushback-ms";

#[tokio::test(start_paused = true)]
async fn a_listed_code_is_retried_after_the_pushback() {
    for (head, trailers, wait) in [
        (&[("grpc-status", "14")][..], &[][..], 1_000),
        (&[("grpc-status", "14"), (PUSHBACK, "200")], &[], 200),
        (&[("grpc-status", "14"), (PUSHBACK, "0")], &[], 0),
        (&[("grpc-status", "14"), (PUSHBACK, "30000")], &[], 30_000),
        (&[], &[("grpc-status", "14")], 1_000),
        (&[], &[("grpc-status", "14"), (PUSHBACK, "200")], 200),
        (&[(PUSHBACK, "300")], &[("grpc-status", "14"), (PUSHBACK, "200")], 200),
        (&[(PUSHBACK, "300")], &[("grpc-status", "14")], 300),
    ] {
        for filter in filters() {
            let context = format!("{head:?} {trailers:?} {filter}");
            let (explanation, asked) = send(filter, (200, head, trailers)).await;
            // Nobody looks at the trailers of the last attempt.
            let reason = if trailers.is_empty() { Reason::Attempts } else { Reason::Accepted };
            assert_eq!((asked, explanation.reason), (3, reason), "{context}");
            assert_eq!(explanation.slept, ms(2 * wait), "{context}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_that_is_not_listed_comes_back() {
    for code in ["13", "0", "46", "4294967310", "+14", "014x", "", "14, 14"] {
        for filter in filters() {
            let head: Fields = vec![("grpc-status", code)].leak();
            let (explanation, asked) = send(filter, (200, head, &[])).await;
            assert_eq!((asked, explanation.reason), (1, Reason::Accepted), "{code}");
        }
    }
    for filter in filters() {
        let (_, asked) = send(filter, (200, &[("grpc-status", "14"), ("grpc-status", "14")], &[])).await;
        assert_eq!(asked, 1, "two codes are none");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pushback_that_is_no_number_ends_the_retries() {
    for text in ["-1", "-9223372036854775809", "", "soon", "1.5", "+5", "99999999999999999999"] {
        let head = |status: Option<&'static str>| -> Fields {
            let status = status.map(|code| ("grpc-status", code));
            [(PUSHBACK, text)].into_iter().chain(status).collect::<Vec<_>>().leak()
        };
        let trailers: Fields = vec![("grpc-status", "14"), (PUSHBACK, text)].leak();
        // A listed code, a status that is listed, and one of each that is pushed back in the trailers.
        let answers: [Answer; 4] = [
            (200, head(Some("14")), &[]),
            (503, head(None), &[]),
            (200, &[], trailers),
            (503, &[], trailers),
        ];
        for answer in answers {
            for filter in filters() {
                let context = format!("{text:?} {answer:?} {filter}");
                let (explanation, asked) = send(filter, answer).await;
                assert_eq!((asked, explanation.reason), (1, Reason::HintForbids), "{context}");
                assert_eq!(explanation.slept, Duration::ZERO, "{context}");
                assert!(matches!(explanation.row, Some(Row::Grpc | Row::Status | Row::Listed)), "{context}");
            }
        }
    }
}

/// Without codes, too: a server that forbids another attempt is believed.
#[tokio::test(start_paused = true)]
async fn a_negative_pushback_ends_the_retries_of_any_filter() {
    let spring = RetryFilter::spring()
        .rules(SpringRules::default().methods([Method::POST]))
        .build()
        .expect("within bounds");
    let rules = GatewayRules::default().idempotent([Method::POST]);
    let gateway = RetryFilter::gateway().rules(rules).build().expect("within bounds");
    for filter in [spring, gateway] {
        let (_, asked) = send(filter.clone(), (503, &[(PUSHBACK, "-1")], &[])).await;
        assert_eq!(asked, 1, "{filter}");
        let (_, asked) = send(filter.clone(), (503, &[], &[])).await;
        assert_eq!(asked, 4, "{filter}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pushback_beyond_the_ceiling_brings_the_response_back() {
    for filter in filters() {
        let (_, asked) = send(filter, (200, &[("grpc-status", "14"), (PUSHBACK, "30001")], &[])).await;
        assert_eq!(asked, 1);
    }
    let short = RetryFilter::spring()
        .rules(SpringRules::default().methods([Method::POST]).grpc_codes([14]))
        .max_wait(ms(100));
    let short = short.build().expect("within bounds");
    let (_, asked) = send(short.clone(), (200, &[("grpc-status", "14"), (PUSHBACK, "101")], &[])).await;
    assert_eq!(asked, 1);
    let (_, asked) = send(short, (200, &[("grpc-status", "14"), (PUSHBACK, "100")], &[])).await;
    assert_eq!(asked, 4);
}

#[test]
fn codes_of_grpc_are_a_list_of_spring_filters() {
    let spring = || SpringRules::default().series([]).exceptions([]);
    assert!(RetryFilter::spring().rules(spring()).build().is_err(), "nothing could be retried");
    let rules = spring().grpc_codes([14, 8, 14, 200]);
    let filter = RetryFilter::spring().rules(rules).build().expect("within bounds");
    assert!(filter.to_string().contains("gRPC codes [8, 14]"), "{filter}");
}

#[test]
fn codes_of_grpc_are_a_setting_of_both_profiles() {
    for profile in ["spring", "gateway"] {
        let yaml = |codes: &str| format!("profile: {profile}\ngrpcCodes: {codes}");
        let filter = RetryFilter::from_yaml(&yaml("[UNAVAILABLE, 8]")).expect("valid");
        assert!(filter.to_string().contains("gRPC codes [8, 14]"), "{filter}");
        let error = RetryFilter::from_yaml(&yaml("[UNAVAILBLE]")).expect_err("misspelled").to_string();
        assert!(error.contains("UNAVAILABLE"), "{error}");
    }
}
