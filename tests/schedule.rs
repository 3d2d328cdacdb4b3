//! Exact schedules: the numbers that a policy gives, and where it stops.

use std::time::Duration;

use persevere::{
    Backoff, BackoffExt, Decision, Failure, Kind, Policy, Reason, Schedule, Session, Verdict, constant,
    decorrelated, exponential, fibonacci, from_delays, from_fn, linear, polynomial, retry, sequence,
};

use crate::support::{Flaky, ms, paused, schedule, seeded_schedule};

#[test]
fn the_golden_schedules() {
    // P18: base · factorⁿ⁻¹, not baseⁿ.
    let delays = |backoff: &dyn Backoff, most| schedule(backoff, most).0;
    assert_eq!(delays(&exponential(ms(50)), 4), [ms(50), ms(100), ms(200), ms(400)]);
    assert_eq!(delays(&exponential(ms(100)).capped(ms(350)), 4), [ms(100), ms(200), ms(350), ms(350)]);
    assert_eq!(delays(&constant(ms(7)), 3), [ms(7); 3]);
    let tripling = exponential(ms(1000)).factor(3.0).expect("3 is at least 1");
    assert_eq!(delays(&tripling, 4), [ms(1000), ms(3000), ms(9000), ms(27_000)]);
    assert_eq!(delays(&linear(ms(100)), 4), [ms(100), ms(200), ms(300), ms(400)]);
    assert_eq!(delays(&linear(ms(500)).step(ms(100)), 3), [ms(500), ms(600), ms(700)]);
    assert_eq!(delays(&polynomial(ms(100), 2), 4), [ms(100), ms(400), ms(900), ms(1600)]);
    let fibonacci = delays(&fibonacci(ms(100)), 8);
    assert_eq!(fibonacci, [100, 100, 200, 300, 500, 800, 1300, 2100].map(ms));
    let stairs = from_fn(|failure: &Failure| Decision::Retry(ms(failure.number().into())));
    assert_eq!(delays(&stairs, 3), [ms(1), ms(2), ms(3)]);
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
fn or_takes_the_shorter_delay_and_the_later_stop() {
    let either = exponential(ms(10)).retries(2).or(constant(ms(25)).retries(4));
    assert_eq!(schedule(either, 9), ([10, 20, 25, 25].map(ms).to_vec(), Some(Reason::Attempts)));
    // Each side holds its own deadline, the session the later one.
    let either = constant(ms(10)).within(ms(25)).or(constant(ms(30)).within(ms(100)));
    assert_eq!(schedule(either, 9), ([10, 10, 30, 30].map(ms).to_vec(), Some(Reason::Deadline)));
    let endless = constant(ms(10)).within(ms(25)).or(constant(ms(30)));
    assert_eq!(schedule(endless, 4), ([10, 10, 30, 30].map(ms).to_vec(), None));
}

#[test]
fn then_counts_the_second_part_from_one() {
    let both = constant(ms(7)).then(3, exponential(ms(100)).retries(2));
    assert_eq!(schedule(both, 9), ([7, 7, 7, 100, 200].map(ms).to_vec(), Some(Reason::Attempts)));
    // The first part may stop a call before the second gets its turn.
    let stopped = constant(ms(7)).retries(2).then(9, constant(ms(1)));
    assert_eq!(schedule(stopped, 9), ([7, 7].map(ms).to_vec(), Some(Reason::Attempts)));
}

#[test]
fn a_kind_of_failure_has_delays_of_its_own_under_one_count() {
    let backoff = linear(ms(10)).by_kind(Kind::Throttled, linear(ms(1000))).attempts(5);
    let mut session = Session::new(backoff);
    let steps = [Kind::Transient, Kind::Throttled, Kind::NotSent, Kind::Throttled, Kind::Throttled];
    let decisions = steps.map(|kind| session.step(Duration::ZERO, Verdict::retry_as(kind)).decision());
    let [a, b, c, d] = [10, 2000, 30, 4000].map(|delay| Decision::Retry(ms(delay)));
    assert_eq!(decisions, [a, b, c, d, Decision::Stop(Reason::Attempts)]);
}

#[test]
fn a_floor_lifts_what_stands_before_it() {
    let (delays, _) = schedule(exponential(ms(10)).floor(ms(25)), 4);
    assert_eq!(delays, [25, 25, 40, 80].map(ms));
    let (delays, _) = schedule(constant(ms(10)).capped(ms(5)).floor(ms(7)), 1);
    assert_eq!(delays, [ms(7)], "a floor above the cap wins");
}

#[test]
fn other_schedules_are_backoffs_too() {
    let doubling = || std::iter::successors(Some(ms(10)), |delay| Some(*delay * 2)).take(3);
    assert_eq!(schedule(from_delays(doubling), 9), ([10, 20, 40].map(ms).to_vec(), Some(Reason::Attempts)));
    assert_eq!(schedule(from_delays(|| [ms(1)]), 9), (vec![ms(1)], Some(Reason::Attempts)));
}

#[test]
fn decorrelated_delays_grow_from_the_previous_one() {
    // J7: without a cap the mean of the k-th delay is b · (2 · 1.5ᵏ − 1); over 4,000 seeds within 5 %.
    let mut sums = [0.0; 5];
    for seed in 0..4_000 {
        let (delays, _) = seeded_schedule(&decorrelated(ms(10), Duration::MAX), seed, 5);
        for (sum, delay) in sums.iter_mut().zip(delays) {
            *sum += delay.as_secs_f64() * 1e3;
        }
    }
    for (k, sum) in (1..).zip(sums) {
        let (mean, expected) = (sum / 4_000.0, 10.0 * (2.0 * 1.5_f64.powi(k) - 1.0));
        assert!((mean / expected - 1.0).abs() < 0.05, "delay {k}: mean {mean} ms, expected {expected}");
    }
    // AWS's own form piles up at the cap, ours does not.
    let at_cap = |backoff: &dyn Backoff| {
        (0..500).filter(|&seed| seeded_schedule(&backoff, seed, 12).0[11] == ms(100)).count()
    };
    assert_eq!(at_cap(&decorrelated(ms(10), ms(100))), 0);
    assert!(at_cap(&decorrelated(ms(10), Duration::MAX).capped(ms(100))) > 100);
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
        Policy::default().to_string(),
        "Policy::new(exponential(Duration::from_millis(100)).capped(Duration::from_secs(10)).full_jitter().attempts(3))\
         .budget(TokenBudget::new(10, 0.1)?)"
    );
}

