//! [`HttpClassifier`]: judges the outcomes of one request by the rules of a gateway, for calls without a filter.

use std::error::Error;

use http::{HeaderMap, Method, Response};
use persevere::{Classifier, Verdict};

use crate::reuse::Reuse;
use crate::rules::{GatewayRules, Outcome, RequestFacts, Ruling};

/// Judges the outcomes of one request by the [rules of a gateway](GatewayRules): for
/// [`persevere::retry`] around a client, without a tower layer.
///
/// ```
/// use http::{Method, Response};
/// use persevere::{Policy, retry};
/// use persevere_http::HttpClassifier;
///
/// # async fn send() -> Result<Response<()>, std::io::Error> { Ok(Response::new(())) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), std::io::Error> {
/// let policy = Policy::default().classify(HttpClassifier::gateway(Method::GET));
/// let response = retry(&policy, send).await?;   // 429, 502, 503, … and failed connections are retried
/// # assert!(response.status().is_success()); Ok(()) }
/// ```
///
/// It remembers nothing, so one can judge any number of requests with the same method. What a
/// [`RetryFilter`](crate::RetryFilter) limits within one request – 421 once, three refused streams, one closed connection
/// tried again at once – only the policy limits here.
#[derive(Clone, Debug)]
pub struct HttpClassifier {
    rules: GatewayRules,
    request: RequestFacts,
}

impl HttpClassifier {
    /// For requests with this method, by the rules that a gateway has unless told otherwise.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a method is at hand as a constant")]
    pub fn gateway(method: Method) -> Self {
        Self::new(GatewayRules::default(), &method, &HeaderMap::new())
    }

    /// For requests with this method and these headers, by rules of your own.
    #[must_use]
    pub fn new(rules: GatewayRules, method: &Method, headers: &HeaderMap) -> Self {
        let request = rules.facts(method, headers);
        Self { rules, request }
    }

    /// Whether the client sends each request once, as [`GatewayRules::sends_once`] says. Off unless set.
    ///
    /// With reqwest, it is true of a client with
    /// [`redirect::Policy::none()`](https://docs.rs/reqwest/latest/reqwest/redirect/struct.Policy.html#method.none).
    ///
    /// ```
    /// use http::{Method, Response};
    /// use persevere::{Classifier, Verdict};
    /// use persevere_http::HttpClassifier;
    /// use std::io::{Error, ErrorKind};
    ///
    /// let table = HttpClassifier::gateway(Method::POST);
    /// let refused: Result<Response<()>, Error> = Err(ErrorKind::ConnectionRefused.into());
    /// assert_eq!(table.classify(&refused), Verdict::Reject); // after a redirect, the order may have been placed
    /// assert!(matches!(table.sends_once(true).classify(&refused), Verdict::Retry { .. }));
    /// ```
    #[must_use]
    pub fn sends_once(mut self, once: bool) -> Self {
        self.rules = self.rules.sends_once(once);
        self
    }

    /// What the rules say of an outcome, with the row that decided.
    #[must_use]
    pub fn rule(&self, outcome: Outcome<'_>) -> Ruling {
        if let Outcome::Response(head) = outcome {
            Reuse::note(head.extensions);
        }
        self.rules.rule(self.request, outcome)
    }
}

impl<B, E: Error + 'static> Classifier<Result<Response<B>, E>> for HttpClassifier {
    fn classify(&self, outcome: &Result<Response<B>, E>) -> Verdict {
        self.rule(Outcome::from(outcome)).verdict
    }
}

/// An error that was made of a status, by `error_for_status`, is judged by that status; also as the source of another error,
/// such as that of a middleware.
#[cfg(feature = "reqwest")]
impl<E: Error + 'static> Classifier<Result<reqwest::Response, E>> for HttpClassifier {
    fn classify(&self, outcome: &Result<reqwest::Response, E>) -> Verdict {
        use crate::rules::Head;

        let error = match outcome {
            Ok(response) => {
                let head = Head::new(response.status(), response.headers(), response.extensions());
                return self.rule(Outcome::Response(head)).verdict;
            }
            Err(error) => error,
        };
        let Some(status) = crate::failure::status(error) else {
            return self.rule(Outcome::Error(error)).verdict;
        };
        let (headers, extensions) = (HeaderMap::new(), http::Extensions::new());
        match self.rule(Outcome::Response(Head::new(status, &headers, &extensions))).verdict {
            Verdict::Accept => Verdict::Reject,
            verdict => verdict,
        }
    }
}
