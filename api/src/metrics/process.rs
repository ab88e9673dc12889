//! What Prometheus clients tell of their process: memory, processor time, files, threads.

use procfs::{ProcResult, WithCurrentSystemInfo as _, process::Process};
use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::{Registry, Unit},
};
use std::sync::atomic::{AtomicU64, Ordering};

/// The metrics of the process.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    resident_memory: Gauge,
    cpu: Counter<f64, AtomicU64>,
    started: Gauge<f64, AtomicU64>,
    open_files: Gauge,
    threads: Gauge,
}

impl Gauges {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let this = Self::default();
        let process = registry.sub_registry_with_prefix("process");
        process.register_with_unit(
            "resident_memory",
            "Resident memory",
            Unit::Bytes,
            this.resident_memory.clone(),
        );
        process.register_with_unit(
            "cpu",
            "Processor time, of the user and the system",
            Unit::Seconds,
            this.cpu.clone(),
        );
        process.register_with_unit(
            "start_time",
            "Start, since the Unix epoch",
            Unit::Seconds,
            this.started.clone(),
        );
        process.register("open_fds", "Open file descriptors", this.open_files.clone());
        process.register("threads", "Threads", this.threads.clone());
        this
    }

    /// Reads the current values. What the system does not tell keeps its last value.
    pub(super) fn measure(&self) {
        if let Err(error) = self.read() {
            log::debug!("the system does not tell about the process: {error}");
        }
    }

    fn read(&self) -> ProcResult<()> {
        let process = Process::myself()?;
        let status = process.stat()?;
        self.resident_memory.set(super::signed(status.rss_bytes().get()));
        let seconds = |ticks: u64| ticks as f64 / procfs::ticks_per_second() as f64;
        self.cpu.inner().store(seconds(status.utime + status.stime).to_bits(), Ordering::Relaxed);
        self.started.set(procfs::boot_time_secs()? as f64 + seconds(status.starttime));
        self.threads.set(status.num_threads);
        self.open_files.set(super::signed(process.fd_count()?));
        Ok(())
    }
}
