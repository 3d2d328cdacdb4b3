//! The filters of a route: what they make of a request, and that those behind `Retry` run for each attempt.

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::support::{Gateway, client, exchange, file, routes, telling};

/// A response of an upstream.
fn response(status: u16) -> String {
    format!("HTTP/1.1 {status} Is\r\ncontent-length: 0\r\nx-from: upstream\r\n\r\n")
}

/// A gateway with one route that has these predicates and filters, before an upstream that answers so.
async fn start(
    name: &str,
    predicates: &str,
    filters: &str,
    answer: fn(usize) -> String,
) -> (Gateway, UnboundedReceiver<String>) {
    let (upstream, heads) = telling(answer).await;
    let text = routes(&format!(
        "- id: {name}\n  uri: http://{upstream}\n  predicates: {predicates}\n  filters: {filters}"
    ));
    (Gateway::serve(&file(&format!("{name}.yaml"), &text), &[]).await, heads)
}

async fn get(gateway: &Gateway, path: &str) -> Response<Incoming> {
    let request = Request::get(format!("http://{}{path}", gateway.address)).body(Full::<Bytes>::default());
    client().request(request.expect("valid")).await.expect("the gateway answers")
}

/// The lines of a head that begin so.
fn lines<'h>(head: &'h str, name: &str) -> Vec<&'h str> {
    head.lines().filter(|line| line.to_ascii_lowercase().starts_with(name)).collect()
}

#[tokio::test]
async fn filters_before_retry_run_once_and_those_behind_it_for_each_attempt() {
    let filters = "
    - PrefixPath=/before
    - AddRequestHeader=X-Before, b-{id}
    - AddResponseHeader=X-First, 1
    - RemoveRequestHeader=X-Secret
    - name: Retry
      args: { retries: 2, backoff: { firstBackoff: 5ms } }
    - PrefixPath=/after
    - AddRequestHeader=X-After, a-{id}
    - AddResponseHeader=X-Second, 2-{id}";
    let answer = |number| response(if number < 3 { 503 } else { 200 });
    let (gateway, mut heads) = start("order", "['Path=/{id}/**']", filters, answer).await;
    let request = "GET /7/x?q=a%20b HTTP/1.1\r\nHost: a\r\nX-Secret: s\r\nX-Before: own\r\n\r\n";
    let head = exchange(&gateway, request, "\r\n\r\n").await;
    assert_eq!(lines(&head, "x-first"), ["x-first: 1"], "{head}");
    assert_eq!(lines(&head, "x-second"), ["x-second: 2-7"], "{head}");
    for attempt in 1..=3 {
        let head = heads.recv().await.expect("three attempts");
        assert!(head.starts_with("GET /after/before/7/x?q=a%20b HTTP/1.1\r\n"), "{attempt}: {head}");
        assert_eq!(lines(&head, "x-before"), ["x-before: own", "x-before: b-7"], "{attempt}: {head}");
        assert_eq!(lines(&head, "x-after"), ["x-after: a-7"], "{attempt}: {head}");
        assert!(lines(&head, "x-secret").is_empty(), "{attempt}: {head}");
    }
    assert!(heads.try_recv().is_err(), "three attempts, no more");
}

#[tokio::test]
async fn a_variable_of_the_host_reaches_filters() {
    let filters = "\n    - SetPath=/{tenant}/{zone}/{rest}";
    let predicates = "['Host={tenant}.{zone:[a-z]+\\d}.example.**', 'Path=/{rest}']";
    let (gateway, mut heads) = start("tenant", predicates, filters, |_| response(200)).await;
    for (host, expected) in [
        ("Blue.eu1.Example.org:8080", Some("GET /blue/eu1/x HTTP/1.1\r\n")),
        ("blue.eu1.example", Some("GET /blue/eu1/x HTTP/1.1\r\n")),
        ("blue.eu.example", None),
        ("eu1.example", None),
        ("b;c.eu1.example", None), // what cannot stand in a name does not get into a path
        ("b%41.eu1.example", None),
    ] {
        let head = exchange(&gateway, &format!("GET /x HTTP/1.1\r\nHost: {host}\r\n\r\n"), "\r\n\r\n").await;
        let got = expected.is_some().then(|| heads.try_recv().expect("it is passed on"));
        assert_eq!(
            got.as_deref().map(|head| &head[..expected.map_or(0, str::len)]),
            expected,
            "{host}: {head}"
        );
        let status = if host.contains('%') { "400" } else { "404" };
        assert!(expected.is_some() || head.starts_with(&format!("HTTP/1.1 {status} ")), "{host}: {head}");
    }
}

