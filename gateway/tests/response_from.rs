//! The time for a response begins with the attempt, or after its request was sent.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::support::pause;
use crate::support::{Gateway, file, ms, one_route, read_until, routes, within};

/// An upstream that reads all of a request and answers with its length. It never answers at `/silent`.
async fn reading(http2: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has free ports");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(|request: http::Request<Incoming>| async {
                let is_silent = request.uri().path() == "/silent";
                let length = request.into_body().collect().await.map_or(0, |body| body.to_bytes().len());
                if is_silent {
                    std::future::pending::<()>().await;
                }
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(format!("{length} bytes"))))
            });
            let io = TokioIo::new(stream);
            if http2 {
                let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                tokio::spawn(server.serve_connection(io, service));
            } else {
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
            }
        }
    });
    address
}

/// A gateway that allows 300 ms for a response.
async fn gateway(name: &str, metadata: &str, http2: bool) -> Gateway {
    let text = one_route(name, &format!("http://{}", reading(http2).await), "[]");
    let text = text.replace("response-timeout: 10s", "response-timeout: 300");
    let text = text.replace(
        "          filters:",
        &format!("          metadata: {{ {metadata}http2: {http2} }}\n          filters:"),
    );
    Gateway::serve(&file(&format!("{name}.yaml"), &text), &["--log", "off"]).await
}

/// The output of `--check` for a configuration.
async fn check(name: &str, metadata: &str) -> String {
    let text = routes(&format!("- id: {name}\n  uri: http://127.0.0.1:1\n  metadata: {{ {metadata} }}"));
    let path = file(&format!("{name}.yaml"), &text);
    let mut command = tokio::process::Command::new(crate::support::binary());
    let checked = command.args(["--check", "--config"]).arg(&path).output().await.expect("it starts");
    format!("{}{}", String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr))
}

/// Uploads five bytes in 750 ms, and returns the response.
async fn upload(gateway: &Gateway, path: &str) -> String {
    let mut client = TcpStream::connect(gateway.address).await.expect("it listens");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: www.retry.org\r\ncontent-length: 5\r\nconnection: close\r\n\r\n"
    );
    client.write_all(head.as_bytes()).await.expect("it reads");
    for byte in b"hello" {
        pause(ms(150)).await;
        if client.write_all(&[*byte]).await.is_err() {
            break;
        }
    }
    within(ms(10_000), read_until(&mut client, "\0")).await.expect("it answers and closes")
}

#[tokio::test]
async fn the_time_for_a_response_begins_with_the_attempt_by_default() {
    for (name, metadata) in [("from_default", ""), ("from_start", "response-timeout-from: start, ")] {
        let gateway = gateway(name, metadata, false).await;
        let response = upload(&gateway, "/").await;
        assert!(response.starts_with("HTTP/1.1 504 "), "{name}: {response}");
    }
}

#[tokio::test]
async fn the_time_for_a_response_may_begin_when_the_request_is_sent() {
    for (name, http2) in [("from_sent", false), ("from_sent_2", true)] {
        let gateway = gateway(name, "response-timeout-from: sent, ", http2).await;
        let (response, silent, bodiless) =
            tokio::join!(upload(&gateway, "/"), upload(&gateway, "/silent"), gateway.get("/silent"));
        assert!(response.starts_with("HTTP/1.1 200 ") && response.ends_with("5 bytes"), "{name}: {response}");
        assert!(silent.starts_with("HTTP/1.1 504 "), "{name}: {silent}");
        assert_eq!(bodiless.status().as_u16(), 504, "{name}");
    }
}

#[tokio::test]
async fn a_check_says_when_the_time_for_a_response_begins() {
    let from_sent = check("checked_sent", "response-timeout-from: sent").await;
    assert!(from_sent.contains("10s of it for each attempt from when it has been sent"), "{from_sent}");
    let default = check("checked_default", "http2: false").await;
    assert!(default.contains("10s of it for each attempt\n"), "{default}");
    let wrong = check("checked_wrong", "response-timeout-from: end").await;
    assert!(wrong.contains("`response-timeout-from` is end: must be `start`"), "{wrong}");
}
