//! What a chamber holds at the beginning of a run, and which of it the body has named so far.
//!
//! Ids and lines stand here as 64 bits of their hashes (BLAKE3), 17 bytes for each member that is held and 8 for each
//! that is new: of a million members, two share an id's with a probability of 1 to 37 million.

use super::{
    line_classifier::KIND,
    own_revisions::{OwnRevisions, SeqRange},
};
use crate::{
    changes,
    connection::{Conn, MultiBackend},
    dialect,
    error::Error,
    hash::hash,
    rows::StoredRow,
    schema::{records, revisions},
    types::DbId,
    write::action::Action,
};
use diesel::prelude::*;
use domain::{record::Status, sync::Run, vocabulary::ChamberCode};
use std::collections::HashSet;

/// A page of records that are walked through.
const PAGE: i64 = 5_000;
/// So many ids go into one statement.
const IDS: usize = 10_000;

/// What a chamber holds.
#[derive(Debug, Default)]
pub(super) struct KnownMembers {
    /// Hashes of the external ids and of the lines by which they were written last (0: by none), in the order of the ids.
    held: Vec<(i64, i64)>,
    /// Which of them the body has named.
    is_named: Vec<bool>,
    /// Which of them others have written since: what was acknowledged meanwhile is not deleted for not being named.
    written: HashSet<i64>,
    /// How many members are held that no line can name, since they have no external id.
    nameless: u64,
    /// What it has named that is not held.
    new: Ids,
    is_known: bool,
    /// Up to which revision they are as the database has them.
    position: i64,
}

/// A set of hashes that may become large: most of them stand in sorted lists, which take less room than a hash table,
/// and than one list that is copied to grow.
#[derive(Debug, Default)]
struct Ids {
    sorted: Vec<Vec<i64>>,
    recent: HashSet<i64>,
}

impl Ids {
    /// So many make a list.
    const RECENT: usize = 50_000;

    fn len(&self) -> usize {
        self.sorted.len() * Self::RECENT + self.recent.len()
    }

    fn contains(&self, id: i64) -> bool {
        self.recent.contains(&id) || self.sorted.iter().any(|ids| ids.binary_search(&id).is_ok())
    }

    fn insert(&mut self, id: i64) {
        self.recent.insert(id);
        if self.recent.len() == Self::RECENT {
            let mut ids: Vec<i64> = self.recent.drain().collect();
            ids.sort_unstable();
            self.sorted.push(ids);
        }
    }
}

/// Whether a line may name a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mention {
    /// It was not named before; by which line it was written last.
    First(Option<i64>),
    /// It was.
    Repeated,
    /// More new ones were named than can be remembered.
    TooMany,
}

impl KnownMembers {
    /// Looks up what a chamber holds: in pages, so that the database's answer does not grow with it. What was named
    /// before stays so.
    pub(super) fn look_up(conn: &mut Conn, chamber: ChamberCode, named: Self) -> Result<Self, Error> {
        let position = changes::last(conn)?;
        let members = records::table.filter(records::chamber.eq(&chamber.entry().slug));
        let count: i64 = members.count().get_result(conn)?;
        let mut held: Vec<(i64, i64)> = Vec::with_capacity(usize::try_from(count).unwrap_or_default());
        let mut after = String::new();
        loop {
            let rows: Vec<(Option<String>, Option<i64>)> = records::table
                .filter(records::chamber.eq(&chamber.entry().slug).and(records::external_id.gt(&after)))
                .filter(records::status.ne(Status::Archived.as_str()))
                .order(records::external_id)
                .limit(PAGE)
                .select((records::external_id, records::line_hash))
                .load(conn)?;
            let Some((Some(last), _)) = rows.last() else { break };
            after.clone_from(last);
            held.extend(
                rows.iter().filter_map(|(id, line)| Some((hash(id.as_ref()?.as_bytes()), line.unwrap_or(0)))),
            );
        }
        held.sort_unstable();
        let nameless: i64 = nameless(chamber).count().get_result(conn)?;
        let nameless = u64::try_from(nameless).unwrap_or_default();
        let is_named = held.iter().map(|(id, _)| named.new.contains(*id)).collect();
        Ok(Self { held, is_named, nameless, new: named.new, is_known: true, position, ..Self::default() })
    }

    /// Whether they were looked up.
    pub(super) fn is_known(&self) -> bool {
        self.is_known
    }

    /// Notes which members others have written since, and forgets by which lines they were written before: while a run
    /// is under way, a chamber may write single members.
    pub(super) fn refresh(
        &mut self,
        conn: &mut Conn,
        chamber: ChamberCode,
        written: &OwnRevisions,
    ) -> Result<(), Error> {
        if self.is_known {
            let position = changes::last(conn)?;
            for stretch in written.foreign_ranges((self.position, position)) {
                self.forget_lines(conn, chamber, stretch)?;
            }
            self.position = position;
        }
        Ok(())
    }

