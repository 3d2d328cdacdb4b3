//! A server of HTTP/2 that can break the rules of HTTP/2.
//!
//! It writes to its connection by hand if the library would not make the mistake.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h2::{Reason, RecvStream};
use http::Request;
use tokio::net::TcpStream;

use super::answer::{Answer, Respond};
use super::frame::{GOAWAY, HEADERS, PING, SETTINGS, frame};
use super::tap::{Hand, Tap};
use crate::Failure;
use crate::chaos::fault::{At, End, Fault};
use crate::chaos::ledger::{Ledger, Wrong};
use crate::chaos::plan::{Way, body};
use crate::time::pause;

/// Milliseconds for which a stalled stream is held.
const HELD: u64 = 4_000;

/// Milliseconds in which what was sent goes out.
const SENT: u64 = 15;

/// One connection.
struct Link {
    ledger: Arc<Ledger>,
    hand: Hand,
    /// A `GOAWAY` of the polite kind is due.
    leaves: AtomicBool,
    streams: Mutex<Streams>,
}

/// The promises of a connection about its streams, which it must keep.
#[derive(Debug, Default)]
struct Streams {
    /// The last stream that may run, once a `GOAWAY` has named it.
    last: Option<u32>,
    /// The highest stream that was run.
    top: u32,
    open: usize,
}

/// One request.
struct Asked {
    id: u64,
    number: u64,
    chance: u64,
    stream: u32,
}

/// Serves one connection to its end.
pub(crate) async fn serve(stream: TcpStream, number: u64, ledger: Arc<Ledger>) {
    let hand = Hand::default();
    let mut builder = h2::server::Builder::new();
    builder.max_concurrent_streams(match number % 8 {
        0 => 1,
        1 => 10,
        _ => 200,
    });
    let Ok(mut connection) = builder.handshake(Tap::new(stream, hand.clone())).await else { return };
    let leaves = AtomicBool::new(false);
    let link = Arc::new(Link { ledger, hand: hand.clone(), leaves, streams: Mutex::default() });
    loop {
        tokio::select! {
            next = connection.accept() => {
                let Some(Ok((request, respond))) = next else { return };
                let link = Arc::clone(&link);
                tokio::spawn(async move {
                    let _ = link.answer(request, respond).await; // a stream that is gone is the client's business
                });
            }
            () = hand.given.notified() => {
                if hand.is_silent() {
                    return pause(HELD).await;
                }
                if link.leaves.swap(false, Ordering::Relaxed) {
                    connection.graceful_shutdown();
                }
            }
        }
    }
}

