//! The limits on the places, the time and the room that one client or one server can take from a gateway.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::{
    Gateway, Recorder, Reply, exchange, file, ms, one_route, read_head, read_until, upstream, within,
};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async fn open(gateway: &Gateway) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.write_all(GET.as_bytes()).await.expect("it reads");
    stream
}

/// A response holds its place until its body has ended.
#[tokio::test]
async fn a_response_that_still_comes_counts_as_a_request() {
    let upstream = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
        std::future::pending::<()>().await;
    })
    .await;
    let text = one_route("held", &format!("http://{upstream}"), "[]");
    let gateway = Gateway::serve(&file("held.yaml", &text), &["--max-requests", "1", "--log", "off"]).await;
    let mut first = open(&gateway).await;
    assert!(read_until(&mut first, "half").await.starts_with("HTTP/1.1 200 "));
    assert!(exchange(&gateway, GET, "\r\n\r\n").await.starts_with("HTTP/1.1 503 "));
}

#[tokio::test]
async fn more_connections_than_allowed_have_to_wait() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(200, "ok")).await;
    let text = one_route("wait", &format!("http://{upstream}"), "[]");
    let arguments = ["--max-connections", "1", "--log", "off"];
    let gateway = Gateway::serve(&file("wait.yaml", &text), &arguments).await;
    let mut first = open(&gateway).await;
    read_until(&mut first, "ok").await;
    let mut second = open(&gateway).await;
    assert!(within(ms(300), second.read_u8()).await.is_none(), "the first one has the only place");
    drop(first);
    assert!(within(ms(5_000), read_until(&mut second, "ok")).await.is_some());
}

/// A gateway with this option and an open `WebSocket`. Other requests get 200.
async fn with_socket(option: &str) -> (Gateway, TcpStream) {
    let upstream = upstream(|number, mut stream| async move {
        read_head(&mut stream).await;
        let upgraded =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nopen";
        let plain = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        let _ = stream.write_all(if number == 1 { upgraded } else { plain }.as_bytes()).await;
        let _ = stream.read_u8().await; // until it is closed
    })
    .await;
    let text = one_route("socket", &format!("http://{upstream}"), "[]");
    let path = file(&format!("one-socket{option}.yaml"), &text);
    let gateway = Gateway::serve(&path, &[option, "1", "--log", "off"]).await;
    let mut socket = TcpStream::connect(gateway.address).await.expect("it listens");
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    socket.write_all(request.as_bytes()).await.expect("it reads");
    within(ms(5_000), read_until(&mut socket, "open")).await.expect("it is open");
    (gateway, socket)
}

#[tokio::test]
async fn an_open_websocket_counts_as_a_request() {
    let (gateway, socket) = with_socket("--max-requests").await;
    assert!(exchange(&gateway, GET, "\r\n\r\n").await.starts_with("HTTP/1.1 503 "));
    drop(socket);
    let served = async { while !exchange(&gateway, GET, "\r\n\r\n").await.starts_with("HTTP/1.1 200 ") {} };
    within(ms(10_000), served).await.expect("there is room now");
}

/// A connection that goes on as a `WebSocket` is still one.
#[tokio::test]
async fn an_open_websocket_counts_as_a_connection() {
    let (gateway, socket) = with_socket("--max-connections").await;
    let mut second = open(&gateway).await;
    assert!(within(ms(300), second.read_u8()).await.is_none(), "the socket has the only place");
    drop(socket);
    assert!(within(ms(5_000), read_until(&mut second, "ok")).await.is_some());
}

/// A server that stops in the middle of its response.
#[tokio::test]
async fn a_response_that_stalls_is_cut() {
    let upstream = upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
        std::future::pending::<()>().await;
    })
    .await;
    let text = one_route("cut", &format!("http://{upstream}"), "[]");
    let gateway = Gateway::serve(&file("cut.yaml", &text), &["--stall", "300ms", "--log", "off"]).await;
    let mut stream = open(&gateway).await;
    let all = within(ms(5_000), read_until(&mut stream, "never")).await.expect("it ends");
    assert!(all.ends_with("half"), "{all}");
}

/// A client that asks and does not read.
#[tokio::test]
async fn a_client_that_takes_nothing_is_let_go() {
    let (told, mut ended) = mpsc::unbounded_channel();
    let upstream = upstream(move |_, mut stream| {
        let told = told.clone();
        async move {
            read_head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n").await;
            // Until nobody takes it any more, because the connection is gone.
            while stream.write_all(&[b'x'; 16_384]).await.is_ok() {}
            let _ = told.send(());
        }
    })
    .await;
    let text = one_route("taken", &format!("http://{upstream}"), "[]");
    let gateway = Gateway::serve(&file("taken.yaml", &text), &["--stall", "500ms", "--log", "off"]).await;
    let _stream = open(&gateway).await;
    assert!(within(ms(10_000), ended.recv()).await.is_some(), "the server is let go, too");
}

#[tokio::test]
async fn a_connection_of_http2_has_200_streams_at_once() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(200, "ok")).await;
    let text = one_route("streams", &format!("http://{upstream}"), "[]");
    let gateway = Gateway::serve(&file("streams.yaml", &text), &["--log", "off"]).await;
    let stream = TcpStream::connect(gateway.address).await.expect("it listens");
    let (mut client, connection) = ::h2::client::handshake(stream).await.expect("it speaks HTTP/2");
    tokio::spawn(connection);
    let request = http::Request::get("http://a/").body(()).expect("valid");
    let (response, _) = client.send_request(request, true).expect("it is sent");
    within(ms(10_000), response).await.expect("in time").expect("it is answered");
    assert_eq!(client.current_max_send_streams(), 200);
}

/// A default filter and a filter of the route limit the same, in either order.
#[tokio::test]
async fn the_lowest_limit_of_a_size_holds() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(200, "ok")).await;
    for (default, own) in [("50B", "5KB"), ("5KB", "50B")] {
        let text = one_route(
            "sizes",
            &format!("http://{upstream}"),
            &format!("[RequestSize={own}, RequestHeaderSize={own}]"),
        );
        let filters = format!(
            "      default-filters: [RequestSize={default}, RequestHeaderSize={default}]\n      routes:"
        );
        let text = text.replacen("      routes:", &filters, 1);
        let path = file(&format!("sizes-{own}.yaml"), &text);
        let gateway = Gateway::serve(&path, &["--log", "off"]).await;
        let body = |size| format!("Content-Length: {size}\r\n\r\n{}", "x".repeat(size));
        let header = |size| format!("X-Long: {}\r\n\r\n", "x".repeat(size));
        for (rest, status) in [(body(50), 200), (body(51), 413), (header(44), 200), (header(45), 431)] {
            let request = format!("POST / HTTP/1.1\r\nHost: a\r\n{rest}");
            let head = exchange(&gateway, &request, "\r\n\r\n").await;
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{default} {own} {request}: {head}");
        }
    }
}

#[tokio::test]
async fn a_body_without_room_in_the_pool_is_sent_once() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(503, "no")).await;
    let filter = "[{ name: Retry, args: { retries: 1, methods: [POST] } }]";
    let path = file("room.yaml", &one_route("room", &format!("http://{upstream}"), filter));
    for (room, attempts) in [("0", 1), ("1MiB", 2)] {
        let before = recorder.received().len();
        let gateway = Gateway::serve(&path, &["--replay-pool", room, "--log", "off"]).await;
        assert_eq!(gateway.post("/", "body").await.status().as_u16(), 503);
        assert_eq!(recorder.received().len() - before, attempts, "{room}");
    }
}
