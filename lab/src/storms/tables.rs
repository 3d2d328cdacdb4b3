//! The results of the experiments as text.

use std::fmt::Write as _;
use std::time::Duration;

use persevere::testing::sparkline;

use crate::simulation::series::Second;
use crate::storms::experiments::{budgets, collapse, contention, crowd, executor, outage, phases, threshold};

/// Time and writes by the number of clients and the way of backing off.
#[must_use]
pub(crate) fn contention(rows: &[(u32, [contention::Cell; 5])]) -> String {
    let mut text = format!("{:>7}", "clients");
    for kind in contention::KINDS {
        let _ = write!(text, "  {kind:>22}");
    }
    text += "   (milliseconds / writes, with standard errors)\n";
    for (clients, cells) in rows {
        let _ = write!(text, "{clients:>7}");
        for contention::Cell { time, writes } in cells {
            let cell = format!("{:.0}±{:.0} / {:.1}±{:.1}", time.mean, time.error, writes.mean, writes.error);
            let _ = write!(text, "  {cell:>22}");
        }
        text.push('\n');
    }
    text
}

/// Success and load by the part of the attempts that fail and the policy.
#[must_use]
pub(crate) fn budgets(rows: &[budgets::Cells]) -> String {
    let mut text = format!("{:>6}", "fail");
    for kind in budgets::KINDS {
        let _ = write!(text, "  {kind:>16}");
    }
    text += "   (% of the calls that succeed / attempts for 100 calls)\n";
    for budgets::Cells { failures, totals } in rows {
        let _ = write!(text, "{:>4.0} %", failures * 100.0);
        for total in totals {
            let cell = format!("{:.2} / {:.1}", total.success() * 100.0, total.amplification() * 100.0);
            let _ = write!(text, "  {cell:>16}");
        }
        text.push('\n');
    }
    text
}

/// How often a system collapses, and what is left of it.
#[must_use]
pub(crate) fn collapse(rows: &[collapse::Row]) -> String {
    let mut text = format!(
        "{:<6} {:<30} {:>9} {:>7} {:>8} {:>6}  calls that succeed each second, on average\n",
        "burst", "policy", "collapsed", "success", "attempts", "later"
    );
    for row in rows {
        let collapsed = format!("{}/{}", row.collapsed, row.runs);
        let goodput: Vec<_> = row.goodput.chunks(2).map(|two| two.iter().sum::<f64>()).collect();
        let _ = writeln!(
            text,
            "{:<6} {:<30} {collapsed:>9} {:>7.2} {:>8.2} {:>6.2}  {}",
            row.burst,
            row.way,
            row.late_success,
            row.late_attempts,
            row.later_success,
            spark(goodput)
        );
    }
    text
}

/// Which policies get over an outage just below the threshold, and just above it.
#[must_use]
pub(crate) fn threshold(rows: &[threshold::Row]) -> String {
    let mut text = format!(
        "{:<42} {:>9} {:>6} {:>10}  seconds after the outage\n",
        "policy", "threshold", "load", "recovered"
    );
    for threshold::Row { policy, part, recovered } in rows {
        let mut times: Vec<_> = recovered.iter().flatten().copied().collect();
        times.sort_unstable();
        let times = match (times.first(), times.last()) {
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => "never".to_owned(),
        };
        let share = format!("{}/{}", recovered.iter().flatten().count(), recovered.len());
        let load = part * policy.threshold();
        let _ = writeln!(
            text,
            "{:<42} {:>9.3} {load:>6.3} {share:>10}  {times}",
            policy.name,
            policy.threshold()
        );
    }
    text
}

