//! What is written to `tracing`, and what is not.

use std::fmt::{self, Write as _};
use std::future::{Future, Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::{BackoffExt, Policy, Retry, Stamp, Timer, Trace, constant, retry};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{Flaky, ms, paused};

/// Keeps each event as a line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("persevere")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut line = Line(format!("{} {}", attributes.metadata().level(), attributes.metadata().name()));
        attributes.record(&mut line);
        self.0.lock().unwrap().push(line.0);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line("record".to_owned());
        values.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {
        self.0.lock().unwrap().push("enter".to_owned());
    }

    fn exit(&self, _: &Id) {
        self.0.lock().unwrap().push("exit".to_owned());
    }
}

/// The lines of a call that fails so often.
fn lines(failures: u32) -> Vec<String> {
    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), || {
        let policy =
            Policy::new(constant(ms(20)).attempts(3)).when(|number: &u32| *number < 50).observe(Trace);
        let op = Flaky::default();
        op.calls.set(if failures > 50 { 50 } else { 0 });
        let _ = paused(async { retry(&policy, || op.call(failures)).await });
    });
    let lines = lines.0.lock().unwrap();
    lines.clone()
}

#[test]
fn each_retry_and_each_end_that_matters_is_an_event() {
    assert_eq!(lines(0), Vec::<String>::new());
    assert_eq!(lines(100), Vec::<String>::new(), "rejected at once");
    let retrying = "DEBUG message=retrying retry.attempt=1 retry.kind=\"transient\" retry.elapsed_ms=0 retry.delay_ms=20";
    assert_eq!(lines(1), [retrying, "DEBUG message=succeeded retry.attempt=2 retry.elapsed_ms=20"]);
    let gave_up = "WARN message=gave up retry.attempt=3 retry.elapsed_ms=40 retry.reason=\"attempts\"";
    let written = lines(9);
    assert_eq!((written.len(), &*written[0], &*written[2]), (3, retrying, gave_up));
}

#[test]
fn a_traced_call_has_a_span_of_its_own_that_tells_what_it_took() {
    let run = |failures| {
        let lines = Lines::default();
        tracing::subscriber::with_default(lines.clone(), || {
            let policy = Policy::new(constant(ms(20)).attempts(2)).observe(Trace);
            let op = Flaky::default();
            let call = retry(&policy, || op.call(failures)).traced("load user");
            assert!(lines.0.lock().unwrap().is_empty(), "nothing before the first poll");
            let _ = paused(call);
        });
        let lines = lines.0.lock().unwrap();
        lines.clone()
    };
    let begin = "INFO retry otel.name=\"load user\"";
    let retrying = "DEBUG message=retrying retry.attempt=1 retry.kind=\"transient\" retry.elapsed_ms=0 retry.delay_ms=20";
    let records = |values: &[&str]| values.iter().map(|value| format!("record {value}")).collect::<Vec<_>>();
    let once = run(0);
    assert_eq!(once[..3], [begin, "enter", "exit"]);
    assert_eq!(once[3..6], records(&["retry.attempts=1", "retry.slept_ms=0", "retry.reason=\"accepted\""]));
    assert_eq!(once[6..], ["enter", "exit"], "where the operation is dropped");
    let gave_up = run(9);
    assert_eq!(gave_up[..5], [begin, "enter", retrying, "exit", "enter"], "events are inside");
    assert!(gave_up[5].starts_with("WARN message=gave up"));
    assert_eq!(gave_up[6], "exit");
    assert_eq!(
        gave_up[7..12],
        records(&[
            "retry.attempts=2",
            "retry.slept_ms=20",
            "retry.reason=\"attempts\"",
            "otel.status_code=\"ERROR\"",
            "error.type=\"attempts\"",
        ])
    );
}

#[test]
fn a_traced_call_asks_for_no_time_and_is_dropped_inside_its_span() {
    /// Writes when it is dropped.
    struct Farewell;
    impl Drop for Farewell {
        fn drop(&mut self) {
            tracing::info!(target: "persevere", "farewell");
        }
    }
    /// Has no clock.
    struct Timeless;
    impl Timer for Timeless {
        type Sleep = Ready<()>;
        fn sleep(&self, _: Duration) -> Ready<()> {
            ready(())
        }
        fn now(&self) -> Stamp {
            panic!("nobody wants to know")
        }
    }
    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), || {
        let mut failures = 1;
        let operation = || {
            let farewell = Farewell;
            let fails = failures > 0;
            failures -= 1;
            async move {
                let _farewell = farewell;
                if fails { Err(()) } else { std::future::pending().await }
            }
        };
        let mut call = Box::pin(Retry::new(constant(ms(1)).attempts(3), operation, Timeless).traced("poll"));
        let polled: Poll<Result<(), ()>> = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    });
    let lines = lines.0.lock().unwrap();
    let farewell = "INFO message=farewell";
    assert_eq!(lines[1..], ["enter", farewell, "exit", "enter", farewell, "exit"]);
}
