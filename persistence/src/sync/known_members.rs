//! The members that a chamber has at the start of a run, and which of them the body has named so far.
//!
//! Ids and lines are stored as 64-bit hashes (BLAKE3): 17 bytes per existing member and 8 per new one. For a
//! million members, the probability that two ids share a hash is 1 in 37 million.

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

/// The number of records per page of a walk.
const PAGE: i64 = 5_000;
/// The largest number of ids in one statement.
const IDS: usize = 10_000;

/// The members of a chamber.
#[derive(Debug, Default)]
pub(super) struct KnownMembers {
    /// Hashes of external ids and of the lines that last wrote them (0 if none), sorted by id.
    held: Vec<(i64, i64)>,
    /// Whether the body has named each of them.
    is_named: Vec<bool>,
    /// Members that others have written since. They are not swept.
    written: HashSet<i64>,
    /// The number of members without an external id. No line can name them.
    nameless: u64,
    /// New members that the body has named.
    new: Ids,
    is_known: bool,
    /// The last revision that is taken into account.
    position: i64,
}

/// A large set of hashes. Most are in sorted lists, which take less memory than a hash table, or than one list that
/// doubles to grow.
#[derive(Debug, Default)]
struct Ids {
    sorted: Vec<Vec<i64>>,
    recent: HashSet<i64>,
}

impl Ids {
    /// The number of hashes per list.
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

/// The result of naming a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mention {
    /// The first mention in this body. Holds the hash of the line that last wrote the member.
    First(Option<i64>),
    /// A repeated mention.
    Repeated,
    /// The limit of new members per run is reached.
    TooMany,
}

impl KnownMembers {
    /// Loads the members of a chamber, page by page to limit memory. Members that were named before remain named.
    /// Members that others write after the revision `position` count as written meanwhile.
    pub(super) fn look_up(
        conn: &mut Conn,
        chamber: ChamberCode,
        named: Self,
        position: i64,
    ) -> Result<Self, Error> {
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

    /// Whether the members were loaded.
    pub(super) fn is_known(&self) -> bool {
        self.is_known
    }

    /// Marks members that others have written since the last call, and forgets the hashes of their lines. While a
    /// run is under way, its chamber may write single members.
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

    /// Forgets the line hashes of members that were written by a range of revisions.
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
            // The id of an erased member is unknown, so all hashes are dropped.
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

    /// Excludes members from the sweep.
    pub(super) fn protect(&mut self, external_ids: &[String]) {
        self.written.extend(external_ids.iter().map(|id| hash(id.as_bytes())));
    }

    fn index_of(&self, id: i64) -> Result<usize, usize> {
        self.held.binary_search_by_key(&id, |(id, _)| *id)
    }

    /// Returns the number of members.
    pub(super) fn len(&self) -> u64 {
        self.held.len() as u64 + self.nameless
    }

    /// Returns the number of members that the sweep would delete.
    pub(super) fn unnamed(&self) -> u64 {
        let unnamed = self.held.iter().zip(&self.is_named).filter(|(_, is_named)| !**is_named);
        unnamed.filter(|((id, _), _)| !self.written.contains(id)).count() as u64 + self.nameless
    }

    /// Marks a member as named.
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

    /// Returns the rows of unnamed members after an external id, in order, and the last external id that was
    /// examined. `None` if there are no more.
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

/// The members of a chamber without an external id. An administrator assigned them to it.
fn nameless(chamber: ChamberCode) -> records::BoxedQuery<'static, MultiBackend> {
    records::table
        .filter(records::chamber.eq(chamber.entry().slug.clone()).and(records::external_id.is_null()))
        .filter(records::status.ne(Status::Archived.as_str()))
        .into_boxed()
}

/// Returns rows of such members after one, by id.
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

/// A stored member, and the hash of the line that last wrote it.
pub(super) type Held = (StoredRow, Option<i64>);

/// Returns members of a chamber by external id, including deleted members.
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
