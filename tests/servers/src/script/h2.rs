//! A scripted upstream that speaks HTTP/2 with prior knowledge.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use ::h2::Reason;
use bytes::Bytes;
use http::{HeaderMap, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::upstream;

/// What the upstream does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Reads the request and answers with the status.
    Answer(u16),
    /// Answers as soon as the head has come, and asks for the rest not to be sent.
    Early(u16),
    /// Answers 303 with this server as the location.
    Redirect(SocketAddr),
    /// Resets the stream, for this reason.
    Reset(Reason),
    /// Ends the connection with a `GOAWAY` that leaves the stream out.
    GoAway,
    /// Does the same as `GoAway`, for this reason.
    Fail(Reason),
    /// Closes the connection.
    Close,
}

/// What an upstream does with the requests that reach it; all later ones get a 200.
#[derive(Debug, Default)]
pub struct Script {
    acts: Mutex<VecDeque<Act>>,
    /// The bodies of the requests that were read to their end.
    bodies: Mutex<Vec<Vec<u8>>>,
    /// The trailers of those that had some.
    trailers: Mutex<Vec<HeaderMap>>,
    requests: Mutex<usize>,
    connections: Mutex<usize>,
}

impl Script {
    pub fn new(acts: impl IntoIterator<Item = Act>) -> Arc<Self> {
        Arc::new(Self { acts: Mutex::new(acts.into_iter().collect()), ..Self::default() })
    }

    /// How many requests have come.
    pub fn requests(&self) -> usize {
        *self.requests.lock().unwrap()
    }

    pub fn bodies(&self) -> Vec<Vec<u8>> {
        self.bodies.lock().unwrap().clone()
    }

    pub fn trailers(&self) -> Vec<HeaderMap> {
        self.trailers.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    fn next(&self) -> Act {
        *self.requests.lock().unwrap() += 1;
        self.acts.lock().unwrap().pop_front().unwrap_or(Act::Answer(200))
    }

    pub async fn start(self: &Arc<Self>) -> SocketAddr {
        let script = Arc::clone(self);
        upstream(move |_, stream| {
            let script = Arc::clone(&script);
            async move {
                *script.connections.lock().unwrap() += 1;
                let first = script.acts.lock().unwrap().front().copied();
                let reason = match first {
                    Some(Act::GoAway) => Reason::NO_ERROR,
                    Some(Act::Fail(reason)) => reason,
                    _ => return serve(script, stream).await,
                };
                script.next();
                go_away(stream, reason).await;
            }
        })
        .await
    }
}

/// Serves one connection until an act ends it.
async fn serve(script: Arc<Script>, stream: TcpStream) {
    let Ok(mut connection) = ::h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let act = script.next();
        if act == Act::Close {
            return;
        }
        let script = Arc::clone(&script);
        // The connection must be driven while the body is read.
        tokio::spawn(async move {
            let answer = |status| Response::builder().status(status).body(()).expect("valid");
            let mut body = request.into_body();
            match act {
                Act::Answer(status) => {
                    let mut read = Vec::new();
                    while let Some(Ok(chunk)) = body.data().await {
                        let _ = body.flow_control().release_capacity(chunk.len());
                        read.extend_from_slice(&chunk);
                    }
                    script.bodies.lock().unwrap().push(read);
                    let trailers = body.trailers().await.ok().flatten();
                    script.trailers.lock().unwrap().extend(trailers);
                    if let Ok(mut sending) = respond.send_response(answer(status), false) {
                        let _ = sending.send_data(Bytes::from_static(b"ok"), true);
                    }
                }
                Act::Early(status) => {
                    let _ = respond.send_response(answer(status), true);
                    respond.send_reset(Reason::NO_ERROR);
                }
                Act::Redirect(next) => {
                    let mut answer = answer(303);
                    let location = format!("http://{next}/").parse().expect("valid");
                    answer.headers_mut().insert(http::header::LOCATION, location);
                    let _ = respond.send_response(answer, true);
                }
                Act::Reset(reason) => respond.send_reset(reason),
                Act::GoAway | Act::Fail(_) | Act::Close => unreachable!("these end a connection"),
            }
        });
    }
}

/// Waits for a request and says that nothing of it, and of this connection, is processed. By hand, as the server of h2
/// counts every stream that it has seen as processed.
async fn go_away(mut stream: TcpStream, reason: Reason) {
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const SETTINGS_ACK: [u8; 9] = [0, 0, 0, 4, 1, 0, 0, 0, 0];
    const GO_AWAY: [u8; 13] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const HEADERS: u8 = 1;
    let mut preface = [0; 24];
    let _ = stream.read_exact(&mut preface).await;
    let _ = stream.write_all(&SETTINGS).await;
    let mut head = [0; 9];
    while stream.read_exact(&mut head).await.is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).expect("24 bits")];
        let _ = stream.read_exact(&mut payload).await;
        if head[3] == HEADERS {
            break;
        }
    }
    let _ = stream.write_all(&SETTINGS_ACK).await;
    let _ = stream.write_all(&[&GO_AWAY[..], &u32::from(reason).to_be_bytes()].concat()).await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
}
