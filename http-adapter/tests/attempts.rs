//! Nothing of one attempt leaks into the next, whatever the request, the responses and the services inside do.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri, Version};
use http_body_util::Full;
use persevere::Attempt;
use persevere_http::{Explanation, ReplayBody, RetryFilter, RetryLayer};
use proptest::prelude::*;
use tower::{Layer, ServiceExt};

use test_servers::ms;

/// What a service inside sees of an attempt.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    method: Method,
    uri: Uri,
    version: Version,
    headers: HeaderMap,
    own: Option<&'static str>,
    leaked: Option<u8>,
    attempt: Option<u32>,
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let name = prop::sample::select(vec!["x-a", "x-b", "cookie", "accept", "x-attempt-count", "x-retry"]);
    prop::collection::vec((name, "[ -~]{0,8}"), 0..8).prop_map(|pairs| {
        let pair = |(name, value): (&'static str, String)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value.trim()).expect("printable"))
        };
        let mut headers = HeaderMap::new();
        for (name, value) in pairs.into_iter().map(pair) {
            headers.append(name, value);
        }
        headers
    })
}

/// Sends a request to a service that answers so, and leaves its mark on all that it touches.
fn send(
    request: Request<Full<Bytes>>,
    statuses: Vec<u16>,
    is_announced: bool,
) -> (Vec<Seen>, Response<String>) {
    let seen = Arc::<Mutex<Vec<Seen>>>::default();
    let noted = Arc::clone(&seen);
    let marking = tower::service_fn(move |mut request: Request<ReplayBody<Full<Bytes>>>| {
        let mut seen = noted.lock().unwrap();
        seen.push(Seen {
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            headers: request.headers().clone(),
            own: request.extensions().get().copied(),
            leaked: request.extensions().get().copied(),
            attempt: request.extensions().get().map(Attempt::number),
        });
        request.headers_mut().clear();
        request.headers_mut().insert("x-leaked", HeaderValue::from_static("1"));
        request.extensions_mut().insert(1_u8);
        *request.uri_mut() = Uri::from_static("/leaked");
        let number = seen.len();
        let mut response =
            Response::builder().status(statuses[number - 1]).body(number.to_string()).expect("valid");
        response
            .headers_mut()
            .append(HeaderName::from_bytes(format!("x-{number}").as_bytes()).unwrap(), 1.into());
        response.extensions_mut().insert(number);
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let filter = RetryFilter::gateway().backoff(persevere::constant(ms(0))).announce(is_announced);
    let service = RetryLayer::new(filter.build().expect("within bounds")).layer(marking);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let response = runtime.expect("a runtime").block_on(service.oneshot(request)).expect("infallible");
    let seen = seen.lock().unwrap().clone();
    (seen, response)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_attempt_is_the_original_request_and_the_response_is_of_the_last(
        headers in headers(),
        method in prop::sample::select(vec![Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS]),
        path in "/[a-z]{0,5}(\\?[a-z=&]{0,9})?",
        version in prop::sample::select(vec![Version::HTTP_10, Version::HTTP_11, Version::HTTP_2]),
        statuses in prop::collection::vec(prop::sample::select(vec![503_u16, 502, 408]), 0..4),
        is_announced in any::<bool>(),
    ) {
        let uri: Uri = path.parse().expect("a path");
        let mut request = Request::new(Full::from("body"));
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri.clone();
        *request.version_mut() = version;
        *request.headers_mut() = headers.clone();
        request.extensions_mut().insert("own");
        let failed = statuses.len();
        let mut answers = statuses;
        answers.push(if failed < 3 { 200 } else { 503 });
        let (seen, response) = send(request, answers, is_announced);

        prop_assert_eq!(seen.len(), failed + 1);
        for (number, one) in (1_u32..).zip(seen) {
            let mut headers = headers.clone();
            if is_announced {
                headers.insert("x-attempt-count", number.into());
            }
            let attempt = Some(number);
            let (method, uri) = (method.clone(), uri.clone());
            let expected = Seen { method, uri, version, headers, own: Some("own"), leaked: None, attempt };
            prop_assert_eq!(one, expected);
        }
        let last = failed + 1;
        prop_assert_eq!(response.body(), &last.to_string());
        prop_assert_eq!(response.extensions().get(), Some(&last));
        prop_assert_eq!(usize::try_from(Explanation::of(&response).attempts), Ok(last));
        let names: Vec<_> = response.headers().keys().map(HeaderName::to_string).collect();
        prop_assert_eq!(names, vec![format!("x-{last}")]);
    }
}
