//! Laws of what is judged and of how settings are said.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use persevere::testing::assert_classifier;
use persevere::{
    BackoffExt, Budget, Classifier, Kind, Permit, Policy, Reason, Stamp, TokenBudget, Verdict, exponential,
    retry,
};
use persevere_http::spring::{Series, SpringBackoff, SpringRules};
use persevere_http::{HttpClassifier, RetryFilter, retry_after};
use proptest::prelude::*;

use test_servers::ms;

#[expect(clippy::unnecessary_wraps, reason = "as it comes from a client")]
fn response(status: u16) -> Result<Response<()>, Error> {
    Ok(Response::builder().status(status).body(()).expect("a status has three digits"))
}

/// H1, H5: every status that there can be has a verdict, and always the same.
#[test]
fn every_status_is_judged_and_no_success_is_retried() {
    for method in [Method::GET, Method::PUT, Method::POST, Method::PATCH, Method::CONNECT] {
        let classifier = HttpClassifier::gateway(method.clone());
        assert_classifier(&classifier, (100..=999).map(response));
        let retried = |classifier: &HttpClassifier| {
            let is_retried =
                |status: &u16| matches!(classifier.classify(&response(*status)), Verdict::Retry { .. });
            (100..=999).filter(is_retried).collect::<Vec<u16>>()
        };
        let (expected, once): (&[u16], &[u16]) = match method {
            Method::GET | Method::PUT => {
                (&[408, 421, 425, 429, 502, 503, 504], &[408, 421, 425, 429, 502, 503, 504])
            }
            _ => (&[], &[421, 425]),
        };
        assert_eq!(retried(&classifier), expected, "{method}");
        assert_eq!(retried(&classifier.clone().sends_once(true)), once, "{method}");
        let errors = [ErrorKind::ConnectionRefused, ErrorKind::ConnectionReset, ErrorKind::InvalidData];
        assert_classifier(&classifier, errors.map(|kind| Err::<Response<()>, _>(Error::from(kind))));
    }
}

proptest! {
    /// H2, H3: whatever `Retry-After` holds, it is a wait of at least what was asked for, or nothing; never a panic.
    #[test]
    fn any_text_in_retry_after_is_a_wait_or_nothing(text in "[ -~]{0,40}", seconds in any::<u64>(), zeros in 0_usize..4) {
        let asked = |text: &str| {
            let value = HeaderValue::from_str(text).expect("visible characters");
            retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, value)]))
        };
        let _ = asked(&text);
        let wait = asked(&format!("{}{seconds}", "0".repeat(zeros)));
        prop_assert_eq!(wait, Some(Duration::from_secs(seconds)));
        prop_assert_eq!(asked(&format!("-{seconds}")), None);
        prop_assert_eq!(asked(&format!("{seconds}.5")), None);
    }
}

/// X2: a filter is what was said, not in which order.
#[test]
fn the_order_of_settings_does_not_matter() {
    let spring = || RetryFilter::spring();
    let backoff = || SpringBackoff::new(ms(10), Some(ms(50))).expect("valid");
    let rules = SpringRules::default;
    let one = rules()
        .methods([Method::GET])
        .series([Series::ServerError])
        .statuses([StatusCode::NOT_FOUND])
        .backoff(backoff());
    let other = rules()
        .backoff(backoff())
        .statuses([StatusCode::NOT_FOUND])
        .series([Series::ServerError])
        .methods([Method::GET]);
    let one = spring().retries(2).rules(one).timeout(ms(900)).body_limit(7).announce(true);
    let other = spring().announce(true).body_limit(7).timeout(ms(900)).rules(other).retries(2);
    assert_eq!(one.build().expect("valid").to_string(), other.build().expect("valid").to_string());
    let gateway = || RetryFilter::gateway();
    let backoff = || exponential(ms(20)).capped(ms(90));
    let one = gateway()
        .retries(4)
        .backoff(backoff())
        .max_wait(ms(700))
        .wait_spread(ms(3))
        .timeout(ms(800))
        .drain(9, ms(1));
    let other = gateway()
        .drain(9, ms(1))
        .timeout(ms(800))
        .wait_spread(ms(3))
        .max_wait(ms(700))
        .backoff(backoff())
        .retries(4);
    assert_eq!(one.build().expect("valid").to_string(), other.build().expect("valid").to_string());
}

#[tokio::test]
async fn only_what_a_server_could_do_pays_a_budget_back() {
    for (method, status, paid, reason) in [
        (Method::GET, 200, true, Reason::Accepted),
        (Method::GET, 404, true, Reason::Accepted),
        (Method::POST, 409, true, Reason::Accepted),
        (Method::GET, 500, false, Reason::Rejected),
        (Method::POST, 429, false, Reason::Rejected),
        (Method::POST, 503, false, Reason::Rejected),
    ] {
        let budget = TokenBudget::new(10, 0.5).expect("within bounds");
        budget.withdraw(Kind::Transient, Stamp::default()).expect("it is full").spend();
        let policy =
            Policy::default().budget(budget.clone()).classify(HttpClassifier::gateway(method.clone()));
        let answer = || async { Response::builder().status(status).body(()).map_err(Error::other) };
        let report = retry(&policy, answer).report().await;
        assert_eq!((report.attempts, report.reason), (1, reason), "{method} {status}");
        assert_eq!(report.outcome.expect("it comes back as it is").status().as_u16(), status);
        assert_eq!(budget.available() > 9.0, paid, "{method} {status}");
    }
}
