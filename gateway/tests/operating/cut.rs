//! The gateway reports responses that end before their bodies do, and no others.

use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{counted, endless, routed, sent};
use crate::support::{Gateway, ms, read_head, read_until, silent, telling, upstream, within};

const ADMIN: [&str; 2] = ["--admin", "127.0.0.1:0"];

async fn replying(reply: &'static str, closes: bool) -> std::net::SocketAddr {
    upstream(move |_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(reply.as_bytes()).await;
        if !closes {
            std::future::pending::<()>().await;
        }
    })
    .await
}

#[tokio::test]
async fn a_response_that_the_upstream_cuts_is_logged_and_counted() {
    for (id, reply) in [
        ("cut-length", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello"),
        ("cut-chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        ("cut-bad-chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nno"),
    ] {
        let mut gateway = Gateway::serve_heard(&routed(id, replying(reply, true).await), &ADMIN).await;
        let mut stream = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let mut all = Vec::new();
        let _ = within(ms(10_000), stream.read_to_end(&mut all)).await.expect("the connection ends");
        let line = gateway.hear(&["event=cut", &format!("route={id} status=200 bytes=5 by=upstream ")]).await;
        assert!(line.contains(" req=1 ") && line.contains(" why=\"the body failed: "), "{line}");
        counted(&gateway, &format!("gateway_responses_cut_total{{route=\"{id}\",by=\"upstream\"}} 1")).await;
    }
}

#[tokio::test]
async fn an_upstream_that_stalls_cuts_its_response() {
    let reply = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello";
    let path = routed("cut-stall", replying(reply, false).await);
    let mut gateway = Gateway::serve_heard(&path, &["--stall", "300ms"]).await;
    let _stream = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    gateway.hear(&["event=cut", "status=200 bytes=5 by=upstream_stalled "]).await;
}

#[tokio::test]
async fn a_client_that_goes_or_takes_nothing_cuts_its_response() {
    let path = routed("cut-client", endless().await);
    let mut gateway = Gateway::serve_heard(&path, &["--stall", "500ms", "--admin", "127.0.0.1:0"]).await;
    let mut gone = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    read_head(&mut gone).await;
    drop(gone);
    gateway.hear(&["event=cut", " by=client why="]).await;
    let _stuck = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    gateway.hear(&["event=cut", " by=client_stalled "]).await;
    counted(&gateway, "gateway_responses_cut_total{route=\"cut-client\",by=\"client_stalled\"} 1").await;
}

/// The stream alone ends: the connection and its other streams go on.
#[tokio::test]
async fn a_stream_that_its_client_resets_is_a_cut() {
    let mut gateway = Gateway::serve_heard(&routed("cut-stream", endless().await), &[]).await;
    let stream = tokio::net::TcpStream::connect(gateway.address).await.expect("it listens");
    let (mut client, connection) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
    tokio::spawn(connection);
    let request = http::Request::get(format!("http://{}/", gateway.address)).body(()).expect("valid");
    let (response, _) = client.send_request(request, true).expect("it is sent");
    let response = within(ms(10_000), response).await.expect("in time").expect("it is answered");
    drop(response);
    gateway.hear(&["event=cut", "status=200", " by=client "]).await;
}

#[tokio::test]
async fn a_stream_whose_window_stays_closed_is_a_cut() {
    let path = routed("cut-window", endless().await);
    let mut gateway = Gateway::serve_heard(&path, &["--stall", "500ms"]).await;
    let stream = tokio::net::TcpStream::connect(gateway.address).await.expect("it listens");
    let (mut client, connection) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
    tokio::spawn(connection);
    let request = http::Request::get(format!("http://{}/", gateway.address)).body(()).expect("valid");
    let (response, _) = client.send_request(request, true).expect("it is sent");
    let _response = within(ms(10_000), response).await.expect("in time").expect("it is answered");
    gateway.hear(&["event=cut", "status=200", " by=client_stalled "]).await;
}

#[tokio::test]
async fn a_gateway_that_stops_tells_whom_it_cuts() {
    let path = routed("cut-stopped", endless().await);
    let mut gateway = Gateway::serve_heard(&path, &["--grace", "300ms"]).await;
    let mut stuck = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    read_head(&mut stuck).await;
    gateway.signal("TERM").await;
    gateway.hear(&["event=cut", "route=cut-stopped status=200", " by=stopped "]).await;
    assert_eq!(gateway.ended().await, Some(0));
}

#[tokio::test]
async fn a_response_that_is_complete_is_no_cut() {
    const REPLIES: [&str; 6] = [
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\na: trailer\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n",
    ];
    let (upstream, _heads) = telling(|number| REPLIES[(number - 1) % 6].to_owned()).await;
    let path = routed("complete", upstream);
    let mut gateway = Gateway::serve_heard(&path, &["--log", "all", "--admin", "127.0.0.1:0"]).await;
    for _ in 0..6 {
        let mut stream = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        let mut all = String::new();
        stream.read_to_string(&mut all).await.expect("it ends");
    }
    let (_, text) = gateway.ask("/metrics").await;
    assert!(!text.contains("gateway_responses_cut_total{"), "{text}");
    gateway.signal("TERM").await;
    while let Some(line) = gateway.next_line().await {
        assert!(!line.contains("event=cut"), "{line}");
    }
}

/// The response to `HEAD` has the size that a `GET` would get, but no body.
#[tokio::test]
async fn a_response_without_its_body_is_no_cut() {
    let (upstream, _heads) = telling(|_| "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n".to_owned()).await;
    let path = routed("complete-head", upstream);
    let mut gateway = Gateway::serve_heard(&path, &["--log", "all", "--admin", "127.0.0.1:0"]).await;
    assert_eq!(gateway.send(Method::HEAD, "/", "").await.expect("answered").status().as_u16(), 200);
    let mut stream = sent(&gateway, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    read_until(&mut stream, "\r\n\r\n").await;
    assert!(!gateway.ask("/metrics").await.1.contains("gateway_responses_cut_total{"));
    gateway.signal("TERM").await;
    while let Some(line) = gateway.next_line().await {
        assert!(!line.contains("event=cut"), "{line}");
    }
}

/// A server of HTTP/2 that ends its streams some time after their last bytes.
async fn ending_late() -> std::net::SocketAddr {
    upstream(|_, stream| async move {
        let mut connection = h2::server::handshake(stream).await.expect("it speaks HTTP/2");
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            let response = http::Response::builder().header("content-length", "5").body(()).expect("valid");
            let mut body = respond.send_response(response, false).expect("it is sent");
            if request.method() == Method::GET {
                body.send_data("hello".into(), false).expect("it is sent");
            }
            tokio::spawn(async move {
                let _ended = (body, respond);
                std::future::pending::<()>().await;
            });
        }
    })
    .await
}

/// The server could still send only an empty frame that ends the stream.
#[tokio::test]
async fn a_response_whose_promised_bytes_have_come_is_no_cut() {
    let text = crate::support::routes(&format!(
        "- id: late-end\n  uri: http://{}\n  metadata: {{ http2: true }}",
        ending_late().await
    ));
    let path = crate::support::file("late-end.yaml", &text);
    let mut gateway = Gateway::serve_heard(&path, &["--log", "all"]).await;
    for method in ["GET", "HEAD"] {
        let mut stream =
            sent(&gateway, &format!("{method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).await;
        let mut all = String::new();
        within(ms(10_000), stream.read_to_string(&mut all)).await.expect("it ends").expect("it is text");
        assert!(all.starts_with("HTTP/1.1 200 ") && all.ends_with("hello") == (method == "GET"), "{all}");
    }
    gateway.signal("TERM").await;
    while let Some(line) = gateway.next_line().await {
        assert!(!line.contains("event=cut"), "{line}");
    }
}

/// A request without a response is cut by the gateway, not given up by its client.
#[tokio::test]
async fn a_request_that_the_end_cuts_is_told_of() {
    let (upstream, mut asked) = silent().await;
    let mut gateway = Gateway::serve_heard(&routed("cut-early", upstream), &["--grace", "300ms"]).await;
    let _waiting = sent(&gateway, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    asked.recv().await.expect("the upstream is asked");
    gateway.signal("TERM").await;
    gateway.hear(&["event=cut", " req=1 ", "status=- bytes=0 by=stopped "]).await;
}

/// Switches to another protocol, sends a greeting, and reads until its client ends.
async fn greeting() -> std::net::SocketAddr {
    const SWITCH: &str =
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhello";
    upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(SWITCH.as_bytes()).await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await
}

#[tokio::test]
async fn the_end_of_a_tunnel_is_told_with_its_bytes() {
    let arguments = ["--log", "all", "--admin", "127.0.0.1:0", "--grace", "300ms"];
    let mut gateway = Gateway::serve_heard(&routed("tunnel-end", greeting().await), &arguments).await;
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    let mut ended = sent(&gateway, request).await;
    read_until(&mut ended, "hello").await;
    ended.write_all(b"bye").await.expect("it is open");
    ended.shutdown().await.expect("it is open");
    let told = "route=tunnel-end end=closed from_client=3 from_server=5 took_ms=";
    gateway.hear(&["event=tunnel", " req=1 ", told]).await;
    counted(&gateway, "gateway_tunnels_total{route=\"tunnel-end\",end=\"closed\"} 1").await;
    let mut open = sent(&gateway, request).await;
    read_until(&mut open, "hello").await;
    gateway.signal("TERM").await;
    gateway.hear(&["event=tunnel", " req=2 ", "end=stopped from_client=0 from_server=5 "]).await;
}
