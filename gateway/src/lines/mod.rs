//! [`Lines`]: a bounded queue of lines and the thread that writes them.

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The most bytes that wait for the writer.
const ROOM: usize = 1024 * 1024;

/// The most bytes of one write of several lines. A pipe takes so few at once or not at all, so an exit cuts no line.
const AT_ONCE: usize = 4096;

/// The time between two attempts to report dropped lines to a failing writer.
/// A writer fails if its disk is full, for example.
const AGAIN: Duration = Duration::from_secs(1);

/// The time between two attempts on a pipe that another process has made non-blocking.
const FULL: Duration = Duration::from_millis(10);

/// A bounded queue of lines. Adding a line never waits for the writer: a line without room is dropped and counted.
#[derive(Debug)]
pub(crate) struct Lines {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    waiting: Vec<u8>,
    /// Lines that were dropped since the start.
    dropped: u64,
    /// Dropped lines that no report has named yet.
    unreported: u64,
    is_writing: bool,
}

impl State {
    fn drop_lines(&mut self, number: u64) {
        self.dropped = self.dropped.saturating_add(number);
        self.unreported = self.unreported.saturating_add(number);
    }
}

impl Lines {
    pub(crate) const fn new() -> Self {
        let state = State { waiting: Vec::new(), dropped: 0, unreported: 0, is_writing: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Adds a line, or drops it if the writer is too far behind.
    pub(crate) fn push(&self, line: &str) {
        let mut state = self.lock();
        if line.len() < ROOM.saturating_sub(state.waiting.len()) {
            state.waiting.extend_from_slice(line.as_bytes());
            state.waiting.push(b'\n');
        } else {
            state.drop_lines(1);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Returns the number of lines that were dropped since the start.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// Waits until all lines are written, for `limit` at most.
    pub(crate) fn flush(&self, limit: Duration) {
        let is_busy = |state: &mut State| state.is_writing || !state.waiting.is_empty();
        drop(self.changed.wait_timeout_while(self.lock(), limit, is_busy));
    }

    /// Writes lines as they come.
    ///
    /// Reports how many lines were dropped, as soon as `out` takes lines again.
    pub(crate) fn write_to(&self, out: impl Write) -> ! {
        let mut out = Output { out, rest: Vec::new(), failure: None };
        loop {
            let (lines, dropped) = self.next(out.failure.take());
            let lost = out.write(&lines);
            let is_reported = lost == 0 && dropped > 0 && out.write(report(dropped).as_bytes()) == 0;
            let mut state = self.lock();
            state.drop_lines(lost);
            if is_reported {
                state.unreported = state.unreported.saturating_sub(dropped);
            }
            state.is_writing = false;
            drop(state);
            self.changed.notify_all();
        }
    }

    /// Waits for something to write. Returns the lines, and the number of dropped lines to report after them.
    fn next(&self, failure: Option<io::ErrorKind>) -> (Vec<u8>, u64) {
        let (state, changed) = (self.lock(), &self.changed);
        let is_empty = |state: &mut State| state.waiting.is_empty();
        let mut state = match failure {
            None => {
                ignore_poison(changed.wait_while(state, |state| is_empty(state) && state.unreported == 0))
            }
            // A reader that has gone does not come back: only a new line is worth an attempt.
            Some(io::ErrorKind::BrokenPipe) => ignore_poison(changed.wait_while(state, is_empty)),
            Some(_) => ignore_poison(changed.wait_timeout_while(state, AGAIN, is_empty)).0,
        };
        state.is_writing = true;
        (std::mem::take(&mut state.waiting), state.unreported)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        ignore_poison(self.state.lock())
    }
}

fn ignore_poison<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}

fn report(dropped: u64) -> String {
    let lines = if dropped == 1 { "line was" } else { "lines were" };
    format!("{dropped} log {lines} dropped\n")
}

/// An output of whole lines, also after a failure in the middle of a line.
struct Output<W> {
    out: W,
    /// The rest of a line that was written in part.
    rest: Vec<u8>,
    failure: Option<io::ErrorKind>,
}

impl<W: Write> Output<W> {
    /// Writes lines up to the first failure. Returns the number of lines that are lost.
    fn write(&mut self, lines: &[u8]) -> u64 {
        let rest = std::mem::take(&mut self.rest);
        let written = self.write_part(&rest);
        if written < rest.len() {
            self.rest = rest[written..].to_vec();
            return count(lines);
        }
        let mut left = lines;
        while !left.is_empty() {
            let (now, later) = left.split_at(first_lines(left));
            let written = self.write_part(now);
            if written < now.len() {
                let (written, mut unwritten) = left.split_at(written);
                if written.last().is_some_and(|byte| *byte != b'\n') {
                    let (rest, others) = unwritten.split_at(first_line(unwritten));
                    self.rest = rest.to_vec();
                    unwritten = others;
                }
                return count(unwritten);
            }
            left = later;
        }
        0
    }

    /// Returns how many bytes were written before the first failure.
    fn write_part(&mut self, bytes: &[u8]) -> usize {
        let mut left = bytes;
        while !left.is_empty() {
            match self.out.write(left) {
                Ok(written) if written > 0 => left = &left[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::park_timeout(FULL),
                result => {
                    self.failure = Some(result.err().map_or(io::ErrorKind::WriteZero, |error| error.kind()));
                    break;
                }
            }
        }
        bytes.len().saturating_sub(left.len())
    }
}

fn count(lines: &[u8]) -> u64 {
    lines.iter().fold(0_u64, |ends, byte| ends.saturating_add(u64::from(*byte == b'\n')))
}

/// The length of the first line, with its end.
fn first_line(lines: &[u8]) -> usize {
    lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |end| end.saturating_add(1))
}

/// The length of the lines that fit into one write; at least one line.
fn first_lines(lines: &[u8]) -> usize {
    if lines.len() <= AT_ONCE {
        return lines.len();
    }
    let end = lines[..AT_ONCE].iter().rposition(|byte| *byte == b'\n');
    end.map_or_else(|| first_line(lines), |end| end.saturating_add(1))
}
