//! Draws of our own mapping.

use std::time::Duration;

use persevere::{Attempt, Backoff, BackoffExt, Decision, Failure, constant, decorrelated};

#[test]
fn draws_are_those_of_the_stated_mapping() {
    let lines = include_str!("draws.txt").lines();
    let mut checked = 0;
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [jitter, delay, word, expected] =
            line.split(" | ").collect::<Vec<_>>().try_into().expect("four columns");
        let nanos = |text: &str| Duration::from_nanos(text.parse().expect("nanoseconds"));
        let word = u64::from_str_radix(word, 16).expect("a word");
        let mut failure = Failure::new(Attempt::new(1), word);
        let inner = constant(if delay == "-" { Duration::ZERO } else { nanos(delay) });
        let decision = match jitter.split(' ').collect::<Vec<_>>()[..] {
            ["full_jitter"] => inner.full_jitter().decide(&failure),
            ["equal_jitter"] => inner.equal_jitter().decide(&failure),
            ["proportional_jitter", fraction] => {
                inner.proportional_jitter(fraction.parse().unwrap()).unwrap().decide(&failure)
            }
            ["decorrelated", base, cap, "after", previous] => {
                failure = Failure::new(Attempt::new(2).with_previous_delay(nanos(previous)), word);
                decorrelated(nanos(base), nanos(cap)).decide(&failure)
            }
            _ => panic!("no such jitter: {line}"),
        };
        assert_eq!(decision, Decision::Retry(nanos(expected)), "{line}");
        checked += 1;
    }
    assert_eq!(checked, 54);
}
