//! The list of erasures, and their replay. A restored backup holds what was erased after it was made, so the list is also
//! kept outside of the database (`api/src/erasures/log.rs`).

use crate::{
    audience::{Actor, Audience},
    connection::{Conn, MultiBackend},
    dialect::ROWS,
    error::Error,
    query::record::Found,
    schema::{erasures, records, sync_rejections, sync_runs},
    store::Store,
    types::{DbId, DbMoment},
    write::{scrubbing, transaction::Transaction},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{id::Id, member::Member, slug::Key, vocabulary::ChamberCode};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// An erasure. It says nothing of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// Id of the erased record, or a new one if only rejections were erased.
    pub id: Id,
    /// The chamber that had it as a member.
    pub chamber: ChamberCode,
    /// The moment.
    pub at: DateTime<Utc>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = erasures)]
struct ErasureRow {
    id: DbId,
    chamber: String,
    at: DbMoment,
}

impl Store {
    /// Returns all erasures that the database knows of.
    ///
    /// # Errors
    /// If the database fails.
    pub fn erasures(&self) -> Result<Vec<Erasure>, Error> {
        list(&mut *self.connections.run_reader()?)
    }

    /// Returns those of `erasures` that the database does not know of, because it was restored from an older backup, or
    /// whose record is there again. Each is returned once.
    ///
    /// # Errors
    /// If the database fails.
    pub fn undone_erasures(&self, erasures: Vec<Erasure>) -> Result<Vec<Erasure>, Error> {
        let conn = &mut *self.connections.run_reader()?;
        let listed: HashSet<Id> = list(conn)?.into_iter().map(|erasure| erasure.id).collect();
        let mut present = HashSet::new();
        for part in erasures.chunks(ROWS) {
            let ids: Vec<DbId> = part.iter().map(|erasure| erasure.id.into()).collect();
            let found: Vec<DbId> =
                records::table.filter(records::id.eq_any(ids)).select(records::id).load(conn)?;
            present.extend(found.into_iter().map(Id::from));
        }
        let mut undone = erasures;
        let mut seen = HashSet::new();
        undone
            .retain(|Erasure { id, .. }| seen.insert(*id) && (!listed.contains(id) || present.contains(id)));
        Ok(undone)
    }

    /// Erases again. What was erased cannot be named without personal data, so all rejections are removed that the chamber
    /// had then.
    ///
    /// # Errors
    /// If the database fails.
    pub fn replay(&self, erasure: &Erasure) -> Result<(), Error> {
        self.write(&Actor::command("erasures"), Audience::Staff, |transaction| {
            transaction.lock_chamber(&erasure.chamber.entry().slug)?;
            transaction.lock_referring(erasure.id)?;
            if let Found::Here(stored) = transaction.find::<Member>(&Key::Id(erasure.id))? {
                transaction.erase(stored)?;
            }
            transaction.delete_rejections_until(erasure)?;
            transaction.record_erasure(erasure)
        })
    }
}

impl Transaction<'_> {
    /// Puts an erasure on the list, once, and requests a scrub of the files.
    pub(super) fn record_erasure(&mut self, erasure: &Erasure) -> Result<(), Error> {
        let row = ErasureRow {
            id: erasure.id.into(),
            chamber: erasure.chamber.entry().slug.clone(),
            at: erasure.at.into(),
        };
        diesel::delete(erasures::table.find(row.id)).execute(self.conn)?;
        diesel::insert_into(erasures::table).values(row).execute(self.conn)?;
        scrubbing::record_pending(self.conn, erasure.id)
    }

    fn delete_rejections_until(&mut self, erasure: &Erasure) -> Result<(), Error> {
        let runs = sync_runs::table
            .filter(sync_runs::chamber.eq(&erasure.chamber.entry().slug))
            .filter(sync_runs::started_at.le(DbMoment(erasure.at)));
        let rejections =
            sync_rejections::table.filter(sync_rejections::run.eq_any(runs.select(sync_runs::id)));
        diesel::delete(rejections).execute(self.conn)?;
        // A reason of this form quotes a line.
        diesel::update(
            runs.filter(sync_runs::sweep_reason.like("line % does not tell which member it means:%")),
        )
        .set(sync_runs::sweep_reason.eq(Some("a line does not tell which member it means")))
        .execute(self.conn)?;
        Ok(())
    }
}

fn list(conn: &mut Conn) -> Result<Vec<Erasure>, Error> {
    let rows: Vec<ErasureRow> =
        erasures::table.order((erasures::at, erasures::id)).into_boxed::<MultiBackend>().load(conn)?;
    rows.into_iter()
        .map(|ErasureRow { id, chamber, at }| {
            let known = ChamberCode::parse(&chamber);
            let chamber = known.ok_or_else(|| Error::Corrupt(format!("chamber {chamber}")))?;
            Ok(Erasure { id: id.into(), chamber, at: at.0 })
        })
        .collect()
}
