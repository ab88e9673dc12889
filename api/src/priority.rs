//! The priority of threads.

/// Lowers the priority of this thread below that of threads that serve requests. On Linux, niceness is per thread and
/// inherited by the threads that it starts.
pub(crate) fn lower() {
    #[cfg(target_os = "linux")]
    if let Err(cause) = rustix::process::setpriority_process(None, 19) {
        log::warn!("cannot lower the priority of a thread: {cause}");
    }
}
