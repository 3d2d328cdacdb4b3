//! Trailers are a part of a body.

use http_body::Body;
use persevere_http::{Replay, ReplayPool, ReplaySource};

use super::script::{Move, Script, data, rest};

#[test]
fn trailers_take_room_as_any_part_of_a_body_and_without_it_nothing_is_sent_again() {
    // 2 bytes of data and 7 of trailers.
    for (cap, pool, replay) in [(9, 9, Replay::Full), (8, 9, Replay::Gone), (9, 8, Replay::Gone)] {
        let pool = ReplayPool::new(pool);
        let script = Script::new([Move::Data("ab".into()), Move::Trailers]);
        let source = ReplaySource::with_pool(script, cap, pool.clone());
        let first = source.attempt().expect("fresh");
        assert_eq!(rest(first).expect("the running attempt goes on"), (b"ab".to_vec(), true));
        assert_eq!(source.replay(), replay, "{cap}");
        assert_eq!(pool.in_use(), if replay == Replay::Full { 9 } else { 0 });
        let shown = format!("{source:?}");
        assert!(shown.starts_with("ReplaySource { replay: ") && !shown.contains("etag"), "{shown}");
        drop(source);
        assert_eq!(pool.in_use(), 0);
    }
}

#[test]
fn trailers_are_sent_again() {
    let source = ReplaySource::new(Script::new([Move::Data("x".into()), Move::Trailers]), 8);
    for _ in 0..2 {
        assert_eq!(rest(source.attempt().expect("kept")).expect("intact"), (b"x".to_vec(), true));
    }
    assert_eq!(rest(source.last_attempt().expect("kept")).expect("intact"), (b"x".to_vec(), true));
}

#[test]
fn a_body_that_has_trailers_to_send_again_has_not_ended() {
    let source = ReplaySource::new(Script::new([Move::Data("x".into()), Move::Trailers]), 8);
    let _ = rest(source.attempt().expect("fresh")).expect("intact");
    let mut second = source.attempt().expect("kept");
    let _ = data(&mut second);
    assert!(!second.is_end_stream(), "a client that believes it would not ask for the trailers");
}
