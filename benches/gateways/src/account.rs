//! The resources that a process has used, from the accounts of the kernel.

use std::fs;

/// Nanoseconds that the threads of a process and of its children have run.
///
/// Ended threads do not count, because these programs keep their threads.
pub(crate) fn cpu(process: u32) -> u64 {
    let own: u64 = tasks(process)
        .iter()
        .filter_map(|task| first(&format!("/proc/{process}/task/{task}/schedstat")))
        .sum();
    own + children(process).into_iter().map(cpu).sum::<u64>()
}

/// The processes that a process has started.
pub(crate) fn children(process: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    children.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

fn tasks(process: u32) -> Vec<String> {
    let entries = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn first(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.split_whitespace().next()?.parse().ok()
}

/// Bytes in memory: now, and at most since it began.
pub(crate) fn memory(process: u32) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let value = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib: Option<u64> =
            line.and_then(|line| line.split_whitespace().next()).and_then(|text| text.parse().ok());
        kib.unwrap_or_default() * 1024
    };
    (value("VmRSS:"), value("VmHWM:"))
}

/// File descriptors that a process has open.
pub(crate) fn descriptors(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count)
}
