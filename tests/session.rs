//! The session, stepped by hand: hints, edges, and what each part of a decision sees.

use std::cell::RefCell;
use std::time::Duration;

use persevere::{
    Attempt, Backoff, BackoffExt, Budget, Clock, Decision, Failure, Hint, Kind, Needs, Permit, Policy,
    RatioBudget, Reason, Session, Stamp, Step, Verdict, classify_fn, constant, exponential, from_fn, retry,
    retry_attempt,
};
use proptest::prelude::*;

use crate::support::{Flaky, ms, paused};

#[test]
fn hints_shift_a_delay_and_never_create_one() {
    // P2, P3, Q13
    let hinted = |hint| move |_: &Result<u32, u32>| Verdict::retry().with_hint(hint);
    for (hint, attempts, slept, reason) in [
        (Hint::AtLeast(ms(3)), 3, ms(20), Reason::Attempts),
        (Hint::AtLeast(ms(70)), 3, ms(140), Reason::Attempts),
        (Hint::Exactly(ms(3)), 3, ms(6), Reason::Attempts),
        (Hint::Exactly(ms(0)), 3, ms(0), Reason::Attempts),
        (Hint::AtLeast(ms(30_000)), 3, ms(60_000), Reason::Attempts),
        (Hint::AtLeast(ms(30_001)), 1, ms(0), Reason::HintTooLong),
        (Hint::Exactly(Duration::MAX), 1, ms(0), Reason::HintTooLong),
        (Hint::Never, 1, ms(0), Reason::HintForbids),
    ] {
        let op = Flaky::default();
        let policy = Policy::new(constant(ms(10)).attempts(3)).classify(classify_fn(hinted(hint)));
        let report = paused(async { retry(&policy, || op.call(99)).report().await });
        assert_eq!((report.attempts, report.slept, report.reason), (attempts, slept, reason), "{hint:?}");
    }
    let op = Flaky::default();
    let patient = Policy::new(constant(ms(10)).attempts(3))
        .classify(classify_fn(hinted(Hint::Exactly(ms(40_000)))))
        .max_hint(Duration::MAX);
    let report = paused(async { retry(&patient, || op.call(99)).report().await });
    assert_eq!((report.attempts, report.slept), (3, ms(80_000)));
}

#[test]
fn a_fleet_that_is_told_to_wait_does_not_return_in_one_wave() {
    // P45: never earlier than asked, and spread behind it; what is asked for exactly stays exact.
    let policy = Policy::new(constant(ms(10))).hint_spread(ms(500));
    let wait = |hint| match Session::new(&policy).step(Duration::ZERO, Verdict::retry().with_hint(hint)) {
        Step::Retry(delay, ()) => delay,
        Step::Stop(reason) => panic!("{reason}"),
    };
    let waits: Vec<_> = (0..200).map(|_| wait(Hint::AtLeast(ms(2_000)))).collect();
    assert!(waits.iter().all(|wait| (ms(2_000)..ms(2_500)).contains(wait)), "{waits:?}");
    let (first, last) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
    assert!(*first < ms(2_050) && *last > ms(2_450), "{first:?}..{last:?}");
    assert_eq!(wait(Hint::Exactly(ms(2_000))), ms(2_000));
    let unhinted = Session::new(&policy).step(Duration::ZERO, Verdict::retry());
    assert_eq!(unhinted, Step::Retry(ms(10), ()));
    // The deadline counts the spread, and the spread may be for ever.
    let long = Policy::new(constant(ms(10)).within(ms(3_000))).hint_spread(Duration::MAX);
    let step = Session::new(&long).step(Duration::ZERO, Verdict::retry().with_hint(Hint::AtLeast(ms(1))));
    assert_eq!(step, Step::Stop(Reason::Deadline));
}

#[test]
fn a_backoff_sees_the_whole_failure() {
    let seen = RefCell::new(Vec::new());
    let watching = from_fn(|failure: &Failure| {
        seen.borrow_mut().push((
            failure.number(),
            failure.kind(),
            failure.hint(),
            failure.attempt().previous_delay(),
        ));
        Decision::Retry(ms(7))
    });
    let mut session = Session::new(watching);
    let hint = Hint::AtLeast(ms(9));
    let throttled = Verdict::retry_as(Kind::Throttled).with_hint(hint);
    assert_eq!(session.step(ms(1), throttled), Step::Retry(ms(9), ()));
    assert_eq!(session.step(ms(2), Verdict::retry()), Step::Retry(ms(7), ()));
    // The previous delay is the backoff's own, before the hint.
    let expected = [(1, Kind::Throttled, Some(hint), ms(0)), (2, Kind::Transient, None, ms(7))];
    assert_eq!(*seen.borrow(), expected);
}

#[test]
fn caps_around_caps_are_the_smallest_of_them() {
    for capped in [
        &constant(ms(100)).full_jitter().capped(ms(10)).capped(ms(50)) as &dyn Backoff,
        &constant(ms(100)).full_jitter().capped(ms(50)).capped(ms(10)),
    ] {
        let longest =
            (0..200).filter_map(|word| capped.decide(&Failure::new(Attempt::new(1), word)).delay()).max();
        assert!(longest > Some(ms(9)) && longest < Some(ms(10)), "drawn below the smaller cap: {longest:?}");
    }
}