    /// Forgets by which lines members were written that are in some revisions now.
    fn forget_lines(
        &mut self,
        conn: &mut Conn,
        chamber: ChamberCode,
        (after, last): SeqRange,
    ) -> Result<(), Error> {
        let rows: Vec<(DbId, String)> = revisions::table
            .filter(revisions::seq.gt(after).and(revisions::seq.le(last)))
            .filter(revisions::kind.eq(KIND.as_str()))
            .select((revisions::record, revisions::action))
            .load(conn)?;
        if rows.iter().any(|(_, action)| action == Action::Erase.as_str()) {
            // What it was called is forgotten.
            self.held.iter_mut().for_each(|(_, line)| *line = 0);
        }
        let written: Vec<DbId> = rows.into_iter().map(|(record, _)| record).collect();
        for records in written.chunks(IDS) {
            let external_ids: Vec<Option<String>> = records::table
                .filter(records::id.eq_any(records))
                .filter(records::chamber.eq(&chamber.entry().slug).and(records::line_hash.is_null()))
                .select(records::external_id)
                .load(conn)?;
            for external_id in external_ids.into_iter().flatten() {
                let id = hash(external_id.as_bytes());
                if let Ok(index) = self.index_of(id) {
                    self.held[index].1 = 0;
                    self.written.insert(id);
                }
            }
        }
        Ok(())
    }

    /// Keeps members from being deleted for not being named.
    pub(super) fn protect(&mut self, external_ids: &[String]) {
        self.written.extend(external_ids.iter().map(|id| hash(id.as_bytes())));
    }

    fn index_of(&self, id: i64) -> Result<usize, usize> {
        self.held.binary_search_by_key(&id, |(id, _)| *id)
    }

    /// How many members it holds.
    pub(super) fn len(&self) -> u64 {
        self.held.len() as u64 + self.nameless
    }

    /// How many of them were not named, nor written by others meanwhile.
    pub(super) fn unnamed(&self) -> u64 {
        let unnamed = self.held.iter().zip(&self.is_named).filter(|(_, is_named)| !**is_named);
        unnamed.filter(|((id, _), _)| !self.written.contains(id)).count() as u64 + self.nameless
    }

    /// Notes that a line names a member.
    pub(super) fn name(&mut self, external_id: &str) -> Mention {
        let id = hash(external_id.as_bytes());
        match self.index_of(id) {
            Ok(index) if std::mem::replace(&mut self.is_named[index], true) => Mention::Repeated,
            Ok(index) => Mention::First(Some(self.held[index].1).filter(|line| *line != 0)),
            Err(_) if self.new.contains(id) => Mention::Repeated,
            Err(_) if self.new.len() >= Run::MOST_NEW => Mention::TooMany,
            Err(_) => {
                self.new.insert(id);
                Mention::First(None)
            }
        }
    }

    /// The rows of some members that were held and not named, behind one of them in the order of their external ids;
    /// and the last of those that were looked at, unless there are no more.
    pub(super) fn unnamed_rows(
        &self,
        conn: &mut Conn,
        chamber: ChamberCode,
        after: &str,
    ) -> Result<(Vec<StoredRow>, Option<String>), Error> {
        let ids: Vec<Option<String>> = records::table
            .filter(records::chamber.eq(&chamber.entry().slug).and(records::external_id.gt(after)))
            .filter(records::status.ne(Status::Archived.as_str()))
            .order(records::external_id)
            .limit(PAGE)
            .select(records::external_id)
            .load(conn)?;
        let last = ids.last().cloned().flatten();
        let is_unnamed = |id: &&str| {
            let id = hash(id.as_bytes());
            !self.written.contains(&id) && self.index_of(id).is_ok_and(|index| !self.is_named[index])
        };
        let unnamed: Vec<&str> = ids.iter().filter_map(Option::as_deref).filter(is_unnamed).collect();
        let held = held_as(conn, chamber, &unnamed)?;
        Ok((held.into_iter().map(|(_, (row, _))| row).collect(), last))
    }
}

/// The members of a chamber without an external id: an administrator gave them to it.
fn nameless(chamber: ChamberCode) -> records::BoxedQuery<'static, MultiBackend> {
    records::table
        .filter(records::chamber.eq(chamber.entry().slug.clone()).and(records::external_id.is_null()))
        .filter(records::status.ne(Status::Archived.as_str()))
        .into_boxed()
}

/// The rows of some of them, behind one in the order of their ids.
pub(super) fn nameless_rows(
    conn: &mut Conn,
    chamber: ChamberCode,
    after: DbId,
) -> Result<Vec<StoredRow>, Error> {
    Ok(nameless(chamber)
        .filter(records::id.gt(after))
        .order(records::id)
        .limit(PAGE)
        .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
        .load(conn)?)
}

/// A member as it is held, and by which line it was written last, if it was by one.
pub(super) type Held = (StoredRow, Option<i64>);

/// A chamber's members by their external ids, deleted ones among them.
pub(super) fn held_as(
    conn: &mut Conn,
    chamber: ChamberCode,
    external_ids: &[&str],
) -> Result<Vec<(String, Held)>, Error> {
    let rows: Vec<(Option<String>, Held)> = records::table
        .filter(records::id.eq_any(dialect::member_ids(conn, &chamber.entry().slug, external_ids)?))
        .select((
            records::external_id,
            (<StoredRow as Selectable<MultiBackend>>::construct_selection(), records::line_hash),
        ))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, held)| Some((id?, held))).collect())
}
