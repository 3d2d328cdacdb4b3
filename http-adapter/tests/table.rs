//! The decision table over real connections: method × failure × fresh or reused connection × body size.

use std::fmt::Debug;
use std::net::SocketAddr;

use ::h2::Reason as Code;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use persevere::Reason;
use persevere_http::service::{AttemptError, AttemptTimeout};
use persevere_http::{AttemptTimeoutLayer, Explanation, GatewayRules, RetryFilter, RetryLayer, Row};
use tower::{Layer, Service, ServiceExt};

use crate::clients::{Chunks, HttpClient, client, content};
use test_servers::script::{Act, Script, h2, request::hash};
use test_servers::{closed, ms};

/// Bytes that are kept of a body.
const CAP: usize = 5_000;

/// What a request of the table is.
#[derive(Clone, Copy, Debug)]
struct Case {
    method: &'static str,
    body: usize,
    is_keyed: bool,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        let keyed = [("POST", true), ("PATCH", true)];
        let methods = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "QUERY", "POST", "PATCH", "PROPFIND"];
        let methods = methods.into_iter().map(|method| (method, false)).chain(keyed);
        methods.flat_map(|(method, is_keyed)| {
            let bodies: &[usize] = if matches!(method, "GET" | "HEAD") { &[0] } else { &[0, CAP, CAP + 1] };
            bodies.iter().map(move |&body| Self { method, body, is_keyed })
        })
    }

    /// By RFC 9110, 9.2.2, `QUERY`, and the keys that the filter of this test heeds.
    fn is_idempotent(self) -> bool {
        self.is_keyed || ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "QUERY"].contains(&self.method)
    }

    /// Whether the body can be had again once all of it has been read.
    fn is_replayable(self) -> bool {
        self.body <= CAP
    }

    fn request(self, address: SocketAddr) -> Request<Chunks> {
        let mut request =
            Request::builder().method(self.method).uri(format!("http://{address}/path?query=1"));
        if self.is_keyed {
            request = request.header("idempotency-key", "\"1\"");
        }
        request.body(Chunks::new(self.body, false)).expect("a valid request")
    }
}

/// Who is sent again, of those whose body can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    Nobody,
    Idempotent,
    Everybody,
}

fn filter() -> RetryFilter {
    let rules = GatewayRules::default().idempotency_key(true);
    let at_once = persevere::constant(ms(0));
    let filter = RetryFilter::gateway().rules(rules).sends_once(true).backoff(at_once).body_limit(CAP);
    filter.build().expect("within bounds")
}

type Filtered = persevere_http::RetryService<AttemptTimeout<HttpClient<Chunks>>>;

fn service(is_h2: bool) -> Filtered {
    RetryLayer::new(filter()).layer(AttemptTimeoutLayer::new(ms(300)).layer(client(is_h2)))
}

/// What came of a request: its status, and what it took if there is a response.
type Outcome = Result<(StatusCode, Explanation), AttemptError<hyper_util::client::legacy::Error>>;

async fn send(service: &mut Filtered, request: Request<Chunks>) -> Outcome {
    let response = service.ready().await?.call(request).await?;
    let (status, explanation) = (response.status(), Explanation::of(&response));
    let _ = response.into_body().collect().await;
    Ok((status, explanation))
}

/// Holds what an upstream has seen of a case against what the table says of it.
fn check(case: Case, again: Again, seen: usize, outcome: &Outcome, context: &dyn Debug) {
    let context = format!("{context:?}: {case:?}: {outcome:?}");
    let wanted = match again {
        Again::Nobody => false,
        Again::Idempotent => case.is_idempotent(),
        Again::Everybody => true,
    };
    let is_sent_again = wanted && case.is_replayable();
    assert_eq!(seen, if is_sent_again { 2 } else { 1 }, "{context}");
    match outcome {
        Ok((StatusCode::OK, explanation)) if is_sent_again => {
            assert_eq!((explanation.attempts, explanation.reason), (2, Reason::Accepted), "{context}");
        }
        Ok((_, explanation)) => {
            assert!(!is_sent_again, "{context}");
            assert_eq!(explanation.attempts, 1, "{context}");
            if wanted {
                let why = (explanation.reason, explanation.row);
                assert_eq!(why, (Reason::NotRepeatable, Some(Row::NotReplayable)), "{context}");
            }
        }
        Err(_) => assert!(!is_sent_again, "{context}"),
    }
}

/// One request of each case, on a fresh or a reused connection, to an upstream that acts once so.
async fn over_http1(act: Act, again: Again, is_reused: bool) {
    for case in Case::all() {
        let warm_up = is_reused.then_some(Act::Answer(200));
        let script = Script::new(warm_up.into_iter().chain([act]));
        let address = script.start().await;
        let mut service = service(false);
        if is_reused {
            let request = Case { method: "GET", body: 0, is_keyed: false }.request(address);
            send(&mut service, request).await.expect("the first one is answered");
        }
        let outcome = send(&mut service, case.request(address)).await;
        let received = script.received();
        let received: Vec<_> =
            received.iter().skip(usize::from(is_reused)).filter(|one| !one.is_late).collect();
        check(case, again, received.len(), &outcome, &(act, is_reused));
        for one in &received {
            assert_eq!((one.method.as_str(), one.uri.as_str()), (case.method, "/path?query=1"));
        }
        let last = received.last().expect("something came");
        if last.is_complete {
            assert_eq!((last.length, last.hash), (case.body, hash(&content(case.body))), "{act:?} {case:?}");
        }
    }
}

