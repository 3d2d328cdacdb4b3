//! What real failures of real connections look like, and bodies on real connections.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use persevere::{Kind, Verdict};
use persevere_http::spring::{Exception, SpringRules};
use persevere_http::{ReplayBody, RetryFilter, RetryLayer, Reuse, TransportFailure};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tower::{Layer, ServiceExt};

use crate::clients::Channel;
use test_servers::script::{Act, Script};
use test_servers::{client, closed, ms, read_head, resetting, upstream, within};

async fn failure(address: SocketAddr) -> Option<TransportFailure> {
    let request = Request::get(format!("http://{address}/")).body(Full::default()).expect("valid");
    let error = client().request(request).await.expect_err("there is no response");
    TransportFailure::of(&error)
}

#[tokio::test]
async fn failures_are_told_apart_by_the_types_of_real_errors() {
    let (_held, closed) = closed();
    assert_eq!(failure(closed).await, Some(TransportFailure::NotSent));

    let (resetting, _) = resetting().await;
    let reset = failure(resetting).await;
    assert!(
        matches!(reset, Some(TransportFailure::BeforeHead | TransportFailure::NotSent)),
        "a reset may beat the client's own connect: {reset:?}"
    );

    let silent = upstream(|_, mut stream| async move { drop(read_head(&mut stream).await) }).await;
    assert_eq!(failure(silent).await, Some(TransportFailure::BeforeHead));

    let partial = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-le").await;
    })
    .await;
    assert_eq!(failure(partial).await, Some(TransportFailure::BeforeHead));

    let junk = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"220 smtp.example ESMTP\r\n\r\n").await;
    })
    .await;
    assert_eq!(failure(junk).await, Some(TransportFailure::BadHead));
}

#[tokio::test]
async fn a_connection_counts_as_reused_once_it_has_given_a_response() {
    let script = Script::new([Act::Close, Act::Answer(200), Act::Close]);
    let address = script.start().await;
    let client = crate::clients::client(false);
    let get = || {
        let request = Request::get(format!("http://{address}/")).body(Full::<Bytes>::default());
        client.request(request.expect("valid").map(ReplayBody::once))
    };
    let fresh = get().await.expect_err("it is closed");
    assert_eq!(TransportFailure::of(&fresh), Some(TransportFailure::BeforeHead));
    let response = get().await.expect("answered");
    let reuse = response.extensions().get::<Reuse>().expect("the connector marks it").clone();
    assert!(!reuse.is_reused(), "nobody has told it of the response");
    reuse.set();
    response.into_body().collect().await.expect("arrives");
    let reused = get().await.expect_err("it is closed");
    assert_eq!(TransportFailure::of(&reused), Some(TransportFailure::ReusedClosed));
    assert_eq!(script.connections(), 2);
}

#[tokio::test]
async fn a_connector_that_fails_has_sent_nothing_unless_the_handshake_is_broken_for_good() {
    use std::io::Error;
    for (kind, expected) in [
        (ErrorKind::TimedOut, TransportFailure::NotSent),
        (ErrorKind::ConnectionReset, TransportFailure::NotSent),
        (ErrorKind::UnexpectedEof, TransportFailure::NotSent),
        (ErrorKind::Other, TransportFailure::NotSent),
        (ErrorKind::InvalidData, TransportFailure::Local),
    ] {
        let connector = tower::service_fn(move |_: http::Uri| {
            std::future::ready(Err::<TokioIo<TcpStream>, _>(Error::new(kind, Error::from(kind))))
        });
        let client = Client::builder(TokioExecutor::new()).build::<_, Full<Bytes>>(connector);
        let request = Request::get("http://127.0.0.1/").body(Full::default()).expect("valid");
        let error = client.request(request).await.expect_err("it cannot connect");
        assert_eq!(TransportFailure::of(&error), Some(expected), "{kind}");
    }
}

/// A connection that takes what is written and then fails with an error of this kind.
struct Failing {
    kind: ErrorKind,
    is_written: bool,
    reader: Option<Waker>,
}

impl AsyncRead for Failing {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_written {
            return Poll::Ready(Err(self.kind.into()));
        }
        self.reader = Some(context.waker().clone());
        Poll::Pending
    }
}

