//! Clients of HTTP/2 that take nothing, ask nothing, or ask for too much.

use bytes::Bytes;
use h2::Reason;
use h2::client::{Builder, SendRequest};
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::{answering, endless, gateway, mute, patient_gateway, pause, served_at_last};
use crate::support::{Gateway, ms, within};

/// A connection that answers pings; its streams have this window.
async fn connect(gateway: &Gateway, window: u32) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
    let stream = TcpStream::connect(gateway.address).await.expect("it listens");
    let handshake = Builder::new().initial_window_size(window).handshake(stream).await;
    let (client, connection) = handshake.expect("it speaks HTTP/2");
    (client, tokio::spawn(connection))
}

fn request() -> Request<()> {
    Request::get("http://a/").body(()).expect("valid")
}

#[tokio::test]
async fn streams_with_a_closed_window_give_their_places_back() {
    let body =
        Box::leak(format!("HTTP/1.1 200 OK\r\ncontent-length: 20000\r\n\r\n{}", "x".repeat(20_000)).into());
    let gateway =
        gateway("zero-window", answering(body).await, &["--stall", "400ms", "--max-requests", "40"]).await;
    let (mut client, _connection) = connect(&gateway, 0).await;
    let mut responses = Vec::new();
    for _ in 0..40 {
        client = client.ready().await.expect("there is room");
        let (response, _) = client.send_request(request(), true).expect("it can be sent");
        let response = within(ms(10_000), response).await.expect("it answers").expect("it has a head");
        assert_eq!(response.status().as_u16(), 200, "there is a place for each");
        responses.push(response);
    }
    served_at_last(&gateway).await;
    let mut body = responses.pop().expect("there are forty").into_body();
    let end = within(ms(10_000), body.data()).await.expect("it ends").expect("not as if it were whole");
    assert_eq!(end.expect_err("there is no room for data").reason(), Some(Reason::CANCEL));
}

#[tokio::test]
async fn a_stream_that_takes_single_bytes_ends() {
    let gateway = gateway("one-byte-window", endless().await, &["--stall", "500ms"]).await;
    let (client, _connection) = connect(&gateway, 1).await;
    let mut client = client.ready().await.expect("it is ready");
    let (response, _) = client.send_request(request(), true).expect("it can be sent");
    let mut body = within(ms(10_000), response).await.expect("it answers").expect("it is whole").into_body();
    let taking = async {
        while let Some(Ok(data)) = body.data().await {
            let _ = body.flow_control().release_capacity(data.len());
            pause(ms(20)).await;
        }
    };
    within(ms(15_000), taking).await.expect("it ends");
}

#[tokio::test]
async fn a_stream_that_is_taken_slowly_arrives_whole() {
    let body =
        Box::leak(format!("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{}", "x".repeat(100_000)).into());
    let gateway = gateway("slow-window", answering(body).await, &["--stall", "1s"]).await;
    let (client, _connection) = connect(&gateway, 20_000).await;
    let mut client = client.ready().await.expect("it is ready");
    let (response, _) = client.send_request(request(), true).expect("it can be sent");
    let (mut body, mut size) = (response.await.expect("it is whole").into_body(), 0);
    while let Some(data) = within(ms(10_000), body.data()).await.expect("it goes on") {
        size += data.as_ref().expect("it is not cut").len();
        pause(ms(80)).await;
        let _ = body.flow_control().release_capacity(data.expect("it is not cut").len());
    }
    assert_eq!(size, 100_000);
}

#[tokio::test]
async fn an_idle_connection_of_http2_is_closed_though_it_answers_pings() {
    let arguments = ["--idle-timeout", "400ms", "--head-timeout", "300ms"];
    let gateway = gateway("idle-2", endless().await, &arguments).await;
    let (_client, connection) = connect(&gateway, 0).await;
    within(ms(10_000), connection).await.expect("it ends").expect("it runs").expect("in good order");
}

/// A head that has begun but never ends is not a request yet. Until it ends, its client cannot answer pings either.
#[tokio::test]
async fn a_head_of_http2_that_does_not_end_is_let_go() {
    let arguments = ["--idle-timeout", "400ms", "--head-timeout", "300ms"];
    let gateway = gateway("half-head-2", endless().await, &arguments).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.expect("it reads");
    stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.expect("it reads");
    // HEADERS of stream 1, without an end: `:method GET`.
    stream.write_all(&[0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82]).await.expect("it reads");
    super::rest(&mut stream).await;
}

/// It has a request, so that it is not idle.
#[tokio::test]
async fn a_client_that_does_not_answer_pings_is_let_go() {
    let arguments = ["--idle-timeout", "300ms", "--head-timeout", "300ms"];
    let gateway = patient_gateway("no-pong", mute().await, false, &arguments).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.expect("it reads");
    stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.expect("it reads");
    // HEADERS that end the stream, `GET http://a/`.
    stream.write_all(&[0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x84, 0x86, 0x41, 1, b'a']).await.expect("it reads");
    super::rest(&mut stream).await;
}

#[tokio::test]
async fn a_flood_of_resets_ends_the_connection_alone() {
    let gateway = gateway("rapid-reset", endless().await, &["--max-requests", "20"]).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    let mut flood = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &[0, 0, 0, 4, 0, 0, 0, 0, 0]].concat();
    for number in 0..1_000_u32 {
        let [_, id @ ..] = (1 + 2 * number).to_be_bytes();
        // HEADERS that end the stream, `GET http://a/`, and RST_STREAM with CANCEL.
        flood.extend([0, 0, 6, 1, 5, 0, id[0], id[1], id[2], 0x82, 0x84, 0x86, 0x41, 1, b'a']);
        flood.extend([0, 0, 4, 3, 0, 0, id[0], id[1], id[2], 0, 0, 0, 8]);
    }
    stream.write_all(&flood).await.expect("it reads");
    let go_away = async {
        let mut head = [0; 9];
        loop {
            stream.read_exact(&mut head).await.expect("it says why it ends");
            let [high, middle, low, kind, ..] = head;
            let mut payload =
                vec![0; usize::from(low) + (usize::from(middle) << 8) + (usize::from(high) << 16)];
            stream.read_exact(&mut payload).await.expect("a frame is whole");
            if kind == 7 {
                return payload[7];
            }
        }
    };
    let reason = within(ms(10_000), go_away).await.expect("it ends");
    assert_eq!(Reason::from(u32::from(reason)), Reason::ENHANCE_YOUR_CALM);
    served_at_last(&gateway).await;
}