#[test]
fn two_calls_of_one_policy_do_not_share_their_jitter() {
    // P10, P12: the generator is not part of the policy.
    let policy = Policy::new(exponential(ms(100)).full_jitter().attempts(9));
    let run = || {
        let (op, mut delays) = (Flaky::default(), Vec::new());
        let call = retry(&policy, || op.call(99)).on_retry(|event| delays.extend(event.decision.delay()));
        assert_eq!(paused(call), Err(9));
        delays
    };
    let runs = [run(), run(), run()];
    assert!(runs[0] != runs[1] && runs[1] != runs[2] && runs[0] != runs[2], "{runs:?}");
}

#[test]
fn a_schedule_and_a_call_of_one_seed_are_the_same() {
    let backoff =
        exponential(ms(100)).full_jitter().and(decorrelated(ms(10), ms(900))).attempts(9).within(ms(5_000));
    for seed in 0..50 {
        let (op, mut delays) = (Flaky::default(), Vec::new());
        let call =
            retry(backoff, || op.call(99)).seed(seed).on_retry(|event| delays.extend(event.decision.delay()));
        let report = paused(call.report());
        let schedule = Policy::new(backoff).schedule(seed);
        assert_eq!((schedule.delays(), schedule.ended()), (&*delays, Some(report.reason)), "seed {seed}");
        assert_eq!(schedule.total(), report.slept);
    }
}

#[test]
fn a_schedule_says_when_attempts_start_and_when_it_is_cut_off() {
    let schedule = Schedule::of(&linear(ms(10)), 0);
    assert_eq!(schedule.starts().take(4).collect::<Vec<_>>(), [ms(0), ms(10), ms(30), ms(60)]);
    assert_eq!((schedule.delays().len(), schedule.ended()), (Schedule::LONGEST, None));
    assert!(schedule.to_string().ends_with("and so on\n"));
    let longest = Schedule::of(&constant(Duration::MAX).attempts(4), 0);
    assert_eq!(longest.total(), Duration::MAX, "sums saturate");
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
