//! [`Opening`]: the operation of a stream that is opened again; [`Reading`]: one attempt of it.

use std::any::type_name;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::stream::Stream;
use pin_project::pin_project;

use crate::attempt::Attempt;
use crate::operation::{Operation, Shape};

/// The operation of a [`RetryStream`](crate::RetryStream): opens a stream and reads it to its end.
#[derive(Clone, Copy)]
pub struct Opening<F> {
    open: F,
}

impl<F> Opening<F> {
    pub(super) const fn new(open: F) -> Self {
        Self { open }
    }
}

impl<F, Fut, S, V, E> Shape for Opening<F>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<S, E>>,
    S: Stream<Item = Result<V, E>>,
{
    type Future = Reading<Fut, S, V>;
}

impl<F, Fut, S, V, E> Operation for Opening<F>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<S, E>>,
    S: Stream<Item = Result<V, E>>,
{
    type Outcome = Result<(), E>;

    fn start(&mut self, _attempt: Attempt) -> Self::Future {
        Reading { state: State::Opening((self.open)()), item: None }
    }

    fn settle(&mut self, output: Result<(), E>) -> Result<(), E> {
        output
    }
}

/// One attempt of a [`RetryStream`](crate::RetryStream): done when its stream has failed or ended. An item waits in it until it is taken.
#[pin_project]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Reading<Fut, S, V> {
    #[pin]
    state: State<Fut, S>,
    item: Option<V>,
}

#[pin_project(project = StateProjection)]
enum State<Fut, S> {
    Opening(#[pin] Fut),
    Open(#[pin] S),
}

impl<Fut, S, V> Reading<Fut, S, V> {
    /// Whether the stream is open, and its next item.
    pub(super) fn news(self: Pin<&mut Self>) -> (bool, Option<V>) {
        let this = self.project();
        (matches!(*this.state, State::Open(_)), this.item.take())
    }
}

impl<Fut, S, V, E> Future for Reading<Fut, S, V>
where
    Fut: Future<Output = Result<S, E>>,
    S: Stream<Item = Result<V, E>>,
{
    type Output = Result<(), E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProjection::Opening(open) => match ready!(open.poll(context)) {
                    Ok(stream) => this.state.set(State::Open(stream)),
                    Err(error) => return Poll::Ready(Err(error)),
                },
                StateProjection::Open(stream) => {
                    return match ready!(stream.poll_next(context)) {
                        Some(Ok(item)) => {
                            // No wake-up is due: the stream around this takes the item in the same poll.
                            *this.item = Some(item);
                            Poll::Pending
                        }
                        Some(Err(error)) => Poll::Ready(Err(error)),
                        None => Poll::Ready(Ok(())),
                    };
                }
            }
        }
    }
}

impl<F> fmt::Debug for Opening<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Opening").field(&type_name::<F>()).finish()
    }
}

impl<Fut, S, V> fmt::Debug for Reading<Fut, S, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = matches!(self.state, State::Open(_));
        f.debug_struct("Reading").field("open", &open).finish_non_exhaustive()
    }
}
