//! [`Series`]: metrics of one name, one for each combination of labels.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// The names and values of labels, a few combinations for each route.
///
/// A client cannot choose any of them.
pub(crate) type Labels = Vec<(&'static str, String)>;

/// Metrics of one name, one for each combination of labels. Clones share them.
///
/// A `Family` of `prometheus_client` cannot list its labels, so it cannot forget the labels of one route.
pub(crate) struct Series<M> {
    metrics: Arc<RwLock<BTreeMap<Labels, M>>>,
    make: fn() -> M,
}

impl<M: Clone> Series<M> {
    pub(crate) fn new(make: fn() -> M) -> Self {
        Self { metrics: Arc::default(), make }
    }

    /// Returns the metric with these labels, which is made if there is none.
    pub(crate) fn with(&self, labels: Labels) -> M {
        let known = self.metrics.read().unwrap_or_else(PoisonError::into_inner).get(&labels).cloned();
        known.unwrap_or_else(|| {
            let mut metrics = self.metrics.write().unwrap_or_else(PoisonError::into_inner);
            metrics.entry(labels).or_insert_with(self.make).clone()
        })
    }

    /// Forgets the metrics whose route is not wanted.
    pub(crate) fn keep_routes(&self, wants: impl Fn(&str) -> bool) {
        let mut metrics = self.metrics.write().unwrap_or_else(PoisonError::into_inner);
        metrics.retain(|labels, _| {
            let route = labels.iter().find(|(name, _)| *name == "route");
            route.is_none_or(|(_, route)| wants(route))
        });
    }
}

impl<M> Clone for Series<M> {
    fn clone(&self) -> Self {
        Self { metrics: Arc::clone(&self.metrics), make: self.make }
    }
}

impl<M> fmt::Debug for Series<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Series").finish_non_exhaustive()
    }
}

impl<M: EncodeMetric + TypedMetric> EncodeMetric for Series<M> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let metrics = self.metrics.read().unwrap_or_else(PoisonError::into_inner);
        metrics.iter().try_for_each(|(labels, metric)| metric.encode(encoder.encode_family(labels)?))
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }

    fn is_empty(&self) -> bool {
        self.metrics.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}
