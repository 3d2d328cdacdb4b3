//! [`Metrics`]: counts what happens, for Prometheus.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use persevere::{Decision, Event, Kind, Reason, Verdict};
use persevere_http::ReplayPool;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text::encode};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::routes::Routes;
use super::series::Series;
use crate::console;
use crate::proxy::{Closed, Cut, Outcome, Tried, Watch};

/// Counts what happens, for Prometheus. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    requests: Series<Counter>,
    attempts: Series<Counter>,
    retries: Series<Counter>,
    refusals: Series<Counter>,
    abandoned: Counter,
    cut: Series<Counter>,
    tunnels: Series<Counter>,
    reloads: Series<Counter>,
    seconds: Series<Histogram>,
    /// Routes that have metrics.
    routes: Arc<Mutex<Routes>>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let counters = || Series::new(Counter::default);
        Self {
            requests: counters(),
            attempts: counters(),
            retries: counters(),
            refusals: counters(),
            abandoned: Counter::default(),
            cut: counters(),
            tunnels: counters(),
            reloads: counters(),
            // From a millisecond to half a minute.
            seconds: Series::new(|| Histogram::new(exponential_buckets(0.001, 2.0, 16))),
            routes: Arc::default(),
        }
    }

    /// Counts a reload of the configuration that was accepted or refused.
    pub(crate) fn reloaded(&self, is_good: bool) {
        let result = if is_good { "taken" } else { "refused" };
        self.reloads.with(vec![("result", result.to_owned())]).inc();
    }

    /// Sets the current routes. Forgets the metrics of routes that [`Routes`] no longer keeps.
    pub(crate) fn routes_are<'n>(&self, names: impl Iterator<Item = &'n Arc<str>>) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        routes.are(names);
        let keeps = |route: &str| route == NO_ROUTE || routes.keeps(route);
        for counters in
            [&self.requests, &self.attempts, &self.retries, &self.refusals, &self.cut, &self.tunnels]
        {
            counters.keep_routes(keeps);
        }
        self.seconds.keep_routes(keeps);
    }

    /// The text for Prometheus.
    pub(crate) fn text(
        &self,
        pool: &ReplayPool,
        budgets: Vec<(String, f64)>,
        resting: Vec<(String, usize)>,
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
        registry.register(
            "responses_cut",
            "Responses that ended before their bodies did, by route and cause",
            self.cut.clone(),
        );
        registry.register(
            "tunnels",
            "Tunnels that have ended, by route and how they ended",
            self.tunnels.clone(),
        );
        registry.register("reloads", "Reloads of the configuration, by result", self.reloads.clone());
        registry.register(
            "request_seconds",
            "Time from a request to the head of its response",
            self.seconds.clone(),
        );
        registry.register_collector(Box::new(Now { pool: pool.clone(), budgets, resting }));
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

/// The values that are read when the metrics are.
#[derive(Debug)]
struct Now {
    pool: ReplayPool,
    budgets: Vec<(String, f64)>,
    /// Instances of each route.
    resting: Vec<(String, usize)>,
}

impl Collector for Now {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let bytes = ConstGauge::new(i64::try_from(self.pool.in_use()).unwrap_or(i64::MAX));
        let help = "Bytes of request bodies that are kept for another attempt";
        bytes.encode(encoder.encode_descriptor("buffered_bytes", help, None, bytes.metric_type())?)?;
        let dropped = ConstCounter::new(console::dropped());
        let help = "Log lines that were not written, because the reader was too slow or the disk full";
        let name = "log_lines_dropped";
        dropped.encode(encoder.encode_descriptor(name, help, None, dropped.metric_type())?)?;
        let help = "Retries or tokens that are left";
        let mut descriptor = encoder.encode_descriptor("budget_available", help, None, MetricType::Gauge)?;
        for (route, available) in &self.budgets {
            let gauge = ConstGauge::new(*available);
            gauge.encode(descriptor.encode_family(&[("route", route.as_str())])?)?;
        }
        let help = "Instances that rest after failures";
        let mut descriptor = encoder.encode_descriptor("instances_resting", help, None, MetricType::Gauge)?;
        for (route, number) in &self.resting {
            let gauge = ConstGauge::new(i64::try_from(*number).unwrap_or(i64::MAX));
            gauge.encode(descriptor.encode_family(&[("route", route.as_str())])?)?;
        }
        Ok(())
    }
}

impl Watch for Metrics {
    fn tried(&self, attempt: &Tried<'_>) {
        let outcome = match attempt.outcome {
            Outcome::Response(status) => label(status),
            Outcome::Failure(kind, _) => kind.to_owned(),
        };
        self.attempts.with(vec![("route", attempt.route.to_owned()), ("outcome", outcome)]).inc();
    }

    fn decided(&self, route: &str, event: &Event) {
        let route = ("route", route.to_owned());
        match event.decision {
            Decision::Retry(_) => {
                let kind = match event.verdict {
                    Some(Verdict::Retry { kind, .. }) => kind,
                    _ => Kind::default(),
                };
                self.retries.with(vec![route, ("kind", kind.as_str().to_owned())]).inc();
            }
            Decision::Stop(Reason::Accepted) => {}
            Decision::Stop(reason) => {
                self.refusals.with(vec![route, ("reason", reason.as_str().to_owned())]).inc();
            }
        }
    }

    fn answered(&self, route: Option<&str>, status: StatusCode, took: Duration) {
        let route = ("route", route.unwrap_or(NO_ROUTE).to_owned());
        self.seconds.with(vec![route.clone()]).observe(took.as_secs_f64());
        self.requests.with(vec![route, ("status", label(status))]).inc();
    }

    fn abandoned(&self, _took: Duration) {
        self.abandoned.inc();
    }

    fn cut(&self, cut: &Cut<'_>) {
        let (route, by) = (cut.route.unwrap_or(NO_ROUTE).to_owned(), cut.by.as_str().to_owned());
        self.cut.with(vec![("route", route), ("by", by)]).inc();
    }

    fn closed(&self, closed: &Closed<'_>) {
        let (route, end) = (closed.route.to_owned(), closed.end.as_str().to_owned());
        self.tunnels.with(vec![("route", route), ("end", end)]).inc();
    }
}

/// Stands for the route of requests that belong to none.
const NO_ROUTE: &str = "-";

/// A status as a label. An upstream can choose any number, so those without a name count by their class.
fn label(status: StatusCode) -> String {
    match (status.canonical_reason(), status.as_u16() / 100) {
        (Some(_), _) => status.as_str().to_owned(),
        (None, class @ 1..=5) => format!("{class}xx"),
        (None, _) => "other".to_owned(),
    }
}
