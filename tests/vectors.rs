//! Conformance vectors: inputs and outputs of other systems' test suites, from the files of `tests/vectors/`.

use std::cell::Cell;
use std::time::Duration;

use persevere::testing::{Script, VirtualTime};
use persevere::{
    Attempt, Attempts, Backoff, BackoffExt, Budget, Constant, Decision, Failure, Hint, Kind, Permit, Policy,
    RatioBudget, Reason, Retry, Session, Stamp, Step, TokenBudget, Verdict, constant, exponential, fibonacci,
    linear, sequence,
};

use crate::support::ms;

/// The lines of a file, split at their bars; comments and empty lines left out.
fn vectors(text: &str) -> impl Iterator<Item = [&str; 5]> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let columns: Vec<_> = line.splitn(5, '|').map(str::trim).collect();
        columns.try_into().unwrap_or_else(|_| panic!("five columns: {line}"))
    })
}

/// `1.5s`, in exact nanoseconds.
fn duration(text: &str) -> Duration {
    let digits = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let unit: u64 = match &text[digits..] {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "min" => 60_000_000_000,
        "d" => 86_400_000_000_000,
        other => panic!("unit {other} of {text}"),
    };
    let (whole, fraction) = text[..digits].split_once('.').unwrap_or((&text[..digits], "0"));
    let part: u64 = format!("{fraction:0<9}").parse().unwrap();
    let scaled = u128::from(part) * u128::from(unit) / 1_000_000_000;
    Duration::from_nanos(whole.parse::<u64>().unwrap() * unit + u64::try_from(scaled).unwrap())
}

fn backoff(text: &str) -> Box<dyn Backoff> {
    let mut words: Vec<_> = text.split_whitespace().collect();
    if let Some(then) = words.iter().position(|&word| word == "then") {
        let rest = words.split_off(then);
        let first = backoff(&words.join(" "));
        return Box::new(first.then(rest[1].parse().unwrap(), backoff(&rest[2..].join(" "))));
    }
    let numbers = words[1..].iter().take_while(|word| word.starts_with(|c: char| c.is_ascii_digit())).count();
    let base = duration(words[1]);
    let mut rest = &words[1 + numbers..];
    let mut argument = |name: &str| {
        let found = rest.first() == Some(&name);
        if found {
            let argument = rest[1];
            rest = &rest[2..];
            return Some(argument);
        }
        None
    };
    let mut built: Box<dyn Backoff> = match words[0] {
        "constant" => Box::new(constant(base)),
        "linear" => Box::new(linear(base).step(argument("step").map_or(base, duration))),
        "fibonacci" => Box::new(fibonacci(base)),
        "sequence" => {
            Box::new(sequence(words[1..=numbers].iter().map(|word| duration(word)).collect::<Vec<_>>()))
        }
        "exponential" => {
            let factor = argument("factor").map_or(2.0, |factor| factor.parse().unwrap());
            Box::new(exponential(base).factor(factor).expect("valid factors"))
        }
        other => panic!("kind {other}"),
    };
    while let [name, others @ ..] = rest {
        let (next, used): (Box<dyn Backoff>, usize) = match *name {
            "capped" => (Box::new(built.capped(duration(others[0]))), 1),
            "floor" => (Box::new(built.floor(duration(others[0]))), 1),
            "attempts" => (Box::new(built.attempts(others[0].parse().unwrap())), 1),
            "retries" => (Box::new(built.retries(others[0].parse().unwrap())), 1),
            "full_jitter" => (Box::new(built.full_jitter()), 0),
            "equal_jitter" => (Box::new(built.equal_jitter()), 0),
            "proportional_jitter" => {
                let fraction = others[0].parse().unwrap();
                (Box::new(built.proportional_jitter(fraction).expect("a fraction")), 1)
            }
            other => panic!("{other} in {text}"),
        };
        built = next;
        rest = &others[used..];
    }
    built
}

fn decide(backoff: &dyn Backoff, number: u32, word: u64) -> Option<Duration> {
    backoff.decide(&Failure::new(Attempt::new(number), word)).delay()
}

#[test]
fn delays_are_those_of_other_systems() {
    let mut ran = 0;
    for [id, spec, numbers, expected, source] in vectors(include_str!("vectors/delays.txt")) {
        let backoff = backoff(spec);
        let (summed, expected) = match expected.strip_prefix("sum ") {
            Some(expected) => (true, expected),
            None => (false, expected),
        };
        let mut sum = Duration::ZERO;
        let numbers: Vec<u32> = numbers.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let expected: Vec<_> = expected.split_whitespace().collect();
        assert_eq!(numbers.len(), expected.len(), "{id}");
        for (number, expected) in numbers.into_iter().zip(expected) {
            let mut delay = decide(&backoff, number, 0);
            if let (true, Some(length)) = (summed, &mut delay) {
                sum += *length;
                *length = sum;
            }
            let expected = (expected != "stop").then(|| duration(expected));
            assert_eq!(delay, expected, "{id} ({source}): {spec}, attempt {number}");
        }
        ran += 1;
    }
    assert_eq!(ran, 46);
}

