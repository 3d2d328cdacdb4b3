//! Which requests a gateway takes for which route: its predicates, all of which must match.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;

use crate::support::{Gateway, Recorder, Reply, client, file, ms, within};

/// Routes in the order of the file, each with its predicates.
const ROUTES: [(&str, &str); 10] = [
    ("exact", "[Path=/exact]"),
    ("variable", "['Path=/users/{id}/orders, /people/{id:[0-9]+}']"),
    ("open", "['Path=/open/**', 'Method=GET,PUT']"),
    ("rest", "['Path=/rest/{*rest}']"),
    ("glob", "['Path=/f*.p?g']"),
    ("host", "['Host=**.one.example,two.example', Path=/host]"),
    ("header", r"['Header=X-Request-Id, \d+']"),
    ("query", "['Query=red, gree.']"),
    ("named", "[{ name: Header, args: { regexp: '[a-z]{1,3}', header: X-Key } }]"),
    ("args", "[{ name: Query, args: { param: blue } }, { name: Method, args: { methods: [POST] } }]"),
];

/// A gateway with these routes, each to an upstream of its own that answers with the name of the route.
async fn start() -> Gateway {
    let mut text = "spring:\n  cloud:\n    gateway:\n      routes:\n".to_owned();
    let replies: [fn(usize) -> Reply; 10] = [
        |_| Reply::Status(200, "exact"),
        |_| Reply::Status(200, "variable"),
        |_| Reply::Status(200, "open"),
        |_| Reply::Status(200, "rest"),
        |_| Reply::Status(200, "glob"),
        |_| Reply::Status(200, "host"),
        |_| Reply::Status(200, "header"),
        |_| Reply::Status(200, "query"),
        |_| Reply::Status(200, "named"),
        |_| Reply::Status(200, "args"),
    ];
    for ((id, predicates), reply) in ROUTES.into_iter().zip(replies) {
        let address = Arc::<Recorder>::default().start(reply).await;
        write!(text, "      - id: {id}\n        uri: http://{address}\n        predicates: {predicates}\n")
            .expect("a string takes it");
    }
    Gateway::serve(&file("routing.yaml", &text), &[]).await
}

#[tokio::test]
async fn a_request_goes_to_the_first_route_whose_predicates_all_match() {
    let gateway = start().await;
    for (method, path, header, expected) in [
        (Method::GET, "/exact", ("accept", "*/*"), "exact"),
        (Method::GET, "/exact/", ("accept", "*/*"), "exact"),
        (Method::GET, "/ex%61ct", ("accept", "*/*"), "exact"),
        (Method::GET, "/exact/more", ("accept", "*/*"), "404"),
        (Method::GET, "/Exact", ("accept", "*/*"), "404"),
        (Method::GET, "/users/7/orders", ("accept", "*/*"), "variable"),
        (Method::GET, "/users//orders", ("accept", "*/*"), "404"),
        (Method::GET, "/people/123", ("accept", "*/*"), "variable"),
        (Method::GET, "/people/12a", ("accept", "*/*"), "404"),
        (Method::GET, "/open", ("accept", "*/*"), "open"),
        (Method::PUT, "/open/a/b", ("accept", "*/*"), "open"),
        (Method::POST, "/open/a", ("accept", "*/*"), "404"),
        (Method::GET, "/opener", ("accept", "*/*"), "404"),
        (Method::GET, "/rest/a/b/c", ("accept", "*/*"), "rest"),
        (Method::GET, "/foto.png", ("accept", "*/*"), "glob"),
        (Method::GET, "/foto.jpeg", ("accept", "*/*"), "404"),
        (Method::GET, "/host", ("host", "a.b.one.example:80"), "host"),
        (Method::GET, "/host", ("host", "TWO.example"), "host"),
        (Method::GET, "/host", ("host", "two.example.:80"), "host"),
        (Method::GET, "/host", ("host", "a.two.example"), "404"),
        (Method::GET, "/", ("x-request-id", "123"), "header"),
        (Method::GET, "/", ("x-request-id", "123a"), "404"),
        (Method::GET, "/?red=green", ("accept", "*/*"), "query"),
        (Method::GET, "/?blue&red=gree%6E", ("accept", "*/*"), "query"),
        (Method::GET, "/?red=greener", ("accept", "*/*"), "404"),
        (Method::GET, "/", ("x-key", "abc"), "named"),
        (Method::GET, "/", ("x-key", "abcd"), "404"),
        (Method::POST, "/?blue", ("accept", "*/*"), "args"),
        (Method::GET, "/?blue", ("accept", "*/*"), "404"),
    ] {
        let request = Request::builder()
            .method(&method)
            .uri(format!("http://{}{path}", gateway.address))
            .header("host", "www.retry.org")
            .body(Full::<Bytes>::default());
        let mut request = request.expect("a valid request");
        request.headers_mut().insert(header.0, header.1.parse().expect("valid"));
        let response = client().request(request).await.expect("the gateway answers");
        let status = response.status();
        let body =
            http_body_util::BodyExt::collect(response.into_body()).await.expect("it arrives").to_bytes();
        let got = if status == 404 { "404".into() } else { String::from_utf8_lossy(&body).into_owned() };
        assert_eq!(got, expected, "{method} {path} {header:?}");
    }
}

