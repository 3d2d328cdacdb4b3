//! Events in order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use persevere_lab::simulation::{Dice, SECOND, Wheel};

/// Events pushed and popped at random come as from a heap: by time, and those of the same time as they came.
#[test]
fn events_come_in_the_order_of_time_and_then_in_that_in_which_they_came() {
    for (rate, within) in [(1e3, 10.0), (1e6, 0.001), (0.1, 1.0), (1e9, 1e-9)] {
        let (mut wheel, mut heap, mut dice) = (Wheel::new(rate, within), BinaryHeap::new(), Dice::seeded(7));
        let (mut now, mut number) = (0, 0_u32);
        for _ in 0..20_000 {
            if dice.uniform() < 0.55 {
                // Now, soon, in the past, and further away than the wheel reaches; very often several at once.
                let away =
                    [0, 1_000, SECOND, 5_000 * SECOND][dice.below(4) as usize] * u64::from(dice.below(4));
                let at = if dice.below(20) == 0 { now / 2 } else { now + away };
                wheel.push(at, number);
                // What is in the past comes next, after all that is due before it.
                heap.push(Reverse((at, number)));
                number += 1;
            } else {
                let expected = heap.pop().map(|Reverse(event)| event);
                assert_eq!(wheel.peek(), expected.map(|(at, _)| at));
                assert_eq!(wheel.pop(), expected, "rate {rate}, event {number}");
                now = expected.map_or(now, |(at, _)| at.max(now));
            }
            assert_eq!((wheel.len(), wheel.is_empty()), (heap.len(), heap.is_empty()));
        }
        let rest: Vec<_> = std::iter::from_fn(|| wheel.pop()).collect();
        let expected: Vec<_> = std::iter::from_fn(|| heap.pop()).map(|Reverse(event)| event).collect();
        assert_eq!(rest, expected, "rate {rate}");
    }
}

#[test]
fn an_event_at_the_end_of_time_comes_last() {
    let mut wheel = Wheel::new(1e6, 1.0);
    for (at, name) in [(u64::MAX, "never"), (SECOND, "soon"), (1_000_000 * SECOND, "later"), (0, "now")] {
        wheel.push(at, name);
    }
    let names: Vec<_> = std::iter::from_fn(|| wheel.pop()).map(|(_, name)| name).collect();
    assert_eq!(names, ["now", "soon", "later", "never"]);
    assert_eq!(wheel.pop(), None);
}
