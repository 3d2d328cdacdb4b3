//! [`Tunnel`]: two connections that go on in another protocol, bound together.

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::sync::OwnedSemaphorePermit;

use super::headers::{say_websocket, wants_websocket};

/// The client's end of a connection that may go on in another protocol.
pub(crate) struct Tunnel(OnUpgrade);

impl Tunnel {
    /// The client's end, if it asks to go on as a `WebSocket`.
    pub(crate) fn asked(request: &mut Request<Incoming>) -> Option<Self> {
        wants_websocket(request.headers()).then(|| Self(hyper::upgrade::on(request)))
    }

    /// Passes on what either side sends, until both have ended, once the response is on its way.
    pub(crate) fn open(self, response: &mut Response<Incoming>, permit: OwnedSemaphorePermit) {
        say_websocket(response.headers_mut());
        let server = hyper::upgrade::on(response);
        tokio::spawn(async move {
            if let Ok((client, server)) = tokio::try_join!(self.0, server) {
                // Whichever way it ends, both connections are gone then.
                let _ = copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(server)).await;
            }
            drop(permit);
        });
    }
}