#[tokio::test]
async fn times_and_addresses_count_in_every_form_that_spring_reads() {
    let address = Arc::<Recorder>::default().start(|_| Reply::Status(200, "matched")).await;
    for (predicate, status) in [
        ("After=2017-01-20T17:42:47.789-07:00[America/Denver]", 200),
        ("After=2017-01-20T17:42Z", 200),
        ("After=0001-01-01T00:00Z", 200),
        ("After=-1", 200),
        ("After=9999-12-31T23:59:59Z", 404),
        ("Before=9999-12-31T23:59:59.999-07:00[America/Denver]", 200),
        ("Between=1969-12-31T00:00Z, 9999-12-31T23:59:59+01:00[Europe/Berlin]", 200),
        ("Before=1969-12-31T23:59:59Z", 404),
        ("RemoteAddr=127.0.0.9/8", 200),
        ("RemoteAddr=::ffff:127.0.0.1", 200),
        ("RemoteAddr=::ffff:127.0.0.0/104", 200),
        ("RemoteAddr=::ffff:10.0.0.0/104", 404),
    ] {
        let text = format!(
            "spring:\n  cloud:\n    gateway:\n      routes:\n      - id: when\n        uri: http://{address}\n        predicates: \
             ['{predicate}']\n"
        );
        let gateway = Gateway::serve(&file("forms.yaml", &text), &[]).await;
        assert_eq!(gateway.get("/").await.status(), status, "{predicate}");
    }
}

#[tokio::test]
async fn a_route_may_have_time_outs_of_its_own() {
    let flaky = Arc::new(crate::flaky::Flaky::default());
    let address = flaky.start().await.expect("the loopback has free ports");
    let route = |id: &str, metadata: &str| {
        format!(
            "      - id: {id}\n        uri: http://{address}\n        predicates: [Path=/{id}/**]\n        metadata: {metadata}\n"
        )
    };
    let text = format!(
        "spring:\n  cloud:\n    gateway:\n      httpclient: {{ response-timeout: 50ms }}\n      default-filters:\n      - Retry=2,SERVICE_UNAVAILABLE,GET,1ms\n      routes:\n{}{}{}",
        route("common", "{}"),
        route("long", "{ response-timeout: 10000, connect-timeout: 500 }"),
        route("none", "{ response-timeout: -1 }"),
    );
    let gateway = Gateway::serve(&file("timeouts.yaml", &text), &[]).await;
    for (id, status, attempts) in [("common", 504, 3), ("long", 200, 1), ("none", 200, 1)] {
        let response = gateway.get(&format!("/{id}/sleep?key={id}&millis=400")).await;
        assert_eq!((response.status().as_u16(), flaky.count(id)), (status, attempts), "{id}");
    }
}

#[tokio::test]
async fn a_route_with_a_retry_of_its_own_does_not_multiply_it_with_the_default_one() {
    let flaky = Arc::new(crate::flaky::Flaky::default());
    let address = flaky.start().await.expect("the loopback has free ports");
    let text = format!(
        "spring:\n  cloud:\n    gateway:\n      default-filters: [Retry=3]\n      routes:\n      - id: own\n        uri: \
         http://{address}\n        predicates: [Path=/own/**]\n        filters: [Retry=1]\n      - id: other\n        uri: \
         http://{address}\n        predicates: [Path=/other/**]\n"
    );
    let gateway = Gateway::serve(&file("defaults.yaml", &text), &[]).await;
    for (id, attempts) in [("own", 2), ("other", 4)] {
        gateway.get(&format!("/{id}/retryalwaysfail?key={id}")).await;
        assert_eq!(flaky.count(id), attempts, "{id}");
    }
}

#[tokio::test]
async fn a_path_that_nearly_matches_takes_no_longer_than_others() {
    let address = Arc::<Recorder>::default().start(|_| Reply::Status(200, "matched")).await;
    let text = format!(
        "spring:\n  cloud:\n    gateway:\n      routes:\n      - id: stars\n        uri: http://{address}\n        predicates: \
         ['Path=/*a*a*a*a*b', 'Host=*a*a*a*a*b,**.**.**.**.x']\n"
    );
    let gateway = Gateway::serve(&file("stars.yaml", &text), &[]).await;
    let response = within(ms(10_000), gateway.get(&format!("/{}", "a".repeat(20_000)))).await;
    assert_eq!(response.expect("long before").status(), 404);
}
