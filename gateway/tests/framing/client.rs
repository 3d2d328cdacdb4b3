//! Clients that read a response to its end and can see if it is whole.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::frames::{
    ACK, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PREFACE, RESET, SETTINGS, fields, frame, read_frame,
    status,
};
use crate::support::{Gateway, ms, within};

/// The protocol of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    Http10,
    Http11,
    Http2,
}

/// The result that a client gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Got {
    Whole(u16, String),
    /// A response that can be seen to be cut.
    Cut(u16),
    /// The connection was closed without a byte, or the stream reset before its head.
    Nothing,
}

/// Sends a request without a body and reads the response.
pub(super) async fn ask(gateway: &Gateway, speaks: Speaks, method: &str, path: &str) -> Got {
    let stream = TcpStream::connect(gateway.address).await.expect("the gateway listens");
    let got = match speaks {
        Speaks::Http10 => within(ms(10_000), http1(stream, method, path, "1.0")).await,
        Speaks::Http11 => within(ms(10_000), http1(stream, method, path, "1.1")).await,
        Speaks::Http2 => within(ms(10_000), http2(stream, method, path)).await,
    };
    got.unwrap_or_else(|| panic!("{speaks:?} {method} {path}: the response does not end"))
}

/// Reads as a strict client does.
async fn http1(mut stream: TcpStream, method: &str, path: &str, version: &str) -> Got {
    let request = format!("{method} {path} HTTP/{version}\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the gateway reads");
    let mut read = Vec::new();
    let is_reset = stream.read_to_end(&mut read).await.is_err();
    if read.is_empty() {
        return Got::Nothing;
    }
    let text = String::from_utf8_lossy(&read);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { panic!("no response but {text:?}") };
    let status: u16 = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let fields: Vec<_> = head.lines().skip(1).filter_map(|line| line.split_once(": ")).collect();
    let values = |name: &str| -> Vec<&str> {
        fields.iter().filter(|(known, _)| *known == name).map(|(_, value)| *value).collect()
    };
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
    assert!(lengths.len() <= 1, "{head}");
    assert!(lengths.is_empty() || codings.is_empty(), "{head}");
    if method == "HEAD" || status == 204 || status == 304 {
        assert!(body.is_empty(), "a body that must not be there: {text}");
        return Got::Whole(status, String::new());
    }
    let body = match (lengths.first(), codings.as_slice()) {
        (Some(length), _) => Some(body.to_owned()).filter(|body| body.len().to_string() == **length),
        (None, ["chunked"]) => unchunked(body),
        (None, []) if version == "1.0" => Some(body.to_owned()).filter(|_| !is_reset),
        _ => panic!("no end in sight: {head}"),
    };
    body.map_or(Got::Cut(status), |body| Got::Whole(status, body))
}

/// The body in these chunks, if the last one is there.
fn unchunked(mut chunks: &str) -> Option<String> {
    let mut body = String::new();
    loop {
        let (size, rest) = chunks.split_once("\r\n")?;
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return rest.ends_with("\r\n").then_some(body);
        }
        body += rest.get(..size)?;
        chunks = rest.get(size..)?.strip_prefix("\r\n")?;
    }
}

async fn http2(mut stream: TcpStream, method: &str, path: &str) -> Got {
    let (method, path) = (format!(":method: {method}"), format!(":path: {path}"));
    let block = fields(&[&method, ":scheme: http", &path, ":authority: a"]);
    let sent = [PREFACE, &frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)].concat();
    stream.write_all(&sent).await.expect("the gateway reads");
    let (mut answered, mut body) = (None, Vec::new());
    while let Some((kind, flags, _, payload)) = read_frame(&mut stream).await {
        match kind {
            SETTINGS if flags != ACK => {
                let _ = stream.write_all(&frame(SETTINGS, ACK, 0, &[])).await;
            }
            HEADERS => answered = Some(answered.unwrap_or_else(|| status(&payload))),
            DATA => body.extend(payload),
            RESET | GOAWAY => break,
            _ => {}
        }
        if (kind == HEADERS || kind == DATA) && flags & END_STREAM != 0 {
            let status = answered.expect("a head comes first");
            return Got::Whole(status, String::from_utf8_lossy(&body).into_owned());
        }
    }
    answered.map_or(Got::Nothing, Got::Cut)
}
