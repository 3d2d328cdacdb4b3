//! HTTP/2 written by hand: frames, header blocks, and the answers of a server.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const END_STREAM: u8 = 0x1;
pub(super) const ACK: u8 = 0x1;
pub(super) const END_HEADERS: u8 = 0x4;
pub(super) const PADDED: u8 = 0x8;
pub(super) const WITH_PRIORITY: u8 = 0x20;
/// The flags of a whole head without a body.
pub(super) const WHOLE: u8 = END_HEADERS | END_STREAM;

/// The error codes of RFC 9113, section 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Protocol = 0x1,
    FlowControl = 0x3,
    StreamClosed = 0x5,
    FrameSize = 0x6,
    Compression = 0x9,
    Calm = 0xb,
}

/// The bytes of a frame.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a small frame").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The bytes of a setting in its frame.
pub(super) fn setting(name: u16, value: u32) -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
}

/// A field of a header block, as a literal that enters no table.
pub(super) fn field(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).expect("a short text")], text.as_bytes()].concat();
    [vec![0], text(name), text(value)].concat()
}

/// The header block of a GET for `/`.
pub(super) fn get() -> Vec<u8> {
    let entries_of_the_static_table = [0x82, 0x84, 0x86]; // :method GET, :path /, :scheme http
    [&entries_of_the_static_table[..], &field(":authority", "a.example")].concat()
}

/// The header block of a POST for `/`, with these fields at its end.
pub(super) fn post(fields: &[u8]) -> Vec<u8> {
    [&[0x83, 0x84, 0x86][..], &field(":authority", "a.example"), fields].concat()
}

/// An answer of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The head of a response.
    Status(u32, u16),
    Reset(u32, u32),
    GoAway(u32),
    Pong,
    /// The end of the connection.
    End,
}

/// A connection to a server.
pub(super) struct Connection(TcpStream);

impl Connection {
    pub(super) async fn open(server: SocketAddr) -> Self {
        Self(TcpStream::connect(server).await.expect("the gateway listens"))
    }

    /// Sends these bytes. A server that has ended the connection takes none of them.
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    /// The next frame that says something.
    pub(super) async fn next(&mut self) -> Said {
        loop {
            let mut head = [0; 9];
            if self.0.read_exact(&mut head).await.is_err() {
                return Said::End;
            }
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).expect("24 bits")];
            if self.0.read_exact(&mut payload).await.is_err() {
                return Said::End;
            }
            let number = |at: usize| u32::from_be_bytes(payload[at..at + 4].try_into().expect("four bytes"));
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            match head[3] {
                HEADERS => return Said::Status(stream, status(&payload)),
                RST_STREAM => return Said::Reset(stream, number(0)),
                GOAWAY => return Said::GoAway(number(4)),
                PING if head[4] & ACK != 0 => return Said::Pong,
                _ => {}
            }
        }
    }
}

/// Reads the status at the start of a header block.
///
/// It is an entry of the static table, or digits in Huffman's code.
fn status(block: &[u8]) -> u16 {
    let known = [200, 204, 206, 304, 400, 404, 500];
    let first = block[0];
    if first & 0x80 != 0 {
        return known[usize::from(first & 0x7f) - 8];
    }
    let mut bits = u32::from_be_bytes([block[2], block[3], block[4], 0]);
    let mut status = 0;
    for _ in 0..3 {
        // 0 to 2 have five bits, the other digits six.
        let (length, digit) = match bits >> 27 {
            digit @ 0..=2 => (5, digit),
            _ => (6, (bits >> 26) - 0b1_1001 + 3),
        };
        status = status * 10 + u16::try_from(digit).expect("a digit");
        bits <<= length;
    }
    status
}
