//! Settings that are ours, beside those of Spring: the profile, `Retry-After`, the limit of bodies and the budget.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use persevere::AnyBudget;
use persevere_http::{Explanation, ReplayBody, RetryFilter, RetryLayer};
use tower::{Layer, ServiceExt};

use test_servers::ms;

fn read(yaml: &str) -> RetryFilter {
    RetryFilter::from_yaml(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"))
}

#[test]
fn a_filter_of_either_profile_has_a_limit_of_bodies_and_a_budget() {
    for profile in ["spring", "gateway", "Gateway"] {
        let filter = read(&format!(
            "profile: {profile}\nretries: 2\ntimeout: 3s\nbodyLimit: 16KiB\nbudget: {{ ratio: 0.1, min-per-second: 5 }}"
        ));
        assert_eq!((filter.retries(), filter.body_limit()), (2, 16 * 1024));
        assert_eq!(filter.timeout(), Some(Duration::from_secs(3)));
        let AnyBudget::Ratio(budget) = filter.budget() else { panic!("a budget of {profile}") };
        assert_eq!(format!("{budget}"), "RatioBudget::new(0.1, 5)?.cost(Kind::NotSent, 0.0)?");
    }
    let AnyBudget::Ratio(budget) = read("budget: { ratio: 1 }").budget().clone() else { panic!("a budget") };
    assert_eq!(budget.to_string(), "RatioBudget::new(1.0, 1)?.cost(Kind::NotSent, 0.0)?");
    let AnyBudget::Ratio(budget) = read("budget.minPerSecond: 0").budget().clone() else {
        panic!("a budget")
    };
    assert_eq!(budget.to_string(), "RatioBudget::new(0.1, 0)?.cost(Kind::NotSent, 0.0)?");
    for none in ["retries: 3", "profile: gateway\nbudget: none", "budget: none"] {
        assert!(matches!(read(none).budget(), AnyBudget::Unlimited), "{none}");
    }
    assert_eq!(
        read("profile: gateway").budget().to_string(),
        "RatioBudget::new(0.1, 1)?.cost(Kind::NotSent, 0.0)?",
        "as much as nobody notices, and as a server can bear"
    );
}

#[test]
fn the_profile_says_by_what_rules_a_filter_goes() {
    assert!(read("").may_retry(&Method::GET) && !read("profile: spring").may_retry(&Method::POST));
    let gateway = read("profile: gateway");
    assert!(gateway.may_retry(&Method::POST), "what was not sent is sent again whatever its method");
    assert_eq!(gateway.to_string(), RetryFilter::default().to_string());
    assert_eq!(gateway.warnings(), []);
    let filter = read(
        "profile: gateway\nstatuses: [500, 503]\nbackoff: { firstBackoff: 10ms, maxBackoff: 90ms, factor: 3 }",
    );
    assert_eq!(
        filter.to_string(),
        "Retry(retries 3, gateway, statuses [500, 503], RatioBudget::new(0.1, 1)?.cost(Kind::NotSent, 0.0)?)"
    );
}

#[test]
fn settings_that_are_ours_are_refused_with_their_place() {
    for (yaml, said) in [
        (
            "budget: 5",
            "line 1, column 9: `budget` is 5: must be none, or a group: budget.ratio, budget.minPerSecond",
        ),
        (
            "budget: none\nbudget.ratio: 1",
            "line 1, column 9: `budget` is none: cannot be combined with budget.ratio or budget.minPerSecond",
        ),
        ("profile: nginx", "line 1, column 10: `profile` is nginx: must be spring or gateway"),
        (
            "profile: gateway\nmethods: GET",
            "line 2, column 1: `methods` belongs to the profile `spring`: here, the method",
        ),
        (
            "series: 5xx\nprofile: gateway",
            "line 1, column 1: `series` belongs to the profile `spring`: here, write",
        ),
        (
            "profile: gateway\njitter: { randomFactor: 0.5 }",
            "line 2, column 11: `jitter.randomFactor` belongs to",
        ),
        ("bodyLimit: 64 KiB", "line 1, column 12: `bodyLimit` is 64 KiB: must be a size such as 64KiB"),
        ("budget: { ratio: 1001 }", "line 1, column 18: `budget.ratio` is 1001: must be between 0 and 1000"),
        ("budget: { minPerSecond: 5, ratio: 1001 }", "line 1, column 35: `budget.ratio` is 1001"),
        ("budget: { ratio: 1, minPerSecond: 100001 }", "line 1, column 35: `budget.minPerSecond` is 100001"),
        ("budget: { ratio: lots }", "`budget.ratio` is lots: must be a number"),
        (
            "budget: { minPerSecond: 100001 }",
            "line 1, column 25: `budget.minPerSecond` is 100001: must be a whole number from 0 to 100000",
        ),
        ("budget: { minPerSecond: -1 }", "`budget.minPerSecond` is -1: must be a whole number"),
        ("retryAfter: { max: -5s }", "`retryAfter.max` is -5s: must not be negative"),
        ("retryAfter: 5s", "there is no setting `retryAfter`; it is a group: write retryAfter.max"),
        ("bodylimits: 1", "did you mean `bodyLimit`?"),
        (
            "profile: gateway\nbackoff: { firstBackoff: 2s, maxBackoff: 1s }",
            "line 2, column 42: `backoff.maxBackoff` is 1s: maxBackoff must be >= firstBackoff",
        ),
        ("profile: gateway\nbackoff: { factor: 0.5 }", "line 2, column 20: `backoff.factor` is 0.5: must be"),
        ("profile: gateway\nretries: 0", "line 2, column 10: `retries` is 0: retries must be greater than 0"),
    ] {
        let error = RetryFilter::from_yaml(yaml).expect_err(yaml).to_string();
        assert!(error.contains(said), "{yaml}\n  said: {error}\n  not: {said}");
    }
}

/// What it takes to get a 200 after two 503 that ask for a wait of two seconds.
async fn after_two_seconds(yaml: &str) -> Explanation {
    twice_busy(read(yaml)).await
}

async fn twice_busy(filter: RetryFilter) -> Explanation {
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let busy = tower::service_fn(move |_: Request<ReplayBody<Full<Bytes>>>| {
        let status = if calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 2 { 503 } else { 200 };
        let response = Response::builder().status(status).header("retry-after", "2").body(String::new());
        std::future::ready(Ok::<_, Infallible>(response.expect("valid")))
    });
    let service = RetryLayer::new(filter).layer(busy);
    Explanation::of(&service.oneshot(Request::new(Full::default())).await.expect("answers"))
}

#[tokio::test(start_paused = true)]
async fn waits_that_a_response_asks_for_are_spread_over_what_the_filter_says() {
    let filter = || RetryFilter::gateway().backoff(persevere::constant(ms(10))).budget(persevere::Unlimited);
    for (filter, spread) in
        [(filter(), ms(500)), (filter().wait_spread(ms(100)), ms(100)), (filter().wait_spread(ms(0)), ms(0))]
    {
        let filter = filter.build().expect("within bounds");
        let mut longest = ms(0);
        for _ in 0..64 {
            let slept = twice_busy(filter.clone()).await.slept;
            assert!(slept >= ms(4_000) && slept <= ms(4_000) + spread * 2, "{spread:?}: {slept:?}");
            longest = longest.max(slept);
        }
        assert!(longest >= ms(4_000) + spread, "half of what is allowed, or less, in 64 trials: {longest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_followed_up_to_its_ceiling_in_either_profile() {
    let waits = "backoff: { firstBackoff: 10ms, maxBackoff: 10ms }";
    let unheard = after_two_seconds(waits).await;
    assert_eq!((unheard.attempts, unheard.slept), (3, ms(20)));
    let heard = after_two_seconds(&format!("{waits}\nretryAfter: {{ max: 2s }}")).await;
    assert_eq!((heard.attempts, heard.slept), (3, ms(4_000)));
    let too_long = after_two_seconds(&format!("{waits}\nretryAfter: {{ max: 1999ms }}")).await;
    assert_eq!((too_long.attempts, too_long.slept), (1, ms(0)));
    let longer = "backoff: { firstBackoff: 5s, maxBackoff: 5s }\nretryAfter: { max: 3s }";
    assert_eq!(after_two_seconds(longer).await.slept, ms(10_000), "our own wait is the longer one");
    let without = after_two_seconds("retryAfter: { max: 2s }").await;
    assert_eq!((without.attempts, without.slept), (3, ms(4_000)), "no wait of our own");

    let gateway = after_two_seconds(&format!("profile: gateway\n{waits}\nretryAfter: {{ max: 2s }}")).await;
    assert!(gateway.attempts == 3 && gateway.slept >= ms(4_000), "{gateway}");
    let too_long = after_two_seconds(&format!("profile: gateway\n{waits}\nretryAfter: {{ max: 1s }}")).await;
    assert_eq!((too_long.attempts, too_long.slept), (1, ms(0)));
}

#[test]
fn the_waits_of_a_filter_are_known_before_it_waits() {
    let waits =
        |yaml: &str| -> Vec<_> { read(yaml).waits().map(std::ops::RangeInclusive::into_inner).collect() };
    let exactly = |millis: [u64; 3]| millis.map(|millis| (ms(millis), ms(millis)));
    assert_eq!(waits(""), exactly([0, 0, 0]));
    assert_eq!(waits("backoff: { firstBackoff: 100ms }"), exactly([100, 200, 400]));
    let jittered = "backoff: { firstBackoff: 100ms, maxBackoff: 400ms, basedOnPreviousValue: false }\njitter: { randomFactor: 0.5 }";
    assert_eq!(waits(jittered), [(ms(100), ms(149)), (ms(100), ms(299)), (ms(200), ms(399))]);
    let full = waits("profile: gateway\nretries: 2\nbackoff: { firstBackoff: 100ms, maxBackoff: 150ms }");
    assert!(full.len() == 2 && full.iter().all(|(least, _)| least.is_zero()), "{full:?}");
    assert!(
        full[0].1 <= ms(100) && full[0].1 > ms(99) && full[1].1 <= ms(150) && full[1].1 > ms(149),
        "{full:?}"
    );
    assert_eq!(
        read("retries: 2147483647\nbackoff: { firstBackoff: 1s }").waits().take(3).count(),
        3,
        "one by one"
    );
}

#[test]
fn a_backoff_that_ends_by_itself_ends_the_waits() {
    use persevere::BackoffExt;
    let filter = RetryFilter::gateway().retries(9).backoff(persevere::constant(ms(5)).retries(2));
    let waits: Vec<_> = filter.build().expect("within bounds").waits().collect();
    assert_eq!(waits, vec![ms(5)..=ms(5); 2]);
}

#[test]
fn a_filter_prints_what_was_said_beside_springs_settings() {
    let said = "retryAfter.max: 5s\nbodyLimit: 1KiB\nbudget.ratio: 0.1";
    let shown = RetryFilter::from_yaml(said).expect("valid").to_string();
    for part in [", Retry-After up to 5s", ", bodies up to 1024 bytes", "0.1", "10"] {
        assert!(shown.contains(part), "{part} is missing: {shown}");
    }
    let silent = RetryFilter::from_yaml("retries: 1").expect("valid").to_string();
    assert!(!silent.contains("Retry-After") && !silent.contains("bodies"), "{silent}");
}
