//! [`Tunnel`]: two connections that go on in another protocol, bound together.

use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::sync::OwnedSemaphorePermit;

use super::forwarding::Peer;
use super::headers::{say_websocket, wants_websocket};
use super::pool::PooledBody;

/// The client's end of a connection that may go on in another protocol.
pub(crate) struct Tunnel {
    upgraded: OnUpgrade,
    /// Its connection is one as long as it lasts.
    peer: Arc<Peer>,
}

impl Tunnel {
    /// The client's end, if it asks to go on as a `WebSocket`.
    pub(crate) fn asked(request: &mut Request<Incoming>, peer: &Arc<Peer>) -> Option<Self> {
        wants_websocket(request.headers())
            .then(|| Self { upgraded: hyper::upgrade::on(request), peer: Arc::clone(peer) })
    }

    /// Passes on what either side sends, until both have ended, once the response is on its way.
    pub(crate) fn open(self, response: &mut Response<PooledBody>, permit: OwnedSemaphorePermit) {
        say_websocket(response.headers_mut());
        let server = hyper::upgrade::on(response);
        tokio::spawn(async move {
            if let Ok((client, server)) = tokio::try_join!(self.upgraded, server) {
                // Whichever way it ends, both connections are gone then.
                let _ = copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(server)).await;
            }
            drop((permit, self.peer));
        });
    }
}