#[tokio::test]
async fn filters_of_all_routes_stand_between_those_of_each_by_their_places() {
    let (upstream, mut heads) = telling(|number| response(if number < 2 { 503 } else { 200 })).await;
    let text = format!(
        "spring:\n  cloud:\n    gateway:\n      default-filters:\n      - PrefixPath=/d1\n      - Retry\n      - PrefixPath=/d3\n      \
         routes:\n      - id: merged\n        uri: http://{upstream}\n        filters:\n        - PrefixPath=/r1\n        - PrefixPath=/r2\n"
    );
    let gateway = Gateway::serve(&file("merged.yaml", &text), &[]).await;
    assert_eq!(get(&gateway, "/").await.status().as_u16(), 200);
    for _ in 0..2 {
        let head = heads.recv().await.expect("two attempts");
        assert!(head.starts_with("GET /d3/r2/r1/d1/ HTTP/1.1\r\n"), "{head}");
    }
}

#[tokio::test]
async fn paths_are_changed_and_the_query_stays_as_it_came() {
    for (name, filter, asked, expected) in [
        ("strip", "StripPrefix", "/a/b%2Fc/d?x=%20", "/b%2Fc/d?x=%20"),
        ("strip2", "StripPrefix=2", "/a//b///c//d/?", "/c//d/?"),
        ("strip9", "StripPrefix=9", "/a/b", "/"),
        ("prefix", "PrefixPath=/up", "/?a", "/up/?a"),
        (
            "rewrite",
            r"'RewritePath=/red/?(?<segment>.*), /$\{segment}'",
            "/red/blue?a=/red/",
            "/blue?a=/red/",
        ),
        ("numbered", "'RewritePath=/(.)(.), /$2$1'", "/ab/cd", "/ba/dc"),
        ("literal", r"'RewritePath=/a, /\$a'", "/a", "/$a"),
        ("slash", "'RewritePath=^/, x'", "/a", "/xa"),
        ("set", "'SetPath=/x/{rest}'", "/a/b", "/x/"),
        ("miss", "'RewritePath=/nowhere, /x'", "/a/../b", "/a/../b"),
    ] {
        let predicate = if name == "set" { "['Path=/a/b/{*rest}']" } else { "[]" };
        let (gateway, mut heads) = start(name, predicate, &format!("[{filter}]"), |_| response(200)).await;
        let request = format!("GET {asked} HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(exchange(&gateway, &request, "\r\n\r\n").await.starts_with("HTTP/1.1 200"), "{name}");
        let head = heads.recv().await.expect("it was asked");
        assert_eq!(head.lines().next(), Some(&*format!("GET {expected} HTTP/1.1")), "{name}");
    }
}

#[tokio::test]
async fn a_filter_that_makes_no_valid_path_is_answered_and_nobody_is_asked() {
    for (name, filters) in [
        ("question", "['RewritePath=b, ?']"),
        ("space", "['RewritePath=b, \"a b\"']"),
        ("later", "[Retry, 'RewritePath=b, \"a b\"']"),
    ] {
        let (gateway, mut heads) = start(name, "[]", filters, |_| response(200)).await;
        assert_eq!(get(&gateway, "/b").await.status().as_u16(), 400, "{name}");
        assert!(heads.try_recv().is_err(), "{name}");
    }
}

#[tokio::test]
async fn a_body_larger_than_the_route_allows_is_refused_however_it_is_sent() {
    let filters = "[RequestSize=1KB, { name: Retry, args: { methods: POST } }]";
    let (gateway, mut heads) = start("size", "[]", filters, |_| response(200)).await;
    for (size, status) in [(1024_usize, 200), (1025, 413)] {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n{}",
            "x".repeat(size)
        );
        let head = exchange(&gateway, &request, "\r\n\r\n").await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{size}: {head}");
    }
    assert!(heads.recv().await.is_some() && heads.try_recv().is_err(), "one was passed on");
    // Of unknown length: it is refused where it is too long, and not sent again.
    let chunks = (0..3).map(|_| Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![b'x'; 512]))));
    let body = StreamBody::new(futures::stream::iter(chunks));
    let request = Request::builder().method(Method::POST).uri(format!("http://{}/", gateway.address));
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request.body(body).expect("valid")).await.expect("answered");
    assert_eq!(response.status().as_u16(), 413);
    let text = response.into_body().collect().await.expect("it arrives").to_bytes();
    assert!(text.starts_with(b"413 Payload Too Large: the body is larger"), "{text:?}");
}
