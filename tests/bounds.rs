//! The least and the most that a policy may do.

use std::time::Duration;

use persevere::{
    Backoff, BackoffExt, Bounds, Budget, Decision, Failure, Kind, Permit, Policy, RatioBudget, Rationed,
    Reason, Schedule, Stamp, TokenBudget, constant, decorrelated, exponential, linear, sequence,
};

use crate::support::ms;

#[test]
fn the_bounds_hold_for_every_seed_and_are_reached_by_none_too_far() {
    let ms_of = |delays: &[u64]| delays.iter().copied().map(ms).sum::<Duration>();
    for (backoff, attempts, least, most) in [
        (&exponential(ms(100)).full_jitter().attempts(4) as &dyn Backoff, 4, ms(0), ms_of(&[100, 200, 400])),
        (
            &exponential(ms(100)).equal_jitter().attempts(4),
            4,
            ms_of(&[50, 100, 200]),
            ms_of(&[100, 200, 400]),
        ),
        (&exponential(ms(100)).capped(ms(150)).full_jitter().retries(3), 4, ms(0), ms_of(&[100, 150, 150])),
        (&constant(ms(100)).within(ms(350)), 4, ms(300), ms(300)),
        (&decorrelated(ms(10), ms(100)).attempts(5), 5, ms(40), ms_of(&[30, 90, 100, 100])),
        (&sequence([ms(1), ms(2)]), 3, ms(3), ms(3)),
    ] {
        let bounds = Bounds::of(&backoff);
        let most_found = bounds.most_sleep.expect("it ends");
        assert_eq!((bounds.attempts, bounds.least_sleep), (Some(attempts), least));
        let slack = Duration::from_micros(1);
        assert!(most_found <= most && most_found + slack > most, "{most_found:?}, {most:?}");
        assert_eq!(bounds.worst_time(ms(10)), Some(most_found + ms(10) * attempts));
        for seed in 0..200 {
            let total = Schedule::of(&backoff, seed).total();
            assert!(total >= least && total <= most_found, "seed {seed}: {total:?}");
        }
    }
    // With a deadline, the shorter delays make more attempts.
    let bounds = Bounds::of(&constant(ms(100)).equal_jitter().within(ms(390)));
    assert_eq!(bounds.attempts, Some(8));
    let endless = Bounds::of(&constant(ms(1)));
    assert_eq!((endless.attempts, endless.most_sleep, endless.worst_time(ms(1))), (None, None, None));
}

#[test]
fn a_limit_cuts_a_call_wherever_its_next_delay_does_not_fit() {
    // Which no extreme draw shows.
    let equal = constant(ms(600)).equal_jitter().attempts(5);
    let full = constant(ms(300)).full_jitter().attempts(5).within(ms(1_000));
    let growing = exponential(ms(100)).equal_jitter().within(ms(1_000));
    for (policy, attempts, most) in [
        (Rationed::new(&equal as &dyn Backoff, ms(1_000)), 4, ms(1_000)),
        (Rationed::new(&full, Duration::MAX), 5, ms(1_000)),
        (Rationed::new(&growing, ms(800)), 5, ms(800)),
    ] {
        let bounds = Bounds::of(&policy);
        assert_eq!((bounds.attempts, bounds.most_sleep), (Some(attempts), Some(most)));
        let (mut shortest, mut longest, mut often) = (Duration::MAX, Duration::ZERO, 0);
        for seed in 0..4_000 {
            let schedule = Schedule::of(&policy, seed);
            shortest = shortest.min(schedule.total());
            longest = longest.max(schedule.total());
            often = often.max(u32::try_from(schedule.delays().len()).unwrap() + 1);
        }
        assert!(bounds.least_sleep <= shortest && longest <= most && often <= attempts);
        assert!(
            shortest <= bounds.least_sleep + ms(100) && longest + ms(100) >= most,
            "{shortest:?}..{longest:?}"
        );
    }
    let fixed = Bounds::of(&constant(ms(300)).attempts(5).within(ms(301)));
    assert_eq!((fixed.attempts, fixed.least_sleep, fixed.most_sleep), (Some(2), ms(300), Some(ms(300))));
    let zero = Bounds::of(&constant(ms(0)).within(ms(50)));
    assert_eq!((zero.attempts, zero.most_sleep, zero.worst_time(ms(7))), (None, Some(ms(0)), Some(ms(57))));
}

