//! Frames that are valid one by one, and too many.

use std::net::SocketAddr;

use super::wire::{
    CONTINUATION, Code, Connection, DATA, END_HEADERS, HEADERS, PING, PREFACE, PRIORITY, RST_STREAM,
    SETTINGS, Said, WHOLE, WINDOW_UPDATE, frame, get, post,
};
use crate::support::{ms, within};

/// Frames of a flood.
const MANY: u32 = 20_000;

/// Bytes that are sent at once.
const PART: usize = 64 * 1024;

/// A flood of frames.
struct Flood {
    name: &'static str,
    /// The bytes that are sent first.
    start: Vec<u8>,
    /// The frame with this number, counted from 0.
    frame: fn(u32) -> Vec<u8>,
    /// True if the gateway has to end the connection for it.
    is_ended: bool,
}

const fn stream(number: u32) -> u32 {
    number * 2 + 1
}

/// A request that its client resets.
fn reset(number: u32) -> Vec<u8> {
    let number = stream(number);
    [frame(HEADERS, WHOLE, number, &get()), frame(RST_STREAM, 0, number, &[0, 0, 0, 8])].concat()
}

/// A request that the server has to reset: its stream depends on itself.
fn to_be_reset(number: u32) -> Vec<u8> {
    let number = stream(number);
    let itself = [&number.to_be_bytes()[..], &[15]].concat();
    [frame(HEADERS, END_HEADERS, number, &post(&[])), frame(PRIORITY, 0, number, &itself)].concat()
}

fn priority(number: u32) -> Vec<u8> {
    frame(PRIORITY, 0, stream(number) + 2, &[0, 0, 0, 1, 15])
}

fn floods() -> Vec<Flood> {
    let upload = || frame(HEADERS, END_HEADERS, 1, &post(&[]));
    let open = || frame(HEADERS, 0, 1, &get());
    let flood = |name, start, frame, is_ended| Flood { name, start, frame, is_ended };
    vec![
        flood("CONTINUATION", open(), |_| frame(CONTINUATION, 0, 1, &[0; 500]), true),
        flood("empty CONTINUATION", open(), |_| frame(CONTINUATION, 0, 1, &[]), true),
        flood("requests that are reset at once", Vec::new(), reset, true),
        flood("requests that the server has to reset", Vec::new(), to_be_reset, true),
        flood("SETTINGS", Vec::new(), |_| frame(SETTINGS, 0, 0, &[]), false),
        flood("PING", Vec::new(), |_| frame(PING, 0, 0, &[0; 8]), false),
        flood("empty DATA", upload(), |_| frame(DATA, 0, 1, &[]), false),
        flood("WINDOW_UPDATE", upload(), |_| frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]), false),
        flood("PRIORITY", Vec::new(), priority, false),
    ]
}

impl Flood {
    /// Sends all of it, and says how the connection ended if it did.
    async fn pour(&self, gateway: SocketAddr) -> Option<Said> {
        let mut connection = Connection::open(gateway).await;
        connection.send(&[PREFACE, &frame(SETTINGS, 0, 0, &[]), &self.start].concat()).await;
        let frames: Vec<u8> = (0..MANY).flat_map(self.frame).collect();
        for part in frames.chunks(PART) {
            // A gateway that waits for its own words to be read takes no more.
            if within(ms(1_000), connection.send(part)).await.is_none() {
                break;
            }
        }
        let end = async {
            loop {
                if let said @ (Said::GoAway(_) | Said::End) = connection.next().await {
                    return said;
                }
            }
        };
        within(ms(if self.is_ended { 10_000 } else { 100 }), end).await
    }
}

#[tokio::test]
async fn floods_end_their_connection_and_harm_no_other() {
    let gateway = super::gateway("floods").await;
    let calm = Said::GoAway(Code::Calm as u32);
    for flood in floods() {
        let name = flood.name;
        let (ended, response) = tokio::join!(flood.pour(gateway.address), gateway.get("/"));
        assert_eq!(response.status(), 200, "beside {name}");
        if flood.is_ended {
            assert!(ended == Some(calm) || ended == Some(Said::End), "{name}: {ended:?}");
        }
        assert_eq!(gateway.get("/").await.status(), 200, "after {name}");
    }
}
