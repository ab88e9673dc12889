//! The last steps of a write: the rows of records, the derived data and the revisions, in commit order.

use crate::{
    connection::Conn,
    dialect::{self, insert_all},
    error::Error,
    index::Entry,
    index_state, past,
    rows::{LinkRow, RecordRow, RevisionRow, StoredRow},
    schema::{links, records, revisions},
    types::{DbId, DbMoment},
    write::{action::Action, row_set::RowSet, transaction::Transaction},
};
use diesel::prelude::*;
use domain::kind::Kind;
use std::collections::VecDeque;

/// The largest number of pending revisions. Keeps memory constant during an import.
const WAITING: usize = 500;

/// Rows of records that are written in bulk.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    new: Vec<RecordRow>,
    changed: Vec<RecordRow>,
    links: Vec<LinkRow>,
}

impl Queue {
    /// Returns the number of queued records.
    fn len(&self) -> usize {
        self.new.len() + self.changed.len()
    }

    /// Whether a queued record satisfies a condition.
    fn any(&self, is_such: impl Fn(&RecordRow) -> bool) -> bool {
        self.new.iter().chain(&self.changed).any(is_such)
    }

    /// Writes the queue. Returns the public states that it replaces.
    fn write(&mut self, conn: &mut Conn) -> Result<Vec<past::Replaced>, Error> {
        let Self { new, changed, links } = std::mem::take(self);
        insert_all!(&mut *conn, records::table, &new)?;
        let mut replaced = Vec::new();
        if !changed.is_empty() {
            let ids: Vec<DbId> = changed.iter().map(|record| record.id).collect();
            replaced = past::replaced(conn, &ids)?;
            dialect::keep_contents(conn, &ids)?;
            dialect::update_records(conn, &changed)?;
            diesel::delete(links::table.filter(links::from_record.eq_any(ids))).execute(conn)?;
        }
        insert_all!(&mut *conn, links::table, &links)?;
        Ok(replaced)
    }
}

/// Reserves numbers for the new records of a transaction: one at first, then twice as many each time. On
/// PostgreSQL, numbers that are left over stay unused.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    reserved: VecDeque<i32>,
    last: Option<i32>,
    size: i32,
}

impl Numbers {
    /// Returns a number that no other record has.
    pub(crate) fn next(&mut self, conn: &mut Conn) -> Result<i32, Error> {
        /// The largest number of numbers reserved at a time.
        const MOST: i32 = 1_000;
        if self.reserved.is_empty() {
            self.size = (2 * self.size).clamp(1, MOST);
            self.reserved = dialect::reserve_numbers(conn, self.last, self.size)?.into();
            self.last = self.reserved.back().copied();
        }
        self.reserved.pop_front().ok_or_else(|| Error::Corrupt("no record numbers are left".to_owned()))
    }
}

impl Transaction<'_> {
    /// Queues a new state of a record and everything derived from it. `previous` is the current state. The queue is
    /// written before the commit at the latest. Returns the record's number.
    pub(crate) fn enqueue(
        &mut self,
        kind: Kind,
        prepared: RowSet,
        previous: Option<&StoredRow>,
        action: Action,
    ) -> Result<i32, Error> {
        if self.index_writer.hold(prepared.record.id) {
            self.flush()?;
        }
        self.append_revision(&prepared.record, previous, action);
        let RowSet { mut record, terms, links, document } = prepared;
        record.changed_at = self.now.into();
        record.number = match previous {
            Some(previous) => previous.number,
            None => self.numbers.next(self.conn)?,
        };
        let number = record.number;
        let (visible, sort_name) = (record.visible, record.sort_name.clone());
        let entry = Entry { kind, record: record.id, number, visible, sort_name, terms };
        self.index_writer.add(entry, document, previous);
        self.queue.links.extend(links);
        match previous {
            Some(_) => self.queue.changed.push(record),
            None => self.queue.new.push(record),
        }
        if self.has_lock && self.waiting.len() >= WAITING {
            self.flush()?;
        } else if self.queue.len() >= WAITING {
            self.write_rows()?;
        }
        Ok(number)
    }

    /// Writes the queued records, so that statements find them.
    pub(crate) fn write_queue(&mut self) -> Result<(), Error> {
        let replaced = self.queue.write(self.conn)?;
        self.index_writer.replace(replaced);
        Ok(())
    }

    /// Like [`Self::write_queue`], but only if a queued record satisfies a condition.
    pub(crate) fn write_queue_if(&mut self, is_such: impl Fn(&RecordRow) -> bool) -> Result<(), Error> {
        if self.queue.any(is_such) { self.write_queue() } else { Ok(()) }
    }

    /// Queues the revision of a state.
    fn append_revision(&mut self, record: &RecordRow, previous: Option<&StoredRow>, action: Action) {
        let was_visible = previous.filter(|previous| previous.visible);
        let (effect, public_slug) = match (record.visible, was_visible) {
            (true, _) => (Some("upserted"), record.slug.clone()),
            // The current slug must not become public: the public knew the previous one.
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
        });
    }

    /// Writes everything that is pending, before the commit.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        self.flush()?;
        self.index_writer.finish(self.conn)?;
        index_state::check(self.conn)
    }

    /// Writes what needs no lock on revisions: the rows of records and their documents.
    fn write_rows(&mut self) -> Result<(), Error> {
        self.write_queue()?;
        self.index_writer.write_documents(self.conn)
    }

    /// Writes everything that is pending, and appends the revisions. Everything that other transactions write too
    /// comes after the lock on revisions:
    ///
    /// ```text
    /// 1. write_rows              rows of records, documents    no lock, others may commit meanwhile
    /// 2. lock_revisions          kept until the commit         on PostgreSQL, other writers wait from here on
    /// 3. advance_to_last_commit  moments never decrease
    /// 4. index_writer.flush      terms, words, past states
    /// 5. revisions               numbers in commit order
    /// ```
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.write_rows()?;
        self.lock_revisions()?;
        self.advance_to_last_commit()?;
        self.index_writer.flush(self.conn, Some(self.now.into()))?;
        let rows = std::mem::take(&mut self.waiting);
        Ok(insert_all!(&mut *self.conn, revisions::table, &rows)?)
    }

    /// If another transaction committed at a later moment than this one began, moves this one to that moment.
    /// Moments of revisions therefore rise with their numbers, and the state at a moment is the state at a number.
    fn advance_to_last_commit(&mut self) -> Result<(), Error> {
        let last: Option<DbMoment> = revisions::table
            .select(revisions::at)
            .order(revisions::seq.desc())
            .first(self.conn)
            .optional()?;
        let Some(DbMoment(last)) = last.filter(|last| last.0 > self.now) else { return Ok(()) };
        let began = std::mem::replace(&mut self.now, last);
        let ids: Vec<DbId> = self.waiting.iter().map(|row| row.record).collect();
        diesel::update(records::table.filter(records::id.eq_any(&ids)))
            .set(records::changed_at.eq(DbMoment(last)))
            .execute(self.conn)?;
        diesel::update(records::table)
            .filter(records::id.eq_any(&ids).and(records::updated_at.eq(DbMoment(began))))
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
