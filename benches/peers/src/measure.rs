//! Instructions by callgrind, and times in interleaved rounds.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::contenders::Contender;
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

/// Instructions of one call: the difference between many calls and twice as many, so that what happens once does not count.
pub(crate) fn instructions(contender: &Contender, workload: Workload) -> Option<f64> {
    if !can_count() || !(contender.run)(workload, 1) {
        return None;
    }
    let calls = workload.counted();
    let [once, twice] = [calls, calls * 2].map(|calls| counted(contender, workload, calls));
    let counted = u32::try_from(twice.saturating_sub(once)).map_or(f64::INFINITY, f64::from);
    Some(counted / f64::from(u32::try_from(calls).expect("a small number")) / workload.parts())
}

/// Instructions of a process of its own that makes so many calls.
fn counted(contender: &Contender, workload: Workload, calls: u64) -> u64 {
    let this = std::env::current_exe().expect("this program has a path");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(this)
        .args(["run", contender.name, &workload.to_string().to_lowercase(), &calls.to_string()])
        .output()
        .expect("valgrind runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {workload}: {text}", contender.name);
    let line =
        text.lines().rev().find_map(|line| line.split_once("Collected :")).expect("callgrind tells its sum");
    line.1.trim().parse().expect("a number")
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
    let calls = f64::from(u32::try_from(workload.calls()).expect("a small number"));
    began.elapsed().as_secs_f64() * 1e9 / calls / workload.parts()
}

/// The middle one of some figures.
fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}