#[test]
fn bounds_hold_for_any_kinds_of_failure_and_know_what_starts_over() {
    let by_kind = sequence([ms(1)]).by_kind(Kind::Throttled, constant(ms(50)).attempts(4));
    let bounds = Bounds::of(&by_kind);
    // At least 1 ms: a call that is never throttled ends after it.
    assert_eq!((bounds.attempts, bounds.least_sleep, bounds.most_sleep), (Some(4), ms(1), Some(ms(150))));
    let policy = Policy::new(constant(ms(300)).attempts(3).within(ms(2_000)).reset_after(ms(1_000)));
    assert_eq!(policy.bounds().worst_time(ms(999)), Some(ms(2_999)), "a deadline and the last attempt");
    assert_eq!(policy.bounds().worst_time(ms(10)), Some(ms(630)));
    assert_eq!(policy.bounds().worst_time(ms(1_000)), None);
}

/// A part with a deadline of its own stops a call that draws long delays, and lets one that draws short ones go on.
#[test]
fn a_call_that_draws_long_delays_may_stop_where_others_go_on() {
    let drawn = constant(ms(4_000)).full_jitter().within(ms(200)).then(1, constant(ms(1))).attempts(30);
    let slow = constant(ms(80)).full_jitter().within(ms(200)).then(5, constant(ms(1))).attempts(30);
    let mindful = decorrelated(ms(10), ms(30)).within(ms(20)).then(2, constant(ms(1))).attempts(30);
    let either = linear(ms(300)).step(ms(7)).within(ms(500)).or(linear(ms(1)).step(ms(100))).attempts(20);
    let both = decorrelated(ms(1), ms(20)).within(ms(2)).then(1, constant(ms(1)).within(ms(1)));
    let grown = decorrelated(ms(30), ms(1_000)).within(ms(200)).then(2, constant(ms(1))).attempts(30);
    for policy in [&drawn as &dyn Backoff, &slow, &mindful, &either, &both, &grown] {
        let bounds = Bounds::of(&policy);
        let totals: Vec<_> = (0..4_000).map(|seed| Schedule::of(&policy, seed).total()).collect();
        let (least, most) = (totals.iter().min(), totals.iter().max());
        assert!(
            least >= Some(&bounds.least_sleep) && most <= bounds.most_sleep.as_ref(),
            "{least:?} to {most:?} in {bounds:?}"
        );
    }
    assert_eq!(Bounds::of(&drawn).least_sleep, ms(0));
}

#[test]
fn bounds_print_as_a_table() {
    let policy = Policy::new(exponential(ms(100)).equal_jitter().attempts(4).within(ms(900)));
    assert_eq!(
        policy.bounds().to_string(),
        "attempts      at most 4
sleep         at least 350ms, at most 699.999997ms
deadline      900ms
amplification 4 times the calls, unless a budget allows less
"
    );
    let endless = Policy::new(constant(ms(1)).reset_after(ms(50))).bounds().to_string();
    assert!(
        endless.contains("attempts      more than 10000") && endless.contains("sleep         no bound"),
        "{endless}"
    );
    assert!(endless.contains("starts over   after an attempt of 50ms"), "{endless}");
    assert!(endless.ends_with("amplification without bound, unless a budget sets one\n"), "{endless}");
}

#[test]
fn the_worst_load_is_what_attempts_and_budgets_leave() {
    let second = Duration::from_secs(1);
    let endless = constant(ms(1));
    assert_eq!(Policy::new(endless).worst_load(10, second), None);
    let tokens = TokenBudget::new(7, 0.5).expect("valid");
    assert_eq!(Policy::new(endless).budget(tokens.clone()).worst_load(10, second), Some(17));
    let cheap = tokens.cost(Kind::Throttled, 0.5).expect("valid");
    assert_eq!(Policy::new(endless).budget(cheap).worst_load(10, second), Some(24), "all of them throttled");
    let free = tokens.cost(Kind::NotSent, 0.0).expect("valid");
    assert_eq!(Policy::new(endless).budget(free).worst_load(10, second), None, "what is not sent is free");
    let ratio = RatioBudget::new(0.2, 10).expect("valid");
    let by_ratio = Policy::new(endless.attempts(3)).budget(ratio);
    assert_eq!(by_ratio.worst_load(10, second), Some(30), "three attempts are less than the stock allows");
    assert_eq!(by_ratio.worst_load(1_000, second), Some(1_000 + 200 + 10 + 100));
    assert_eq!(by_ratio.worst_load(u64::MAX, Duration::MAX), Some(u64::MAX));
    let over_and_over = Policy::new(endless.attempts(3).reset_after(ms(10)));
    assert_eq!(over_and_over.worst_load(1, second), None, "each start is a new call");
}

