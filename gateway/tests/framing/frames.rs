//! Frames of HTTP/2, written by hand because a client of h2 would not send all of them.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{ms, within};

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RESET: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const GOAWAY: u8 = 7;
pub(super) const END_STREAM: u8 = 1;
pub(super) const ACK: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;

/// Begins a connection, with empty settings.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A frame of at most 255 bytes.
pub(super) fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("a short frame");
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// Fields as literals that are not kept, from lines of `name: value`.
pub(super) fn fields(lines: &[&str]) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).expect("a short text")], text.as_bytes()].concat();
    let field = |line: &&str| {
        let (name, value) = line.split_once(": ").expect("a field");
        [&[0][..], &text(name), &text(value)].concat()
    };
    lines.iter().flat_map(field).collect()
}

/// A received frame: kind, flags, stream, payload.
pub(super) type Frame = (u8, u8, u8, Vec<u8>);

/// Reads the next frame; `None` at the end of the connection.
pub(super) async fn read_frame(stream: &mut TcpStream) -> Option<Frame> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.ok()?;
    Some((head[3], head[4], head[8], payload))
}

/// The answer to a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Status(u16),
    /// The stream is reset, or the connection ends, for a fault of the client.
    Reset,
}

impl Outcome {
    /// Returns the words of the page for it.
    pub(super) fn words(self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::Reset => "reset".to_owned(),
        }
    }
}

/// Reads until a stream is answered or reset.
pub(super) async fn answered(stream: &mut TcpStream, line: &str) -> Outcome {
    let next = async {
        while let Some((kind, flags, _, payload)) = read_frame(stream).await {
            match kind {
                SETTINGS if flags != ACK => {
                    let _ = stream.write_all(&frame(SETTINGS, ACK, 0, &[])).await;
                }
                HEADERS => return Outcome::Status(status(&payload)),
                RESET | GOAWAY => return Outcome::Reset,
                _ => {}
            }
        }
        Outcome::Reset
    };
    within(ms(10_000), next).await.unwrap_or_else(|| panic!("{line}: no answer"))
}

/// The status in a block of fields: from the static table, or in Huffman's code.
pub(super) fn status(block: &[u8]) -> u16 {
    // A table of another size may come first.
    let block = if block[0] & 0xe0 == 0x20 { &block[1..] } else { block };
    match block[0] {
        0x88 => 200,
        0x89 => 204,
        0x8b => 304,
        0x8c => 400,
        0x8d => 404,
        0x8e => 500,
        _ => {
            // Digits below 3 have five bits, the others six.
            let bits = block[2..].iter().take(3).fold(0, |bits, byte| bits << 8 | u32::from(*byte));
            let (mut at, mut status) = (24, 0);
            for _ in 0..3 {
                let short = bits >> (at - 5) & 0x1f;
                let (digit, length) =
                    if short < 3 { (short, 5) } else { ((bits >> (at - 6) & 0x3f) - 0x19 + 3, 6) };
                status = status * 10 + u16::try_from(digit).expect("a digit");
                at -= length;
            }
            status
        }
    }
}
