//! Policies in configuration files.

mod laws;
mod refused;

use std::time::Duration;

use persevere::{
    AnyBudget, BackoffExt, Budget, Invalid, Kind, Permit, Policy, PolicyConfig, RatioBudget, Reason, Stamp,
    TokenBudget, constant, decorrelated, exponential, fibonacci, linear, polynomial, sequence,
};

use crate::support::ms;

fn yaml(text: &str) -> Result<PolicyConfig, String> {
    serde_yaml_ng::from_str(text).map_err(|error| error.to_string())
}

/// What the policy of a configuration prints.
fn printed(text: &str) -> String {
    yaml(text).unwrap().policy().unwrap().to_string()
}

#[test]
fn nothing_written_is_the_default_policy() {
    assert_eq!(yaml("{}").unwrap(), PolicyConfig::default());
    assert_eq!(printed("{}"), Policy::default().to_string());
}

#[test]
fn every_kind_of_growth_and_every_setting_becomes_the_policy_that_one_would_write() -> Result<(), Invalid> {
    let base = ms(100);
    let ten = Duration::from_secs(10);
    for (text, backoff) in [
        ("constant: { delay: 100ms }", constant(base).full_jitter().attempts(3).to_string()),
        ("linear: { base: 100ms }", linear(base).capped(ten).full_jitter().attempts(3).to_string()),
        (
            "linear: { base: 100ms, step: 1s }",
            linear(base).step(ms(1_000)).capped(ten).full_jitter().attempts(3).to_string(),
        ),
        (
            "polynomial: { base: 100ms, degree: 2 }",
            polynomial(base, 2).capped(ten).full_jitter().attempts(3).to_string(),
        ),
        (
            "exponential: { base: 100ms, factor: 1.5 }",
            exponential(base).factor(1.5)?.capped(ten).full_jitter().attempts(3).to_string(),
        ),
        ("fibonacci: { base: 100ms }", fibonacci(base).capped(ten).full_jitter().attempts(3).to_string()),
        ("decorrelated: { base: 100ms }", decorrelated(base, ten).capped(ten).attempts(3).to_string()),
        ("sequence: [100ms, 1m]", sequence([base, ms(60_000)]).full_jitter().to_string()),
    ] {
        // A sequence has no need of a count, and what is not counted gets no budget unless one is written.
        let budget = if text.starts_with("sequence") { "" } else { ".budget(TokenBudget::new(10, 0.1)?)" };
        let policy = format!("Policy::new({backoff}){budget}");
        assert_eq!(printed(&format!("backoff: {{ {text} }}")), policy, "{text}");
    }
    let whole = "
        backoff: { constant: { delay: 1s } }
        by_kind:
          throttled: { exponential: { base: 2s } }
          not_sent: { constant: { delay: 0s } }
        cap: 1m 30s
        jitter: 0.25
        floor: 10ms
        attempts: none
        within: 1h
        max_hint: none
        hint_spread: 500ms
        reset_after: 5m
        budget:
          tokens: { capacity: 100, per_success: 0.5, cost: { throttled: 0.25 } }";
    let written = Policy::new(
        constant(ms(1_000))
            .by_kind(Kind::Throttled, exponential(ms(2_000)))
            .by_kind(Kind::NotSent, constant(Duration::ZERO))
            .capped(ms(90_000))
            .proportional_jitter(0.25)?
            .floor(ms(10))
            .within(ms(3_600_000))
            .reset_after(ms(300_000)),
    )
    .max_hint(Duration::MAX)
    .hint_spread(ms(500))
    .budget(TokenBudget::new(100, 0.5)?.cost(Kind::Throttled, 0.25)?);
    assert_eq!(printed(whole), written.to_string());
    let ratio = "{ jitter: equal, budget: { ratio: { ratio: 0.5, cost: { transient: 2 } } } }";
    let written = Policy::new(exponential(base).capped(ten).equal_jitter().attempts(3))
        .budget(RatioBudget::new(0.5, 1)?.cost(Kind::Transient, 2.0)?);
    assert_eq!(printed(ratio), written.to_string());
    Ok(())
}

#[test]
fn a_guard_is_left_out_only_where_no_growth_needs_it() {
    let printed = |backoff: &str, throttled: &str| {
        printed(&format!(
            "backoff: {{ {backoff} }}\nby_kind: {{ throttled: {{ {throttled} }} }}\nbudget: none"
        ))
    };
    let (sequence, constant, growing) = ("sequence: [1s]", "constant: { delay: 1s }", "linear: { base: 1s }");
    assert!(printed(sequence, sequence).ends_with(".full_jitter())"), "neither cap nor attempts");
    assert!(printed(sequence, constant).ends_with(")).full_jitter().attempts(3))"));
    for (one, other) in [(sequence, growing), (growing, sequence), (constant, growing)] {
        assert!(printed(one, other).ends_with(".capped(Duration::from_secs(10)).full_jitter().attempts(3))"));
    }
    let random = "decorrelated: { base: 1s }";
    assert!(printed(random, random).ends_with(".capped(Duration::from_secs(10)).attempts(3))"));
}

