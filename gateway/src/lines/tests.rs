//! The queue of log lines in front of writers that are slow, full or gone.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::Lines;
use test_servers::ms;

/// A writer that does as it is told for each write, and otherwise takes everything.
struct Told {
    orders: Receiver<io::Result<usize>>,
    written: Sender<Vec<u8>>,
}

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = self.orders.try_recv().unwrap_or(Ok(usize::MAX))?.min(bytes.len());
        self.written.send(bytes[..size].to_vec()).expect("the test reads");
        Ok(size)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes these lines, each write with the next order as its result.
fn written(orders: Vec<io::Result<usize>>, lines: &[&str]) -> (String, u64) {
    let (order, ordered) = channel();
    let (write, written) = channel();
    for each in orders {
        order.send(each).expect("it is received");
    }
    let queue: &'static Lines = Box::leak(Box::new(Lines::new()));
    for line in lines {
        queue.push(line);
    }
    thread::spawn(move || queue.write_to(Told { orders: ordered, written: write }));
    queue.flush(ms(10_000));
    queue.push("last");
    queue.flush(ms(10_000));
    let mut text = String::new();
    while !text.contains("last\n") || queue.dropped() > 0 && !text.contains("dropped\n") {
        let part = written.recv_timeout(ms(10_000)).expect("it goes on writing");
        text += &String::from_utf8(part).expect("it is text");
    }
    (text, queue.dropped())
}

fn full() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

#[test]
fn a_partial_write_is_continued() {
    let orders = vec![Ok(2), Err(io::ErrorKind::Interrupted.into()), Err(io::ErrorKind::WouldBlock.into())];
    assert_eq!(written(orders, &["first", "second"]), ("first\nsecond\nlast\n".to_owned(), 0));
}

#[test]
fn a_full_disk_drops_and_counts_whole_lines() {
    let (text, dropped) = written(vec![Err(full())], &["first", "second"]);
    assert_eq!(dropped, 2);
    assert_eq!(sorted(&text), ["2 log lines were dropped", "last"]);
}

#[test]
fn a_line_that_a_full_disk_cut_is_completed_later() {
    let (text, dropped) = written(vec![Ok(9), Err(full())], &["first", "second", "third"]);
    assert_eq!(dropped, 1);
    assert_eq!(sorted(&text), ["1 log line was dropped", "first", "last", "second"]);
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_queue_that_is_full_drops_and_reports_in_order() {
    let queue: &'static Lines = Box::leak(Box::new(Lines::new()));
    let line = "x".repeat(99_999);
    (0..12).for_each(|_| queue.push(&line));
    assert_eq!(queue.dropped(), 2, "there is room for ten");
    let (write, written) = channel();
    let (_order, orders) = channel();
    thread::spawn(move || queue.write_to(Told { orders, written: write }));
    let lines: Vec<_> = (0..11).map(|_| written.recv_timeout(ms(10_000)).expect("it writes")).collect();
    assert_eq!(lines[..10].iter().map(Vec::len).sum::<usize>(), 1_000_000);
    assert_eq!(lines[10], b"2 log lines were dropped\n");
}

/// Writes late.
struct Slow(Sender<Vec<u8>>);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::park_timeout(ms(50));
        self.0.send(bytes.to_vec()).expect("the test reads");
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_flush_waits_for_a_slow_writer() {
    let queue: &'static Lines = Box::leak(Box::new(Lines::new()));
    let (write, written) = channel();
    thread::spawn(move || queue.write_to(Slow(write)));
    queue.push("line");
    queue.flush(ms(20_000));
    assert_eq!(written.try_recv().as_deref(), Ok(&b"line\n"[..]));
}
