//! [`Traced`]: a call in a `tracing` span of its own.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project::{pin_project, pinned_drop};
use tracing::Span;
use tracing::field::Empty;

use super::millis;
use crate::as_policy::Parts;
use crate::classifier::Classifier;
use crate::clock::Clock;
use crate::decision::Reason;
use crate::executor::Retry;
use crate::operation::{Operation, Shape};
use crate::report::Recorded;
use crate::timer::{DefaultTimer, Timer};

impl<P: Parts, Op: Operation, T: Timer> Retry<P, Op, T> {
    /// Runs the call in a span of its own, named `name` to OpenTelemetry, that tells at its end what it took. With the
    /// feature `tracing`.
    ///
    /// The span is `INFO` and is called `retry`. Its fields are `otel.name`; at the end `retry.attempts`,
    /// `retry.slept_ms` and `retry.reason`; and `otel.status_code` and `error.type` when the last outcome was not accepted.
    /// Whatever the operation writes is inside it, and so are the events of [`Trace`](crate::Trace). It begins at the first
    /// poll; the span of a call that is dropped ends without the fields of an end. It costs no look at the clock. It ends in the outcome;
    /// for a report and a span, put `tracing`'s own `instrument` around [`report`](crate::Retry::report).
    ///
    /// ```
    /// use persevere::{Policy, Trace, retry};
    ///
    /// # async fn load(id: u64) -> Result<u64, std::io::Error> { Ok(id) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// let policy = Policy::default().observe(Trace);
    /// let user = retry(&policy, || load(7)).traced("load user").await?;
    /// # assert_eq!(user, 7); Ok(()) }
    /// ```
    pub fn traced(self, name: &'static str) -> Traced<P, Op, T> {
        Traced { call: Some(self.map(|policy| Recorded::new(policy, Clock::Unused))), name, span: None }
    }
}

/// A call in a `tracing` span of its own. Made by [`Retry::traced`](crate::Retry::traced).
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[pin_project(PinnedDrop)]
pub struct Traced<P: Parts, Op: Shape, T: Timer = DefaultTimer> {
    /// `None` once it is over.
    #[pin]
    call: Option<Retry<Recorded<P>, Op, T>>,
    name: &'static str,
    /// `None` before the first poll.
    span: Option<Span>,
}

impl<P, Op, T> Future for Traced<P, Op, T>
where
    P: Parts,
    P::Classifier: Classifier<Op::Outcome>,
    Op: Operation,
    T: Timer,
{
    type Output = Op::Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Op::Outcome> {
        let mut this = self.project();
        let span = this.span.get_or_insert_with(|| begin(this.name));
        let mut call = this.call.as_mut().as_pin_mut().expect("`Traced` must not be polled after it is done");
        let outcome = {
            let _entered = span.enter();
            ready!(call.as_mut().poll(context))
        };
        let story = call.into_ref().get_ref().parts().setting().report(());
        span.record("retry.attempts", story.attempts);
        span.record("retry.slept_ms", millis(story.slept));
        span.record("retry.reason", story.reason.as_str());
        if story.reason != Reason::Accepted {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", story.reason.as_str());
        }
        finish(this.call, this.span);
        Poll::Ready(outcome)
    }
}

/// What the call held may write when it is dropped: inside the span, too.
fn finish<C>(mut call: Pin<&mut Option<C>>, span: &mut Option<Span>) {
    let entered = span.as_ref().map(Span::enter);
    call.set(None);
    drop(entered);
    *span = None;
}

#[pinned_drop]
impl<P: Parts, Op: Shape, T: Timer> PinnedDrop for Traced<P, Op, T> {
    fn drop(self: Pin<&mut Self>) {
        let this = self.project();
        finish(this.call, this.span);
    }
}

fn begin(name: &str) -> Span {
    tracing::info_span!(
        "retry",
        otel.name = name,
        retry.attempts = Empty,
        retry.slept_ms = Empty,
        retry.reason = Empty,
        otel.status_code = Empty,
        error.type = Empty,
    )
}

impl<P: Parts, Op: Shape, T: Timer> fmt::Debug for Traced<P, Op, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traced").field("name", &self.name).field("call", &self.call).finish_non_exhaustive()
    }
}
