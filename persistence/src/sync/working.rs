//! The writing side of a run.

use super::{
    batch::Batch,
    line_classifier::ClassifiedChunk,
    reading::{Read, Reading},
    runs,
    starting::{Context, SyncRun},
};
use crate::{
    connection::Conn,
    dialect,
    error::Error,
    index::Dictionary,
    store::{Store, in_transaction},
    throttle,
};
use domain::{
    id::Id,
    sync::{Counts, Mode, Run, RunState, Sweep, SweepState},
};
use std::{
    io::BufRead,
    sync::mpsc::{Receiver, sync_channel},
    time::{Duration, Instant},
};

/// A batch ends after this many changes, after this time, or when a request waits to write. Large enough to pay for
/// a commit, and small enough that other writers wait only briefly, including those of other servers.
const BATCH: usize = 20_000;
const LONGEST: Duration = Duration::from_millis(500);
/// A batch also ends if no line is ready for this long.
const LULL: Duration = Duration::from_millis(20);
/// The interval at which a run stores its counts while nothing changes.
const PROGRESS: Duration = Duration::from_millis(500);

/// What interrupts a run from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// The server is shutting down, which breaks off bodies. What has arrived is finished.
    Closing,
    /// The token of the caller has expired or was revoked. Nothing more is written.
    TokenEnded,
}

impl Interruption {
    fn reason(self) -> &'static str {
        match self {
            Self::Closing => "the server was stopped before the body was received as a whole",
            Self::TokenEnded => "the token expired or was revoked during the run",
        }
    }
}

/// Why a run was not completed.
pub(super) enum Failure {
    /// The body broke off, or is damaged.
    Body(std::io::Error),
    /// The token has ended.
    TokenEnded,
    Database(Error),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Database(error.into())
    }
}

impl SyncRun {
    /// Processes the body, and returns the report of the run. `committed` is called after every batch. `interruption`
    /// is asked before each.
    ///
    /// # Errors
    /// If the database fails. The run is then interrupted, and committed batches are kept.
    pub fn work(
        self,
        body: impl BufRead + Send,
        committed: &dyn Fn(),
        interruption: &dyn Fn() -> Option<Interruption>,
    ) -> Result<Run, Error> {
        let Self { context, own, claim: _claim } = self;
        let mut work = Work {
            run: &context,
            own,
            counts: Counts::default(),
            kept: 0,
            dictionary: Dictionary::default(),
            committed,
            interruption,
        };
        let skipped = |reason: String| Sweep { state: SweepState::Skipped, reason: Some(reason) };
        let interrupted = |why: Interruption| skipped(why.reason().to_owned());
        let ended = match work.through(body) {
            Ok(sweep) if sweep.state == SweepState::Stopped => work.end(RunState::Stopped, sweep),
            Ok(sweep) => work.end(RunState::Completed, sweep),
            Err(Failure::TokenEnded) => {
                work.end(RunState::Interrupted, interrupted(Interruption::TokenEnded))
            }
            Err(Failure::Body(cause)) => match interruption() {
                Some(why) => work.end(RunState::Interrupted, interrupted(why)),
                None => work
                    .end(RunState::Failed, skipped(format!("the body was not received as a whole: {cause}"))),
            },
            Err(Failure::Database(error)) => Err(error),
        };
        if ended.is_err() {
            let (store, id) = (context.store.clone(), context.id);
            // The claim and the connection are released first: nobody works on the run any more.
            drop(work);
            drop(context);
            close(store, id);
        }
        ended
    }
}

/// Closes a run that the database interrupted, at once or as soon as the database is back.
fn close(store: Store, id: Id) {
    /// The number of attempts, one per second.
    const TIMES: u32 = 300;
    let interrupt = move |store: &Store| {
        let conn = &mut *store.connections.writer()?;
        in_transaction(conn, dialect::begin_write, |conn| runs::interrupt(conn, id, store.now()))
    };
    if interrupt(&store).is_ok() {
        return;
    }
    std::thread::spawn(move || {
        for _ in 0..TIMES {
            std::thread::sleep(Duration::from_secs(1));
            if interrupt(&store).is_ok() {
                return;
            }
        }
        // The next run of the chamber closes it, or the next server start.
        log::warn!("run {id} could not be closed: the database is still unreachable");
    });
}

/// The writing side of a run.
pub(super) struct Work<'a> {
    pub(super) run: &'a Context,
    own: Option<Conn>,
    pub(super) counts: Counts,
    /// The number of rejections stored.
    kept: u64,
    /// Terms that earlier batches looked up.
    dictionary: Dictionary,
    committed: &'a dyn Fn(),
    interruption: &'a dyn Fn() -> Option<Interruption>,
}

