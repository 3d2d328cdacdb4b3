//! What is counted with the `metrics` facade.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use metrics::{Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder};
use metrics::{SharedString, Unit};
use persevere::testing::{Script, VirtualTime};
use persevere::{BackoffExt, Metrics, Policy, Retry, TokenBudget, constant};

use crate::support::ms;

type Values = Arc<Mutex<BTreeMap<String, f64>>>;

/// Adds up what is recorded, by name and labels.
#[derive(Default)]
struct Sums {
    values: Values,
    units: Mutex<BTreeMap<String, Option<Unit>>>,
}

/// One metric of them.
struct One(Values, String);

impl One {
    fn of(sums: &Sums, key: &Key) -> Arc<Self> {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Arc::new(Self(Arc::clone(&sums.values), format!("{}{{{}}}", key.name(), labels.join(","))))
    }

    fn change(&self, change: impl FnOnce(f64) -> f64) {
        let mut values = self.0.lock().unwrap();
        let value = values.entry(self.1.clone()).or_default();
        *value = change(*value);
    }
}

impl CounterFn for One {
    fn increment(&self, value: u64) {
        self.change(|sum| sum + f64::from(u32::try_from(value).unwrap()));
    }

    fn absolute(&self, _value: u64) {
        unreachable!("counters only grow");
    }
}

impl GaugeFn for One {
    fn increment(&self, _value: f64) {
        unreachable!("a fill is set");
    }

    fn decrement(&self, _value: f64) {
        unreachable!("a fill is set");
    }

    fn set(&self, value: f64) {
        self.change(|_| value);
    }
}

impl HistogramFn for One {
    fn record(&self, value: f64) {
        self.change(|sum| sum + value);
    }
}

impl Recorder for Sums {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.units.lock().unwrap().insert(key.as_str().to_owned(), unit);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.units.lock().unwrap().insert(key.as_str().to_owned(), unit);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.units.lock().unwrap().insert(key.as_str().to_owned(), unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(One::of(self, key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(One::of(self, key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(One::of(self, key))
    }
}

#[test]
fn attempts_retries_ends_delays_and_the_budget_are_counted() {
    let sums = Sums::default();
    let budget = TokenBudget::new(3, 0.5).unwrap();
    let fill = budget.clone();
    let metrics = Metrics::new("load user").budget(move || fill.available());
    let policy = Policy::new(constant(ms(250)).attempts(3)).budget(budget).observe(metrics);
    let time = VirtualTime::new();
    let run = |script: Script<u8, u8>| {
        let _ = time.run(Retry::new(&policy, script.operation(), time.clone()));
    };
    metrics::with_local_recorder(&sums, || {
        run(Script::new(&time).succeeds(1));
        run(Script::new(&time).fails(0).succeeds(1));
        run(Script::new(&time).fails(0).fails(0).fails(0));
    });
    let values: Vec<_> =
        sums.values.lock().unwrap().iter().map(|(key, value)| format!("{key} {value}")).collect();
    assert_eq!(
        values,
        [
            "retry.attempts{call=load user} 6",
            "retry.budget{call=load user} 0.5",
            "retry.delay{call=load user} 0.75",
            "retry.ends{call=load user,reason=accepted} 2",
            "retry.ends{call=load user,reason=attempts} 1",
            "retry.retries{call=load user,kind=transient} 3",
        ]
    );
    metrics::with_local_recorder(&sums, Metrics::describe);
    let units = sums.units.lock().unwrap();
    let described: Vec<_> = units.iter().map(|(name, unit)| (name.as_str(), *unit)).collect();
    let count = Some(Unit::Count);
    assert_eq!(
        described,
        [
            ("retry.attempts", count),
            ("retry.budget", count),
            ("retry.delay", Some(Unit::Seconds)),
            ("retry.ends", count),
            ("retry.retries", count),
        ]
    );
}

#[test]
fn a_signal_ends_a_call_without_another_attempt() {
    let sums = Sums::default();
    let time = VirtualTime::new();
    let policy = Policy::new(constant(ms(100))).observe(Metrics::new("poll"));
    let failing = || async { Err::<(), _>(0) };
    metrics::with_local_recorder(&sums, || {
        let signal = persevere::Timer::sleep(&time, ms(250));
        let _ = time.run(Retry::new(&policy, failing, time.clone()).stop_on(signal));
    });
    let values = sums.values.lock().unwrap();
    assert!((values["retry.attempts{call=poll}"] - 3.0).abs() < 1e-9, "{values:?}");
    assert!((values["retry.ends{call=poll,reason=stopped}"] - 1.0).abs() < 1e-9);
}
