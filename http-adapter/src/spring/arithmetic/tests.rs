use super::*;

const LONG_MAX: u64 = i64::MAX.unsigned_abs();

fn backoff(first: u64, cap: Option<u64>, factor: i32, from_previous: bool) -> SpringBackoff {
    SpringBackoff::new(Duration::from_millis(first), cap.map(Duration::from_millis))
        .expect("valid bounds")
        .factor(factor)
        .based_on_previous_value(from_previous)
}

/// Draws the next delay.
fn next(state: &mut Drawn, backoff: SpringBackoff, jitter: Option<SpringJitter>, word: u64) -> Duration {
    *state = backoff.next(*state, jitter, word);
    state.last
}

fn delays(backoff: SpringBackoff, count: usize) -> Vec<u128> {
    let mut state = Drawn::default();
    (0..count).map(|_| next(&mut state, backoff, None, 0).as_millis()).collect()
}

#[test]
fn the_golden_delays_of_the_original() {
    let both = |first, cap, factor, expected: &[u64]| {
        for from_previous in [false, true] {
            let delays = delays(backoff(first, cap, factor, from_previous), expected.len());
            let expected: Vec<_> = expected.iter().copied().map(u128::from).collect();
            assert_eq!(delays, expected, "exp({first}, {cap:?}, {factor}, {from_previous})");
        }
    };
    both(10, Some(50), 2, &[10, 20, 40, 50, 50, 50, 50, 50]);
    both(5, None, 2, &[5, 10, 20, 40, 80, 160, 320, 640]);
    both(100, None, 2, &[100, 200, 400, 800, 1600, 3200, 6400, 12_800]);
    both(50, Some(100), 2, &[50, 100, 100]);
    both(10, Some(50), 1, &[10, 10, 10]);
    both(10, Some(50), 0, &[10, 10, 10]);
    both(10, Some(1000), 3, &[10, 30, 90, 270, 810, 1000, 1000]);
    both(10, Some(10), 2, &[10, 10]);
    let (hour, million) = (3_600_000, 1_000_000);
    both(hour, None, 1_000_000, &[hour, hour * million, hour * million * million, LONG_MAX, LONG_MAX]);
    assert_eq!(delays(backoff(10, Some(50), -2, false), 8), [10, 10, 40, 10, 50, 50, 50, 50]);
    assert_eq!(delays(backoff(10, Some(50), -2, true), 4), [10, 10, 10, 10]);
}

#[test]
fn the_golden_ranges_of_the_jitter() {
    let words = [0, 1 << 63, u64::MAX];
    let range = |factor: f64, first: u64, cap: u64, delay: u64| {
        let jitter = SpringJitter::new(factor).expect("a valid factor");
        let backoff = backoff(first, Some(cap), 2, true);
        let spread = words.map(|word| jitter.spread(i128::from(delay) * MILLI, backoff, word) / MILLI);
        (spread[0], spread[2])
    };
    for (factor, first, middle, top) in [
        (0.1, (100, 109), (360, 439), (360, 399)),
        (0.29, (100, 127), (288, 511), (288, 399)),
        (0.5, (100, 149), (200, 599), (200, 399)),
        (0.57, (100, 155), (176, 623), (176, 399)),
        (1.0, (100, 199), (100, 799), (100, 399)),
        (0.01, (100, 100), (396, 403), (396, 399)),
        (0.005, (100, 100), (400, 400), (400, 400)),
    ] {
        assert_eq!(range(factor, 100, 1000, 100), first, "first delay, factor {factor}");
        assert_eq!(range(factor, 100, 1000, 400), middle, "in the middle, factor {factor}");
        assert_eq!(range(factor, 100, 400, 400), top, "at the cap, factor {factor}");
    }
    assert_eq!(range(0.5, 1, 1000, 1), (1, 1));
    assert_eq!(range(0.5, 1, 1000, 3), (2, 3));
}

#[test]
fn jittered_delays_feed_the_next_one() {
    let jitter = SpringJitter::new(1.0).ok();
    let backoff = backoff(100, Some(10_000), 2, true);
    let mut state = Drawn::default();
    // Always the middle: of [100, 200), then of [100, 600) around 300, then of [100, 1400) around 700.
    let delays = [(); 3].map(|()| next(&mut state, backoff, jitter, 1 << 63).as_millis());
    assert_eq!(delays, [150, 350, 750]);
}

#[test]
fn bounds_are_checked_when_built() {
    let ms = Duration::from_millis;
    for (first, cap, field, value, bound) in [
        (ms(0), None, "backoff.firstBackoff", "0ns", "firstBackoff must be > 0"),
        (ms(20), Some(ms(10)), "backoff.maxBackoff", "10ms", "maxBackoff must be >= firstBackoff"),
        (
            ms(20),
            Some(ms(LONG_MAX)),
            "backoff.maxBackoff",
            "9223372036854775.807s",
            "maxBackoff must be less than Long.MAX_VALUE milliseconds",
        ),
    ] {
        let error = SpringBackoff::new(first, cap).expect_err("out of bounds");
        assert_eq!((error.field(), error.value(), error.bound()), (field, value, bound));
    }
    assert!(SpringBackoff::new(ms(20), Some(ms(20))).is_ok());
    for factor in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let error = SpringJitter::new(factor).expect_err("out of bounds");
        assert_eq!(error.field(), "jitter.randomFactor");
        assert_eq!(error.bound(), "random factor must be between 0 and 1 (default 0.5)");
    }
}

#[test]
fn a_delay_never_leaves_first_and_cap() {
    for first in [1, 7, 1000, LONG_MAX - 1] {
        for factor in [i32::MIN, -1, 0, 1, 2, i32::MAX] {
            for from_previous in [false, true] {
                let backoff = backoff(first, None, factor, from_previous);
                for word in [0, u64::MAX] {
                    let mut state = Drawn::default();
                    for _ in 0..71 {
                        let delay = next(&mut state, backoff, SpringJitter::new(1.0).ok(), word).as_millis();
                        assert!(delay >= first.into() && delay <= LONG_MAX.into(), "{delay}");
                    }
                }
            }
        }
    }
}
