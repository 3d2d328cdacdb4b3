//! The waits of the gateway that an outsider can prolong, and their ends.
//!
//! `docs/limits.md` lists them.

mod begun;
mod crowd;
mod early;
mod first_bytes;
mod heads;
mod http2;
mod page;
mod progress;
mod responses;
mod tunnels;
mod uploads;

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Gateway, file, ms, one_route, pause, read_head, upstream, within};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A gateway with a route for everything, to this server.
async fn gateway(name: &str, server: SocketAddr, arguments: &[&str]) -> Gateway {
    let text = one_route(name, &format!("http://{server}"), "[]");
    let arguments = [&["--log", "off"], arguments].concat();
    Gateway::serve(&file(&format!("waits-{name}.yaml"), &text), &arguments).await
}

/// A gateway that waits for the head of a response without a limit.
async fn patient_gateway(name: &str, server: SocketAddr, http2: bool, arguments: &[&str]) -> Gateway {
    let metadata = format!("{{ http2: {http2} }}");
    let text = one_route(name, &format!("http://{server}"), &format!("[]\n  metadata: {metadata}"));
    let text = text.replace(", response-timeout: 10s", "");
    assert!(!text.contains("response-timeout"), "{text}");
    let arguments = [&["--log", "off"], arguments].concat();
    Gateway::serve(&file(&format!("waits-{name}.yaml"), &text), &arguments).await
}

/// A connection on which these bytes have been sent.
async fn sent(gateway: &Gateway, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    stream.write_all(bytes).await.expect("it reads");
    stream
}

/// Everything that comes until the connection ends, in whichever way.
async fn rest(stream: &mut TcpStream) -> String {
    let (mut all, mut piece) = (Vec::new(), vec![0; 16_384]);
    let reading = async {
        while let Ok(read) = stream.read(&mut piece).await {
            if read == 0 {
                return;
            }
            all.extend_from_slice(&piece[..read]);
        }
    };
    within(ms(15_000), reading).await.expect("the connection ends");
    String::from_utf8_lossy(&all).into_owned()
}

/// Sends a byte again and again until the connection ends.
async fn drip(stream: &mut TcpStream, byte: &[u8]) {
    let dripping = async {
        while stream.write_all(byte).await.is_ok() {
            pause(ms(50)).await;
        }
    };
    within(ms(15_000), dripping).await.expect("the connection ends");
}

/// A server that reads heads of requests and answers each with this text.
async fn answering(text: &'static str) -> SocketAddr {
    upstream(move |_, mut stream| async move {
        while !read_head(&mut stream).await.is_empty() {
            let _ = stream.write_all(text.as_bytes()).await;
        }
    })
    .await
}

/// A server that reads, and never answers.
async fn mute() -> SocketAddr {
    upstream(|_, mut stream| async move { while stream.read_u8().await.is_ok() {} }).await
}

/// A server that sends a response of a gigabyte, as fast as it is taken.
async fn endless() -> SocketAddr {
    upstream(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n").await;
        while stream.write_all(&[b'x'; 16_384]).await.is_ok() {}
    })
    .await
}

/// Asks until there is a response with status 200.
async fn served_at_last(gateway: &Gateway) {
    let asking = async {
        loop {
            let mut stream = sent(gateway, b"GET /honest HTTP/1.1\r\nHost: a\r\n\r\n").await;
            let mut head = [0; 12];
            if stream.read_exact(&mut head).await.is_ok() && head.ends_with(b"200") {
                return;
            }
            pause(ms(50)).await;
        }
    };
    within(ms(20_000), asking).await.expect("an honest client is served at last");
}
