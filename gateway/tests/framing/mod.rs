//! The ends of messages, as `docs/framing.md` describes them line by line.

mod answers;
mod client;
mod forwarded;
mod frames;
mod lengths;
mod page;

mod requests;
mod responses;
mod streams;
mod targets;
mod told;
mod trailers;

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::{Gateway, file, ms, read_head, upstream, within};
use test_servers::script::request::{self, Received};

/// A line of the page: what arrives, what the gateway does, and the test.
type Row = (&'static str, String, &'static str);

/// The part of a request that a server gets.
#[derive(Clone, Copy, Debug)]
enum Sees {
    Nothing,
    /// The whole of it, without a field that says where it ends.
    NoBody,
    /// The whole of it, with this length and body.
    Length(&'static str),
    /// The whole of it in chunks, with this body.
    Chunked(&'static str),
    /// A part, which is not taken for the whole.
    Part,
}

impl Sees {
    /// Returns the words of the page for it.
    const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "not sent",
            Self::NoBody => "no body",
            Self::Length(_) => "`Content-Length`",
            Self::Chunked(_) => "chunked",
            Self::Part => "cut off",
        }
    }
}

/// A report of a server about a request.
#[derive(Debug)]
enum Told {
    /// Its head has come.
    Begun,
    /// As much of it as ever comes.
    Ended(Received),
}

/// A gateway that retries, and the reports of its server.
struct Pair {
    gateway: Gateway,
    told: mpsc::UnboundedReceiver<Told>,
}

impl Pair {
    async fn start(name: &str) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let server = upstream(move |number, stream| serve(stream, number, tell.clone())).await;
        Self { gateway: gateway(name, server).await, told }
    }

    /// Waits until the server has the head of a request.
    async fn begun(&mut self) {
        let told = within(ms(10_000), self.told.recv()).await.expect("the server is asked");
        assert!(matches!(told, Some(Told::Begun)), "{told:?}");
    }

    /// Checks the part of a request that the server gets.
    ///
    /// The server may have reported the head already.
    async fn check(&mut self, sees: Sees, line: &str) {
        if matches!(sees, Sees::Nothing) {
            assert!(self.told.try_recv().is_err(), "{line}: the server was asked");
            return;
        }
        let next = async {
            loop {
                match self.told.recv().await.expect("the server runs") {
                    Told::Begun => {}
                    Told::Ended(received) => break received,
                }
            }
        };
        let got =
            within(ms(10_000), next).await.unwrap_or_else(|| panic!("{line}: the server was not asked"));
        let fields = (got.header("content-length"), got.header("transfer-encoding"));
        let count = got.headers.iter().filter(|(name, _)| name == "content-length").count();
        let is_body = |body: &str| got.length == body.len() && got.hash == request::hash(body.as_bytes());
        let fits = match sees {
            Sees::Nothing => false,
            Sees::NoBody => got.is_complete && fields == (None, None),
            Sees::Length(body) => {
                got.is_complete
                    && fields == (Some(&body.len().to_string()), None)
                    && count == 1
                    && is_body(body)
            }
            Sees::Chunked(body) => got.is_complete && fields == (None, Some("chunked")) && is_body(body),
            Sees::Part => !got.is_complete,
        };
        assert!(fits, "{line}: not {sees:?} but {got:?}");
        assert!(self.told.try_recv().is_err(), "{line}: the request was sent again");
    }
}

/// A gateway that sends to this server again what it may.
async fn gateway(name: &str, server: SocketAddr) -> Gateway {
    let text = crate::support::one_route(
        name,
        &format!("http://{server}"),
        "[{ name: Retry, args: { profile: gateway, retries: 2 } }]",
    );
    Gateway::serve(&file(&format!("{name}.yaml"), &text), &["--log", "off"]).await
}

/// Reports each request, and answers if the request is whole.
///
/// If the path contains `again`, the first answer is 503. If the path is `/early`, the answer begins before the body.
async fn serve(stream: TcpStream, number: usize, tell: mpsc::UnboundedSender<Told>) {
    let mut stream = BufReader::new(stream);
    let mut first = true;
    while let Some(mut request) = request::read_head(&mut stream, number).await {
        let _ = tell.send(Told::Begun);
        if request.received().uri == "/early" {
            let begun = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n";
            let _ = stream.write_all(begun.as_bytes()).await;
        }
        request.read_body(&mut stream, usize::MAX).await;
        let received = request.received();
        let (is_complete, again) = (received.is_complete, received.uri.contains("again") && first);
        first = false;
        if !again {
            let _ = tell.send(Told::Ended(received));
        }
        let status = if again { "503 Try Again" } else { "200 OK" };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        if !is_complete || stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Reads the head of a response. If `closes`, checks that the connection ends after it.
async fn answered(stream: &mut TcpStream, closes: bool, line: &str) -> u16 {
    let head = within(ms(10_000), read_head(stream)).await.unwrap_or_else(|| panic!("{line}: no response"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("{line}: no response but {head:?}"));
    if closes {
        let mut rest = Vec::new();
        let end = within(ms(10_000), stream.read_to_end(&mut rest)).await;
        assert!(end.is_some(), "{line}: the connection stays");
        assert!(!String::from_utf8_lossy(&rest).contains("HTTP/1.1"), "{line}: two responses");
    }
    status
}
