//! Eleven files in eleven manners, each of which serves a request.
//!
//! The server answers the second attempt of the request.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::support::{Gateway, exchange, ms, telling, within};

/// The result of one request.
struct Served {
    /// The heads of both attempts, as the server got them.
    heads: Vec<String>,
    response: String,
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/written/files").join(name)
}

/// A server that is busy at first, and then gives these fields.
async fn busy_once(fields: &'static str) -> (SocketAddr, UnboundedReceiver<String>) {
    telling(move |number| match number {
        1 => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n".to_owned(),
        _ => format!("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n{fields}\r\nhere"),
    })
    .await
}

/// Serves a file whose `route` has a server that is busy at first, and sends a request.
async fn served(file: &str, route: &str, request: &str, fields: &'static str) -> Served {
    let (server, heads) = busy_once(fields).await;
    let upstream = format!("{route}={server}");
    let gateway = Gateway::serve(&path(file), &["--upstream", &upstream, "--log", "off"]).await;
    finished(&gateway, request, heads).await
}

async fn finished(gateway: &Gateway, request: &str, mut heads: UnboundedReceiver<String>) -> Served {
    let response = exchange(gateway, &format!("{request}\r\n\r\n"), "here").await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.extend(within(ms(10_000), heads.recv()).await.expect("there are two attempts"));
    }
    assert!(heads.try_recv().is_err(), "a third attempt");
    Served { heads: seen, response }
}

/// Fails unless each of the texts is in the head, in any case.
#[track_caller]
fn has(head: &str, texts: &[&str]) {
    for text in texts {
        assert!(head.to_lowercase().contains(&text.to_lowercase()), "{text} is missing:\n{head}");
    }
}

#[tokio::test]
async fn a_route_without_a_name_is_served() {
    let served = served(
        "shop.yaml",
        "route-1",
        "GET /articles/7 HTTP/1.1\r\nHost: a",
        "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Origin: *\r\n",
    )
    .await;
    has(&served.heads[1], &["GET /articles/7 HTTP/1.1\r\n"]);
    assert_eq!(served.response.to_lowercase().matches("access-control-allow-origin").count(), 1);
}

#[tokio::test]
async fn the_host_of_a_client_is_preserved_for_each_attempt() {
    let served =
        served("payments.yaml", "payments_v2", "GET /pay/1 HTTP/1.1\r\nHost: pay.example:8080", "").await;
    for head in &served.heads {
        has(head, &["\r\nhost: pay.example:8080\r\n", "\r\nx-team: payments\r\n"]);
        assert_eq!(head.to_lowercase().matches("\nhost:").count(), 1, "{head}");
    }
}

#[tokio::test]
async fn properties_with_indices_are_read_as_routes() {
    let served = served("properties.yaml", "orders", "GET /orders/5?a=%20 HTTP/1.1\r\nHost: a", "").await;
    has(&served.heads[1], &["GET /5?a=%20 HTTP/1.1\r\n"]);
}

#[tokio::test]
async fn placeholders_are_resolved_from_environment_and_file() {
    let (upstream, heads) = busy_once("").await;
    let port = upstream.port().to_string();
    let environment = [
        ("USERS_HOST", "127.0.0.1"),
        ("USERS_PORT", port.as_str()),
        ("ROUTE_PREFIX", "us"),
        ("ENVIRONMENT", "test"),
    ];
    let gateway = Gateway::serve_in(&path("placeholders.yaml"), &["--log", "off"], &environment).await;
    let served = finished(&gateway, "GET /v1/users/3 HTTP/1.1\r\nHost: a", heads).await;
    has(&served.heads[1], &["GET /users/3 HTTP/1.1\r\n", "\r\nx-env: test\r\n"]);
}

#[tokio::test]
async fn the_document_of_the_active_profile_is_served() {
    let served = served("profiles.yaml", "search-staging", "GET /search HTTP/1.1\r\nHost: a", "").await;
    has(&served.heads[1], &["GET /search HTTP/1.1\r\n"]);
}

#[tokio::test]
async fn aliases_and_merge_keys_are_copies() {
    let served = served("anchors.yaml", "prices", "GET /prices/1 HTTP/1.1\r\nHost: a", "").await;
    has(&served.heads[1], &["GET /prices/1 HTTP/1.1\r\n"]);
}

#[tokio::test]
async fn a_route_of_a_websocket_takes_plain_requests() {
    let served = served("sockets.yaml", "ticker", "GET /ticker/x HTTP/1.1\r\nHost: a", "").await;
    has(&served.heads[1], &["GET /ticker/x HTTP/1.1\r\n"]);
}