#[test]
fn jittered_delays_fill_the_ranges_of_other_systems() {
    let mut ran = 0;
    for [id, spec, numbers, ranges, source] in vectors(include_str!("vectors/ranges.txt")) {
        let backoff = backoff(spec);
        for (number, range) in numbers.split_whitespace().zip(ranges.split_whitespace()) {
            let (least, bound) = range.split_once("..").expect("least..bound");
            let (least, bound) = (duration(least), duration(bound));
            let draws = (0..2_000).filter_map(|word| decide(&backoff, number.parse().unwrap(), word));
            let (low, high) = draws
                .fold((Duration::MAX, Duration::ZERO), |(low, high), draw| (low.min(draw), high.max(draw)));
            let slack = bound.saturating_sub(least) / 100;
            let what = format!("{id} ({source}): {spec}, attempt {number}: {low:?}..{high:?}");
            assert!(low >= least && high < bound, "{what}");
            assert!(low < least + slack && high + slack > bound, "{what}");
        }
        ran += 1;
    }
    assert_eq!(ran, 8);
}

/// Whether a call stops at attempt `number` and `elapsed` seconds, retrying at once otherwise.
fn stops(backoff: &dyn Backoff, number: u32, elapsed: f64) -> bool {
    let mut session = Session::new(backoff);
    for _ in 1..number {
        assert!(matches!(session.step(Duration::ZERO, Verdict::retry()), Step::Retry(..)));
    }
    matches!(session.step(Duration::from_secs_f64(elapsed), Verdict::retry()), Step::Stop(_))
}

#[test]
fn limits_are_those_of_other_systems() {
    let at_once = constant(Duration::ZERO);
    // L-05, L-06 (tenacity): stop after 1 s or at the 4th attempt; stop when both have come. The attempt is the one
    // that has just failed.
    let any = at_once.attempts(4).and(at_once.within(ms(1000)));
    let all = at_once.attempts(4).or(at_once.within(ms(1000)));
    for (number, elapsed, by_any, by_all) in [
        (1, 0.1, false, false),
        (2, 0.2, false, false),
        (2, 0.8, false, false),
        (4, 0.8, true, false),
        (3, 1.8, true, false),
        (4, 1.8, true, true),
    ] {
        assert_eq!(stops(&any, number, elapsed), by_any, "L-05: attempt {number} at {elapsed} s");
        assert_eq!(stops(&all, number, elapsed), by_all, "L-06: attempt {number} at {elapsed} s");
    }
    // L-07 (tenacity): the boundary belongs to the stop. L-17 (Effect) goes on there; ours stops.
    for (elapsed, expected) in [(0.999, false), (1.0, true), (1.001, true)] {
        assert_eq!(stops(&at_once.within(ms(1000)), 1, elapsed), expected, "L-07: {elapsed} s");
    }
    // L-09 (Temporal): five minutes allowed, six have passed.
    assert!(stops(&at_once.within(ms(300_000)), 1, 360.0));
    // ALG-06 (Temporal): delays by the error, and a stop at the fourth attempt.
    let mut session = Session::new(constant(ms(1000)).attempts(4));
    let hinted = |seconds| Verdict::retry().with_hint(Hint::Exactly(Duration::from_secs(seconds)));
    let verdicts = [Verdict::retry(), hinted(2), hinted(3), Verdict::retry()];
    let steps = verdicts.map(|verdict| session.step(Duration::ZERO, verdict).decision());
    let [a, b, c] = [1000, 2000, 3000].map(|delay| Decision::Retry(ms(delay)));
    assert_eq!(steps, [a, b, c, Decision::Stop(Reason::Attempts)]);
}

