//! A client that begins with little, or with nothing.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{answering, gateway, pause, rest, sent};
use crate::support::{ms, read_until, within};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_silent_connection_ends_after_the_head_timeout() {
    let gateway = gateway("silent", answering(OK).await, &["--head-timeout", "300ms"]).await;
    for begun in ["", "P", "PR", "G", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut stream = sent(&gateway, begun.as_bytes()).await;
        let said = rest(&mut stream).await;
        assert!(!said.contains("200"), "{begun}: {said}");
    }
}

#[tokio::test]
async fn a_request_in_single_bytes_is_served_in_either_version() {
    let gateway = gateway("single-bytes", answering(OK).await, &[]).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.set_nodelay(true).expect("it is open");
    for byte in b"PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n" {
        stream.write_all(&[*byte]).await.expect("it reads");
        tokio::task::yield_now().await;
    }
    let head = within(ms(10_000), read_until(&mut stream, "ok")).await.expect("it answers");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");

    let (near, mut far) = tokio::io::duplex(100_000);
    let stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.set_nodelay(true).expect("it is open");
    let (mut reading, mut writing) = stream.into_split();
    tokio::spawn(async move {
        let (mut from, mut to) = tokio::io::split(&mut far);
        let in_bytes = async {
            while let Ok(byte) = tokio::io::AsyncReadExt::read_u8(&mut from).await {
                let _ = writing.write_all(&[byte]).await;
                tokio::task::yield_now().await;
            }
        };
        let back = async { drop(tokio::io::copy(&mut reading, &mut to).await) };
        tokio::join!(in_bytes, back);
    });
    let (client, connection) = ::h2::client::handshake(near).await.expect("it speaks HTTP/2");
    tokio::spawn(connection);
    let mut client = client.ready().await.expect("it is ready");
    let request = http::Request::get("http://a/").body(()).expect("valid");
    let (response, _) = client.send_request(request, true).expect("it can be sent");
    let response = within(ms(10_000), response).await.expect("it answers").expect("it is whole");
    assert_eq!(response.status().as_u16(), 200);
}

/// Clock ticks of the processor that the process has used.
#[cfg(target_os = "linux")]
fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    let (_, fields) = stat.rsplit_once(')').expect("its name is in parentheses");
    let times = fields.split_whitespace().skip(11).take(2);
    times.map(|field| field.parse::<u64>().expect("a number")).sum()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn connections_with_one_byte_cost_no_processor_time() {
    let gateway = gateway("one-byte", answering(OK).await, &["--threads", "1"]).await;
    let mut begun = Vec::new();
    for _ in 0..300 {
        begun.push(sent(&gateway, b"P").await);
    }
    pause(ms(200)).await; // until all of them have been read
    let before = ticks(gateway.id());
    pause(ms(600)).await;
    let used = ticks(gateway.id()) - before;
    assert!(used <= 1, "{used} ticks of 60 for doing nothing");
}