#[tokio::test]
async fn every_filter_of_requests_shapes_each_attempt() {
    let request = "GET /in/x/1?campaign=a&debug=1&b=%2F&campaign=c HTTP/1.1\r\nHost: blue.shop.example\r\nX-Set: many\r\n\
                   X-From: here\r\nX-Secret: s\r\nX-Color-1: red";
    let served = served("shaping.yaml", "shaping", request, "").await;
    for head in &served.heads {
        has(
            head,
            &[
                "GET /blue/y/1?b=%2F&tenant=blue&campaign=fall HTTP/1.1\r\n",
                "\r\nhost: blue.internal\r\n",
                "\r\nx-segment: x\r\n",
                "\r\nx-set: one\r\n",
                "\r\nx-color-1: red\r\n",
                "\r\nx-color-2: green\r\n",
                "\r\nx-to: here\r\n",
                "\r\nx-attempted: yes\r\n",
            ],
        );
        for absent in ["x-secret", "x-color-1: blue", "x-set: many"] {
            assert!(!head.to_lowercase().contains(absent), "{absent} is there:\n{head}");
        }
        assert_eq!(head.to_lowercase().matches("x-attempted").count(), 1, "{head}");
    }
}

#[tokio::test]
async fn every_filter_of_responses_shapes_the_last_one() {
    let fields = "X-Internal: 1\r\nX-Order: inner\r\nX-Set: old\r\nX-Token: /a?user=x&password=hunter2&b=c\r\nX-Twice: 1\r\nX-Twice: 2\r\nX-Thrice: \
                  1\r\nX-Thrice: 2\r\nX-Frame-Options: SAMEORIGIN\r\n";
    let response = served("responses.yaml", "responses", "GET / HTTP/1.1\r\nHost: a", fields).await.response;
    has(
        &response,
        &[
            "HTTP/1.1 201 Created\r\n",
            "\r\nx-original-status: 200\r\n",
            "\r\nx-added: a\r\n",
            "\r\nx-order: outer\r\n",
            "\r\nx-set: b\r\n",
            "\r\nx-token: /a?user=x&password=***&b=c\r\n",
            "\r\nx-twice: 2\r\n",
            "\r\nx-thrice: 1\r\n",
            "\r\nx-frame-options: SAMEORIGIN\r\n",
            "\r\nx-content-type-options: nosniff\r\n",
        ],
    );
    for absent in ["x-internal", "inner", "x-set: old", "x-twice: 1", "x-thrice: 2"] {
        assert!(!response.to_lowercase().contains(absent), "{absent} is there:\n{response}");
    }
}

#[tokio::test]
async fn a_route_with_every_predicate_takes_what_meets_all() {
    let head = "Host: a.shop.example\r\nX-Request-Id: 12\r\nX-Forwarded-For: 1.1.1.1, 10.1.2.3\r\nCookie: a=b; chocolate=chip";
    let request = format!("GET /then/1?green=green HTTP/1.1\r\n{head}");
    let all = served("when.yaml", "when", &request, "").await;
    has(&all.heads[1], &["GET /then/1?green=green HTTP/1.1\r\n"]);

    // Each of these lacks one, and goes to the route that takes everything.
    let (server, mut heads) =
        telling(|_| "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere".to_owned()).await;
    let upstream = format!("everything={server}");
    let gateway = Gateway::serve(&path("when.yaml"), &["--upstream", &upstream, "--log", "off"]).await;
    for (had, has_now) in [
        ("chocolate=chip", "chocolate=bar"),
        ("X-Request-Id: 12", "X-Request-Id: x"),
        ("a.shop.example", "a.example"),
        ("GET", "DELETE"),
        ("/then/", "/now/"),
        ("green=green", "green=grin"),
        ("10.1.2.3", "10.2.2.3"),
    ] {
        let request = request.replacen(had, has_now, 1);
        exchange(&gateway, &format!("{request}\r\n\r\n"), "here").await;
        assert!(within(ms(10_000), heads.recv()).await.flatten().is_some(), "{had}");
    }
}

#[tokio::test]
async fn every_setting_of_a_retry_is_read_and_followed() {
    let served =
        served("tuned.yaml", "tuned", "PATCH /tuned HTTP/1.1\r\nHost: a\r\nContent-Length: 0", "").await;
    has(&served.heads[1], &["\r\nx-attempt-count: 2\r\n", "\r\nx-attempt-remaining-ms: "]);
    has(&served.response, &["\r\nx-retry: "]);
}

#[tokio::test]
async fn a_weighted_group_divides_its_requests() {
    let (high, mut to_high) =
        telling(|_| "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere".to_owned()).await;
    let (low, mut to_low) = telling(|_| "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere".to_owned()).await;
    let upstreams = [format!("weighted-high={high}"), format!("weighted-low={low}")];
    let arguments = ["--upstream", &upstreams[0], "--upstream", &upstreams[1], "--log", "off"];
    let gateway = Gateway::serve(&path("when.yaml"), &arguments).await;
    for _ in 0..60 {
        exchange(&gateway, "GET /weighted HTTP/1.1\r\nHost: a\r\n\r\n", "here").await;
    }
    let count = |heads: &mut UnboundedReceiver<String>| std::iter::from_fn(|| heads.try_recv().ok()).count();
    let (high, low) = (count(&mut to_high), count(&mut to_low));
    // By chance alone it is outside of this once in a hundred thousand runs.
    assert!(high + low == 60 && (30..60).contains(&high), "{high} and {low}");
}
