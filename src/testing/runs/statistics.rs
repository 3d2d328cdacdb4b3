//! Statistics that hold for every distribution, with a bound on how often they are wrong.

/// The share of draws below a place, and that place, where it is furthest off what it is for draws that are spread evenly over 0
/// to 1: the place itself. Sorts the draws.
pub(crate) fn off_even(draws: &mut [f64]) -> (f64, f64) {
    draws.sort_by(f64::total_cmp);
    let count = number(draws.len());
    let mut worst = (0.0_f64, 0.0_f64);
    for (index, &draw) in draws.iter().enumerate() {
        // The share jumps at each draw: both sides of the jump count.
        for share in [number(index) / count, number(index.saturating_add(1)) / count] {
            if (share - draw).abs() > (worst.0 - worst.1).abs() {
                worst = (share, draw);
            }
        }
    }
    worst
}

/// Pearson's correlation; 0 for what does not vary.
pub(crate) fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = number(pairs.len());
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (left, right) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|&(a, b)| of(a - left, b - right)).sum::<f64>();
    let spread = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    if spread > 0.0 { sum(&|a, b| a * b) / spread } else { 0.0 }
}

/// How often the greatest distance of `samples` good draws exceeds `epsilon`, at the most: 2·exp(−2nε²) (Dvoretzky, Kiefer and
/// Wolfowitz 1956 with the constant of Massart 1990).
pub(crate) fn false_alarm(samples: u32, epsilon: f64) -> f64 {
    2.0 * (-2.0 * f64::from(samples) * epsilon * epsilon).exp()
}

/// A count, for arithmetic.
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_even_is_hardly_off_and_what_is_not_is_found_where_it_is_worst() {
        let mut even: Vec<f64> = (0..1_000_u32).map(|k| f64::from(k) / 1_000.0).collect();
        let (share, at) = off_even(&mut even);
        assert!((share - at).abs() < 0.0011);
        let mut half: Vec<f64> = even.iter().map(|draw| draw / 2.0).collect();
        let (share, at) = off_even(&mut half);
        assert!((share - 1.0).abs() < 0.01 && (at - 0.5).abs() < 0.01, "{share} at {at}");
        let (share, at) = off_even(&mut [0.25; 10]);
        assert!((share - 1.0).abs() < 1e-12 && (at - 0.25).abs() < 1e-12, "all of them at one place");
    }

    #[test]
    fn equal_values_are_correlated_and_constant_ones_are_not() {
        let pairs: Vec<_> = (0..100_u32).map(|k| (f64::from(k), f64::from(k % 7) - f64::from(k))).collect();
        assert!(correlation(&pairs) < -0.99);
        assert!(correlation(&[(1.0, 2.0); 9]).abs() < 1e-12);
    }

    #[test]
    fn the_bound_is_that_of_dkw_and_massart() {
        assert!((false_alarm(20_000, 0.02) - 2.25e-7).abs() < 1e-9);
    }
}
