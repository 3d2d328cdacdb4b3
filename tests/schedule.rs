//! Exact schedules: the numbers that a policy gives, and where it stops.

use std::time::Duration;

use persevere::{Backoff, BackoffExt, Policy, Reason, constant, exponential, retry, sequence};

use crate::support::{Flaky, ms, paused, schedule};

#[test]
fn the_golden_schedules() {
    // P18: base · factorⁿ⁻¹, not baseⁿ.
    let delays = |backoff: &dyn Backoff, most| schedule(backoff, most).0;
    assert_eq!(delays(&exponential(ms(50)), 4), [ms(50), ms(100), ms(200), ms(400)]);
    assert_eq!(delays(&exponential(ms(100)).capped(ms(350)), 4), [ms(100), ms(200), ms(350), ms(350)]);
    assert_eq!(delays(&constant(ms(7)), 3), [ms(7); 3]);
    let tripling = exponential(ms(1000)).factor(3.0).expect("3 is at least 1");
    assert_eq!(delays(&tripling, 4), [ms(1000), ms(3000), ms(9000), ms(27_000)]);
    // P17: no truncation stalls the growth.
    let slow = exponential(ms(1)).factor(1.4).expect("1.4 is at least 1");
    let grown = delays(&slow, 8);
    assert!(grown.windows(2).all(|pair| pair[0] < pair[1]), "{grown:?}");
}

#[test]
fn the_schedules_of_the_retrying_transport() {
    // Constant 20 ms with 3 retries: four attempts within 60 ms; doubling from 20 ms to 50 ms: within 110 ms.
    for (backoff, total) in [
        (&constant(ms(20)).retries(3) as &dyn Backoff, ms(60)),
        (&exponential(ms(20)).capped(ms(50)).retries(3), ms(110)),
    ] {
        let op = Flaky::default();
        let report = paused(async { retry(backoff, || op.call(99)).report().await });
        assert_eq!((report.attempts, report.elapsed, report.slept), (4, total, total));
    }
    // The same growth with full jitter and a limit of 110 ms: at least four attempts, whatever is drawn.
    for seed in 0..500 {
        let op = Flaky::default();
        let backoff = exponential(ms(20)).capped(ms(50)).full_jitter().within(ms(110));
        let report = paused(async { retry(backoff, || op.call(999)).seed(seed).report().await });
        assert!(report.attempts >= 4, "{report:?}");
        assert!(report.slept < ms(110) && report.reason == Reason::Deadline, "{report:?}");
    }
}

#[test]
fn a_sequence_ends_with_its_list() {
    let (delays, reason) = schedule(sequence([ms(1), ms(0), ms(3)]), 9);
    assert_eq!((delays, reason), (vec![ms(1), ms(0), ms(3)], Some(Reason::Attempts)));
    assert_eq!(schedule(sequence([]), 9), (vec![], Some(Reason::Attempts)));
    let (delays, reason) = schedule(sequence(vec![ms(1); 5]).retries(2), 9);
    assert_eq!((delays, reason), (vec![ms(1); 2], Some(Reason::Attempts)));
}

#[test]
fn and_takes_the_longer_delay_and_the_earlier_stop() {
    let both = exponential(ms(10)).and(constant(ms(25)).retries(3));
    assert_eq!(schedule(both, 9), (vec![ms(25), ms(25), ms(40)], Some(Reason::Attempts)));
    let limited = constant(ms(10)).and(constant(ms(1)).within(ms(35)));
    assert_eq!(schedule(limited, 9), (vec![ms(10); 3], Some(Reason::Deadline)));
}

#[test]
fn the_default_policy_is_what_its_documentation_says() {
    // X3
    let attempts = 10_000;
    let mut longest = [Duration::ZERO; 2];
    for seed in 0..attempts {
        let op = Flaky::default();
        let mut delays = Vec::new();
        let outcome = paused(async {
            retry(&Policy::default(), || op.call(9))
                .seed(seed)
                .on_retry(|event| delays.extend(event.decision.delay()))
                .await
        });
        assert_eq!(outcome, Err(3));
        longest = [longest[0].max(delays[0]), longest[1].max(delays[1])];
    }
    assert!(longest[0] < ms(100) && longest[0] > ms(99), "{longest:?}");
    assert!(longest[1] < ms(200) && longest[1] > ms(198), "{longest:?}");
    assert_eq!(
        format!("{:?}", Policy::default()),
        "Policy { backoff: Attempts { inner: FullJitter { inner: Capped { inner: Exponential { base: 100000000, \
         growth: Double }, cap: 10s } }, most: 3 }, classifier: AnyError, observer: Silent, max_hint: 30s }"
    );
}

#[test]
fn two_calls_of_one_policy_do_not_share_their_jitter() {
    // P10, P12: the generator is not part of the policy.
    let policy = Policy::new(exponential(ms(100)).full_jitter());
    let runs: Vec<_> = (0..3).map(|_| schedule(&policy, 8).0).collect();
    assert!(runs[0] != runs[1] && runs[1] != runs[2] && runs[0] != runs[2], "{runs:?}");
}

#[test]
fn a_seed_fixes_the_jitter_for_ever() {
    // S3: committed values; the mapping from word to delay is part of the interface.
    let delays = |seed| {
        let op = Flaky::default();
        let mut delays = Vec::new();
        let backoff = exponential(ms(100)).equal_jitter().attempts(4);
        let _ = paused(async {
            retry(backoff, || op.call(9))
                .seed(seed)
                .on_retry(|event| delays.extend(event.decision.delay().map(|delay| delay.as_nanos())))
                .await
        });
        delays
    };
    assert_eq!(delays(1), delays(1));
    assert_ne!(delays(1), delays(2));
    assert_eq!(delays(47), [91_503_437, 163_058_859, 323_373_460]);
}
