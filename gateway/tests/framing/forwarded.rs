//! Requests to servers that speak HTTP/2, and old clients when the gateway ends.

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::frames::{self, DATA, END_HEADERS, END_STREAM, HEADERS, PREFACE, RESET, fields, frame};
use crate::support::{Gateway, exchange, file, ms, read_head, read_until, routes, upstream, within};

/// The length that a server is told, and the body if it is whole.
type Got = (Option<String>, Option<String>);

/// A gateway before a server that speaks HTTP/2 and tells what it gets.
async fn start(name: &str) -> (Gateway, mpsc::UnboundedReceiver<Got>) {
    let (tell, told) = mpsc::unbounded_channel();
    let server = upstream(move |_, stream| {
        let tell = tell.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let tell = tell.clone();
            async move {
                let (head, body) = request.into_parts();
                assert!(!head.headers.contains_key("transfer-encoding"), "{head:?}");
                let length =
                    head.headers.get("content-length").map(|value| value.to_str().unwrap().to_owned());
                let _ = tell.send((length.clone(), Some("begun".to_owned())));
                let body = body.collect().await.ok();
                let text = body.map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned());
                let _ = tell.send((length, text));
                Ok::<_, std::convert::Infallible>(Response::new(Full::<bytes::Bytes>::default()))
            }
        });
        async move {
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        }
    })
    .await;
    let filters = "[RequestSize=20B, { name: Retry, args: { profile: gateway, retries: 2 } }]";
    let text = routes(&format!(
        "- id: {name}\n  uri: http://{server}\n  metadata: {{ http2: true }}\n  filters: {filters}"
    ));
    (Gateway::serve(&file(&format!("{name}.yaml"), &text), &["--log", "off"]).await, told)
}

async fn next(told: &mut mpsc::UnboundedReceiver<Got>, line: &str) -> Got {
    let got =
        within(ms(10_000), told.recv()).await.unwrap_or_else(|| panic!("{line}: the server is not asked"));
    got.expect("the server runs")
}

#[tokio::test]
async fn requests_reach_servers_of_http2_whole_or_cut_off() {
    let (gateway, mut told) = start("framing-forwarded").await;
    let chunked = "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    for (arrives, method, rest, then, length, body) in [
        ("`GET`, chunked", "GET", chunked, "0\r\n\r\n", None, Some("hello")),
        ("`POST`, chunked", "POST", chunked, "0\r\n\r\n", None, Some("hello")),
        ("`GET`, length", "GET", "Content-Length: 10\r\n\r\nhello", "world", Some("10"), Some("helloworld")),
        ("malformed chunk", "PUT", chunked, "zz\r\n", None, None),
        ("too large", "PUT", chunked, "10\r\nhello, big world\r\n0\r\n\r\n", None, None),
        ("end before the last chunk", "PUT", chunked, "END", None, None),
        ("end before the length", "PUT", "Content-Length: 10\r\n\r\nhello", "END", Some("10"), None),
    ] {
        let mut stream = TcpStream::connect(gateway.address).await.expect("the gateway listens");
        let head = format!("{method} / HTTP/1.1\r\nHost: a\r\n{rest}");
        stream.write_all(head.as_bytes()).await.expect("the gateway reads");
        next(&mut told, arrives).await;
        if then == "END" {
            stream.shutdown().await.expect("the gateway reads");
        } else {
            stream.write_all(then.as_bytes()).await.expect("the gateway reads");
        }
        let got = next(&mut told, arrives).await;
        assert_eq!(got, (length.map(str::to_owned), body.map(str::to_owned)), "{arrives}");
        let head = within(ms(10_000), read_head(&mut stream)).await.expect("answered");
        let status = match body {
            Some(_) => "200",
            None if arrives == "too large" => "413",
            None => "400",
        };
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{arrives}: {head}");
        assert!(told.try_recv().is_err(), "{arrives}: sent again");
    }
}

#[tokio::test]
async fn a_reset_stream_reaches_servers_of_http2_as_a_cut() {
    let (gateway, mut told) = start("framing-resets").await;
    for (code, ends) in [(0, None), (8, None), (0, Some("hello"))] {
        let mut stream = TcpStream::connect(gateway.address).await.expect("the gateway listens");
        let block = fields(&[":method: POST", ":scheme: http", ":path: /", ":authority: a"]);
        let head = [PREFACE, &frame(HEADERS, END_HEADERS, 1, &block), &frame(DATA, 0, 1, b"hello")].concat();
        stream.write_all(&head).await.expect("the gateway reads");
        next(&mut told, "a stream").await;
        let last = if ends.is_some() {
            frame(DATA, END_STREAM, 1, b"")
        } else {
            frame(RESET, 0, 1, &[0, 0, 0, code])
        };
        stream.write_all(&last).await.expect("the gateway reads");
        assert_eq!(next(&mut told, "its body").await.1.as_deref(), ends, "{code}");
        if ends.is_some() {
            assert_eq!(frames::answered(&mut stream, "the whole").await, frames::Outcome::Status(200));
        }
    }
}

#[tokio::test]
async fn a_target_reaches_servers_of_http2_as_it_came() {
    let server = upstream(|_, stream| async move {
        let service = service_fn(|request: Request<Incoming>| async move {
            let uri = request.uri().to_string();
            Ok::<_, std::convert::Infallible>(Response::new(Full::<bytes::Bytes>::from(uri)))
        });
        let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        let _ = builder.serve_connection(TokioIo::new(stream), service).await;
    })
    .await;
    let text = routes(&format!(
        "- id: kept\n  uri: http://{server}\n  metadata: {{ http2: true }}\n  predicates: [Path=/kept/**]\n  \
         filters: [PreserveHostHeader]\n- id: own\n  uri: http://{server}\n  metadata: {{ http2: true }}"
    ));
    let gateway = Gateway::serve(&file("framing-target2.yaml", &text), &["--log", "off"]).await;
    for (target, host) in
        [("/kept/a%2Fb?q=%20x", "shop.example:81"), ("/own/a%2Fb?q=%20x", &server.to_string())]
    {
        let request = format!("GET {target} HTTP/1.1\r\nHost: shop.example:81\r\nConnection: close\r\n\r\n");
        let response = exchange(&gateway, &request, "\0").await;
        assert!(response.ends_with(&format!("\r\n\r\nhttp://{host}{target}")), "{response}");
    }
}

#[tokio::test]
async fn an_old_client_sees_a_reset_when_the_gateway_dies() {
    let server = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhello").await;
        std::future::pending::<()>().await;
    })
    .await;
    let text = routes(&format!("- id: old\n  uri: http://{server}"));
    let gateway = Gateway::serve(&file("framing-old.yaml", &text), &["--log", "off"]).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("the gateway listens");
    stream.write_all(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n").await.expect("the gateway reads");
    let begun = within(ms(10_000), read_until(&mut stream, "hello")).await.expect("it begins");
    assert!(begun.starts_with("HTTP/1.0 200 OK\r\n"), "{begun}");
    drop(gateway);
    let mut rest = Vec::new();
    let end = within(ms(10_000), stream.read_to_end(&mut rest)).await.expect("it ends");
    assert!(end.is_err(), "a part of a body ends like a whole body: {end:?}");
}
