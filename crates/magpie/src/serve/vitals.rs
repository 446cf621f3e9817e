//! What the process takes of its machine: memory and its limit.
//!
//! Read from `/proc` and the control group, where there are any; on other systems nothing is told.

use std::fs;

use magpie_api::MemoryReport;

/// Memory of this process.
pub(super) fn memory() -> Option<MemoryReport> {
    let pages: u64 = fs::read_to_string("/proc/self/statm").ok()?.split_whitespace().nth(1)?.parse().ok()?;
    let used_bytes = pages * rustix::param::page_size() as u64;
    Some(MemoryReport { used_bytes, limit_bytes: group_limit().or_else(machine_total) })
}

/// The limit of the control group (version 2), at the root of what this process sees; `max` is none.
fn group_limit() -> Option<u64> {
    fs::read_to_string("/sys/fs/cgroup/memory.max").ok()?.trim().parse().ok()
}

fn machine_total() -> Option<u64> {
    let told = fs::read_to_string("/proc/meminfo").ok()?;
    let kib = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    kib.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_takes_some_memory_and_less_than_there_is() {
        let memory = super::memory().unwrap();
        assert!(memory.used_bytes > 100_000 && memory.limit_bytes.is_none_or(|limit| limit > memory.used_bytes), "{memory:?}");
    }
}
