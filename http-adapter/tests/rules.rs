//! A filter follows its rules, and settings that it does not have follow from them.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use persevere::{AnyBudget, BackoffExt, Budget, Kind, Permit, Stamp, TokenBudget, constant};
use persevere_http::spring::routes::{Notes, RouteFile};
use persevere_http::spring::{SpringBackoff, SpringRules};
use persevere_http::{Explanation, GatewayRules, ReplayBody, RetryFilter, RetryLayer, TransportFailure};
use tower::{Layer, ServiceExt};

use test_servers::ms;

/// Sends a GET to a server whose answers are all like `answer`, and returns what it took.
async fn send(filter: RetryFilter, answer: impl Fn() -> Response<()> + Clone) -> Explanation {
    let server = tower::service_fn(move |_: Request<ReplayBody<Full<Bytes>>>| {
        let answer = answer();
        async move { Ok::<_, Infallible>(answer.map(|()| String::new())) }
    });
    let request = Request::get("/").body(Full::<Bytes>::default()).expect("valid");
    let response = RetryLayer::new(filter).layer(server).oneshot(request).await.expect("infallible");
    Explanation::of(&response)
}

fn busy(retry_after: Option<&'static str>) -> impl Fn() -> Response<()> + Clone {
    move || {
        let mut response = Response::builder().status(503);
        if let Some(wait) = retry_after {
            response = response.header("retry-after", wait);
        }
        response.body(()).expect("valid")
    }
}

#[tokio::test(start_paused = true)]
async fn refused_streams_cost_the_budget_unless_the_client_sends_once() {
    let refused = || {
        let mut response = Response::builder().status(502).body(()).expect("valid");
        response.extensions_mut().insert(TransportFailure::Refused);
        response
    };
    for (once, left) in [(false, 7.0), (true, 10.0)] {
        let budget = TokenBudget::new(10, 0.0).and_then(|budget| budget.cost(Kind::NotSent, 0.0));
        let budget = budget.expect("within bounds");
        let filter = RetryFilter::gateway().retries(9).budget(budget.clone()).sends_once(once);
        let took = send(filter.build().expect("within bounds"), refused).await;
        assert_eq!(took.attempts, 4, "three refusals are followed");
        assert!((budget.available() - left).abs() < 0.01, "{once}: {} are left", budget.available());
    }
}

#[test]
fn other_rules_bring_their_own_budget_and_no_earlier_warnings() {
    let text: RetryFilter = "Retry=3,BAD_GATEWAY".parse().expect("valid");
    assert!(matches!(text.budget(), AnyBudget::Unlimited) && !text.warnings().is_empty());
    let safe = text.clone().into_builder().rules(GatewayRules::default()).build().expect("within bounds");
    assert!(matches!(safe.budget(), AnyBudget::Ratio(_)) && safe.warnings().is_empty(), "{safe}");
    let spring = RetryFilter::default().into_builder().rules(SpringRules::default());
    assert!(matches!(spring.build().expect("within bounds").budget(), AnyBudget::Unlimited));
    let chosen = text.into_builder().budget(AnyBudget::Unlimited).rules(GatewayRules::default());
    assert!(matches!(chosen.build().expect("within bounds").budget(), AnyBudget::Unlimited));
}

#[test]
fn a_filter_that_is_built_again_keeps_its_budget_and_can_take_back_what_it_said() {
    let first = RetryFilter::gateway().sends_once(true).build().expect("within bounds");
    let AnyBudget::Ratio(budget) = first.budget().clone() else { panic!("a default budget") };
    let again = first.into_builder().sends_once(false).build().expect("within bounds");
    let AnyBudget::Ratio(same) = again.budget() else { panic!("the same budget") };
    let before = same.available();
    budget.withdraw(Kind::Transient, Stamp::default()).expect("a floor").spend();
    assert!(same.available() < before, "both filters have one budget");
    assert!(!again.to_string().contains("sends once"), "{again}");
}

#[tokio::test(start_paused = true)]
async fn a_backoff_fills_in_for_rules_without_waits() {
    let secs = Duration::from_secs;
    for (asked, slept) in [(None, secs(2)), (Some("1"), secs(2)), (Some("5"), secs(5))] {
        let filter = RetryFilter::spring().backoff(constant(secs(2))).max_wait(secs(10)).retries(1);
        let took = send(filter.build().expect("within bounds"), busy(asked)).await;
        assert_eq!((took.attempts, took.slept), (2, slept), "{asked:?}");
    }
    let spring = SpringRules::default().backoff(SpringBackoff::new(ms(50), None).expect("above zero"));
    let filter = RetryFilter::spring().rules(spring).retries(5);
    let filter = filter.backoff(constant(secs(2)).attempts(3)).build();
    let filter = filter.expect("within bounds");
    assert_eq!(filter.waits().collect::<Vec<_>>(), [ms(50)..=ms(50), ms(100)..=ms(100)]);
    let took = send(filter, busy(None)).await;
    assert_eq!((took.attempts, took.slept), (3, ms(150)));
}

/// Reads the retries of a file, with its errors and warnings as one text.
fn retries(routes: &str) -> (Vec<persevere_http::spring::routes::RouteRetry>, String) {
    let text = format!(
        "spring.cloud.gateway:\n  default-filters: [ {{ name: Retry, args: {{ profile: gateway }} }} ]\n  routes:\n{routes}"
    );
    let mut notes = Notes::default();
    let file = RouteFile::read(&text, &|_| None, &mut notes).expect("it is YAML");
    let retries = file.retries(&mut notes);
    let told = notes.end().map_or_else(|error| error.to_string(), |warnings| warnings.join("\n"));
    (retries, told)
}

#[test]
fn each_route_has_its_own_copy_of_a_default_retry() {
    let (read, told) = retries(
        "  - { id: a, uri: 'http://a' }\n  - { id: b, uri: 'http://b', filters: [ Retry=2 ] }\n  - { uri: 'http://c' }",
    );
    assert_eq!(told, "");
    let filters: Vec<_> = read.iter().map(|route| route.filter.as_ref().expect("a filter")).collect();
    assert_eq!(filters.iter().map(|filter| filter.retries()).collect::<Vec<_>>(), [3, 2, 3]);
    assert_eq!(read[0].id.as_deref(), Some("a"));
    let (AnyBudget::Ratio(first), AnyBudget::Ratio(last)) = (filters[0].budget(), filters[2].budget()) else {
        panic!("default budgets")
    };
    first.withdraw(Kind::Transient, Stamp::default()).expect("a floor").spend();
    assert!(first.available() < last.available(), "routes lead to different servers");
}

#[test]
fn a_retry_that_cannot_be_read_is_not_replaced_by_the_default_one() {
    let (read, told) = retries("  - { id: a, uri: 'http://a', filters: [ Retry=0 ] }");
    assert!(read[0].filter.is_none());
    assert!(told.contains("retries must be greater than 0"), "{told}");
    let (_, told) = retries("  - { id: a, uri: 'http://a', filters: [ Retrry=2 ] }");
    assert!(told.contains("did you mean `Retry`?"), "{told}");
    let (_, told) = retries("  - { id: a, uri: 'http://a', filters: [ Retry=2, Retry=3 ] }");
    assert!(told.contains("a second `Retry`"), "{told}");
}
