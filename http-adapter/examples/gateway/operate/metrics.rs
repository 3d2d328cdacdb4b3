//! [`Metrics`]: counts what happens, for Prometheus.

use std::time::Duration;

use http::StatusCode;
use persevere::{Decision, Event, Kind, Reason, Verdict};
use persevere_http::ReplayPool;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::proxy::{Outcome, Tried, Watch};

/// Names and values of labels: a few for each route, never what a client can choose.
type Labels = Vec<(&'static str, String)>;

/// Counts what happens, for Prometheus. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    requests: Family<Labels, Counter>,
    attempts: Family<Labels, Counter>,
    retries: Family<Labels, Counter>,
    refusals: Family<Labels, Counter>,
    abandoned: Counter,
    reloads: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram, fn() -> Histogram>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        // From a millisecond to half a minute.
        let histogram: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 16));
        Self {
            requests: Family::default(),
            attempts: Family::default(),
            retries: Family::default(),
            refusals: Family::default(),
            abandoned: Counter::default(),
            reloads: Family::default(),
            seconds: Family::new_with_constructor(histogram),
        }
    }

    /// A configuration has been read anew, or refused.
    pub(crate) fn reloaded(&self, is_good: bool) {
        let result = if is_good { "taken" } else { "refused" };
        self.reloads.get_or_create(&vec![("result", result.to_owned())]).inc();
    }

    /// The text for Prometheus.
    pub(crate) fn text(
        &self,
        pool: &ReplayPool,
        budgets: Vec<(String, f64)>,
    ) -> Result<String, std::fmt::Error> {
        let mut registry = Registry::with_prefix("gateway");
        registry.register("requests", "Requests by route and status", self.requests.clone());
        registry.register("attempts", "Attempts by route and what they ended in", self.attempts.clone());
        registry.register("retries", "Retries by route and kind of failure", self.retries.clone());
        registry.register(
            "refusals",
            "Requests whose attempts ended otherwise than accepted, by route and reason",
            self.refusals.clone(),
        );
        registry.register(
            "abandoned",
            "Requests whose clients went before the response",
            self.abandoned.clone(),
        );
        registry.register("reloads", "Configurations read anew, by result", self.reloads.clone());
        registry.register(
            "request_seconds",
            "Time from a request to the head of its response",
            self.seconds.clone(),
        );
        registry.register_collector(Box::new(Now { pool: pool.clone(), budgets }));
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

/// What is not counted but looked at.
#[derive(Debug)]
struct Now {
    pool: ReplayPool,
    budgets: Vec<(String, f64)>,
}

impl Collector for Now {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let bytes = ConstGauge::new(i64::try_from(self.pool.in_use()).unwrap_or(i64::MAX));
        let help = "Bytes of request bodies that are kept for another attempt";
        bytes.encode(encoder.encode_descriptor("buffered_bytes", help, None, bytes.metric_type())?)?;
        for (route, available) in &self.budgets {
            let gauge = ConstGauge::new(*available);
            let mut descriptor = encoder.encode_descriptor(
                "budget_available",
                "Retries or tokens that are left",
                None,
                gauge.metric_type(),
            )?;
            gauge.encode(descriptor.encode_family(&[("route", route.as_str())])?)?;
        }
        Ok(())
    }
}

impl Watch for Metrics {
    fn tried(&self, attempt: &Tried<'_>) {
        let outcome = match attempt.outcome {
            Outcome::Response(status) => status.as_str().to_owned(),
            Outcome::Failure(kind, _) => kind.to_owned(),
        };
        self.attempts.get_or_create(&vec![("route", attempt.route.to_owned()), ("outcome", outcome)]).inc();
    }

    fn decided(&self, route: &str, event: &Event) {
        let route = ("route", route.to_owned());
        match event.decision {
            Decision::Retry(_) => {
                let kind = match event.verdict {
                    Some(Verdict::Retry { kind, .. }) => kind,
                    _ => Kind::default(),
                };
                self.retries.get_or_create(&vec![route, ("kind", kind.as_str().to_owned())]).inc();
            }
            Decision::Stop(Reason::Accepted) => {}
            Decision::Stop(reason) => {
                self.refusals.get_or_create(&vec![route, ("reason", reason.as_str().to_owned())]).inc();
            }
        }
    }

    fn answered(&self, route: Option<&str>, status: StatusCode, took: Duration) {
        let route = ("route", route.unwrap_or("-").to_owned());
        self.seconds.get_or_create(&vec![route.clone()]).observe(took.as_secs_f64());
        self.requests.get_or_create(&vec![route, ("status", status.as_str().to_owned())]).inc();
    }

    fn abandoned(&self, _took: Duration) {
        self.abandoned.inc();
    }
}
