//! What valgrind counts of this program, run with arguments by which it does some work and nothing else.

use std::process::{Command, Stdio};

use crate::rounds::ratio;

/// Whether instructions can be counted here.
#[must_use]
pub fn can_count() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What `count` counts of one call of the work that this program does when it is run with `arguments` and a number of calls:
/// the difference between so many calls and twice as many, so that what happens once does not count.
#[must_use]
pub fn of_one_call(count: fn(&[&str]) -> u64, arguments: &[&str], calls: u64) -> f64 {
    let counted = |calls: u64| count(&[arguments, &[&calls.to_string()]].concat());
    ratio(counted(calls * 2).saturating_sub(counted(calls)), calls)
}

/// Instructions of this program, run with `arguments`, counted by callgrind.
///
/// # Panics
///
/// When that run fails.
#[must_use]
pub fn instructions(arguments: &[&str]) -> u64 {
    told(&["--tool=callgrind", "--callgrind-out-file=/dev/null"], arguments, "Collected :")
}

/// Allocations of this program, run with `arguments`, counted by memcheck.
///
/// # Panics
///
/// When that run fails.
#[must_use]
pub fn allocations(arguments: &[&str]) -> u64 {
    told(&["--tool=memcheck"], arguments, "total heap usage:")
}

/// The number that valgrind tells last after `told`.
fn told(tool: &[&str], arguments: &[&str], told: &str) -> u64 {
    let this = std::env::current_exe().expect("this program has a path");
    let output =
        Command::new("valgrind").args(tool).arg(this).args(arguments).output().expect("valgrind runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {text}");
    let line = text.lines().rev().find_map(|line| line.split_once(told)).expect("valgrind tells its sum");
    // Of an allocation it says how many there were, and only then how many are gone.
    let number = line.1.split_whitespace().next().expect("a number");
    number.replace(',', "").parse().expect("a number")
}

/// The compiler in the path, which is mostly the one that this was built with, and the machines that it compiles for.
#[must_use]
pub fn compiler() -> String {
    let output = Command::new("rustc").arg("-vV").output().map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&output);
    let version = text.lines().next().unwrap_or("an unknown compiler");
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or("an unknown machine");
    format!("{version} for {host}")
}