#[test]
fn counts_end_at_their_largest_number() {
    assert_eq!(Attempt::new(0).number(), 1);
    assert_eq!(Failure::new(Attempt::new(5), 0).with_number(0).number(), 1);
    let last = Failure::new(Attempt::new(u32::MAX), 0);
    assert_eq!(constant(ms(1)).retries(u32::MAX).decide(&last), Decision::Stop(Reason::Attempts));
    let first = Failure::new(Attempt::new(1), 0);
    assert_eq!(constant(ms(1)).retries(u32::MAX).decide(&first), Decision::Retry(ms(1)));
}

#[test]
fn a_deadline_of_a_strangers_backoff_is_held_and_the_longest_is_none() {
    struct Until(Duration);
    impl Backoff for Until {
        fn decide(&self, _: &Failure) -> Decision {
            Decision::Retry(Duration::MAX)
        }
        fn needs(&self) -> Needs {
            Needs::of(Clock::Deadline(self.0))
        }
    }
    let step = |limit| Session::new(Until(limit)).step(ms(1), Verdict::retry());
    assert_eq!(step(Duration::from_secs(u64::MAX)), Step::Stop(Reason::Deadline));
    assert_eq!(step(Duration::MAX), Step::Retry(Duration::MAX, ()));
}

/// Ordinary times, and the edges.
fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::from_nanos(u64::MAX)),
        Just(Duration::MAX),
        (0_u64..10_000).prop_map(Duration::from_millis),
    ]
}

proptest! {
    #![proptest_config(crate::model::config())]

    #[test]
    fn no_time_overflows_a_session(
        base in time(), limit in time(), times in prop::collection::vec((time(), prop::option::of(time())), 1..9)
    ) {
        // P7, P8: whatever the clock and the other side say.
        let policy = Policy::new(exponential(base).within(limit)).max_hint(Duration::MAX);
        let mut session = Session::new(&policy);
        for (elapsed, hint) in times {
            let verdict = match hint {
                Some(hint) => Verdict::retry().with_hint(Hint::AtLeast(hint)),
                None => Verdict::retry(),
            };
            match session.step(elapsed, verdict) {
                Step::Retry(delay, ()) => {
                    prop_assert!(limit == Duration::MAX || elapsed.saturating_add(delay) < limit);
                    prop_assert!(hint.is_none_or(|hint| delay >= hint));
                }
                Step::Stop(reason) => {
                    prop_assert_eq!(reason, Reason::Deadline);
                    break;
                }
            }
        }
    }
}

#[test]
fn a_call_goes_on_where_another_process_has_left_it() {
    // 3 of 5 attempts are made and 700 ms of 2 s are over when the process ends, during the wait for the fourth.
    let backoff = exponential(ms(100)).attempts(5).within(ms(2_000));
    let mut session = Session::new(backoff);
    let mut elapsed = Duration::ZERO;
    for _ in 0..3 {
        let Step::Retry(delay, ()) = session.step(elapsed, Verdict::retry()) else { panic!("it goes on") };
        elapsed += delay;
    }
    let saved = serde_json::to_string(&session.attempt(elapsed)).unwrap();
    assert_eq!(
        saved,
        r#"{"number":4,"elapsed":{"secs":0,"nanos":700000000},"previous_delay":{"secs":0,"nanos":400000000}}"#
    );

    let loaded: Attempt = serde_json::from_str(&saved).unwrap();
    let seen = RefCell::new(Vec::new());
    let report = paused(async {
        let call = retry_attempt(backoff, |attempt| {
            seen.borrow_mut().push((attempt.number(), attempt.elapsed(), attempt.remaining()));
            async { Err::<(), ()>(()) }
        });
        call.resume(&loaded).report().await
    });
    let expected = [(4, ms(700), Some(ms(1_300))), (5, ms(1_500), Some(ms(500)))];
    assert_eq!(*seen.borrow(), expected);
    assert_eq!((report.attempts, report.elapsed, report.reason), (5, ms(1_500), Reason::Attempts));
}

#[test]
fn a_saved_attempt_that_makes_no_sense_is_refused() {
    let zero = r#"{"number":0,"elapsed":{"secs":0,"nanos":0},"previous_delay":{"secs":0,"nanos":0}}"#;
    let error = serde_json::from_str::<Attempt>(zero).unwrap_err().to_string();
    assert!(error.contains("`number` is 0: attempts count from 1"), "{error}");
    let odd = r#"{"number":1,"elapsed":{"secs":0,"nanos":0},"previous_delay":{"secs":0,"nanos":0},"x":1}"#;
    assert!(serde_json::from_str::<Attempt>(odd).is_err());
}

#[test]
fn a_resumed_call_is_no_new_call_to_its_budget() {
    let budget = RatioBudget::new(1.0, 0).expect("within bounds");
    while budget.withdraw(Kind::Transient, Stamp::default()).map(Permit::spend).is_some() {}
    let policy = Policy::new(constant(ms(1)).attempts(9)).budget(budget.clone());
    let resumed = retry(&policy, || async { Ok::<_, ()>(()) }).resume(&Attempt::new(3));
    assert_eq!(paused(resumed), Ok(()));
    assert!(budget.available() < 1e-9);
    assert_eq!(paused(retry(&policy, || async { Ok::<_, ()>(()) })), Ok(()));
    assert!((budget.available() - 1.0).abs() < 1e-9);
}