impl Work<'_> {
    /// Stores the result, and returns the report.
    fn end(&mut self, state: RunState, sweep: Sweep) -> Result<Run, Error> {
        let counts = self.counts;
        self.in_transaction(|run, conn| {
            runs::progress(conn, run.id, counts, run.store.now())?;
            runs::finish(conn, run.id, state, &sweep, run.store.now())?;
            runs::find(conn, run.chamber, Some(run.id))
        })?
        .ok_or_else(|| Error::Corrupt("a run vanished".to_owned()))
    }

    /// Runs `work` in a transaction, on the connection that writes.
    fn in_transaction<T>(
        &mut self,
        work: impl FnOnce(&Context, &mut Conn) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let run = self.run;
        match self.own.as_mut() {
            Some(conn) => in_transaction(conn, dialect::begin_write, |conn| work(run, conn)),
            None => {
                let conn = &mut *run.store.connections.patient_writer()?;
                in_transaction(conn, dialect::begin_write, |conn| work(run, conn))
            }
        }
    }

    /// Reads, classifies and writes the whole body, then sweeps if the mode is full.
    fn through(&mut self, body: impl BufRead + Send) -> Result<Sweep, Failure> {
        let run = self.run;
        // One chunk is ready while another is written.
        let (chunks, waiting) = sync_channel(1);
        let (read, written) = std::thread::scope(|scope| {
            let reading = scope.spawn(move || Reading::new(run).read(body, &chunks));
            let written = self.write_all(waiting);
            (reading.join(), written)
        });
        written?;
        let Read { mut known_members, unreadable } =
            read.map_err(|_| Error::Corrupt("the reading thread of a run died".to_owned()))??;
        let nothing = |state, reason| Ok(Sweep { state, reason });
        match (run.options.mode, unreadable) {
            (Mode::Delta, _) => nothing(SweepState::None, None),
            (Mode::Full, Some((line, reason))) => nothing(
                SweepState::Skipped,
                Some(format!("line {line} does not tell which member it means: {reason}")),
            ),
            (Mode::Full, None) => self.sweep(&mut known_members),
        }
    }

    /// Writes the classified lines, batch by batch.
    fn write_all(&mut self, waiting: Receiver<ClassifiedChunk>) -> Result<(), Failure> {
        let mut told = Instant::now();
        while let Ok(classified) = waiting.recv() {
            self.check_token()?;
            self.counts.add(classified.counts);
            let keeps = !classified.rejections.is_empty() && self.kept < Run::KEPT;
            if keeps || !classified.changes.is_empty() {
                self.batch(classified, &waiting)?;
            } else if told.elapsed() > PROGRESS {
                let counts = self.counts;
                self.in_transaction(|run, conn| runs::progress(conn, run.id, counts, run.store.now()))?;
                told = Instant::now();
            }
        }
        Ok(())
    }

    /// Fails if the token of the caller has ended.
    pub(super) fn check_token(&self) -> Result<(), Failure> {
        let has_ended = (self.interruption)() == Some(Interruption::TokenEnded);
        if has_ended { Err(Failure::TokenEnded) } else { Ok(()) }
    }

    /// Writes one batch in one transaction: a chunk, and all that are ready by then.
    pub(super) fn batch(
        &mut self,
        first: ClassifiedChunk,
        waiting: &Receiver<ClassifiedChunk>,
    ) -> Result<(), Error> {
        let (mut counts, mut kept) = (self.counts, self.kept);
        let mut dictionary = std::mem::take(&mut self.dictionary);
        throttle::yield_to_writers();
        self.in_transaction(|run, conn| {
            let mut batch = Batch::new(run, conn, &mut dictionary)?;
            let began = Instant::now();
            let mut written = first.weight();
            counts.add(batch.write(first, &mut kept)?);
            while written < BATCH
                && began.elapsed() < LONGEST
                && !throttle::is_writing()
                && let Ok(classified) = waiting.recv_timeout(LULL)
            {
                written += classified.weight();
                counts.add(classified.counts);
                counts.add(batch.write(classified, &mut kept)?);
            }
            batch.finish(&mut dictionary)?;
            runs::progress(conn, run.id, counts, run.store.now())
        })?;
        (self.counts, self.kept, self.dictionary) = (counts, kept, dictionary);
        (self.committed)();
        Ok(())
    }
}
