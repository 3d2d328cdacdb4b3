//! Trailers pass if they may follow a body, and only then.

use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::mpsc;

use crate::support::{Gateway, exchange, file, routes, telling, upstream};

/// Fields that may not follow a body, and one field that may.
const LINES: &str = "content-length: 1\r\nhost: evil\r\nauthorization: x\r\ncookie: a=1\r\nset-cookie: a=1\r\n\
                     content-type: text/plain\r\ntrailer: x\r\nmax-forwards: 1\r\ncontent-encoding: gzip\r\ncontent-range: bytes 0-1/2\r\n\
                     range: bytes=0-1\r\ncache-control: no-store\r\nproxy-authorization: x\r\nwww-authenticate: x\r\n\
                     proxy-authenticate: x\r\nlocation: /\r\nconnection: x-named\r\nx-named: 1\r\nte: gzip\r\nx-sum: 7\r\n\r\n";
const ANNOUNCED: &str = "content-length, host, authorization, cookie, set-cookie, content-type, trailer, max-forwards, content-encoding, content-range, \
     range, cache-control, proxy-authorization, www-authenticate, proxy-authenticate, location, connection, x-named, te, x-sum";

#[tokio::test]
async fn trailers_without_forbidden_fields_pass_over_http1() {
    let reply = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: {ANNOUNCED}\r\n\r\n2\r\nok\r\n0\r\n{LINES}"
    );
    let (address, mut heads) = telling(move |_| reply.clone()).await;
    let text = routes(&format!("- id: trailers\n  uri: http://{address}"));
    let gateway = Gateway::serve(&file("framing-trailers.yaml", &text), &["--log", "off"]).await;
    let request = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nTE: gzip, trailers\r\nTransfer-Encoding: chunked\r\nTrailer: {ANNOUNCED}\r\n\r\n\
         2\r\nok\r\n0\r\n{LINES}"
    );
    let response = exchange(&gateway, &request, "\r\nx-sum: 7\r\n\r\n").await;
    assert!(response.ends_with("2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n"), "{response}");
    let received = heads.recv().await.expect("the server is asked");
    assert!(received.ends_with("2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n"), "{received}");
    assert!(received.contains("\r\nte: trailers\r\n"), "{received}");
}

#[tokio::test]
async fn trailers_without_forbidden_fields_pass_over_http2() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let server = upstream(move |_, stream| {
        let tell = tell.clone();
        let service = service_fn(move |request: Request<hyper::body::Incoming>| {
            let tell = tell.clone();
            async move {
                let trailers = request.into_body().collect().await?.trailers().cloned();
                let _ = tell.send(trailers);
                Ok::<_, hyper::Error>(Response::new(with_trailers()))
            }
        });
        async move {
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        }
    })
    .await;
    let text = routes(&format!("- id: trailers\n  uri: http://{server}\n  metadata: {{ http2: true }}"));
    let gateway = Gateway::serve(&file("framing-trailers2.yaml", &text), &["--log", "off"]).await;
    let client =
        hyper_util::client::legacy::Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let request = Request::post(format!("http://{}/", gateway.address)).body(with_trailers()).expect("valid");
    let response = client.request(request).await.expect("answered");
    let got = response.into_body().collect().await.expect("whole").trailers().cloned();
    let sum: HeaderMap = [("x-sum", "7")]
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .into_iter()
        .collect();
    assert_eq!(got, Some(sum.clone()));
    assert_eq!(told.recv().await.expect("the server is asked"), Some(sum));
}

type Frames = futures::stream::Iter<std::vec::IntoIter<Result<Frame<bytes::Bytes>, std::io::Error>>>;

/// A body with all the trailers that HTTP/2 lets pass.
fn with_trailers() -> StreamBody<Frames> {
    let fields = LINES.split("\r\n").filter_map(|line| line.split_once(": "));
    let fields = fields.filter(|(name, _)| !["connection", "x-named", "te"].contains(name));
    let trailers: HeaderMap = fields
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect::<Vec<_>>()
        .into_iter()
        .collect();
    let frames = vec![Ok(Frame::data("ok".into())), Ok(Frame::trailers(trailers))];
    StreamBody::new(futures::stream::iter(frames))
}
