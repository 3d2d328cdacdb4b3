//! The output of the gateway to its operator. Writing never waits for the reader.

use std::fmt;
use std::io::{self, Write};
use std::panic;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use crate::lines::Lines;

/// The time that the end of the process waits for each output.
const LAST: Duration = Duration::from_millis(500);

static ERRORS: Lines = Lines::new();
static OUTPUT: Lines = Lines::new();

/// Writes a line to standard error. If the reader is too slow or gone, the line is dropped.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    put_error(&line.to_string());
}

fn put_error(line: &str) {
    static WRITER: OnceLock<bool> = OnceLock::new();
    put(line, &ERRORS, &WRITER, "standard-error", io::stderr);
}

/// Standard error for a writer of whole lines, each of which is one write. If the reader is too slow or gone, the line is
/// dropped.
pub(crate) struct Errors;

impl Write for Errors {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        put_error(String::from_utf8_lossy(line).trim_end_matches('\n'));
        Ok(line.len())
    }

    /// The thread that writes the lines does not wait for more of them.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a line to standard output. If the reader is too slow or gone, the line is dropped.
pub(crate) fn print(line: fmt::Arguments<'_>) {
    static WRITER: OnceLock<bool> = OnceLock::new();
    put(&line.to_string(), &OUTPUT, &WRITER, "standard-output", io::stdout);
}

fn put<W: Write + 'static>(
    line: &str,
    lines: &'static Lines,
    writer: &OnceLock<bool>,
    name: &str,
    out: fn() -> W,
) {
    let start = || thread::Builder::new().name(name.to_owned()).spawn(move || lines.write_to(out()));
    if *writer.get_or_init(|| start().is_ok()) {
        lines.push(line);
    } else {
        let _ = writeln!(out(), "{line}"); // there are no more threads, so it has to be done here
    }
}

/// Returns the number of log lines that were dropped since the start.
pub(crate) fn dropped() -> u64 {
    ERRORS.dropped()
}

/// Writes panics with [`say`].
///
/// With the default hook, the thread that panics would wait for the reader.
pub(crate) fn say_panics() {
    panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        say(format_args!(
            "thread `{}`: {}",
            thread.name().unwrap_or("-"),
            panic.to_string().replace('\n', " ")
        ));
    }));
}

/// Waits until all lines are written, without a limit.
///
/// This is for commands that serve no requests.
pub(crate) fn written() {
    OUTPUT.flush(Duration::MAX);
    ERRORS.flush(Duration::MAX);
}

/// Waits at its end until all lines are written, for a second at most.
pub(crate) struct Written;

impl Drop for Written {
    fn drop(&mut self) {
        OUTPUT.flush(LAST);
        ERRORS.flush(LAST);
    }
}
