//! [`Visitors`]: the connections of operators, of which the newest always finds room.

use std::collections::VecDeque;
use std::fs::File;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// Connections at once: an operator's tools, not clients.
const CONNECTIONS: usize = 32;

/// The connections of operators. The newest always finds room: if there are too many, the oldest one ends.
pub(crate) struct Visitors {
    /// From the oldest to the newest.
    tasks: VecDeque<AbortHandle>,
    spare: Spare,
}

impl Visitors {
    pub(crate) fn new() -> Self {
        let spare = Spare::default();
        spare.refill();
        Self { tasks: VecDeque::new(), spare }
    }

    /// Accepts the next connection, also if clients use all file descriptors of the process.
    pub(crate) async fn accept(&self, listener: &TcpListener) -> io::Result<TcpStream> {
        let mut accepted = listener.accept().await;
        if accepted.is_err() && self.spare.give() {
            // At once, before the other listener takes the descriptor.
            accepted = listener.accept().now_or_never().unwrap_or(accepted);
        }
        if accepted.is_err() {
            self.spare.refill();
        }
        Ok(accepted?.0)
    }

    /// Serves a connection on this thread.
    pub(crate) fn serve(&mut self, connection: impl Future<Output = ()> + Send + 'static) {
        self.tasks.retain(|task| !task.is_finished());
        if self.tasks.len() >= CONNECTIONS {
            self.tasks.pop_front().inspect(AbortHandle::abort);
        }
        let refilled = Refilled(self.spare.clone());
        let task = tokio::spawn(async move {
            let _refilled = refilled; // after the connection is gone
            connection.await;
        });
        self.tasks.push_back(task.abort_handle());
    }
}

/// A file descriptor that is kept for the next connection.
#[derive(Clone, Default)]
struct Spare(Arc<Mutex<Option<File>>>);

impl Spare {
    /// Closes the file. Returns whether that made room.
    fn give(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }

    /// Opens the file again, if there is a descriptor for it.
    fn refill(&self) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.is_none() {
            *spare = File::open("/dev/null").ok(); // where there is none, there is no spare
        }
    }
}

/// Refills the spare descriptor when it is dropped.
struct Refilled(Spare);

impl Drop for Refilled {
    fn drop(&mut self) {
        self.0.refill();
    }
}
