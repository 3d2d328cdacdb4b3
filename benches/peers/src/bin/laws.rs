//! Which laws of schedules the backoffs of other libraries keep: `cargo run -p peers --bin laws`.
//!
//! Each is held against what its own documentation says, and nothing else.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a benchmark panics")]

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use backoff::backoff::Backoff as _;
use backon::BackoffBuilder as _;
use persevere::testing::{Check, Contract, JitterLaw, Report};
use persevere::{BackoffExt as _, exponential};
use tower::retry::backoff::{Backoff as _, ExponentialBackoffMaker, MakeBackoff as _};
use tower::util::rng::HasherRng;

const BASE: Duration = Duration::from_millis(100);
const CAP: Duration = Duration::from_secs(10);

/// A backoff of a library, and what its documentation says of it.
struct Subject {
    library: &'static str,
    /// As one would write it.
    settings: &'static str,
    report: Report,
}

fn main() -> std::io::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let _inside = runtime.enter(); // tower's delays are sleeps of tokio
    let mut out = std::io::stdout();
    let subjects = [ours(), backons(), tokio_retries(), towers(), others()].into_iter().flatten();
    let subjects: Vec<_> = subjects.collect();
    for Subject { library, settings, report } in &subjects {
        writeln!(out, "\n{library}: {settings}\n  {} laws hold", report.held().len())?;
        for finding in report.findings() {
            writeln!(out, "  broken {}", finding.to_string().replace('\n', "\n  "))?;
        }
    }
    writeln!(out, "\n{:<24} {:<66} {:>5}  broken", "library", "schedule", "holds")?;
    for Subject { library, settings, report } in &subjects {
        let broken: Vec<_> = report.findings().iter().map(|finding| finding.law.id()).collect();
        let broken = if broken.is_empty() { "-".to_owned() } else { broken.join(", ") };
        writeln!(out, "{library:<24} {settings:<66} {:>5}  {broken}", report.held().len())?;
    }
    Ok(if ours().iter().all(|ours| ours.report.is_clean()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A schedule that is made anew for each seed.
fn subject<I: IntoIterator<Item = Duration>>(
    library: &'static str,
    settings: &'static str,
    make: impl Fn(u64) -> I,
    contract: &Contract,
) -> Subject {
    let report = Check::new().samples(5_000, 0.04).delays(make, contract);
    Subject { library, settings, report }
}

/// What grows by a factor from a base.
fn grows(base: Duration, factor: u32) -> impl Fn(u32) -> Duration + Send + Sync + 'static {
    move |number| base.saturating_mul(factor.saturating_pow(number - 1))
}

/// Evenly spread from the delay, which grows up to the cap, to twice of it.
fn up_to_twice(base: Duration) -> JitterLaw {
    let growth = grows(base, 2);
    JitterLaw::custom(move |delay, number, _| {
        let plain = growth(number).min(CAP).as_secs_f64();
        delay.as_secs_f64() / plain - 1.0
    })
}

fn ours() -> Vec<Subject> {
    let contract = Contract::new().grows(grows(BASE, 2)).cap(CAP).jitter(JitterLaw::Full).delays(8);
    let policy = exponential(BASE).capped(CAP).full_jitter().attempts(9);
    let report = Check::new().samples(5_000, 0.04).backoff(&policy, &contract);
    let settings = "exponential(100ms).capped(10s).full_jitter().attempts(9)";
    vec![Subject { library: "persevere", settings, report }]
}

fn backons() -> Vec<Subject> {
    let builder =
        |base| backon::ExponentialBuilder::new().with_min_delay(base).with_factor(2.0).with_max_delay(CAP);
    let plain =
        |base| Contract::new().cap(CAP).grows(grows(base, 2)).jitter(JitterLaw::None).rises().first(base);
    let odd = Duration::from_millis(56);
    vec![
        subject(
            "backon 1",
            "exponential, 100 ms to 10 s, 8 times",
            |_| builder(BASE).with_max_times(8).build(),
            &plain(BASE).delays(8),
        ),
        subject(
            "backon 1",
            "exponential, 56 ms to 10 s",
            |_| builder(odd).without_max_times().build(),
            &plain(odd),
        ),
        subject(
            "backon 1",
            "exponential with jitter, 100 ms to 10 s",
            |seed| builder(BASE).without_max_times().with_jitter().with_jitter_seed(seed).build(),
            &Contract::new().cap(CAP).floor(BASE).jitter(up_to_twice(BASE)).seeded(),
        ),
    ]
}

fn tokio_retries() -> Vec<Subject> {
    // Both take the base to the power of the number.
    let powers = |number: u32| Duration::from_millis(2_u64.saturating_pow(number)).saturating_mul(100);
    let contract = |law| Contract::new().grows(powers).cap(CAP).jitter(law);
    let one = || tokio_retry::strategy::ExponentialBackoff::from_millis(2).factor(100).max_delay(CAP);
    let two = || tokio_retry2::strategy::ExponentialBackoff::from_millis(2).factor(100).max_delay(CAP);
    vec![
        subject(
            "tokio-retry 0.3",
            "exponential, 2ⁿ × 100 ms up to 10 s",
            |_| one(),
            &contract(JitterLaw::None).rises(),
        ),
        subject(
            "tokio-retry 0.3",
            "the same with jitter",
            |_| one().map(tokio_retry::strategy::jitter),
            &contract(JitterLaw::Full),
        ),
        subject(
            "tokio-retry2 0.9",
            "exponential, 2ⁿ × 100 ms up to 10 s",
            |_| two(),
            &contract(JitterLaw::None).rises(),
        ),
        subject(
            "tokio-retry2 0.9",
            "the same with jitter",
            |_| two().map(tokio_retry2::strategy::jitter),
            &contract(JitterLaw::Symmetric(0.5)),
        ),
    ]
}

fn towers() -> Vec<Subject> {
    let maker = |base, jitter| {
        let maker = ExponentialBackoffMaker::new(base, CAP, jitter, HasherRng::default());
        maker.expect("valid settings")
    };
    let delays = |mut maker: ExponentialBackoffMaker| {
        let mut backoff = maker.make_backoff();
        std::iter::repeat_with(move || backoff.next_backoff().deadline() - now())
    };
    let contract = |base, law| Contract::new().grows(grows(base, 2)).cap(CAP).jitter(law);
    let spread = |base| contract(base, up_to_twice(base));
    let (second, shared) = (Duration::from_secs(1), maker(BASE, 1.0));
    vec![
        subject(
            "tower 0.5",
            "exponential, 100 ms to 10 s",
            |_| delays(maker(BASE, 0.0)),
            &contract(BASE, JitterLaw::None).rises(),
        ),
        subject(
            "tower 0.5",
            "with jitter of 1.0, all from one maker",
            |_| delays(shared.clone()),
            &spread(BASE),
        ),
        subject(
            "tower 0.5",
            "with jitter of 1.0, a maker for each",
            |_| delays(maker(BASE, 1.0)),
            &spread(BASE),
        ),
        subject(
            "tower 0.5",
            "1 s to 10 s, with jitter of 1.0, a maker for each",
            |_| delays(maker(second, 1.0)),
            &spread(second),
        ),
    ]
}

#[expect(clippy::disallowed_methods, reason = "tower's delays are deadlines on tokio's paused clock")]
fn now() -> tokio::time::Instant {
    tokio::time::Instant::now()
}

fn others() -> Vec<Subject> {
    let interval = |number: u32| {
        BASE.mul_f64(1.5_f64.powi(i32::try_from(number - 1).unwrap_or(i32::MAX)).min(1e6)).min(CAP)
    };
    let build = |factor| {
        let mut builder = backoff::ExponentialBackoffBuilder::new();
        builder.with_initial_interval(BASE).with_multiplier(1.5).with_max_interval(CAP);
        builder.with_max_elapsed_time(None).with_randomization_factor(factor).build()
    };
    let from_backoff = |factor| {
        move |_seed| {
            let mut backoff: backoff::ExponentialBackoff = build(factor);
            std::iter::from_fn(move || backoff.next_backoff())
        }
    };
    let from_exponential = |jitter| {
        move |_seed| {
            let mut backoff = exponential_backoff::Backoff::new(40, BASE, CAP);
            backoff.set_jitter(jitter);
            backoff.into_iter().flatten()
        }
    };
    let plain = Contract::new().grows(grows(BASE, 2)).cap(CAP).floor(BASE);
    vec![
        // Its documentation says that the interval is capped, not what is slept.
        subject(
            "backoff 0.4",
            "exponential, 100 ms × 1.5ⁿ up to 10 s",
            from_backoff(0.0),
            &Contract::new().grows(interval).jitter(JitterLaw::None).rises(),
        ),
        subject(
            "backoff 0.4",
            "the same with a randomization factor of 0.5",
            from_backoff(0.5),
            &Contract::new().grows(interval).jitter(JitterLaw::Symmetric(0.5)),
        ),
        subject(
            "exponential-backoff 2",
            "100 ms to 10 s, without jitter",
            from_exponential(0.0),
            &plain.clone().jitter(JitterLaw::None).rises().delays(39),
        ),
        subject(
            "exponential-backoff 2",
            "100 ms to 10 s, with a jitter of 0.3",
            from_exponential(0.3),
            &plain.jitter(JitterLaw::Symmetric(0.3)),
        ),
    ]
}
