//! [`Refusal`]: a response of the gateway's own, instead of one of a server; [`Answer`]: the body of either.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{Either, Full};

use super::events::Watch;
use super::guarded::Guarded;
use super::pool::PooledBody;

/// The body of a response, before it goes.
pub(crate) type Answer = Guarded<Either<PooledBody, Full<Bytes>>>;

/// A response of the gateway's own.
pub(crate) struct Refusal(pub(crate) StatusCode, pub(crate) &'static str);

/// A request that is not sent; with its route, if it has come so far.
pub(crate) struct Refused<'g> {
    pub(crate) route: Option<&'g Arc<str>>,
    pub(crate) refusal: Refusal,
}

impl Refused<'_> {
    /// Reports the reason if something is wrong with the request.
    ///
    /// A 503 is not reported, because its response is.
    pub(crate) fn tell(&self, watch: Option<&dyn Watch>) {
        let Refusal(status, why) = self.refusal;
        let is_fault =
            !matches!(status, StatusCode::OK | StatusCode::NOT_FOUND | StatusCode::SERVICE_UNAVAILABLE);
        if let Some(watch) = watch.filter(|_| is_fault) {
            watch.refused(self.route.map(|route| &**route), status, why);
        }
    }
}

impl From<Refusal> for Refused<'_> {
    fn from(refusal: Refusal) -> Self {
        Self { route: None, refusal }
    }
}

impl Refusal {
    pub(crate) fn into_response(self) -> Response<Answer> {
        let Self(status, why) = self;
        let body = Full::from(format!("{status}: {why}\n"));
        let mut response = Response::new(Guarded::new(Either::Right(body), None, None));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        if matches!(status, StatusCode::BAD_REQUEST | StatusCode::NOT_IMPLEMENTED) {
            // What follows such a request may be a part of it.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
