//! Bodies that can be sent again: what each attempt reads, what is kept, and who may read.

mod laws;
mod script;
mod trailers;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::Full;
use persevere_http::{KeptBody, Replay, ReplayBody, ReplayError, ReplayPool, ReplaySource};

use self::script::{Move, Script, data, frame, rest};

#[test]
fn a_new_attempt_gets_what_has_passed_and_then_the_rest() {
    let source = ReplaySource::new(Script::exact(&["one ", "two ", "three"]), 100);
    let mut first = source.attempt().expect("fresh");
    assert_eq!(data(&mut first).as_deref(), Some(&b"one "[..]));
    assert_eq!((source.replay(), source.buffered()), (Replay::Full, 4));
    let second = source.attempt().expect("kept");
    assert_eq!(rest(second).expect("intact"), (b"one two three".to_vec(), false));
    assert!(
        matches!(frame(&mut first), Some(Err(ReplayError::Revoked))),
        "the older attempt has lost the body"
    );
    let third = source.last_attempt().expect("kept");
    assert_eq!(rest(third).expect("intact"), (b"one two three".to_vec(), false));
}

#[test]
fn the_size_is_that_of_the_original_less_what_was_read() {
    let source = ReplaySource::new(Script::exact(&["one ", "two ", "three"]), 100);
    for _ in 0..2 {
        let mut attempt = source.attempt().expect("kept");
        assert_eq!(attempt.size_hint().exact(), Some(13));
        assert!(!attempt.is_end_stream());
        let _ = data(&mut attempt);
        assert_eq!(attempt.size_hint().exact(), Some(9));
    }
    let unknown = ReplaySource::new(Script::new([Move::Data("abc".into())]), 100).attempt().expect("fresh");
    assert_eq!((unknown.size_hint().lower(), unknown.size_hint().upper()), (0, None));
}

#[test]
fn a_body_over_the_cap_streams_on_and_cannot_be_sent_again() {
    let source = ReplaySource::new(Script::new([Move::Data("12345678".into()), Move::Data("9".into())]), 8);
    let mut first = source.attempt().expect("fresh");
    let _ = data(&mut first);
    assert_eq!((source.replay(), source.buffered()), (Replay::Full, 8), "exactly the cap is kept");
    assert_eq!(data(&mut first).as_deref(), Some(&b"9"[..]), "the running attempt goes on");
    assert_eq!((source.replay(), source.buffered()), (Replay::Gone, 0), "and everything is freed");
    assert!(source.attempt().is_none());
    assert!(!source.revoke());
    assert!(frame(&mut first).is_none(), "the refused attempt has taken nothing away");
}

#[test]
fn a_body_that_says_it_is_too_large_is_kept_only_while_it_is_untouched() {
    let source = ReplaySource::new(Script::exact(&["12345", "6789"]), 8);
    assert!(source.attempt().is_some());
    assert_eq!(source.replay(), Replay::Fresh, "nothing was read: a connection that failed costs nothing");
    let mut second = source.attempt().expect("still fresh");
    let _ = data(&mut second);
    assert_eq!((source.replay(), source.buffered()), (Replay::Gone, 0));
    assert_eq!(rest(second).expect("intact").0, b"6789");
}

#[test]
fn a_body_that_fails_cannot_be_sent_again() {
    let source = ReplaySource::new(Script::new([Move::Data("x".into()), Move::Fail]), 8);
    let error = rest(source.attempt().expect("fresh")).expect_err("it fails");
    assert!(matches!(error, ReplayError::Source(_)));
    assert_eq!((source.replay(), source.buffered()), (Replay::Gone, 0));
    assert!(source.attempt().is_none());
}

/// A chunk of 2 KiB that counts while it is anywhere in memory.
struct Tracked(Vec<u8>, Arc<AtomicU32>);