/// What a budget says of itself is what it does, whatever it has granted before.
#[test]
fn no_budget_grants_more_than_it_says() {
    for (ratio, per_second) in [(0.2, 10), (0.6, 0), (0.0, 3), (2.5, 1)] {
        let budget = RatioBudget::new(ratio, per_second).expect("valid");
        let mut granted = 0;
        for call in 0..500_u32 {
            let now = Stamp::default().after(ms(10) * call);
            budget.begin(now);
            while let Some(permit) = budget.withdraw(Kind::Transient, now) {
                permit.spend();
                granted += 1;
            }
        }
        let most = budget.most_retries(500, ms(10) * 500).expect("it is bounded");
        // What the first call earns finds the stock full, and the last hundredths of a second bring nothing yet.
        assert!(granted <= most && granted + 4 >= most, "{ratio} {per_second}: {granted} of {most}");
    }
}

/// More sleeps than are looked at: only the limit in time is known of them.
#[test]
fn a_call_of_very_many_short_sleeps_is_bound_by_its_deadline() {
    let deadline = Duration::from_secs(840);
    let bounds = Bounds::of(&constant(ms(1)).within(deadline));
    assert_eq!((bounds.attempts, bounds.most_sleep), (None, Some(deadline)));
    let counted = Bounds::of(&constant(ms(1)).attempts(500_000).within(deadline));
    assert_eq!((counted.attempts, counted.most_sleep), (None, Some(deadline)));
    // Later than the time of a call can be told, it is never met.
    let ages = Duration::from_secs(1 << 40);
    let never = Bounds::of(&constant(ms(1)).floor(ages).within(ages * 2));
    assert_eq!((never.deadline, never.most_sleep), (Some(ages * 2), None));
}

#[test]
fn ten_thousand_attempts_are_counted_and_no_more() {
    let bounds = |attempts| Bounds::of(&constant(ms(1)).attempts(attempts));
    let most = bounds(10_000);
    assert_eq!((most.attempts, most.most_sleep), (Some(10_000), Some(ms(9_999))));
    let more = bounds(10_001);
    assert_eq!((more.attempts, more.most_sleep, more.least_sleep), (None, None, ms(10_000)));
}

/// A stop that depends on the draw and on no time at all is not a deadline: what it lets through is what is drawn.
#[test]
fn a_stop_by_chance_has_no_deadline() {
    struct Chance;
    impl Backoff for Chance {
        fn decide(&self, failure: &Failure) -> Decision {
            if failure.sample(9) > u64::MAX / 2 {
                Decision::Stop(Reason::Attempts)
            } else {
                Decision::Retry(ms(5))
            }
        }
    }
    let bounds = Bounds::of(&Chance.attempts(4));
    assert_eq!((bounds.attempts, bounds.least_sleep, bounds.most_sleep), (Some(4), ms(0), Some(ms(15))));
}

/// A budget that pays by the millisecond pays for one that has only begun.
#[test]
fn a_part_of_a_millisecond_counts_as_one() {
    let budget = RatioBudget::new(0.0, 100_000).expect("valid");
    let drain = |nanos| {
        let now = Stamp::from_nanos(nanos);
        budget.begin(now);
        std::iter::from_fn(|| budget.withdraw(Kind::Transient, now).map(Permit::spend)).count() as u64
    };
    let granted = drain(999_999) + drain(1_000_000);
    assert_eq!(granted, 1_000_100, "a hundred more, a nanosecond later");
    assert!(budget.most_retries(2, Duration::from_nanos(1)) >= Some(granted));
}
