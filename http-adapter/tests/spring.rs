//! The profile of Spring: what is counted, what is listed, and how long is waited.

use std::collections::HashSet;
use std::time::Duration;

use http::{Method, StatusCode};
use persevere_http::RetryFilter;
use persevere_http::spring::{SpringBackoff, SpringJitter, SpringRules};

use crate::scripted::{Failed, Odd, Reset, Status, Timeout, doubling, send};
use test_servers::ms;

#[tokio::test(start_paused = true)]
async fn statuses_and_exceptions_share_one_count_and_have_delays_of_their_own() {
    // The traces of the original: each response starts the exceptions' delays anew.
    let filter = doubling;
    let (outcome, attempts, delays) =
        send(filter(), Method::GET, &[Reset, Reset, Status(500), Status(200)]).await;
    assert_eq!((outcome.unwrap(), attempts), (StatusCode::OK, 4));
    assert_eq!(delays, [ms(100), ms(200), ms(100)]);

    let (outcome, attempts, delays) =
        send(filter(), Method::GET, &[Status(500), Reset, Status(500), Reset]).await;
    assert!(matches!(outcome, Err(Failed::Io(_))), "the last exception comes back: {outcome:?}");
    assert_eq!(attempts, 4);
    assert_eq!(delays, [ms(100), ms(100), ms(200)]);

    let (outcome, attempts, delays) = send(filter(), Method::GET, &[Status(503); 4]).await;
    assert_eq!((outcome.unwrap(), attempts), (StatusCode::SERVICE_UNAVAILABLE, 4));
    assert_eq!(delays, [ms(100), ms(200), ms(400)]);

    let (outcome, attempts, delays) = send(filter(), Method::GET, &[Status(500), Odd]).await;
    assert!(matches!(outcome, Err(Failed::Odd)));
    assert_eq!((attempts, delays), (2, vec![ms(100)]));
}

#[tokio::test(start_paused = true)]
async fn a_method_that_is_not_listed_is_sent_once_whatever_happens() {
    for answer in [Status(500), Reset, Timeout, Odd] {
        let (_, attempts, delays) = send(RetryFilter::spring(), Method::POST, &[answer]).await;
        assert_eq!((attempts, delays), (1, vec![]), "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_listed_outcomes_are_retried() {
    for (answer, retried) in [
        (Status(200), false),
        (Status(404), false),
        (Status(599), false),
        (Status(500), true),
        (Reset, true),
        (Timeout, true),
        (Odd, false),
    ] {
        let answers = [answer, Status(201)];
        let (_, attempts, _) = send(RetryFilter::spring(), Method::GET, &answers).await;
        assert_eq!(attempts, if retried { 2 } else { 1 }, "{answer:?}");
    }
    let no_exceptions = RetryFilter::spring().rules(SpringRules::default().exceptions([]));
    assert_eq!(send(no_exceptions, Method::GET, &[Reset]).await.1, 1);
}

#[tokio::test(start_paused = true)]
async fn predicates_stand_beside_the_lists_or_instead_of_them() {
    let rules = SpringRules::default;
    let teapot = |rules: SpringRules| {
        RetryFilter::spring().rules(rules.retry_response(|head| head.status == StatusCode::IM_A_TEAPOT))
    };
    let odd = || RetryFilter::spring().rules(rules().retry_error(<dyn std::error::Error>::is::<Failed>));
    let answers = [Status(418), Status(500), Status(200)];
    assert_eq!(send(teapot(rules()), Method::GET, &answers).await.1, 3);
    let alone = teapot(rules().series([]).exceptions([]));
    assert_eq!(send(alone, Method::GET, &answers).await.1, 2);
    assert_eq!(send(odd(), Method::GET, &[Odd, Reset, Status(200)]).await.1, 3);
    assert_eq!(send(odd(), Method::POST, &[Odd]).await.1, 1, "the method still counts");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_holds_for_both_kinds_and_allows_the_retry_that_starts_with_it() {
    for answers in [[Status(500); 4], [Reset; 4]] {
        for (timeout, attempts) in
            [(ms(0), 1), (ms(99), 1), (ms(100), 2), (ms(299), 2), (ms(300), 3), (ms(700), 4)]
        {
            let (_, made, _) = send(doubling().timeout(timeout), Method::GET, &answers).await;
            assert_eq!(made, attempts, "{timeout:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn spring_delays_are_not_bound_by_the_ceiling_of_hints() {
    let hour = SpringBackoff::new(Duration::from_secs(3600), None).expect("above zero");
    let (_, attempts, delays) = send(
        RetryFilter::spring().rules(SpringRules::default().backoff(hour)).retries(2),
        Method::GET,
        &[Status(500); 3],
    )
    .await;
    assert_eq!((attempts, delays), (3, vec![Duration::from_secs(3600), Duration::from_secs(7200)]));
}

#[tokio::test(start_paused = true)]
async fn jitter_spreads_the_delays_of_the_layer() {
    let backoff = SpringBackoff::new(ms(100), None).expect("above zero");
    let rules =
        SpringRules::default().backoff(backoff).jitter(SpringJitter::new(1.0).expect("within bounds"));
    let filter = || RetryFilter::spring().rules(rules.clone());
    let mut firsts = HashSet::new();
    for _ in 0..32 {
        let (_, _, delays) = send(filter(), Method::GET, &[Status(500), Status(200)]).await;
        assert!(delays[0] >= ms(100) && delays[0] < ms(200), "{delays:?}");
        firsts.insert(delays[0]);
    }
    assert!(firsts.len() > 10, "{firsts:?}");
}

/// A scenario of Spring's MVC filter.
#[test]
fn m4_a_backoff_binds() {
    let filter =
        RetryFilter::from_yaml("backoff.firstBackoff: 100ms\nbackoff.maxBackoff: 500ms\nbackoff.factor: 2");
    let waits: Vec<_> = filter.expect("valid").waits().collect();
    assert_eq!(waits, [ms(100)..=ms(100), ms(200)..=ms(200), ms(400)..=ms(400)]);
    let more =
        RetryFilter::from_yaml("retries: 4\nbackoff: { firstBackoff: 100ms, maxBackoff: 500ms, factor: 2 }");
    assert_eq!(more.expect("valid").waits().last(), Some(ms(500)..=ms(500)));
}
