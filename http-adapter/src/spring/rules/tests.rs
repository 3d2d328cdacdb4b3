//! What the rules make of outcomes, and which wait counts.

use http::Response;

use super::*;

#[test]
fn an_answer_for_a_failure_is_judged_by_the_exceptions_alone() {
    let series = vec![Series::ServerError];
    let rules = SpringRules { series, exceptions: vec![Exception::Connect], ..SpringRules::default() };
    let rule = |failure: Option<TransportFailure>| {
        let mut answer = Response::builder().status(502).body(()).expect("valid");
        if let Some(failure) = failure {
            answer.extensions_mut().insert(failure);
        }
        rules.rule(Outcome::Response(Head::of(&answer)))
    };
    assert_eq!(rule(None), Ruling::new(Row::Listed, Verdict::retry()));
    let not_sent = Ruling::new(Row::Listed, Verdict::retry_as(Kind::NotSent));
    assert_eq!(rule(Some(TransportFailure::NotSent)), not_sent);
    assert_eq!(rule(Some(TransportFailure::HeadTimeout)), Ruling::silent(Verdict::Reject));
    assert_eq!(rule(Some(TransportFailure::Local)), Ruling::new(Row::Local, Verdict::Reject));
}

#[test]
fn the_longer_wait_counts_of_the_filter_and_of_the_response() {
    let rules = SpringRules { max_wait: Some(Duration::from_secs(5)), ..SpringRules::default() };
    for (asked, own, expected) in [
        (None, None, None),
        (None, Some(2), Some(Hint::Exactly(Duration::from_secs(2)))),
        (Some(3), None, Some(Hint::AtLeast(Duration::from_secs(3)))),
        (Some(3), Some(2), Some(Hint::Exactly(Duration::from_secs(3)))),
        (Some(1), Some(2), Some(Hint::Exactly(Duration::from_secs(2)))),
        (Some(6), Some(2), Some(Hint::Never)),
    ] {
        let mut response = Response::new(());
        response.headers_mut().extend(asked.map(|asked: u64| (http::header::RETRY_AFTER, asked.into())));
        let outcome = Outcome::Response(Head::of(&response));
        let hint = rules.hint(outcome, Verdict::retry(), own.map(Duration::from_secs));
        assert_eq!(hint, expected, "{asked:?} {own:?}");
    }
}

#[test]
fn no_predicate_makes_what_has_begun_be_sent_again() {
    let rules = SpringRules { on_error: Some(Arc::new(|_| true)), ..SpringRules::default() };
    let cut = crate::failure::AfterHead::new(std::io::Error::other("cut"));
    let rejected = Ruling::new(Row::HeadPassedOn, Verdict::Reject);
    assert_eq!(rules.rule(Outcome::Error(&cut)), rejected);
    let odd = std::io::Error::other("odd");
    assert_eq!(rules.rule(Outcome::Error(&odd)), Ruling::new(Row::Listed, Verdict::retry()));
}