#[tokio::test]
async fn statuses_are_retried_for_idempotent_requests() {
    for status in [408, 429, 502, 503, 504] {
        over_http1(Act::Answer(status), Again::Idempotent, false).await;
    }
    for status in [200, 404, 500, 501, 505, 599] {
        over_http1(Act::Answer(status), Again::Nobody, false).await;
    }
    over_http1(Act::Answer(503), Again::Idempotent, true).await;
}

#[tokio::test]
async fn a_misdirected_or_early_request_is_sent_again_whatever_its_method() {
    for status in [421, 425] {
        over_http1(Act::Answer(status), Again::Everybody, false).await;
    }
}

#[tokio::test]
async fn an_interim_response_changes_nothing() {
    for interim in [102, 103] {
        over_http1(Act::Interim(interim, 503), Again::Idempotent, false).await;
        over_http1(Act::Interim(interim, 404), Again::Nobody, false).await;
    }
}

#[tokio::test]
async fn a_connection_that_ends_before_the_response_is_retried_for_idempotent_requests() {
    for act in [Act::Close, Act::PartialHead] {
        over_http1(act, Again::Idempotent, false).await;
        over_http1(act, Again::Idempotent, true).await;
    }
}

#[tokio::test]
async fn a_reset_is_retried_for_idempotent_requests() {
    // The upstream has read the head alone: a small body is all on its way, so the table holds as it stands.
    over_http1(Act::Reset, Again::Idempotent, false).await;
    over_http1(Act::Reset, Again::Idempotent, true).await;
}

#[tokio::test]
async fn a_response_that_does_not_come_in_time_is_retried_for_idempotent_requests() {
    over_http1(Act::Stall, Again::Idempotent, false).await;
}

#[tokio::test]
async fn what_is_no_response_is_not_retried() {
    over_http1(Act::Junk, Again::Nobody, false).await;
}

#[tokio::test]
async fn a_body_that_is_cut_after_its_head_is_nobodys_business() {
    over_http1(Act::CutBody, Again::Nobody, false).await;
}

#[tokio::test]
async fn what_was_never_sent_is_retried_whatever_its_method_and_size() {
    let (_held, closed) = closed();
    for case in Case::all() {
        for address in [closed.to_string(), "nowhere.test:1".to_owned()] {
            let told = std::sync::Arc::new(std::sync::Mutex::new(0));
            let counted = std::sync::Arc::clone(&told);
            let counting = filter().into_builder().on_retry(move |_| *counted.lock().unwrap() += 1);
            let layer = RetryLayer::new(counting.build().expect("within bounds"));
            let mut service = layer.layer(AttemptTimeoutLayer::new(ms(300)).layer(client(false)));
            let mut request = case.request(closed);
            *request.uri_mut() = format!("http://{address}/").parse().expect("valid");
            let outcome = send(&mut service, request).await;
            assert!(outcome.is_err(), "{case:?}");
            assert_eq!(*told.lock().unwrap(), 3, "{case:?} to {address}");
        }
    }
}

/// As [`over_http1`], over HTTP/2.
async fn over_http2(act: h2::Act, again: Again) {
    for case in Case::all() {
        let script = h2::Script::new([act]);
        let address = script.start().await;
        let outcome = send(&mut service(true), case.request(address)).await;
        check(case, again, script.requests(), &outcome, &act);
        for body in script.bodies() {
            assert_eq!(hash(&body), hash(&content(case.body)), "{act:?} {case:?}");
        }
    }
}

#[tokio::test]
async fn http2_streams_that_are_refused_are_sent_again_whatever_their_method() {
    over_http2(h2::Act::Reset(Code::REFUSED_STREAM), Again::Everybody).await;
}

#[tokio::test]
async fn http2_streams_that_are_reset_are_retried_for_idempotent_requests() {
    over_http2(h2::Act::Reset(Code::INTERNAL_ERROR), Again::Idempotent).await;
    over_http2(h2::Act::Reset(Code::ENHANCE_YOUR_CALM), Again::Idempotent).await;
    over_http2(h2::Act::Reset(Code::NO_ERROR), Again::Idempotent).await;
}

#[tokio::test]
async fn http2_statuses_and_connections_are_as_those_of_http1() {
    over_http2(h2::Act::Answer(503), Again::Idempotent).await;
    over_http2(h2::Act::Answer(404), Again::Nobody).await;
    over_http2(h2::Act::Answer(421), Again::Everybody).await;
    over_http2(h2::Act::Close, Again::Idempotent).await;
}

#[tokio::test]
async fn http2_streams_that_a_goaway_leaves_out_are_sent_again_whatever_their_method() {
    over_http2(h2::Act::GoAway, Again::Everybody).await;
}

#[tokio::test]
async fn http2_streams_that_a_goaway_with_an_error_leaves_out_are_retried_for_idempotent_requests() {
    over_http2(h2::Act::Fail(Code::INTERNAL_ERROR), Again::Idempotent).await;
    over_http2(h2::Act::Fail(Code::ENHANCE_YOUR_CALM), Again::Idempotent).await;
}
