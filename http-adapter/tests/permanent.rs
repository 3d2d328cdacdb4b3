//! Errors of the clients that another attempt does not cure: each gets a single attempt.

use std::error::Error;
use std::io::ErrorKind;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, Version};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use persevere::{BackoffExt, Policy, Report, constant, retry};
use persevere_http::{HttpClassifier, NotConnected, RetryFilter, RetryLayer, TransportFailure};
use tower::{Layer, Service, ServiceExt};

use crate::clients::NoNames;
use test_servers::ms;
use test_servers::script::{Act, Script};

/// Returns the number of attempts, at most four, and the last error of a client.
async fn asked<F, R, E>(send: impl FnMut() -> F) -> (u32, Option<TransportFailure>, String)
where
    F: Future<Output = Result<R, E>>,
    E: Error + 'static,
    HttpClassifier: persevere::Classifier<Result<R, E>>,
{
    let table = HttpClassifier::gateway(Method::GET).sends_once(true);
    let policy = Policy::new(constant(ms(0)).attempts(4)).classify(table);
    let report: Report<Result<R, E>> = retry(policy, send).report().await;
    let error = report.outcome.err().expect("it cannot be sent");
    let text = std::iter::successors(Some(&error as &dyn Error), |&error| error.source());
    let text = text.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    (report.attempts, TransportFailure::of(&error), text)
}

const ONCE: (u32, Option<TransportFailure>) = (1, Some(TransportFailure::Local));

#[tokio::test]
async fn reqwest_is_asked_once_for_what_it_cannot_send() {
    let client =
        reqwest::Client::builder().no_proxy().retry(reqwest::retry::never()).build().expect("no TLS");
    for url in
        ["https://127.0.0.1:1/", "ftp://127.0.0.1:1/", "127.0.0.1:1", "http://", "/orders", "http://a b/"]
    {
        let (attempts, failure, text) = asked(|| client.get(url).send()).await;
        assert_eq!((attempts, failure), ONCE, "{url}: {text}");
    }
    let header = || client.get("http://127.0.0.1:1/").header("x", "a\nb").send();
    let (attempts, failure, text) = asked(header).await;
    assert_eq!((attempts, failure), ONCE, "a header: {text}");
}

#[tokio::test]
async fn a_redirect_that_cannot_be_followed_is_asked_for_once() {
    let client =
        reqwest::Client::builder().no_proxy().retry(reqwest::retry::never()).build().expect("no TLS");
    for location in ["https://127.0.0.1:1/", "ftp://127.0.0.1:1/", "/"] {
        let script = Script::new([Act::Answer(303); 64]).with_headers(&format!("location: {location}\r\n"));
        let url = format!("http://{}/", script.start().await);
        let (attempts, failure, text) = asked(|| client.get(&url).send()).await;
        assert_eq!((attempts, failure), ONCE, "{location}: {text}");
    }
}

fn request(uri: &str) -> Request<Full<Bytes>> {
    Request::get(uri).body(Full::default()).expect("valid")
}

#[tokio::test]
async fn hyper_util_is_asked_once_for_what_it_cannot_send() {
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    for uri in ["https://127.0.0.1:1/", "ftp://127.0.0.1:1/", "/orders", "127.0.0.1:1"] {
        let (attempts, failure, text) = asked(|| client.request(request(uri))).await;
        assert_eq!((attempts, failure), ONCE, "{uri}: {text}");
    }
    let old = || {
        let mut request = request("http://127.0.0.1:1/");
        *request.version_mut() = Version::HTTP_09;
        request
    };
    let connect = || {
        let mut request = request("http://127.0.0.1:1/");
        (*request.version_mut(), *request.method_mut()) = (Version::HTTP_10, Method::CONNECT);
        request
    };
    for request in [old, connect] {
        let (attempts, failure, text) = asked(|| client.request(request())).await;
        assert_eq!((attempts, failure), ONCE, "{text}");
    }
    let address = Script::new([]).start().await;
    let newer = || {
        let mut request = request(&format!("http://{address}/"));
        *request.version_mut() = Version::HTTP_2;
        client.request(request)
    };
    let (attempts, failure, text) = asked(newer).await;
    assert_eq!((attempts, failure), ONCE, "{text}");
}

