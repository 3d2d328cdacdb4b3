//! What holds for every body, however its attempts are abandoned.

use bytes::Bytes;
use persevere_http::ReplaySource;
use proptest::prelude::*;

use super::script::{Move, Script, frame, rest};

/// Waits and chunks, empty ones among them; trailers or a failure at the end, or neither.
fn script() -> impl Strategy<Value = Vec<Move>> {
    let chunk = prop::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| Move::Data(bytes.into()));
    let moves = prop::collection::vec(prop_oneof![3 => chunk, 1 => Just(Move::Wait)], 0..12);
    let end = prop_oneof![2 => Just(None), 1 => Just(Some(Move::Trailers)), 1 => Just(Some(Move::Fail))];
    (moves, end).prop_map(|(mut moves, end)| {
        moves.extend(end);
        moves
    })
}

/// Failing cases are kept beside this file, to be committed.
fn config() -> ProptestConfig {
    let beside = proptest::test_runner::FileFailurePersistence::WithSource("proptest-regressions");
    ProptestConfig { failure_persistence: Some(Box::new(beside)), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_attempt_reads_the_exact_body_or_there_is_none(
        moves in script(),
        cap in 0_usize..40,
        polls in prop::collection::vec(0_usize..20, 0..4),
    ) {
        // P42: attempts that are abandoned anywhere, then one that reads to the end.
        let whole: Vec<u8> = moves
            .iter()
            .flat_map(|step| if let Move::Data(data) = step { data.to_vec() } else { Vec::new() })
            .collect();
        let with_trailers = matches!(moves.last(), Some(Move::Trailers));
        let fails = matches!(moves.last(), Some(Move::Fail));
        let source = ReplaySource::new(Script::new(moves), cap);
        let mut abandoned = Vec::new();
        let mut longest = 0;
        for polls in polls {
            let Some(mut attempt) = source.attempt() else { break };
            let (mut read, mut fields) = (Vec::new(), 0);
            for _ in 0..polls {
                match frame(&mut attempt) {
                    Some(Ok(frame)) if frame.is_trailers() => fields = "etag: sum".len() - 2,
                    Some(Ok(frame)) => read.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new())),
                    _ => break,
                }
            }
            prop_assert!(whole.starts_with(&read), "{:?} is no beginning of {:?}", read, whole);
            prop_assert!(source.buffered() <= cap);
            longest = longest.max(read.len() + fields);
            abandoned.push(attempt);
        }
        match source.last_attempt() {
            None => prop_assert!(longest > cap || fails, "refused after {} of {} bytes", longest, cap),
            Some(last) => match rest(last) {
                Ok(read) => prop_assert_eq!(read, (whole, with_trailers)),
                Err(_) => prop_assert!(fails),
            },
        }
    }
}
