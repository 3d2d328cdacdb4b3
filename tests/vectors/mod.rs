//! Conformance vectors: inputs and outputs of other systems' test suites, from the files of `tests/vectors/`.

mod budgets;
mod draws;
mod limits;

use std::time::Duration;

use persevere::{Attempt, Backoff, BackoffExt, Failure, constant, exponential, fibonacci, linear, sequence};

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
    for [id, spec, numbers, expected, source] in vectors(include_str!("delays.txt")) {
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
    for [id, spec, numbers, ranges, source] in vectors(include_str!("ranges.txt")) {
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