#[test]
fn budgets_hold_what_those_of_other_systems_hold() {
    let now = Stamp::default();
    // B-02 (gRPC): the same stock after each step; ours grants while a whole token is left, gRPC while more than
    // half of the stock is.
    let budget = TokenBudget::new(4, 1.6).expect("within bounds");
    let stock = [3.0, 4.0, 3.0, 2.0, 1.0, 0.0, 0.0, 1.6, 3.2, 2.2, 1.2, 2.8, 1.8, 3.4, 2.4];
    for (step, expected) in "FSFFFFFSSFFSFSF".chars().zip(stock) {
        if step == 'S' {
            budget.succeed();
        } else if let Some(permit) = budget.withdraw(Kind::Transient, now) {
            permit.spend();
        }
        assert!(
            (budget.available() - expected).abs() < 1e-9,
            "{step}: {} and not {expected}",
            budget.available()
        );
    }
    // B-04 (Finagle): 10,000 calls that all want a retry get the ratio of them, ± 1.
    for ratio in [0.1, 0.5, 0.25, 0.75, 0.99, 0.999, 0.9999, 0.01, 0.001, 0.0001] {
        let budget = RatioBudget::new(ratio, 0).expect("within bounds");
        let withdraw = || budget.withdraw(Kind::Transient, now).map(Permit::spend).is_some();
        while withdraw() {}
        let mut granted = 0.0;
        for _ in 0..10_000 {
            budget.begin(now);
            granted += f64::from(u8::from(withdraw()));
        }
        assert!((granted - (10_000.0 * ratio).trunc()).abs() <= 1.0, "{ratio}: {granted}");
    }
    // B-08 (Finagle): full at 100; ours holds no more than that, theirs 101 after five calls.
    let budget = RatioBudget::default();
    (0..5).for_each(|_| budget.begin(now));
    assert!((budget.available() - 100.0).abs() < 1e-9);
}

#[test]
fn quotas_of_aws_are_budgets_with_costs() {
    // Theirs gives back to a success what its retry has cost; with one cost, that is what a success earns.
    let now = Stamp::default();
    let (transient, throttled) = (Kind::Transient, Kind::Throttled);
    for (id, capacity, cost, ops, expected) in [
        ("B-09", 500, 5.0, "RRS", vec![495.0, 490.0, 495.0]),
        ("B-10", 500, 5.0, "RRRR", vec![495.0, 490.0, 485.0, 480.0]),
        ("B-11", 100, 10.0, "RRS", vec![90.0, 80.0, 90.0]),
        ("B-14", 20, 14.0, "RR", vec![6.0, 6.0]),
        ("B-18", 14, 14.0, "RR", vec![0.0, 0.0]),
    ] {
        let budget =
            TokenBudget::new(capacity, cost).and_then(|budget| budget.cost(transient, cost)).unwrap();
        for (op, expected) in ops.chars().zip(expected) {
            if op == 'S' {
                budget.succeed();
            } else if let Some(permit) = budget.withdraw(transient, now) {
                permit.spend();
            }
            assert!((budget.available() - expected).abs() < 1e-9, "{id}: {}", budget.available());
        }
    }
    // B-16: a throttled call costs less than a transient failure.
    let costs = |budget: TokenBudget| budget.cost(transient, 14.0)?.cost(throttled, 5.0);
    let budget = TokenBudget::new(500, 5.0).and_then(costs).unwrap();
    budget.withdraw(throttled, now).expect("in stock").spend();
    assert!((budget.available() - 495.0).abs() < 1e-9);
    budget.succeed();
    assert!((budget.available() - 500.0).abs() < 1e-9);
}

#[test]
fn calls_are_as_many_as_in_other_systems() {
    let time = VirtualTime::new();
    let calls = |backoff: Attempts<Constant>, from: u32| {
        let calls = Cell::new(0);
        let operation = || {
            calls.set(calls.get() + 1);
            async { Err::<(), ()>(()) }
        };
        let call = Retry::new(backoff, operation, time.clone()).resume(&Attempt::new(from));
        assert_eq!(time.run(call), Err(()));
        calls.get()
    };
    let at_once = constant(Duration::ZERO);
    // Haskell's retry: a limit of 2, resumed from iteration 0, 1 and 2.
    assert_eq!([1, 2, 3].map(|from| calls(at_once.retries(2), from)), [3, 2, 1]);
    // lestrrat: four retries are five events. ZIO: `recurs 0` is one call, `once` two. Kubernetes: three steps, three calls;
    // where no step is none there, a call of ours has to end in an outcome.
    assert_eq!(calls(at_once.retries(4), 1), 5);
    assert_eq!([0, 1].map(|retries| calls(at_once.retries(retries), 1)), [1, 2]);
    assert_eq!([3, 0].map(|attempts| calls(at_once.attempts(attempts), 1)), [3, 1]);
}

#[test]
fn a_backoff_starts_over_as_in_other_systems() {
    // E-15 (Kubernetes): doubling from 1 up to 10; after 11 without a failure, with a reset after 10, it is 1 again.
    let second = Duration::from_secs(1);
    let policy = Policy::new(exponential(second).capped(second * 10).attempts(6)).reset_after(second * 10);
    let time = VirtualTime::new();
    let script = Script::<(), _>::new(&time);
    let script = (0..5).fold(script, |script, _| script.fails(0)).takes(second * 11).fails(0);
    let script = (0..5).fold(script, |script, _| script.fails(0));
    let _ = time.run(Retry::new(&policy, script.operation(), time.clone()));
    assert_eq!(
        time.sleeps().iter().map(Duration::as_secs).collect::<Vec<_>>(),
        [1, 2, 4, 8, 10, 1, 2, 4, 8, 10]
    );
}
