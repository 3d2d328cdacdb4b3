//! [`Tunnel`]: two connections that go on in another protocol, bound together.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::{Either, select};
use http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::sync::OwnedSemaphorePermit;

use super::forwarding::Peer;
use super::headers::{say_websocket, wants_websocket};
use super::passage::Passage;
use super::pool::PooledBody;
use crate::pace::Patience;
use crate::paced::Paced;
use crate::time::within;

/// Bytes that are passed on at once.
const PIECE: usize = 8 * 1024;

/// The client's end of a connection that may go on in another protocol.
pub(crate) struct Tunnel {
    upgraded: OnUpgrade,
    /// The client. Its connection keeps its permit until the tunnel ends.
    peer: Arc<Peer>,
}

impl Tunnel {
    /// The client's end, if it asks to go on as a `WebSocket`.
    pub(crate) fn asked(request: &mut Request<Incoming>, peer: &Arc<Peer>) -> Option<Self> {
        // RFC 9110, section 7.8: what HTTP/1.0 says of an upgrade counts for nothing.
        (request.version() == Version::HTTP_11 && wants_websocket(request.headers()))
            .then(|| Self { upgraded: hyper::upgrade::on(request), peer: Arc::clone(peer) })
    }

    /// Passes bytes on in both directions, once the response is on its way.
    ///
    /// The tunnel ends when both sides have ended, when one side takes too little, or when one side has ended and the
    /// other sends too little.
    pub(crate) fn open(
        self,
        response: &mut Response<PooledBody>,
        permit: OwnedSemaphorePermit,
        patience: Option<Patience>,
        mut passage: Passage,
    ) {
        say_websocket(response.headers_mut());
        let server = hyper::upgrade::on(response);
        tokio::spawn(async move {
            let result = match tokio::try_join!(self.upgraded, server) {
                // Whichever way it ends, both connections are gone then.
                Ok((client, server)) => join(client, server, patience, &passage).await,
                Err(error) => Err(io::Error::other(error)),
            };
            passage.ended(&result);
            drop((permit, self.peer));
        });
    }
}

async fn join(
    client: Upgraded,
    server: Upgraded,
    patience: Option<Patience>,
    passage: &Passage,
) -> io::Result<()> {
    let (client, server) =
        (Paced::new(TokioIo::new(client), patience), Paced::new(TokioIo::new(server), patience));
    let ((from_client, to_client), (from_server, to_server)) = (split(client), split(server));
    let (up, down) = (&passage.from_client, &passage.from_server);
    let uploaded = pin!(pass(from_client, to_server, up));
    let downloaded = pin!(pass(from_server, to_client, down));
    match select(uploaded, downloaded).await {
        Either::Left((ended, rest)) => finish(ended, rest, down, patience).await,
        Either::Right((ended, rest)) => finish(ended, rest, up, patience).await,
    }
}

/// Passes on what one side sends, until it ends.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    passed: &AtomicU64,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&piece[..read]).await?;
        to.flush().await?;
        passed.fetch_add(u64::try_from(read).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// Lets one direction end after the other, as long as it gets on.
async fn finish(
    ended: io::Result<()>,
    mut rest: impl Future<Output = io::Result<()>> + Unpin,
    passed: &AtomicU64,
    patience: Option<Patience>,
) -> io::Result<()> {
    ended?;
    let Some(Patience { time, bytes }) = patience else { return rest.await };
    loop {
        let before = passed.load(Ordering::Relaxed);
        if let Some(ended) = within(time, &mut rest).await {
            return ended;
        }
        if passed.load(Ordering::Relaxed).saturating_sub(before) < bytes {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
}
