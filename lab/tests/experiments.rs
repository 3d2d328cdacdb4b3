//! What the experiments show, with fixed seeds and as little work as shows it.

use persevere_lab::storms::Claim;
use persevere_lab::storms::experiments::{budgets, collapse, contention, crowd, outage, phases, threshold};

/// # Panics
///
/// With the claims that fail, if any do.
fn all_hold(claims: &[Claim]) {
    assert!(!claims.is_empty(), "there is nothing to hold");
    let failed: Vec<_> = claims.iter().filter(|claim| !claim.holds()).map(ToString::to_string).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn jitter_saves_a_crowd_most_of_its_writes_and_most_of_the_time_of_plain_backoff() {
    for clients in [50, 100] {
        all_hold(&contention::orders(clients, &contention::row(clients, 20, 1)));
    }
    let [_, _, _, full, none] = contention::row(100, 20, 1);
    assert!(full.writes.mean * 2.9 < none.writes.mean, "{} of {}", full.writes.mean, none.writes.mean);
}

#[test]
fn budgets_and_retries_make_of_failures_what_the_closed_forms_say() {
    let rows: Vec<_> = [0.1, 0.5].map(|failures| budgets::cells(failures, 100, 1)).into();
    all_hold(&budgets::claims(&rows));
    let [_, _, _, breaker] = rows[1].totals;
    assert!(breaker.amplification() < 1.01, "half of all fail, and the breaker stays open: {breaker:?}");
    let [_, _, _, breaker] = budgets::cells(0.01, 20, 1).totals;
    assert!(breaker.success() > 0.999, "what is rare is retried: {breaker:?}");
}

#[test]
fn a_spike_is_survived_with_long_waits_or_a_budget_and_mostly_not_without() {
    let ways = collapse::ways();
    let collapsed = |burst, way: usize| {
        (0..20).filter(|&seed| collapse::run(burst, &ways[way], seed).has_collapsed()).count()
    };
    let spike: Vec<_> = (0..5).map(|way| collapsed(&collapse::SPIKE, way)).collect();
    assert_eq!([spike[0], spike[3], spike[4]], [0, 0, 0], "{spike:?}");
    assert!(spike[1] >= 8 && spike[2] >= 8, "{spike:?}");
    let later = |way: usize| collapse::run(&collapse::RAMP, &ways[way], 1).later_success;
    assert_eq!(collapsed(&collapse::RAMP, 4), 20, "what is more than the server can do, no client can save");
    assert!(later(4) > 0.9 && later(0) > 0.9 && later(1) < 0.1, "but it comes back with a budget alone");
}

#[test]
fn below_the_threshold_a_system_gets_over_an_outage_and_above_it_does_not() {
    for policy in threshold::policies() {
        let at = |part: f64| threshold::recovers_after(&policy, part * policy.threshold(), 200, 1);
        assert!(at(0.8).is_some(), "{}", policy.name);
        assert_eq!(at(1.2), None, "{}", policy.name);
    }
}

#[test]
fn the_defaults_keep_a_system_alive_and_nothing_but_a_budget_or_the_server_does() {
    let size = outage::Size { clients: 400, load: 0.8, seconds: 1_000, seed: 3 };
    let runs = outage::runs(&size, true);
    all_hold(&outage::claims(&runs, &size));
    let default = runs.iter().find(|run| run.way.name == "Policy::default()").expect("it is among them");
    let none = runs.iter().find(|run| run.way.name == "no retry").expect("it is among them");
    assert!(default.recovered.is_some() && default.recovered <= none.recovered.map(|after| after + 5));
    assert!(default.peak < none.peak + 0.25, "{} and {}", default.peak, none.peak);
    for name in ["full jitter, budget 10 % of each client", "Policy::default() of each client"] {
        let each = runs.iter().find(|run| run.way.name == name).expect("it is among them");
        assert!(
            each.recovered > Some(300),
            "a thousand stocks feed it for long: {name}, {:?}",
            each.recovered
        );
    }
}

#[test]
fn a_weak_outage_is_hardly_noticed_a_strong_one_is_survived_below_the_threshold_alone() {
    let [once, _, _, budget] = phases::policies();
    assert_eq!(phases::phase(&once, 0.4, 0.9, 1), phases::Phase::Stable);
    assert_eq!(phases::phase(&once, 0.4, 0.2, 1), phases::Phase::Recovers);
    assert_eq!(phases::phase(&once, 0.6, 0.2, 1), phases::Phase::StaysDown);
    assert_eq!(phases::phase(&budget, 0.6, 0.2, 1), phases::Phase::Recovers);
}

#[test]
fn without_jitter_a_crowd_comes_back_all_at_once() {
    let crowds = crowd::crowds(1);
    let most = |name: &str| {
        let crowd = crowds.iter().find(|crowd| crowd.name == name).expect("it is among them");
        // The first second aside: whoever comes at once, comes together.
        let counts = crowd.histogram(std::time::Duration::from_millis(100));
        counts.into_iter().skip(10).max().expect("some")
    };
    assert_eq!((most("constant, 1 s"), most("exponential")), (1_000, 1_000));
    // Polly's first delay has its first delay, 200 ms, for a median, and is never longer than 2 · tanh 2 / 1.4 of it.
    let polly = crowds.iter().find(|crowd| crowd.name == "Polly's V2").expect("it is among them");
    let mut first: Vec<_> = polly.retries.iter().map(|retries| retries[0].as_secs_f64()).collect();
    first.sort_by(f64::total_cmp);
    assert!(
        (0.16..0.20).contains(&first[500]) && first[999] < 0.2755 + 0.02,
        "{} {}",
        first[500],
        first[999]
    );
    for name in ["equal jitter", "full jitter", "decorrelated", "Polly's V2"] {
        assert!(most(name) < 260, "{name}: {}", most(name));
    }
}