/// The connector is also used without the client, which checks most of this before.
#[tokio::test]
async fn a_connector_is_asked_once_for_what_it_cannot_reach() {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    for uri in ["/orders", "127.0.0.1:1"] {
        let error = connector.call(uri.parse().expect("valid")).await.expect_err("it cannot connect");
        let failure = TransportFailure::of(&NotConnected::new(error));
        assert_eq!(failure, Some(TransportFailure::Local), "{uri}");
    }
    let uri = Uri::from_static("http://127.0.0.1/");
    let error = connector.clone().call(uri.clone()).await.err().map(NotConnected::new);
    let failure = error.and_then(|error| TransportFailure::of(&error));
    assert!(matches!(failure, None | Some(TransportFailure::NotSent)), "port 80 may be open: {failure:?}");
}

#[tokio::test]
async fn a_name_that_nobody_resolves_may_be_resolved_later() {
    let client: Client<_, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build(HttpConnector::new_with_resolver(NoNames));
    for uri in ["http://nowhere.test/", "http://a..b/", "http://-.test/"] {
        let (attempts, failure, text) = asked(|| client.request(request(uri))).await;
        assert_eq!((attempts, failure), (4, Some(TransportFailure::NotSent)), "{uri}: {text}");
    }
}

#[tokio::test]
async fn an_invalid_part_of_a_request_is_local_by_its_type() {
    let invalid: [Box<dyn Error + Send + Sync>; 5] = [
        Request::get("http://a b/").body(()).expect_err("a space").into(),
        "http://a b/".parse::<Uri>().expect_err("a space").into(),
        "G T".parse::<Method>().expect_err("a space").into(),
        HeaderValue::from_str("a\nb").expect_err("a line").into(),
        "a b".parse::<http::HeaderName>().expect_err("a space").into(),
    ];
    for error in invalid {
        let text = error.to_string();
        assert_eq!(TransportFailure::of(&*error), Some(TransportFailure::Local), "{text}");
        let failure = TransportFailure::of(&NotConnected::new(error));
        assert_eq!(failure, Some(TransportFailure::Local), "{text}");
    }
    for (kind, expected) in [
        (ErrorKind::InvalidData, TransportFailure::Local),
        (ErrorKind::InvalidInput, TransportFailure::Local),
        (ErrorKind::Unsupported, TransportFailure::Local),
        (ErrorKind::PermissionDenied, TransportFailure::NotSent),
        (ErrorKind::Other, TransportFailure::NotSent),
    ] {
        let error = NotConnected::new(std::io::Error::from(kind));
        assert_eq!(TransportFailure::of(&error), Some(expected), "{kind}");
    }
}

#[tokio::test]
async fn a_request_that_h2_refuses_is_local() {
    let address = test_servers::script::h2::Script::new([]).start().await;
    let stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    let (sender, connection) = ::h2::client::handshake(stream).await.expect("it speaks HTTP/2");
    let driver = tokio::spawn(connection);
    let mut sender = sender.ready().await.expect("no stream is open");
    let request = Request::get("http://shop.test/").header("connection", "close").body(()).expect("valid");
    let error = sender.send_request(request, true).expect_err("HTTP/2 knows no such header");
    assert_eq!(TransportFailure::of(&error), Some(TransportFailure::Local), "{error}");
    driver.abort();
}

/// Neither profile spends a retry, nor anything of a budget, on what cannot be sent.
#[tokio::test]
async fn filters_of_both_profiles_ask_once() {
    use persevere::{AnyBudget, TokenBudget};
    let budget = TokenBudget::new(10, 0.0).expect("within bounds");
    let filters = [
        RetryFilter::gateway().budget(AnyBudget::from(budget.clone())).build(),
        RetryFilter::spring().budget(AnyBudget::from(budget.clone())).build(),
    ];
    for filter in filters {
        let layer = RetryLayer::new(filter.expect("within bounds"));
        let client: Client<HttpConnector, persevere_http::ReplayBody<Full<Bytes>>> =
            Client::builder(TokioExecutor::new()).build_http();
        let counted = std::sync::atomic::AtomicU32::new(0);
        let counting = tower::service_fn(|request| {
            counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            client.request(request)
        });
        let outcome = layer.layer(counting).oneshot(request("https://127.0.0.1:1/")).await;
        assert!(outcome.is_err());
        assert_eq!(counted.load(std::sync::atomic::Ordering::Relaxed), 1);
    }
    assert!((budget.available() - 10.0).abs() < 0.01);
}