/// What became of a system after an outage.
#[must_use]
pub(crate) fn outage(runs: &[outage::Run]) -> String {
    let mut text = format!(
        "{:<40} {:>7} {:>9} {:>8} {:>8} {:>5} {:>7} {:>7} {:>7}  calls that succeed each second, for three minutes\n",
        "policy", "success", "recovered", "theory", "attempts", "peak", "queue", "p50", "p99"
    );
    for run in runs {
        let recovered = run.recovered.map_or_else(|| "never".to_owned(), |after| format!("{after} s"));
        let theory = match run.fate {
            outage::Fate::Recovers(after) => format!("{after:.0} s"),
            outage::Fate::StaysDown => "never".to_owned(),
            outage::Fate::Unclear => "?".to_owned(),
        };
        let goodput = run
            .series
            .seconds
            .chunks(3)
            .take(60)
            .map(|part| part.iter().map(|Second { successes, .. }| f64::from(*successes)).sum::<f64>());
        let latency = |part| format!("{} ms", run.series.latency.value_at_quantile(part));
        let _ = writeln!(
            text,
            "{:<40} {:>7.2} {recovered:>9} {theory:>8} {:>8.2} {:>5.2} {:>5.0} s {:>7} {:>7}  {}",
            run.way.name,
            run.late_success,
            run.late_attempts,
            run.peak,
            run.series.queue(),
            latency(0.5),
            latency(0.99),
            spark(goodput)
        );
    }
    text
}

/// How fast the simulation was, and what it has needed.
#[must_use]
pub(crate) fn speed(runs: &[outage::Run]) -> String {
    let events = runs.iter().map(|run| run.series.events).sum::<u64>();
    let (took, waiting) = (
        runs.iter().map(|run| run.took).sum::<f64>(),
        runs.iter().map(|run| run.series.waiting).max().unwrap_or_default(),
    );
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let rate = events as f64 / took / 1e6;
    let memory = peak_memory().map_or_else(String::new, |kib| format!("; {} MiB at the most", kib / 1024));
    format!(
        "{events} events in {took:.1} s: {rate:.1} million each second; {waiting} waiting at the most{memory}\n"
    )
}

/// The most memory that this process has had, in KiB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// For which loads and outages systems get over it.
#[must_use]
pub(crate) fn phases(maps: &[phases::Map]) -> String {
    let mut text = "up: what an outage of ten seconds takes from the capacity; to the right: the load; both from 0 to 100 %\n\
                    . hardly noticed   o gets over it   # still down two minutes later\n"
        .to_owned();
    for map in maps {
        let _ = writeln!(text, "\n{} (threshold {:.3})", map.policy.name, map.policy.threshold());
        for row in map.phases.iter().rev() {
            let row: String = row
                .iter()
                .map(|phase| match phase {
                    phases::Phase::Stable => '.',
                    phases::Phase::Recovers => 'o',
                    phases::Phase::StaysDown => '#',
                })
                .collect();
            let _ = writeln!(text, "  {row}");
        }
    }
    text
}

/// When a crowd comes back.
#[must_use]
pub(crate) fn crowds(crowds: &[crowd::Crowd]) -> String {
    let mut text = format!(
        "{:<16} {:>7} {:>12}  retries of 1000 clients over ten seconds\n",
        "backoff", "retries", "most in 0.1s"
    );
    for crowd in crowds {
        let counts = crowd.histogram(Duration::from_millis(100));
        let (all, most) = (counts.iter().sum::<u32>(), counts.iter().max().copied().unwrap_or_default());
        let _ = writeln!(
            text,
            "{:<16} {all:>7} {most:>12}  {}",
            crowd.name,
            spark(counts.into_iter().map(f64::from))
        );
    }
    text
}

/// What the simulation and the executor make of the same calls.
#[must_use]
pub(crate) fn executor(rows: &[executor::Row]) -> String {
    let mut text = format!(
        "{:<36} {:>7} {:>22} {:>22}\n",
        "policy", "calls", "attempts, simulated", "and by the executor"
    );
    for executor::Row { name, simulated, executed } in rows {
        let _ = writeln!(
            text,
            "{name:<36} {:>7} {:>22} {:>22}",
            executed.calls, simulated.attempts, executed.attempts
        );
    }
    text
}

/// A bar for each value.
fn spark(values: impl IntoIterator<Item = f64>) -> String {
    let bars: Vec<_> = values.into_iter().map(Duration::from_secs_f64).collect();
    sparkline(&bars)
}
