//! A progress line on the terminal.

use persistence::write::rebuild::Progress as Rebuilt;
use std::{
    cell::Cell,
    io::{BufRead, IsTerminal as _, Read, Write},
    rc::Rc,
    time::{Duration, Instant},
};

/// Minimum time between updates of the line.
const PAUSE: Duration = Duration::from_millis(200);

/// Shows progress on standard error if that is a terminal, otherwise nothing.
#[derive(Debug)]
pub(super) struct Progress {
    label: &'static str,
    started: Instant,
    shown: Cell<Option<Instant>>,
    done: Cell<u64>,
    is_terminal: bool,
}

impl Progress {
    pub(super) fn new(label: &'static str) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self { label, started: Instant::now(), shown: Cell::new(None), done: Cell::new(0), is_terminal }
    }

    /// Shows the number of records done.
    pub(super) fn records(&self, count: u64) {
        self.show(|| format!("{count} records"));
    }

    /// Shows the progress of a rebuild.
    pub(super) fn rebuilt(&self, Rebuilt { done, total }: Rebuilt) {
        self.show(|| format!("{done} of {total} records"));
    }

    /// Adds processed bytes, out of `total`. 0 means unknown.
    fn bytes(&self, more: u64, total: u64) {
        self.done.set(self.done.get() + more);
        let done = self.done.get();
        self.show(|| match total {
            0 => format!("{} MB", done / 1_000_000),
            total => format!("{} %", (100 * done / total).min(100)),
        });
    }

    fn show(&self, text: impl FnOnce() -> String) {
        let is_due = self.shown.get().unwrap_or(self.started).elapsed() >= PAUSE;
        if self.is_terminal && is_due {
            let seconds = self.started.elapsed().as_secs();
            let _ = write!(std::io::stderr(), "\r\x1b[K{}: {}, {seconds} s", self.label, text());
            self.shown.set(Some(Instant::now()));
        }
    }
}

impl Drop for Progress {
    /// Clears the line.
    fn drop(&mut self) {
        if self.shown.get().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// A reader that shows its progress.
pub(super) struct Watched<R> {
    inner: R,
    progress: Rc<Progress>,
    total: u64,
}

impl<R> Watched<R> {
    /// `total`: bytes of all files together.
    pub(super) fn new(inner: R, progress: Rc<Progress>, total: u64) -> Self {
        Self { inner, progress, total }
    }
}

impl<R: BufRead> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.progress.bytes(read as u64, self.total);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Watched<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
        self.progress.bytes(amount as u64, self.total);
    }
}

/// A writer that counts lines and bytes.
pub(super) struct Counted<W> {
    inner: W,
    progress: Progress,
    /// Lines written.
    pub(super) lines: u64,
    /// Bytes written.
    pub(super) bytes: u64,
}

impl<W> Counted<W> {
    pub(super) fn new(inner: W, progress: Progress) -> Self {
        Self { inner, progress, lines: 0, bytes: 0 }
    }

    /// The inner writer.
    pub(super) fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.lines += buffer[..written].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.bytes += written as u64;
        self.progress.records(self.lines);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
