//! Taking what was erased out of the files of the database: a duty in the background, of which a row tells until it is
//! done, so that it outlives the server that has it.

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

/// The fact that the files of the database may still hold what was erased: the id of what was erased last.
const UNSCRUBBED: &str = "unscrubbed";

/// So many times the log of writes is tried to be emptied, and how long others may use it in between.
const TIMES: usize = 300;
const A_MOMENT: Duration = Duration::from_millis(100);

/// Notes that the files hold what was erased.
pub(crate) fn record_pending(conn: &mut Conn, erased: Id) -> Result<(), Error> {
    diesel::delete(facts::table.find(UNSCRUBBED)).execute(conn)?;
    diesel::insert_into(facts::table)
        .values((facts::name.eq(UNSCRUBBED), facts::value.eq(erased.to_string())))
        .execute(conn)?;
    Ok(())
}

impl Store {
    /// Takes out of the files what was erased, once for all that was; others read and write meanwhile. Whether there was
    /// something to do. Where another instance is at it, nothing is done.
    ///
    /// # Errors
    /// When the database fails; the duty remains.
    pub fn scrub(&self) -> Result<bool, Error> {
        let Some(erased) = self.unscrubbed()? else { return Ok(false) };
        match self.connections.own()? {
            Some(mut own) => {
                if !dialect::try_claim(&mut own, UNSCRUBBED)? || self.unscrubbed()?.is_none() {
                    return Ok(false);
                }
                if let Conn::Pg(own) = &mut own {
                    postgres::scrub::rewrite(own)?;
                }
            }
            None => self.scrub_file()?,
        }
        // What was erased meanwhile is another, and waits.
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
        Err(Error::Collision("the log of writes is in use".to_owned()))
    }

    /// Does a little in a transaction of its own, so that others who write wait little.
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
