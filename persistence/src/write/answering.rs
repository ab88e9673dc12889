//! What a write answers: the record as it now is.

use crate::{error::Error, query::completing, rows::Stored, write::transaction::Transaction};
use domain::{content::Content, record::Record};

impl Transaction<'_> {
    /// Returns the record as the audience sees it, after writing everything that is pending.
    ///
    /// # Errors
    /// If the database fails.
    pub fn answer<C: Content>(&mut self, stored: Stored<C>) -> Result<Record<C>, Error> {
        let stored = self.flushed(stored)?;
        if C::DERIVED.iter().any(|derived| derived.counts()) {
            self.index_writer.write_earlier_sets(self.conn)?;
        }
        let records = completing::complete(self.conn, self.view(), vec![stored])?;
        records.into_iter().next().ok_or_else(|| Error::Corrupt("a record vanished".to_owned()))
    }

    /// Like [`Self::answer`], for a record that was created just now.
    ///
    /// # Errors
    /// If the database fails.
    pub fn answer_new<C: Content>(&mut self, stored: Stored<C>) -> Result<Record<C>, Error> {
        let stored = self.flushed(stored)?;
        completing::complete_new(self.conn, self.view(), stored)
    }

    /// Writes everything that is pending. Returns a state with the moment at which it was written.
    fn flushed<C: Content>(&mut self, mut stored: Stored<C>) -> Result<Stored<C>, Error> {
        let began = self.now;
        self.flush()?;
        if stored.row.updated_at.0 == began {
            stored.row.updated_at = self.now.into();
        }
        Ok(stored)
    }
}
