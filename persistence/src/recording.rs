//! The last steps of a write: the rows of a state, what follows from them, and the revisions, in commit order.

use crate::{
    dialect::{self, native},
    error::Error,
    preparing::Prepared,
    rows::{RecordRow, RevisionRow, StoredRow, insert_terms},
    schema::{links, records, revisions, terms},
    types::{DbId, DbMoment},
    writing::{Action, Transaction},
};
use chrono::NaiveDate;
use diesel::prelude::*;

/// So many revisions wait at the most, so that memory does not grow with an import.
const WAITING: usize = 500;

impl Transaction<'_> {
    /// Writes the rows of a state: the record's, its terms and links.
    pub(crate) fn write(&mut self, prepared: &Prepared, previous: Option<&StoredRow>) -> Result<(), Error> {
        let Prepared { record, terms: term_rows, links: link_rows, .. } = prepared;
        if let Some(previous) = previous {
            diesel::update(records::table.filter(records::id.eq(record.id)))
                .set(record)
                .execute(self.conn)?;
            self.forget_terms(record, previous.visible)?;
            diesel::delete(links::table.filter(links::from_record.eq(record.id))).execute(self.conn)?;
        } else {
            diesel::insert_into(records::table).values(record).execute(self.conn)?;
        }
        insert_terms(self.conn, term_rows)?;
        native!(&mut *self.conn, |conn| for rows in link_rows.chunks(1_000) {
            diesel::insert_into(links::table).values(rows).execute(conn)?;
        });
        Ok(())
    }

    /// Deletes the terms that a record had, which counts no longer as it was.
    fn forget_terms(&mut self, record: &RecordRow, was_visible: bool) -> Result<(), Error> {
        let forgotten: Vec<(String, String, NaiveDate, NaiveDate)> =
            diesel::delete(terms::table.filter(terms::record.eq(record.id)))
                .returning((terms::facet, terms::value, terms::since, terms::until))
                .get_results(self.conn)?;
        let counted: Vec<_> = forgotten
            .iter()
            .map(|(facet, value, since, until)| (facet.as_str(), value.as_str(), *since, *until))
            .collect();
        self.derivations.count(record.kind, was_visible, &counted, -1);
        Ok(())
    }

    /// Notes what was written, for the revisions.
    pub(crate) fn append_revision(
        &mut self,
        record: &RecordRow,
        previous: Option<&StoredRow>,
        action: Action,
    ) {
        let was_visible = previous.filter(|previous| previous.visible);
        let (effect, public_slug) = match (record.visible, was_visible) {
            (true, _) => (Some("upserted"), record.slug.clone()),
            // What the record is called now is not for the public.
            (false, Some(previous)) => (Some("removed"), previous.slug.clone()),
            (false, None) => (None, None),
        };
        self.waiting.push(RevisionRow {
            record: record.id,
            kind: record.kind,
            version: record.version,
            at: self.now.into(),
            action: action.as_str(),
            actor: self.actor.subject.clone(),
            role: self.actor.role.clone(),
            token: self.actor.token.map(DbId::from),
            slug: record.slug.clone(),
            status: record.status,
            visible: record.visible,
            effect,
            public_slug,
            updated_at: record.updated_at,
            content: record.content.clone(),
        });
    }

    /// Writes what waits when it is much.
    pub(crate) fn flush_when_many(&mut self) -> Result<(), Error> {
        if self.waiting.len() < WAITING { Ok(()) } else { self.flush() }
    }

    /// Writes what is left to be written, before the commit.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        self.flush()?;
        self.derivations.flush_counts(self.conn)
    }

    /// Appends to the revisions what waits for it: the last step before the commit, since on PostgreSQL all others
    /// have to wait from here on.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        dialect::lock_revisions(self.conn)?;
        self.keep_pace()?;
        self.derivations.flush(self.conn)?;
        let rows = std::mem::take(&mut self.waiting);
        native!(&mut *self.conn, |conn| diesel::insert_into(revisions::table).values(&rows).execute(conn))?;
        Ok(())
    }

    /// Moves this transaction behind the one that committed last, if it began before that: moments of revisions rise
    /// with their numbers, so that what stood at a moment is what stood at a number.
    fn keep_pace(&mut self) -> Result<(), Error> {
        let last: Option<DbMoment> = revisions::table
            .select(revisions::at)
            .order(revisions::seq.desc())
            .first(self.conn)
            .optional()?;
        let Some(DbMoment(last)) = last.filter(|last| last.0 > self.now) else { return Ok(()) };
        let began = std::mem::replace(&mut self.now, last);
        let ids: Vec<DbId> = self.waiting.iter().map(|row| row.record).collect();
        diesel::update(records::table)
            .filter(records::id.eq_any(ids).and(records::updated_at.eq(DbMoment(began))))
            .set(records::updated_at.eq(DbMoment(last)))
            .execute(self.conn)?;
        for row in &mut self.waiting {
            row.at = last.into();
            if row.updated_at.0 == began {
                row.updated_at = last.into();
            }
        }
        Ok(())
    }
}
