//! [`Driver`]: drives a connection of HTTP/2 and knows how many streams its server allows.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};

use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::handed::AttemptBody;
use super::io::{Heard, ServerIo};

type Connection = http2::Connection<TokioIo<ServerIo>, AttemptBody, TokioExecutor>;

/// Drives a connection of HTTP/2 in a separate task. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Driver(Arc<Mutex<State>>);

#[derive(Debug)]
enum State {
    /// Only the connection itself knows what its server allows at the moment.
    Open(Box<Connection>),
    Ended(Option<hyper::Error>),
}

impl Driver {
    /// Starts to drive the connection, until it ends.
    pub(super) fn start(connection: Connection, heard: Heard) -> Self {
        let driver = Self(Arc::new(Mutex::new(State::Open(Box::new(connection)))));
        let state = Arc::clone(&driver.0);
        tokio::spawn(async move {
            poll_fn(|context| {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                if let State::Open(connection) = &mut *state {
                    let ended = std::task::ready!(Pin::new(&mut **connection).poll(context));
                    *state = State::Ended(ended.err());
                }
                std::task::Poll::Ready(())
            })
            .await;
            heard.wake();
        });
        driver
    }

    /// The number of streams that the server allows at once. It is 0 until its settings have come.
    pub(super) fn room(&self) -> usize {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Open(connection) => connection.current_max_send_streams(),
            State::Ended(_) => 0,
        }
    }

    /// Waits until the server has sent its settings and allows a stream.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection ends before that.
    pub(super) async fn settled(&self, heard: &Heard) -> io::Result<()> {
        loop {
            let mut changed = pin!(heard.changed());
            changed.as_mut().enable();
            if self.room() > 0 {
                return Ok(());
            }
            self.check()?;
            changed.await;
        }
    }

    fn check(&self) -> io::Result<()> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Open(_) => Ok(()),
            State::Ended(error) => {
                let error =
                    error.take().map_or_else(|| "closed by the server".to_owned(), |error| error.to_string());
                let message = format!("the connection ended before the settings of HTTP/2 came: {error}");
                Err(io::Error::new(io::ErrorKind::ConnectionAborted, message))
            }
        }
    }
}