impl AsRef<[u8]> for Tracked {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A body of three such chunks, and how many of them are anywhere in memory.
fn tracked() -> (Script, Arc<AtomicU32>) {
    let alive = Arc::new(AtomicU32::new(3));
    let chunk = |byte| Move::Data(Bytes::from_owner(Tracked(vec![byte; 2048], Arc::clone(&alive))));
    (Script::new([b'a', b'b', b'c'].map(chunk)), alive)
}

#[test]
fn what_has_passed_is_kept_by_reference_until_no_attempt_can_follow() {
    let (body, alive) = tracked();
    let source = ReplaySource::new(body, 100_000);
    let mut first = source.attempt().expect("fresh");
    let (_, _) = (data(&mut first), data(&mut first));
    assert_eq!((alive.load(Ordering::Relaxed), source.buffered()), (3, 4096), "two kept, one to come");
    drop(source);
    assert_eq!(alive.load(Ordering::Relaxed), 1, "the response has come: only what is to come is left");
    assert_eq!(data(&mut first).map(|chunk| chunk.len()), Some(2048));
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn the_last_attempt_frees_what_it_has_read() {
    let (body, alive) = tracked();
    let source = ReplaySource::new(body, 100_000);
    let mut first = source.attempt().expect("fresh");
    let (_, _) = (data(&mut first), data(&mut first));
    let mut last = source.last_attempt().expect("kept");
    for left in [2, 1, 0] {
        assert_eq!(data(&mut last).map(|chunk| chunk.len()), Some(2048));
        assert_eq!(alive.load(Ordering::Relaxed), left);
    }
    assert!(matches!(frame(&mut first), Some(Err(ReplayError::Revoked))));
}

#[test]
fn small_chunks_are_kept_in_one_piece() {
    // Chunks of one byte would cost 32 bytes each.
    let source = ReplaySource::new(Script::new((0..1000).map(|_| Move::Data("x".into()))), 1000);
    let mut first = source.attempt().expect("fresh");
    while data(&mut first).is_some() {}
    let mut second = source.attempt().expect("kept");
    assert_eq!(data(&mut second).map(|chunk| chunk.len()), Some(1000));
    assert!(data(&mut second).is_none());
}

#[test]
fn a_body_says_that_it_has_ended_as_soon_as_the_original_does() {
    let source = ReplaySource::new(Full::from("all"), 10);
    let read = |body: &mut ReplayBody<Full<Bytes>>| {
        let mut context = Context::from_waker(Waker::noop());
        let polled = Pin::new(body).poll_frame(&mut context);
        assert!(matches!(polled, Poll::Ready(Some(Ok(frame))) if frame.is_data()));
    };
    let mut first = source.attempt().expect("nothing was read");
    assert!(!first.is_end_stream());
    read(&mut first);
    assert!(first.is_end_stream(), "nothing follows, and nobody has asked yet");
    let mut second = source.attempt().expect("it was kept");
    assert!(!second.is_end_stream() && !first.is_end_stream(), "the first one has lost it: an error follows");
    read(&mut second);
    assert!(second.is_end_stream());
}

#[test]
fn waiting_for_a_body_is_not_reading_it() {
    let mut body = Script::exact(&["12345", "6789"]);
    body.moves.push_front(Move::Wait);
    let source = ReplaySource::new(body, 8);
    let mut first = source.attempt().expect("fresh");
    let mut context = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut first).poll_frame(&mut context).is_pending());
    assert_eq!(source.replay(), Replay::Fresh);
}

#[test]
fn an_attempt_outlives_its_source() {
    // The response has come while the upload goes on: nothing is kept any longer, and nothing is lost.
    let source = ReplaySource::new(Script::exact(&["one ", "two ", "three"]), 100);
    let mut first = source.attempt().expect("fresh");
    let _ = data(&mut first);
    drop(source);
    assert_eq!(rest(first).expect("intact").0, b"two three");
}

