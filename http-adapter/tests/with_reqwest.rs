//! Retrying around reqwest, without a layer.

use http::Method;
use persevere::{Policy, Reason, constant, retry};
use persevere_http::{HttpClassifier, TransportFailure};

use test_servers::script::{Act, Script};
use test_servers::{closed, ms};

fn client() -> reqwest::Client {
    // Its own retries would multiply with ours.
    let client = reqwest::Client::builder().retry(reqwest::retry::never()).no_proxy().timeout(ms(300));
    client.build().expect("no TLS, no proxy")
}

#[tokio::test]
async fn responses_errors_and_errors_made_of_statuses_are_judged_by_the_table() {
    use persevere::BackoffExt;
    let policy = |method| Policy::new(constant(ms(0)).attempts(3)).classify(HttpClassifier::gateway(method));
    for (act, method, with_status, attempts) in [
        (Act::Answer(503), Method::GET, false, 2),
        (Act::Answer(503), Method::GET, true, 2),
        (Act::Answer(503), Method::POST, true, 1),
        (Act::Answer(404), Method::GET, true, 1),
        (Act::Close, Method::GET, false, 2),
        (Act::Close, Method::POST, false, 1),
        (Act::Stall, Method::PUT, false, 2),
        (Act::Junk, Method::GET, false, 1),
    ] {
        let script = Script::new([act]);
        let address = script.start().await;
        let client = client();
        let call = retry(policy(method.clone()), || {
            let sending = client.request(method.clone(), format!("http://{address}/")).send();
            async move {
                let response = sending.await?;
                if with_status { response.error_for_status() } else { Ok(response) }
            }
        });
        let report = call.report().await;
        assert_eq!(report.attempts, attempts, "{act:?} {method} {with_status}: {:?}", report.outcome);
    }
}

/// An error of somebody's own around reqwest's.
#[derive(Debug, thiserror::Error)]
#[error("the document could not be had")]
struct Wrapped(#[source] reqwest::Error);

#[tokio::test]
async fn an_error_around_one_of_reqwest_is_judged_like_it() {
    use persevere::{Classifier, Verdict};
    let table = HttpClassifier::gateway(Method::POST).sends_once(true);
    let (_held, closed) = closed();
    let refused = client().post(format!("http://{closed}/")).send().await.map_err(Wrapped);
    assert!(matches!(table.classify(&refused), Verdict::Retry { .. }), "not sent");
    for (status, method, again) in
        [(503, Method::GET, true), (503, Method::POST, false), (404, Method::GET, false)]
    {
        let address = Script::new([Act::Answer(status)]).start().await;
        let response = client().get(format!("http://{address}/")).send().await.expect("answered");
        let failed = response.error_for_status().map_err(Wrapped);
        let verdict = HttpClassifier::gateway(method).classify(&failed);
        assert_eq!(matches!(verdict, Verdict::Retry { .. }), again, "{status}");
        assert!(again || verdict == Verdict::Reject, "an error is not accepted");
    }
}

#[tokio::test]
async fn a_wait_beyond_the_ceiling_ends_the_call_with_the_response_in_hand() {
    let script = Script::new([Act::Answer(429)]).with_headers("retry-after: 3600\r\n");
    let address = script.start().await;
    let policy = Policy::default().classify(HttpClassifier::gateway(Method::GET));
    let client = client();
    let report = retry(&policy, || client.get(format!("http://{address}/")).send()).report().await;
    assert_eq!((report.attempts, report.reason), (1, Reason::HintTooLong));
    assert_eq!(report.outcome.expect("the response in hand").status(), 429);
}

#[tokio::test]
async fn failures_of_reqwest_are_told_apart() {
    let failure = async |address: String| {
        let error = client().get(format!("http://{address}/")).send().await.expect_err("no response");
        TransportFailure::of(&error)
    };
    let (_held, closed) = closed();
    assert_eq!(failure(closed.to_string()).await, Some(TransportFailure::NotSent));
    for (act, expected) in [
        (Act::Close, TransportFailure::BeforeHead),
        (Act::Stall, TransportFailure::HeadTimeout),
        (Act::Junk, TransportFailure::BadHead),
    ] {
        let address = Script::new([act]).start().await;
        assert_eq!(failure(address.to_string()).await, Some(expected), "{act:?}");
    }
    let address = Script::new([Act::CutBody]).start().await;
    let response = client().get(format!("http://{address}/")).send().await.expect("a head");
    let error = response.bytes().await.expect_err("the body is cut");
    assert_eq!(TransportFailure::of(&error), Some(TransportFailure::AfterHead));
    let address = Script::new([]).start().await;
    let response = client().get(format!("http://{address}/")).send().await.expect("a head");
    let error = response.upgrade().await.expect_err("nobody has asked for it");
    assert_eq!(TransportFailure::of(&error), Some(TransportFailure::AfterHead));
    let error = client().get("no URL").send().await.expect_err("it cannot be sent");
    assert_eq!(TransportFailure::of(&error), Some(TransportFailure::Local));
}