#[test]
fn a_budget_is_left_out_only_where_it_is_said_or_nothing_limits_a_call() {
    let has_budget = |text: &str| yaml(text).unwrap().budget.is_some();
    assert!(has_budget("{}") && has_budget("attempts: 100") && has_budget("within: 5s"));
    assert!(has_budget("{ attempts: none, within: 5s }"), "it ends");
    assert!(!has_budget("budget: none") && !has_budget("attempts: none"));
    assert!(has_budget("{ attempts: none, budget: { tokens: {} } }"));
}

#[test]
fn a_configured_policy_does_what_the_written_one_does() {
    let text = "{ backoff: { exponential: { base: 1s } }, cap: 5s, attempts: 6, within: 20s }";
    let configured = yaml(text).unwrap().policy().unwrap();
    let written =
        Policy::new(exponential(ms(1_000)).capped(ms(5_000)).full_jitter().attempts(6).within(ms(20_000)));
    for seed in 0..100 {
        assert_eq!(configured.schedule(seed), written.schedule(seed));
    }
    assert_eq!(configured.bounds(), written.bounds());
}

#[test]
fn a_configuration_that_was_changed_is_checked_again() {
    let mut config = PolicyConfig::default();
    config.attempts = Some(0);
    assert_eq!(config.policy().unwrap_err().field(), "attempts");
}

#[test]
fn a_configured_budget_limits_returns_and_earns() {
    let budget = |text: &str| {
        let mut config = PolicyConfig::default();
        config.budget = yaml(text).unwrap().budget;
        let now = Stamp::default();
        let budget = config.policy().unwrap();
        let budget = persevere::Parts::budget(&budget).clone();
        budget.begin(now);
        (budget, now)
    };
    let (none, now) = budget("budget: none");
    assert!(none.withdraw(Kind::Transient, now).is_some() && none.available().is_none());
    none.succeed();
    for (text, earns) in
        [("{ tokens: { capacity: 10, per_success: 1 } }", true), ("{ ratio: { per_second: 1 } }", false)]
    {
        let (budget, now) = budget(&format!("budget: {text}"));
        let withdraw = || budget.withdraw(Kind::Transient, now);
        drop(withdraw().unwrap());
        assert!((budget.available().unwrap() - 10.0).abs() < 1e-9, "what is dropped comes back");
        assert_eq!(std::iter::from_fn(withdraw).map(Permit::spend).count(), 10);
        budget.succeed();
        assert_eq!(withdraw().is_some(), earns, "{text}");
    }
    let policy = yaml("{ backoff: { constant: { delay: 0s } }, attempts: none, budget: { ratio: {} } }")
        .unwrap()
        .policy()
        .unwrap();
    let time = persevere::testing::VirtualTime::new();
    let failing = || async { Err::<(), _>(()) };
    let report = time.run(persevere::Retry::new(&policy, failing, time.clone()).report());
    assert_eq!((report.attempts, report.reason), (11, Reason::Budget), "ten retries are in stock");
}

#[test]
fn a_configuration_that_is_loaded_anew_keeps_the_fill() {
    // Q14
    let built = |text: &str| persevere::Parts::budget(&yaml(text).unwrap().policy().unwrap()).clone();
    let old = built("budget: { tokens: { capacity: 10 } }");
    (0..4).filter_map(|_| old.withdraw(Kind::Transient, Stamp::default())).for_each(Permit::spend);
    let new = built("budget: { tokens: { capacity: 1000 } }");
    assert!((new.filled_as(&old).available().unwrap() - 600.0).abs() < 1e-9);
    let policies = ["{ budget: { tokens: { capacity: 4 } } }", "{ budget: { tokens: { capacity: 8 } } }"];
    let [old_policy, new_config] = policies.map(|text| yaml(text).unwrap());
    let old_policy = old_policy.policy().unwrap().when(|_: &u8| true);
    persevere::Parts::budget(&old_policy).withdraw(Kind::Transient, Stamp::default()).unwrap().spend();
    let new_policy = new_config.policy_after(&old_policy).unwrap();
    assert!((persevere::Parts::budget(&new_policy).available().unwrap() - 6.0).abs() < 1e-9);
    let other = built("budget: { ratio: {} }");
    assert!((other.filled_as(&old).available().unwrap() - 10.0).abs() < 1e-9, "another kind says nothing");
    assert!(matches!(AnyBudget::Unlimited.filled_as(&old), AnyBudget::Unlimited));
}
