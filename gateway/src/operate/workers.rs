//! [`Workers`]: threads that serve connections, each with a runtime of its own.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::time::within;
use crate::worker;

/// The time that a thread has to drop what it serves.
const LAST: Duration = Duration::from_millis(500);

/// Threads that serve connections, each with a separate runtime.
///
/// A connection stays on one thread, together with the connections to servers that it uses. Therefore, no request has
/// to wake another thread. The threads end when this is dropped.
pub(crate) struct Workers(Vec<Worker>);

struct Worker {
    runtime: Handle,
    /// As many clones as it has connections.
    load: Arc<()>,
    /// Ends the thread when it is dropped.
    running: oneshot::Sender<()>,
    /// Completes when all that the thread served is gone.
    gone: oneshot::Receiver<()>,
}

impl Workers {
    /// Starts `number` threads, and at least one.
    ///
    /// # Errors
    ///
    /// Returns an error if the system lacks threads, or other resources that a runtime needs.
    pub(crate) fn start(number: usize) -> io::Result<Self> {
        (0..number.max(1)).map(Worker::start).collect::<io::Result<_>>().map(Self)
    }

    /// Serves a connection on the thread that has the fewest.
    pub(crate) fn serve(&self, connection: impl Future<Output = ()> + Send + 'static) {
        let Some(worker) = self.0.iter().min_by_key(|worker| Arc::strong_count(&worker.load)) else { return };
        let load = Arc::clone(&worker.load);
        worker.runtime.spawn(async move {
            connection.await;
            drop(load);
        });
    }

    /// Cuts what still runs and waits until it is gone, for a short time.
    pub(crate) async fn end(self) {
        let gone: Vec<_> = self
            .0
            .into_iter()
            .map(|worker| {
                drop(worker.running);
                worker.gone
            })
            .collect();
        within(LAST, futures::future::join_all(gone)).await;
    }
}

impl Worker {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel::<()>();
        let (told, gone) = oneshot::channel::<()>();
        std::thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
            worker::set_number(number);
            let _ = runtime.block_on(ended); // an error: nobody holds the other end any more
            worker::set_ending();
            runtime.shutdown_background(); // without a name that is being looked up
            drop(told);
        })?;
        Ok(Self { runtime: handle, load: Arc::default(), running, gone })
    }
}
