//! The clients of the gateway.
//!
//! They send the planned requests one after the other, and judge the responses.

mod http1;
mod http2;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::Mutex;

use self::http1::Connection;
use self::http2::Shared;
use super::ledger::{Ledger, Wrong};
use super::plan::{Planned, Way, body};
use crate::time::{End, Start, within_millis};

/// The time in milliseconds after which a request counts as lost.
const LIMIT: u64 = 30_000;

/// Clients of HTTP/2 that share a connection.
const SHARING: usize = 8;

/// A response as it came.
#[derive(Debug, Default)]
pub(crate) struct Came {
    pub(crate) status: u16,
    /// The request that the response names; `None` if the gateway itself answered.
    pub(crate) id: Option<u64>,
    /// Bytes that its body was promised to have.
    pub(crate) length: Option<usize>,
    pub(crate) body: Vec<u8>,
}

/// The end of a request.
#[derive(Debug)]
pub(crate) enum Ended {
    /// With a response that says it is whole.
    Whole(Came),
    /// In the middle of a response.
    Cut,
    /// Without a byte of a response.
    Unanswered(String),
    /// The connection could not be made.
    Unreachable,
}

/// The state that all clients share.
#[derive(Debug)]
pub(crate) struct Clients {
    pub(crate) gateway: SocketAddr,
    pub(crate) ledger: Arc<Ledger>,
    /// The number of the next request.
    pub(crate) next: AtomicU64,
    /// The number of the last request, unless `end` comes first.
    pub(crate) last: u64,
    pub(crate) end: End,
}

impl Clients {
    /// Sends all requests with `count` clients, and returns when each has ended.
    pub(crate) async fn run(self: &Arc<Self>, count: usize, http2: bool) {
        let mut tasks = Vec::new();
        let mut shared = Arc::default();
        for number in 0..count {
            if number % SHARING == 0 {
                shared = Arc::<Mutex<Shared>>::default();
            }
            let (clients, shared) = (Arc::clone(self), Arc::clone(&shared));
            tasks.push(tokio::spawn(async move {
                if http2 { clients.over_http2(&shared).await } else { clients.over_http1().await }
            }));
        }
        for task in tasks {
            if let Err(error) = task.await {
                self.ledger.wrong(Wrong::Broken, 0, format!("a client: {error}"));
            }
        }
    }

    /// Returns the next request to send.
    fn next(&self) -> Option<(Planned, Bytes)> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if id > self.last || self.end.has_come() {
            return None;
        }
        let request = self.ledger.plan.request(id);
        let body = body(id, Way::Request, request.size).into();
        Some((request, body))
    }

    async fn over_http1(&self) {
        let mut connection = Connection::default();
        while let Some((request, body)) = self.next() {
            let start = Start::now();
            let ended = within_millis(LIMIT, connection.send(self.gateway, &request, &body)).await;
            if ended.is_none() {
                connection = Connection::default();
            }
            self.judge(&request, ended, start);
        }
    }

    async fn over_http2(&self, shared: &Mutex<Shared>) {
        while let Some((request, body)) = self.next() {
            let start = Start::now();
            let ended = within_millis(LIMIT, http2::send(shared, self.gateway, &request, body)).await;
            self.judge(&request, ended, start);
        }
    }

    fn judge(&self, request: &Planned, ended: Option<Ended>, start: Start) {
        let wrong = |what, detail| self.ledger.wrong(what, request.id, detail);
        let how = match ended {
            None => {
                wrong(Wrong::Lost, "nothing within 30 s".to_owned());
                "lost".to_owned()
            }
            Some(Ended::Unreachable) => {
                wrong(Wrong::Lost, "no connection to the gateway".to_owned());
                "unreachable".to_owned()
            }
            Some(Ended::Unanswered(why)) => {
                wrong(Wrong::Unanswered, why);
                "without a response".to_owned()
            }
            Some(Ended::Cut) => "cut after the head".to_owned(),
            Some(Ended::Whole(came)) => {
                if let Some((what, detail)) = fault_of(request, &came) {
                    wrong(what, detail);
                }
                if came.id.is_none() {
                    self.ledger.failed(request, came.status);
                }
                let whose = if came.id.is_some() { "server" } else { "gateway" };
                format!("{} of the {whose}", came.status)
            }
        };
        self.ledger.ended(how, start.elapsed());
    }
}

/// Returns what is wrong with a response that says it is whole.
fn fault_of(request: &Planned, came: &Came) -> Option<(Wrong, String)> {
    let Some(id) = came.id else {
        let detail = || format!("{} without an id: {:?}", came.status, String::from_utf8_lossy(&came.body));
        return (came.status < 400).then(|| (Wrong::OtherBytes, detail()));
    };
    if id != request.id {
        return Some((Wrong::OtherBytes, format!("the response of {id}")));
    }
    let length = came.length.unwrap_or_default();
    let whole = body(id, Way::Response, length);
    if came.body == whole {
        return None;
    }
    let detail = format!("{} of {length} bytes with a {}", came.body.len(), came.status);
    let what = if whole.starts_with(&came.body) { Wrong::Truncated } else { Wrong::OtherBytes };
    Some((what, detail))
}
