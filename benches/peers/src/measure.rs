//! Instructions and allocations by valgrind, and times in interleaved rounds.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::contenders::Contender;
use crate::tasks::Taken;
use crate::workload::Workload;

/// Whether instructions can be counted here.
pub(crate) fn can_count() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Instructions of one call, counted by callgrind.
pub(crate) fn instructions(contender: &Contender, workload: Workload) -> Option<f64> {
    let arguments = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
    counted(contender, workload, &arguments, "Collected :")
}

/// Allocations of one call, counted by memcheck.
pub(crate) fn allocations(contender: &Contender, workload: Workload) -> Option<f64> {
    counted(contender, workload, &["--tool=memcheck"], "total heap usage:")
}

/// What valgrind counts of one call: the difference between many calls and twice as many, so that what happens once does
/// not count.
fn counted(contender: &Contender, workload: Workload, arguments: &[&str], told: &str) -> Option<f64> {
    if !can_count() || !(contender.run)(workload, 1) {
        return None;
    }
    let calls = workload.counted();
    let [once, twice] = [calls, calls * 2].map(|calls| valgrind(contender, workload, calls, arguments, told));
    Some(ratio(twice.saturating_sub(once), calls) / workload.parts())
}

/// The number that valgrind tells last after `told`, of a process of its own that makes so many calls.
fn valgrind(contender: &Contender, workload: Workload, calls: u64, arguments: &[&str], told: &str) -> u64 {
    let this = std::env::current_exe().expect("this program has a path");
    let output = Command::new("valgrind")
        .args(arguments)
        .arg(this)
        .args(["run", contender.name, &workload.to_string().to_lowercase(), &calls.to_string()])
        .output()
        .expect("valgrind runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {workload}: {text}", contender.name);
    let line = text.lines().rev().find_map(|line| line.split_once(told)).expect("valgrind tells its sum");
    let number = line.1.split_whitespace().next().expect("a number");
    number.replace(',', "").parse().expect("a number")
}

/// Nanoseconds of one call for each contender: the middle of some rounds, in each of which everybody has a turn.
pub(crate) fn times(contenders: &[Contender], workload: Workload, rounds: usize) -> Vec<Option<f64>> {
    let mut times: Vec<_> = contenders.iter().map(|one| (one.run)(workload, 10).then(Vec::new)).collect();
    for _ in 0..rounds {
        for (contender, times) in contenders.iter().zip(&mut times) {
            if let Some(times) = times {
                times.push(time(contender, workload));
            }
        }
    }
    times.into_iter().map(|times| times.and_then(median)).collect()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn time(contender: &Contender, workload: Workload) -> f64 {
    let began = Instant::now();
    (contender.run)(workload, workload.calls());
    let nanos = u64::try_from(began.elapsed().as_nanos()).expect("less than 584 years");
    ratio(nanos, workload.calls()) / workload.parts()
}

/// Nanoseconds of a processor and bytes of memory for each of `count` tasks at once, in a process of their own each time:
/// the middle of some rounds.
pub(crate) fn tasks(
    contenders: &[Contender],
    count: u64,
    rounds: usize,
) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
    let mut taken: Vec<_> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (contender, taken) in contenders.iter().zip(&mut taken) {
            taken.push(tasks_once(contender, count));
        }
    }
    let middle = |of: fn(&Taken) -> u64| {
        let each = |taken: &Vec<Taken>| median(taken.iter().map(|taken| ratio(of(taken), count)).collect());
        taken.iter().map(each).collect()
    };
    (middle(|taken| taken.nanos), middle(|taken| taken.bytes))
}

fn tasks_once(contender: &Contender, count: u64) -> Taken {
    let this = std::env::current_exe().expect("this program has a path");
    let output = Command::new(this)
        .args(["tasks", contender.name, &count.to_string()])
        .output()
        .expect("this program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut figures = text.split_whitespace().map(|word| word.parse().expect("a number"));
    let mut next = || figures.next().expect("two numbers");
    Taken { nanos: next(), bytes: next() }
}

/// The compiler in the path, which is mostly the one that this was built with, and the machines that it compiles for.
pub(crate) fn compiler() -> String {
    let output = Command::new("rustc").arg("-vV").output().map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&output);
    let version = text.lines().next().unwrap_or("an unknown compiler");
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or("an unknown machine");
    format!("{version} for {host}")
}

/// How often `whole` has `part` in it; both are small enough to be exact.
#[expect(clippy::cast_precision_loss, reason = "instructions and nanoseconds of seconds")]
pub(crate) fn ratio(whole: u64, part: u64) -> f64 {
    whole as f64 / part as f64
}

/// The middle one of some figures.
pub(crate) fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}