impl Link {
    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: Request<RecvStream>, respond: Respond) -> Result<(), Failure> {
        let stream = respond.stream_id().as_u32();
        {
            let mut streams = self.streams();
            if streams.last.is_some_and(|last| stream > last) {
                return Ok(());
            }
            streams.open += 1;
        }
        let answered = self.attempt(request, respond, stream).await;
        self.streams().open -= 1;
        answered
    }

    async fn attempt(
        &self,
        request: Request<RecvStream>,
        mut respond: Respond,
        stream: u32,
    ) -> Result<(), Failure> {
        let id =
            request.headers().get("x-id").and_then(|id| id.to_str().ok()?.parse().ok()).unwrap_or_default();
        let (number, fault) = self.ledger.attempt(id);
        let asked = Asked { id, number, chance: self.ledger.plan.chance(id, number), stream };
        let mut upload = request.into_body();
        match fault {
            Some(Fault::Unread) => {
                pause(HELD).await;
                return Ok(());
            }
            Some(Fault::Early(_) | Fault::EarlyThenReads) => {
                let answer = Answer::new(id, 2_000).status(413);
                answer.send(&mut respond)?;
                if fault == Some(Fault::EarlyThenReads) {
                    self.read(&mut upload, &asked).await?;
                } else {
                    respond.send_reset(Reason::NO_ERROR);
                }
                return Ok(());
            }
            _ => self.read(&mut upload, &asked).await?,
        }
        if fault.is_none_or(Fault::runs) && !self.run(&asked) {
            return Ok(());
        }
        match fault {
            None => {
                let answer = Answer::new(id, self.ledger.plan.response_size(id));
                answer.send(&mut respond).map(drop)
            }
            Some(fault) => self.fail(fault, &asked, respond).await,
        }
    }

    async fn read(&self, upload: &mut RecvStream, asked: &Asked) -> Result<(), Failure> {
        let mut read = Vec::new();
        while let Some(part) = upload.data().await {
            let part = part?;
            let _ = upload.flow_control().release_capacity(part.len());
            read.extend_from_slice(&part);
        }
        upload.trailers().await?;
        let request = self.ledger.plan.request(asked.id);
        if read != body(asked.id, Way::Request, request.size) {
            let detail = format!("{} of {} bytes", read.len(), request.size);
            self.ledger.wrong(Wrong::Shortened, asked.id, detail);
        }
        Ok(())
    }

    /// Runs a request, unless it was said that this would not be done.
    fn run(&self, asked: &Asked) -> bool {
        let mut streams = self.streams();
        if streams.last.is_some_and(|last| asked.stream > last) {
            return false;
        }
        streams.top = streams.top.max(asked.stream);
        self.ledger.run(asked.id, asked.number);
        true
    }

    async fn fail(&self, fault: Fault, asked: &Asked, mut respond: Respond) -> Result<(), Failure> {
        let answer = Answer::new(asked.id, self.ledger.plan.response_size(asked.id).max(64));
        let odd = !asked.chance.is_multiple_of(2);
        let small = || Answer::new(asked.id, 64);
        match fault {
            Fault::Status(status) => small().status(status).send(&mut respond).map(drop)?,
            Fault::Later(status) => {
                small().status(status).with("retry-after", "1").send(&mut respond).map(drop)?;
            }
            Fault::Ends(end, At::BeforeHead) => self.hand.end(end),
            Fault::Ends(end, _) => {
                let _half = answer.half(&mut respond, odd)?;
                pause(SENT).await;
                self.hand.end(end);
            }
            Fault::Stalls(at) => {
                let _half = if at == At::InBody { Some(answer.half(&mut respond, odd)?) } else { None };
                pause(HELD).await;
            }
            Fault::Silent => self.hand.silence(),
            Fault::LengthTooShort => small().with("content-length", "10").send(&mut respond).map(drop)?,
            Fault::LengthTooLong => small().promising(164).send(&mut respond).map(drop)?,
            Fault::HugeHead => small().with("x-long", &"x".repeat(200_000)).send(&mut respond).map(drop)?,
            Fault::Drips => answer.drip(&mut respond).await?,
            Fault::StreamReset(reason) => respond.send_reset(reason),
            Fault::BodyReset(reason) => {
                let mut half = answer.half(&mut respond, odd)?;
                pause(SENT).await;
                half.send_reset(reason);
            }
            Fault::BadTrailers => {
                let _half = answer.half(&mut respond, odd)?;
                pause(SENT).await;
                // An entry that no table has, or a field that HTTP/2 has not: an error of the connection, or of the stream.
                let block: &[u8] = if odd { b"\x80" } else { b"\x00\x0aconnection\x01x" };
                self.hand.put(&frame(HEADERS, 0x5, asked.stream, block));
                pause(SENT).await;
            }
            Fault::CutInFrame => {
                self.hand.cut();
                answer.send(&mut respond)?;
            }
            Fault::GoAway | Fault::GoAwayRefusing | Fault::GoAwayInBody => {
                self.go_away(fault, asked, answer, respond).await?;
            }
            Fault::InterimFlood => {
                let interim = frame(HEADERS, 0x4, asked.stream, b"\x08\x03103");
                self.hand.put(&interim.repeat(100));
                pause(SENT).await;
                answer.send(&mut respond)?;
            }
            Fault::OddFrames => {
                let odd = [
                    frame(0xfe, 0xff, asked.stream, b"unknown"),
                    frame(SETTINGS, 0, 0, &[]),
                    frame(PING, 0, 0, &[7; 8]),
                ];
                self.hand.put(&odd.concat().repeat(10));
                answer.send(&mut respond)?;
            }
            _ => self.hand.put(&frame(SETTINGS, 0, 1, &[])), // which belong to no stream
        }
        Ok(())
    }

    async fn go_away(
        &self,
        fault: Fault,
        asked: &Asked,
        answer: Answer,
        mut respond: Respond,
    ) -> Result<(), Failure> {
        if fault == Fault::GoAway {
            self.leaves.store(true, Ordering::Relaxed);
            self.hand.given.notify_one();
            return answer.send(&mut respond).map(drop);
        }
        let in_body = fault == Fault::GoAwayInBody;
        let _half =
            if in_body { Some(answer.half(&mut respond, !asked.chance.is_multiple_of(2))?) } else { None };
        pause(if in_body { SENT } else { 0 }).await;
        let last = {
            let mut streams = self.streams();
            let last =
                if in_body && streams.open == 1 && streams.top == asked.stream { 0 } else { streams.top };
            streams.last = Some(last);
            last
        };
        let payload = [last.to_be_bytes(), 0_u32.to_be_bytes()].concat();
        self.hand.put(&frame(GOAWAY, 0, 0, &payload));
        pause(4 * SENT).await;
        self.hand.end(End::Close);
        Ok(())
    }
}
