//! The priority of threads.

/// The niceness of sync runs: they take less of the processor than requests, but go on.
pub(crate) const LOW: i32 = 5;
/// The niceness of exports: they take what nobody else needs.
pub(crate) const LOWEST: i32 = 19;

/// Lowers the priority of this thread below that of threads that serve requests. On Linux, niceness is per thread and
/// inherited by the threads that it starts.
pub(crate) fn lower(niceness: i32) {
    #[cfg(target_os = "linux")]
    if let Err(cause) = rustix::process::setpriority_process(None, niceness) {
        log::warn!("cannot lower the priority of a thread: {cause}");
    }
}
