//! What a policy prints is the code that makes it.

use std::time::Duration;

use persevere::{
    BackoffExt, Invalid, Kind, Policy, RatioBudget, TokenBudget, Unlimited, constant, decorrelated,
    exponential, fibonacci, linear, polynomial, presets, sequence,
};

/// Text without what does not matter to a compiler.
fn squeezed(text: &str) -> String {
    text.chars().filter(|char| !char.is_whitespace() && *char != '_').collect()
}

macro_rules! prints_as_written {
    ($($code:expr;)+) => {$(
        assert_eq!(squeezed(&$code.to_string()), squeezed(stringify!($code)));
    )+};
}

#[test]
fn everything_prints_as_it_is_written() -> Result<(), Invalid> {
    prints_as_written! {
        constant(Duration::ZERO);
        constant(Duration::MAX);
        constant(Duration::from_secs(90));
        constant(Duration::from_secs(18_446_744_073_709_551_615));
        constant(Duration::from_millis(1_500));
        constant(Duration::from_micros(1_500));
        constant(Duration::from_nanos(1_000_001));
        constant(Duration::new(18_446_744_073_709, 1));
        linear(Duration::from_millis(100));
        linear(Duration::from_millis(100)).step(Duration::ZERO);
        polynomial(Duration::from_millis(100), 3);
        exponential(Duration::from_millis(100));
        exponential(Duration::MAX);
        exponential(Duration::from_millis(100)).factor(3.0)?;
        exponential(Duration::from_millis(100)).factor(1.5)?;
        exponential(Duration::from_millis(100)).factor(1e300)?;
        fibonacci(Duration::from_millis(100));
        decorrelated(Duration::from_millis(100), Duration::from_secs(10));
        sequence([Duration::from_millis(10), Duration::from_secs(1)]);
        sequence([Duration::ZERO; 0]);
        exponential(Duration::from_millis(50)).capped(Duration::from_secs(2)).full_jitter().attempts(5).within(Duration::from_secs(10));
        constant(Duration::from_secs(1)).equal_jitter().floor(Duration::from_millis(1));
        constant(Duration::from_secs(1)).proportional_jitter(0.25)?.attempts(0);
        constant(Duration::from_secs(1)).and(linear(Duration::from_secs(1)).attempts(2)).or(fibonacci(Duration::from_secs(1)));
        constant(Duration::from_secs(1)).then(3, exponential(Duration::from_secs(1)));
        constant(Duration::from_secs(1)).by_kind(Kind::Throttled, constant(Duration::from_secs(9)));
        TokenBudget::new(10, 0.1)?;
        TokenBudget::new(1, 1000.0)?.cost(Kind::Throttled, 0.5)?.cost(Kind::NotSent, 0.0)?;
        RatioBudget::new(0.2, 10)?;
        RatioBudget::new(0.0, 0)?.cost(Kind::Transient, 2.0)?;
        constant(Duration::from_secs(1)).reset_after(Duration::from_secs(60)).attempts(3);
        Unlimited;
        Policy::new(constant(Duration::from_secs(1)));
        Policy::new(constant(Duration::from_secs(1)))
            .max_hint(Duration::MAX)
            .hint_spread(Duration::from_secs(1))
            .budget(TokenBudget::new(10, 0.1)?);
    }
    Ok(())
}

#[test]
fn equal_things_print_alike_and_presets_print_as_what_they_are() -> Result<(), Invalid> {
    let second = Duration::from_secs(1);
    assert_eq!(constant(second).retries(2).to_string(), constant(second).attempts(3).to_string());
    assert_eq!(exponential(second).factor(2.0)?.to_string(), exponential(second).to_string());
    assert_eq!(
        presets::grpc().to_string(),
        "exponential(Duration::from_secs(1)).factor(1.6)?.capped(Duration::from_secs(120)).proportional_jitter(0.4)?"
    );
    Ok(())
}

#[test]
fn kinds_print_as_their_labels_in_any_width() {
    let kinds = [Kind::Transient, Kind::Throttled, Kind::NotSent];
    assert_eq!(kinds.map(|kind| format!("{kind:>10}")), [" transient", " throttled", "  not_sent"]);
}
