//! Frames of HTTP/2 by hand, for servers that misbehave.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const CONTINUATION: u8 = 9;

/// Flags of DATA and HEADERS.
pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
/// The flag of SETTINGS and PING.
pub(super) const ACK: u8 = 1;

/// The head `:status: 200` in HPACK.
pub(super) const STATUS_200: &[u8] = &[0x88];

/// One frame.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

/// The bytes of a frame.
pub(super) fn bytes(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame").to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// A connection of HTTP/2 at the side of its server.
#[derive(Debug)]
pub(super) struct Server(TcpStream);

impl Server {
    /// Reads the preface and sends settings with this payload.
    pub(super) async fn accept(mut stream: TcpStream, settings: &[u8]) -> Option<Self> {
        let mut preface = [0; 24];
        stream.read_exact(&mut preface).await.ok()?;
        let mut server = Self(stream);
        server.send(SETTINGS, 0, 0, settings).await;
        Some(server)
    }

    /// Sends a frame, if the gateway still reads.
    pub(super) async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        self.send_raw(&bytes(kind, flags, stream, payload)).await;
    }

    /// Sends bytes as they are.
    pub(super) async fn send_raw(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    /// The next frame; `None` when the connection has ended.
    pub(super) async fn frame(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).expect("24 bits")];
        self.0.read_exact(&mut payload).await.ok()?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Some(Frame { kind: head[3], flags: head[4], stream, payload })
    }

    /// The stream of the next request, with settings and pings answered meanwhile.
    pub(super) async fn request(&mut self) -> Option<u32> {
        loop {
            let frame = self.frame().await?;
            match frame.kind {
                HEADERS => return Some(frame.stream),
                SETTINGS if frame.flags & ACK == 0 => self.send(SETTINGS, ACK, 0, &[]).await,
                PING if frame.flags & ACK == 0 => self.send(PING, ACK, 0, &frame.payload).await,
                _ => {}
            }
        }
    }

    /// Answers a request with `ok`.
    pub(super) async fn answer(&mut self, stream: u32) {
        self.send(HEADERS, END_HEADERS, stream, STATUS_200).await;
        self.send(DATA, END_STREAM, stream, b"ok").await;
    }

    /// Answers all requests with `ok`.
    pub(super) async fn answer_all(mut self) {
        while let Some(stream) = self.request().await {
            self.answer(stream).await;
        }
    }

    /// Reads until the gateway closes the connection.
    pub(super) async fn drain(mut self) {
        while self.frame().await.is_some() {}
    }
}
