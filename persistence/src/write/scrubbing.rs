//! Removes erased data from the database files, in the background. A marker row records the pending scrub, so
//! another server takes over if this one dies.

use crate::{
    connection::Conn,
    dialect::{self, postgres, sqlite},
    error::Error,
    schema::facts,
    store::{Store, in_transaction},
};
use diesel::prelude::*;
use domain::id::Id;
use std::{thread::sleep, time::Duration};

/// The marker: a fact whose value is the id of the last erased record.
const UNSCRUBBED: &str = "unscrubbed";

/// The number of attempts to truncate the WAL, and the pause between them in which others may use it.
const TIMES: usize = 300;
const A_MOMENT: Duration = Duration::from_millis(100);

/// Marks a scrub as pending.
pub(crate) fn record_pending(conn: &mut Conn, erased: Id) -> Result<(), Error> {
    diesel::delete(facts::table.find(UNSCRUBBED)).execute(conn)?;
    diesel::insert_into(facts::table)
        .values((facts::name.eq(UNSCRUBBED), facts::value.eq(erased.to_string())))
        .execute(conn)?;
    Ok(())
}

impl Store {
    /// Removes erased data from the files, once for all erasures that are pending. Reads and writes continue.
    /// Returns whether it did, or `false` if there was nothing to do or another instance is scrubbing.
    ///
    /// # Errors
    /// If the database fails. The scrub then stays pending.
    pub fn scrub(&self) -> Result<bool, Error> {
        let Some(erased) = self.unscrubbed()? else { return Ok(false) };
        match self.connections.claim()? {
            Some(mut claim) => {
                if !dialect::try_claim(&mut claim, UNSCRUBBED)? || self.unscrubbed()?.is_none() {
                    return Ok(false);
                }
                if let Some(Conn::Pg(own)) = &mut self.connections.own()? {
                    postgres::scrub::rewrite(own, self.connections.target().is_pooled())?;
                }
            }
            None => self.scrub_file()?,
        }
        // An erasure meanwhile has changed the value, so its marker stays.
        let done = facts::table.filter(facts::name.eq(UNSCRUBBED).and(facts::value.eq(erased)));
        diesel::delete(done).execute(&mut *self.connections.patient_writer()?)?;
        Ok(true)
    }

    fn unscrubbed(&self) -> Result<Option<String>, Error> {
        let conn = &mut *self.connections.run_reader()?;
        Ok(facts::table.find(UNSCRUBBED).select(facts::value).first(conn).optional()?)
    }

    fn scrub_file(&self) -> Result<(), Error> {
        let indexes = self.scrub_step(sqlite::scrub::text_indexes)?;
        for index in indexes {
            let mut more = self.scrub_step(|conn| sqlite::scrub::merge(conn, &index, true))?;
            while more {
                more = self.scrub_step(|conn| sqlite::scrub::merge(conn, &index, false))?;
            }
        }
        let mut last = Some(0);
        while let Some(after) = last {
            last = self.scrub_step(|conn| sqlite::scrub::clear_gaps(conn, after))?;
        }
        let conn = &mut *self.connections.run_reader()?;
        for _ in 0..TIMES {
            if let Conn::Sqlite(conn) = conn
                && sqlite::scrub::empty_log(conn)?
            {
                return Ok(());
            }
            sleep(A_MOMENT);
        }
        Err(Error::Collision("the WAL is in use".to_owned()))
    }

    /// Runs one small step in its own transaction, so that other writers wait only briefly.
    fn scrub_step<T: Default>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> QueryResult<T>,
    ) -> Result<T, Error> {
        let conn = &mut *self.connections.patient_writer()?;
        in_transaction(conn, dialect::begin_write, |conn| match conn {
            Conn::Sqlite(conn) => Ok(work(conn)?),
            Conn::Pg(_) => Ok(T::default()),
        })
    }
}
