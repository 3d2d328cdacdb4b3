//! Delays over many seeds, as figures, as a table and as a picture.

use std::time::Duration;

use persevere::testing::{Bands, sparkline};
use persevere::{BackoffExt, constant};

use crate::support::ms;

/// Run k waits k ms, and every other one 10 ms more.
fn runs(seed: u64) -> Vec<Duration> {
    if seed % 2 == 0 { vec![ms(seed)] } else { vec![ms(seed), ms(10)] }
}

#[test]
fn a_quantile_is_the_nearest_rank_of_the_runs_that_have_the_delay() {
    let bands = Bands::of_delays(runs, 0..101);
    assert_eq!(bands.quantile(0.0), [ms(0), ms(10)]);
    assert_eq!(bands.quantile(0.5), [ms(50), ms(10)]);
    assert_eq!(bands.quantile(0.95), [ms(95), ms(10)]);
    assert_eq!((bands.quantile(7.0), bands.quantile(f64::NAN)), (bands.quantile(1.0), bands.quantile(0.0)));
    assert_eq!((bands.longest_total(), bands.total_quantile(0.0)), (ms(109), ms(0)));
    assert_eq!(bands.mean_total(), Duration::from_nanos(54_950_495), "(5,050 + 50 × 10) / 101");
    let shares = bands.shares();
    assert!((shares[0] - 1.0).abs() < 1e-9 && (shares[1] - 50.0 / 101.0).abs() < 1e-9, "{shares:?}");
}

#[test]
fn the_table_says_which_delays_some_runs_do_not_have() {
    let text = Bands::of_delays(runs, 0..101).to_string();
    assert_eq!(
        text,
        "delay          p05      p50      p95      max   p50 in all
    1  █       5ms     50ms     95ms    100ms         50ms
    2  ▂      10ms     10ms     10ms     10ms         61ms  in 50 % of the runs
in all: mean 55ms, p50 55ms, p95 100ms, max 109ms
"
    );
}

#[test]
fn the_table_says_that_it_does_not_look_at_all_delays_of_an_endless_policy() {
    let text = |attempts| Bands::of(&constant(ms(1)).attempts(attempts), 0..1).to_string();
    assert!(
        text(1_000).contains("\n   64  █")
            && text(1_000).contains("\n    …  no more than 64 delays are looked at\nin all: "),
        "{}",
        text(1_000)
    );
    assert!(!text(64).contains('…'), "{}", text(64));
}

#[test]
fn lengths_are_printed_in_three_digits_with_their_unit() {
    let lengths =
        [0, 1, 1_500, 12_345_678, 999_600_000, 59_960_000_000, 90_000_000_000, 4_000_000_000_000_000];
    for (nanos, text) in
        lengths.into_iter().zip(["0", "1ns", "1.5µs", "12.3ms", "1000ms", "60s", "1.5min", "46.3d"])
    {
        let bands = Bands::of(&constant(Duration::from_nanos(nanos)).attempts(2), 0..1);
        let line = bands.to_string().lines().nth(1).expect("a delay").to_owned();
        assert_eq!(line.split_whitespace().nth(2), Some(text), "{line}");
    }
}

#[test]
fn a_sparkline_has_a_bar_for_each_delay() {
    assert_eq!(sparkline(&[]), "");
    assert_eq!(sparkline(&[Duration::ZERO; 2]), "▁▁");
    assert_eq!(sparkline(&[1, 2, 3, 4, 5, 6, 7, 8].map(ms)), "▁▂▃▄▅▆▇█");
    assert_eq!(sparkline(&[Duration::MAX, ms(1)]), "█▁");
}

#[test]
#[should_panic(expected = "there are no seeds")]
fn bands_without_seeds_are_refused() {
    let _ = Bands::of(&constant(ms(1)), 3..3);
}
