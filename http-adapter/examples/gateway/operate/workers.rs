//! [`Workers`]: threads that serve connections, each with a runtime of its own.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::worker;

/// Threads that serve connections, each with a runtime of its own: what belongs to a connection stays on one thread, with the
/// connections to servers that it uses, so that no request has to wake another thread. They end when this is dropped.
pub(crate) struct Workers(Vec<Worker>);

struct Worker {
    runtime: Handle,
    /// As many clones as it has connections.
    load: Arc<()>,
    /// Ends the thread when it is dropped.
    _running: oneshot::Sender<()>,
}

impl Workers {
    /// So many threads, at least one.
    ///
    /// # Errors
    ///
    /// When the system has no more of them, or of what a runtime needs.
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
}

impl Worker {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel::<()>();
        std::thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
            worker::set_number(number);
            let _ = runtime.block_on(ended); // an error: nobody holds the other end any more
        })?;
        Ok(Self { runtime: handle, load: Arc::default(), _running: running })
    }
}
