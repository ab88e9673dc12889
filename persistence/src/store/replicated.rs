//! Reads that replicas may answer.

use crate::{
    connection::Conn,
    error::ReadError,
    last_change::Reading,
    replicas::{ReplicaState, Replicas},
    store::{READ_TIME, Store},
    target::Replica,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{sync::Arc, time::Instant};

impl Store {
    /// Lets replicas answer reads while they are close enough (`crate::replicas`). Must be called before
    /// [`Self::watch_last_change`].
    ///
    /// # Errors
    /// If there can be no threads that watch them.
    pub fn with_replicas(mut self, replicas: Vec<Replica>) -> std::io::Result<Self> {
        if !replicas.is_empty() {
            self.reading = Arc::new(Reading::with_wal());
            self.replicas = Arc::new(Replicas::start(replicas, &self.reading, &self.identity)?);
        }
        Ok(self)
    }

    /// Returns the condition of each replica, in the order of the setting.
    pub fn replicas(&self) -> Vec<ReplicaState> {
        self.replicas.states()
    }

    /// Returns how many reads the primary has answered that a replica could have answered.
    pub fn reads_of_primary(&self) -> u64 {
        self.replicas.reads_of_primary()
    }

    /// Runs a read on a replica that is close enough, or else on the primary. A read that the database fails on a replica
    /// is repeated on the primary, unless it took all the time that it may.
    pub(crate) fn on_any<T, E: ReadError>(&self, read: impl Fn(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        if let Some(mut reader) = self.replicas.reader() {
            let began = Instant::now();
            let result = read(&mut reader);
            match result.as_ref().err().and_then(ReadError::of_database) {
                Some(cause) if began.elapsed() < READ_TIME => reader.failed(cause),
                _ => {
                    reader.succeeded();
                    return result;
                }
            }
        }
        self.on_primary(read)
    }

    /// Like [`Self::on_any`], for the state at a moment. That of the last seconds is told by the primary, because a replica
    /// may still lack what was committed then.
    pub(crate) fn at_moment<T, E: ReadError>(
        &self,
        moment: DateTime<Utc>,
        read: impl Fn(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        const SETTLED: TimeDelta = TimeDelta::seconds(5);
        if self.now() - moment > SETTLED { self.on_any(read) } else { self.on_primary(read) }
    }

    fn on_primary<T, E: ReadError>(&self, read: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.replicas.passed();
        read(&mut *self.connections.reader()?)
    }
}
