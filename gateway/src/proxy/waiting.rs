//! [`Waiting`]: a request whose response is awaited.

use std::sync::Arc;
use std::time::Instant;

use http::{Method, Request, Response};
use http_body::Body;

use super::causes::WithCauses;
use super::events::{By, Cut, Watch};
use super::guarded::BodyError;
use super::passed::{Account, Passed};
use crate::pace::Patience;
use crate::time::{now, since};
use crate::worker;

/// A request whose response is awaited. It reports how the wait ends, also when its client has gone.
pub(crate) struct Waiting<'w> {
    watch: &'w Arc<dyn Watch>,
    number: u64,
    started: Instant,
    is_head: bool,
    is_over: bool,
}

impl<'w> Waiting<'w> {
    pub(crate) fn new<B>(watch: &'w Arc<dyn Watch>, number: u64, request: &Request<B>) -> Self {
        let is_head = request.method() == Method::HEAD;
        Self { watch, number, started: now(), is_head, is_over: false }
    }

    /// Reports the response, and its body if that does not come to its end.
    pub(crate) fn end<B: Body>(
        mut self,
        route: Option<&Arc<str>>,
        mut response: Response<B>,
        patience: Option<Patience>,
    ) -> Response<Passed<B>> {
        self.is_over = true;
        let status = response.status();
        let took = since(self.started);
        self.watch.answered(route.map(|route| &**route), status, took);
        if let Some(error) = response.extensions_mut().remove::<Arc<BodyError>>() {
            let (route, status, why) = (route.map(|route| &**route), Some(status), &WithCauses(&*error));
            self.watch.cut(&Cut { route, status, bytes: 0, by: By::Upstream, why, took });
        }
        if self.is_head {
            return response.map(Passed::new); // the body of a refusal, which is not sent
        }
        let (watch, number, route) = (Arc::clone(self.watch), self.number, route.cloned());
        let account = Account { watch, number, route, status, started: self.started, patience };
        response.map(|body| Passed::reporting(body, account))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let took = since(self.started);
        if worker::is_ending() {
            let why = &"the gateway was stopped";
            self.watch.cut(&Cut { route: None, status: None, bytes: 0, by: By::Stopped, why, took });
        } else {
            self.watch.abandoned(took);
        }
    }
}
