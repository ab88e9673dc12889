//! The folder for files of tests. Removed when the process ends, however it ends.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
};
use tempfile::TempDir;

/// The folder of this process, and the process that removes it.
struct Scratch {
    path: PathBuf,
    /// Waits for the end of this process, which closes its standard input.
    _watchdog: Child,
}

static SCRATCH: LazyLock<Scratch> = LazyLock::new(Scratch::make);

impl Scratch {
    fn make() -> Self {
        let mut builder = tempfile::Builder::new();
        builder.prefix("clusterportal-tests-");
        let place = if has_room(MEMORY) { PathBuf::from(MEMORY) } else { std::env::temp_dir() };
        let path = builder.tempdir_in(place).unwrap().keep();
        let script = "trap '' HUP INT TERM; cd /; cat > /dev/null; \
            if [ -f \"$0/farewell\" ]; then sh \"$0/farewell\"; fi; rm -rf \"$0\"";
        let watchdog = Command::new("sh")
            .args(["-c", script])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { path, _watchdog: watchdog }
    }
}

/// A file system in memory, on Linux.
const MEMORY: &str = "/dev/shm";

/// Whether a place has a gigabyte left. Containers often have much less in `/dev/shm`.
fn has_room(place: &str) -> bool {
    let output = Command::new("df").args(["-Pk", place]).output().ok();
    let text = output.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let available = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse().ok());
    available.is_some_and(|kilobytes: u64| kilobytes > 1024 * 1024)
}

/// Creates a folder that is removed when dropped, or with the process.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in(&SCRATCH.path).unwrap()
}

/// The folder of this process. Others may enter it, but not list it.
pub(super) fn path() -> &'static Path {
    &SCRATCH.path
}

/// Sets a shell script to run when the process has ended.
pub(super) fn say_farewell_with(script: &str) {
    std::fs::write(SCRATCH.path.join("farewell"), script).unwrap();
}
