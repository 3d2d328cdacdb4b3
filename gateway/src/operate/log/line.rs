//! [`Line`]: an event of the log as a line of `key=value`, on standard error.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, Layer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::{LookupSpan, Registry};

use crate::console::Errors;
use crate::proxy::REQUEST;
use crate::time::since_1970;

/// The target of the log's events. Events of libraries have others, and are not written: they can contain secrets.
pub(super) const TARGET: &str = "gateway";

/// Starts to write the events of the log up to `level`.
pub(super) fn write_up_to(level: LevelFilter) {
    let lines =
        Layer::new().event_format(Line).fmt_fields(Line).with_writer(|| Errors).log_internal_errors(false); // it would wait for the reader
    let subscriber = Registry::default().with(lines).with(Targets::new().with_target(TARGET, level));
    tracing::subscriber::set_global_default(subscriber).expect("the process has one log");
}

/// The format of a line. It begins with the time in seconds since 1970 and the number of the request.
struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let request = REQUEST.try_with(|number| *number).unwrap_or_default();
        write!(writer, "time={:.3} req={request}", since_1970().as_secs_f64())?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

impl<'w> FormatFields<'w> for Line {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut pairs = Pairs { writer, result: Ok(()) };
        fields.record(&mut pairs);
        pairs.result
    }
}

/// Writes ` key=value` for each field.
struct Pairs<'w> {
    writer: Writer<'w>,
    result: fmt::Result,
}

impl Pairs<'_> {
    fn pair(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.result.is_ok() {
            self.result = write!(self.writer, " {field}={value}");
        }
    }
}

impl Visit for Pairs<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.pair(field, format_args!("{value:?}"));
    }

    /// Texts have no quotes, unless the event asks for them.
    fn record_str(&mut self, field: &Field, value: &str) {
        self.pair(field, format_args!("{value}"));
    }

    /// Whole numbers have no point.
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.pair(field, format_args!("{value}"));
    }
}