impl AsyncWrite for Failing {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.is_written = true;
        self.reader.take().into_iter().for_each(Waker::wake);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn an_open_connection_that_fails_may_have_sent_the_request() {
    for (kind, expected) in [
        // Linux reports this for an open connection whose packets a firewall begins to reject.
        (ErrorKind::ConnectionRefused, TransportFailure::BeforeHead),
        (ErrorKind::AddrNotAvailable, TransportFailure::BeforeHead),
        (ErrorKind::ConnectionReset, TransportFailure::BeforeHead),
        (ErrorKind::Other, TransportFailure::BeforeHead),
        (ErrorKind::TimedOut, TransportFailure::HeadTimeout),
    ] {
        let stream = TokioIo::new(Failing { kind, is_written: false, reader: None });
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(stream).await.expect("it is open");
        tokio::spawn(connection);
        let request = Request::post("http://127.0.0.1/").body(Full::<Bytes>::from("payment"));
        let error = sender.send_request(request.expect("valid")).await.expect_err("it fails");
        assert_eq!(TransportFailure::of(&error), Some(expected), "{kind}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "its own error is wanted")]
async fn a_time_limit_of_tokio_is_a_head_that_did_not_come() {
    let never = std::future::pending::<()>();
    let late = tokio::time::timeout(ms(1), never).await.expect_err("it never comes");
    assert_eq!(TransportFailure::of(&late), Some(TransportFailure::HeadTimeout));
}

#[tokio::test]
async fn a_refused_connection_is_retried_and_so_is_its_kind() {
    let (_held, closed) = closed();
    for (exceptions, attempts) in [
        (vec![Exception::Io], 4),
        (vec![Exception::Connect], 4),
        (vec![Exception::Any], 4),
        (vec![Exception::Timeout], 1),
    ] {
        let kinds = Arc::<Mutex<Vec<Kind>>>::default();
        let told = Arc::clone(&kinds);
        let filter = RetryFilter::spring()
            .rules(SpringRules::default().exceptions(exceptions.clone()))
            .on_retry(move |event| {
                if let Some(Verdict::Retry { kind, .. }) = event.verdict {
                    told.lock().unwrap().push(kind);
                }
            });
        let client: Client<HttpConnector, ReplayBody<Full<Bytes>>> =
            Client::builder(TokioExecutor::new()).build_http();
        let service = RetryLayer::new(filter.build().expect("within bounds")).layer(client);
        let request = Request::get(format!("http://{closed}/")).body(Full::default()).expect("valid");
        assert!(service.oneshot(request).await.is_err());
        assert_eq!(*kinds.lock().unwrap(), vec![Kind::NotSent; attempts - 1], "{exceptions:?}");
    }
}

/// Reads a chunked body to its end.
async fn read_chunked(stream: &mut TcpStream) -> Vec<u8> {
    let mut raw: VecDeque<u8> = VecDeque::new();
    while !raw.iter().copied().collect::<Vec<_>>().ends_with(b"0\r\n\r\n") {
        raw.push_back(stream.read_u8().await.expect("the body ends before the connection"));
    }
    let text = String::from_utf8(raw.into()).expect("ASCII");
    let mut rest = text.as_str();
    let mut body = Vec::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a size");
        body.extend_from_slice(&after.as_bytes()[..size]);
        rest = after.get(size + 2..).unwrap_or_default();
    }
    body
}

#[tokio::test]
async fn an_early_503_during_an_upload_is_retried_with_the_whole_body() {
    // The first attempt is answered before its body has come, on a connection that stays open: whoever goes on
    // reading there must not steal what the second attempt needs.
    let bodies: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let received = Arc::clone(&bodies);
    let (answered, mut answers) = mpsc::unbounded_channel();
    let address = upstream(move |number, mut stream| {
        let (received, answered) = (Arc::clone(&received), answered.clone());
        async move {
            read_head(&mut stream).await;
            if number == 1 {
                let _ = stream.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").await;
                let _ = answered.send(());
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest).await;
                return;
            }
            let body = read_chunked(&mut stream).await;
            received.lock().unwrap().push(body);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        }
    })
    .await;
    let client: Client<HttpConnector, ReplayBody<Channel>> =
        Client::builder(TokioExecutor::new()).build_http();
    let filter = RetryFilter::spring()
        .rules(SpringRules::default().methods([Method::POST]))
        .build()
        .expect("within bounds");
    let service = RetryLayer::new(filter).layer(client);
    let (chunks, body) = Channel::new();
    chunks.send(Bytes::from_static(b"first ")).expect("the body is there");
    let request = Request::post(format!("http://{address}/")).body(body).expect("valid");
    let call = tokio::spawn(service.oneshot(request));
    answers.recv().await.expect("the first attempt is answered");
    for chunk in ["second ", "third ", "last"] {
        chunks.send(Bytes::from_static(chunk.as_bytes())).expect("somebody reads");
        tokio::task::yield_now().await;
    }
    drop(chunks);
    let response = within(ms(5_000), call).await.expect("it ends").expect("no panic").expect("a response");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(*bodies.lock().unwrap(), [b"first second third last".to_vec()]);
}

#[tokio::test]
async fn a_response_that_is_not_retried_comes_while_its_upload_goes_on() {
    // The response is accepted, the call is over, and the rest of the body still reaches the upstream.
    let (whole, mut bodies) = mpsc::unbounded_channel();
    let address = upstream(move |_, mut stream| {
        let whole = whole.clone();
        async move {
            read_head(&mut stream).await;
            let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nearly\r\n";
            let _ = stream.write_all(head).await;
            let body = read_chunked(&mut stream).await;
            let _ = stream.write_all(b"0\r\n\r\n").await;
            let _ = whole.send(body);
        }
    })
    .await;
    let client: Client<HttpConnector, ReplayBody<Channel>> =
        Client::builder(TokioExecutor::new()).build_http();
    let filter = RetryFilter::spring()
        .rules(SpringRules::default().methods([Method::POST]))
        .build()
        .expect("within bounds");
    let (chunks, body) = Channel::new();
    chunks.send(Bytes::from_static(b"first ")).expect("the body is there");
    let request = Request::post(format!("http://{address}/")).body(body).expect("valid");
    let response = RetryLayer::new(filter).layer(client).oneshot(request).await.expect("a response");
    assert_eq!(response.status(), StatusCode::OK);
    chunks.send(Bytes::from_static(b"and the rest")).expect("somebody reads");
    drop(chunks);
    let text = response.into_body().collect().await.expect("the whole response").to_bytes();
    assert_eq!(text, "early");
    let body = within(ms(5_000), bodies.recv()).await.expect("it ends").expect("a body");
    assert_eq!(body, b"first and the rest");
}
