//! A server of HTTP/1.1 that is written by hand, so that it can be wrong.

use std::io;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::reply::{FORGED, Reply};
use crate::chaos::fault::{At, End, Fault};
use crate::chaos::ledger::{Ledger, Wrong};
use crate::chaos::message::{Head, Reader, Rest};
use crate::chaos::plan::{Way, body};
use crate::time::{pause, within_millis};

/// Milliseconds for which a stalled connection is held.
const HELD: u64 = 4_000;

/// The fate of a connection after a response.
enum Next {
    Again,
    End(End),
    /// Nothing more comes.
    Hold,
}

/// One connection.
struct Line {
    reader: Reader<OwnedReadHalf>,
    write: OwnedWriteHalf,
    ledger: Arc<Ledger>,
}

/// One request, as far as it is read.
struct Asked {
    head: Head,
    id: u64,
    number: u64,
    chance: u64,
}

/// Serves one connection to its end.
pub(crate) async fn serve(stream: TcpStream, ledger: Arc<Ledger>) {
    let (read, write) = stream.into_split();
    let mut line = Line { reader: Reader::new(read, Rest::default()), write, ledger };
    let end = loop {
        match line.answer().await {
            Ok(Next::Again) => {}
            Ok(Next::End(end)) => break end,
            Ok(Next::Hold) => {
                let _ = within_millis(HELD, line.reader.end()).await;
                break End::Close;
            }
            Err(_) => break End::Close,
        }
    };
    if end == End::Reset {
        let _ = line.write.as_ref().set_zero_linger();
        line.write.forget(); // it would say a polite end
    }
}

impl Line {
    /// Reads a request and answers it, well or badly.
    async fn answer(&mut self) -> io::Result<Next> {
        let head = self.reader.head().await?;
        let id = head.number("x-id").unwrap_or_default();
        let (number, fault) = self.ledger.attempt(id);
        let chance = self.ledger.plan.chance(id, number);
        let asked = Asked { head, id, number, chance };
        match fault {
            None => {
                self.read(&asked, true).await?;
                let size = self.ledger.plan.response_size(id);
                self.say(&Reply::new(id, size).whole(chance), Next::Again).await
            }
            Some(fault @ (Fault::Early(_) | Fault::EarlyThenReads | Fault::Unread)) => {
                self.early(fault, &asked).await
            }
            Some(fault) => {
                self.read(&asked, fault.runs()).await?;
                self.fail(fault, &asked).await
            }
        }
    }

    /// Reads the body of a request, which is run unless it is refused.
    async fn read(&mut self, asked: &Asked, runs: bool) -> io::Result<()> {
        let read = self.reader.body(&asked.head, false).await?;
        let request = self.ledger.plan.request(asked.id);
        if read != body(asked.id, Way::Request, request.size) {
            let detail = format!("{} of {} bytes: {:?}", read.len(), request.size, asked.head);
            self.ledger.wrong(Wrong::Shortened, asked.id, detail);
        }
        if runs {
            self.ledger.run(asked.id, asked.number);
        }
        Ok(())
    }

    async fn say(&mut self, bytes: &[u8], next: Next) -> io::Result<Next> {
        self.write.write_all(bytes).await?;
        Ok(next)
    }

    /// Faults that come before the body of the request is read.
    async fn early(&mut self, fault: Fault, asked: &Asked) -> io::Result<Next> {
        let reply = Reply::new(asked.id, 2_000).status(413);
        match fault {
            Fault::Early(end) => self.say(&reply.with("connection: close").sized(0), Next::End(end)).await,
            Fault::EarlyThenReads => {
                self.say(&reply.sized(0), Next::Again).await?;
                self.read(asked, false).await?;
                Ok(Next::Again)
            }
            _ => {
                pause(HELD / 2).await;
                Ok(Next::End(End::Close))
            }
        }
    }

    async fn fail(&mut self, fault: Fault, asked: &Asked) -> io::Result<Next> {
        let size = self.ledger.plan.response_size(asked.id).max(64);
        let reply = Reply::new(asked.id, size);
        let small = || Reply::new(asked.id, 64);
        let whole = |reply: Reply| reply.whole(asked.chance);
        match fault {
            Fault::Status(408) => {
                self.say(&small().status(408).with("connection: close").sized(0), Next::End(End::Close)).await
            }
            Fault::Status(status) => self.say(&whole(small().status(status)), Next::Again).await,
            Fault::Later(status) => {
                self.say(&whole(small().status(status).with("retry-after: 1")), Next::Again).await
            }
            Fault::Ends(end, at) => self.say(&part(&reply, at), Next::End(end)).await,
            Fault::Stalls(at) => self.say(&part(&reply, at), Next::Hold).await,
            Fault::HalfCloses => {
                self.say(&whole(reply), Next::Again).await?;
                self.write.shutdown().await?;
                Ok(Next::Hold)
            }
            Fault::EndsIdle(end) => self.say(&whole(reply), Next::End(end)).await,
            Fault::LengthTooShort | Fault::Extra => {
                self.say(&[small().sized(0), FORGED.to_vec()].concat(), Next::Again).await
            }
            Fault::LengthTooLong => self.say(&reply.sized(100), Next::End(End::Close)).await,
            Fault::BothFramings => {
                let open = reply.open_chunks("content-length: 3\r\n", 3);
                self.say(&[open, b"0\r\n\r\n".to_vec()].concat(), Next::Again).await
            }
            Fault::TwoLengths => self.say(&reply.two_lengths(), Next::End(End::Close)).await,
            Fault::InterimFlood => {
                let interim = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n".repeat(300);
                self.say(&[interim, whole(reply)].concat(), Next::Again).await
            }
            Fault::BadChunk => {
                self.say(
                    &[reply.open_chunks("", 2), b"zz\r\nhello\r\n0\r\n\r\n".to_vec()].concat(),
                    Next::Hold,
                )
                .await
            }
            Fault::HugeChunk => {
                let open = reply.open_chunks("", 2);
                self.say(&[open, b"10000000000000005\r\nhello\r\n0\r\n\r\n".to_vec()].concat(), Next::Hold)
                    .await
            }
            Fault::BadTrailers => {
                let open = reply.open_chunks("", 2);
                self.say(&[open, b"0\r\nno field\x01\r\n\r\n".to_vec()].concat(), Next::Hold).await
            }
            Fault::HugeHead => {
                let field = format!("x-long: {}", "x".repeat(200_000));
                self.say(&small().with(&field).sized(0), Next::Again).await
            }
            Fault::Drips => {
                for piece in whole(Reply::new(asked.id, 600)).chunks(80) {
                    self.write.write_all(piece).await?;
                    pause(3).await;
                }
                Ok(Next::Again)
            }
            _ => self.say(b"SSH-2.0-OpenSSH_9.6\r\n", Next::End(End::Close)).await,
        }
    }
}

/// A response up to this point.
fn part(reply: &Reply, at: At) -> Vec<u8> {
    let mut whole = match at {
        At::BeforeHead | At::InHead | At::InBody => reply.sized(0),
        At::InChunk | At::BeforeLastChunk => reply.open_chunks("", 1),
    };
    let body = reply.body.len();
    let length = match at {
        At::BeforeHead => 0,
        At::InHead => 40,
        At::InBody | At::InChunk => whole.len() - body / 2,
        At::BeforeLastChunk => whole.len(),
    };
    whole.truncate(length);
    whole
}