#[test]
fn an_attempt_that_waits_is_woken_when_it_loses_the_body() {
    struct Count(AtomicU32);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    /// Waits for ever, and wakes nobody.
    struct Silent;
    impl Body for Silent {
        type Data = Bytes;
        type Error = std::io::Error;
        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
            Poll::Pending
        }
    }
    let source = ReplaySource::new(Silent, 8);
    let mut first = source.attempt().expect("fresh");
    let count = Arc::new(Count(AtomicU32::new(0)));
    let waker = Waker::from(Arc::clone(&count));
    let mut context = Context::from_waker(&waker);
    assert!(Pin::new(&mut first).poll_frame(&mut context).is_pending());
    assert!(source.revoke());
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    let polled = Pin::new(&mut first).poll_frame(&mut context);
    assert!(matches!(polled, Poll::Ready(Some(Err(ReplayError::Revoked)))));
}

/// The pool's own store has the chunks that are kept, and only those: small ones are copied together anyway.
#[test]
fn a_pool_with_a_store_keeps_what_that_makes_of_a_chunk() {
    let stored = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&stored);
    let pool = ReplayPool::stored_by(8_000, move |chunk| {
        count.fetch_add(1, Ordering::Relaxed);
        Bytes::from(chunk.to_ascii_uppercase())
    });
    let (large, beyond) = ("a".repeat(2_000), "b".repeat(7_000));
    let script = Script::new([Move::Data(large.clone().into()), Move::Data("small".into())]);
    let source = ReplaySource::with_pool(script, 10_000, pool.clone());
    let passed = rest(source.attempt().expect("fresh")).expect("intact").0;
    assert_eq!(passed, format!("{large}small").as_bytes(), "what passes is the original");
    assert_eq!((stored.load(Ordering::Relaxed), pool.in_use()), (1, 2_005));
    let again = rest(source.last_attempt().expect("kept")).expect("intact").0;
    assert_eq!(
        again,
        format!("{}small", "A".repeat(2_000)).as_bytes(),
        "what is sent again is what was stored"
    );

    let source = ReplaySource::with_pool(Script::new([Move::Data(beyond.into())]), 5_000, pool.clone());
    assert_eq!(rest(source.attempt().expect("fresh")).expect("intact").0.len(), 7_000);
    assert_eq!((stored.load(Ordering::Relaxed), pool.in_use()), (1, 0), "nothing is stored that is not kept");
}

#[test]
fn a_store_that_changes_the_length_of_a_chunk_is_not_used() {
    let pool = ReplayPool::stored_by(8_000, |chunk| chunk.slice(1..));
    let script = Script::new([Move::Data("a".repeat(2_000).into())]);
    let source = ReplaySource::with_pool(script, 10_000, pool);
    for _ in 0..2 {
        assert_eq!(rest(source.attempt().expect("kept")).expect("intact").0.len(), 2_000);
    }
}

#[test]
fn what_is_kept_can_be_seen_by_those_behind_the_filter() {
    let moves = [Move::Data("a".repeat(2_000).into()), Move::Data("small".into()), Move::Trailers];
    let source = ReplaySource::new(Script::new(moves), 10_000);
    let mut attempt = source.attempt().expect("fresh");
    let kept = attempt.kept().expect("it may be sent again");
    let seen = |kept: &KeptBody| kept.chunks().iter().map(Bytes::len).collect::<Vec<_>>();
    assert_eq!((seen(&kept), kept.bytes(), kept.whole()), (vec![], 0, None), "nothing has passed");
    let _ = data(&mut attempt);
    let _ = data(&mut attempt);
    assert_eq!((seen(&kept), kept.bytes()), (vec![2_000, 5], 2_005));
    assert_eq!(kept.whole(), None, "the trailers are still to come");
    let _ = rest(attempt).expect("intact");
    assert_eq!(kept.whole().map(|chunks| chunks.concat().len()), Some(2_005));
    assert_eq!(format!("{kept:?}"), "KeptBody { bytes: 2012 }", "with the trailers");
    let last = source.last_attempt().expect("kept");
    assert_eq!(rest(last).expect("intact").0.len(), 2_005);
    assert_eq!((seen(&kept), kept.whole()), (vec![], None), "no attempt follows, so nothing is kept");
}

#[test]
fn a_body_that_is_sent_once_shows_nothing() {
    assert!(ReplayBody::once(Full::new(Bytes::from("x"))).kept().is_none());
}
