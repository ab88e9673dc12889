//! Rebuilds past states and reference spans from the revisions.

use super::keeping::{Edits, Replaced, is_kept};
use crate::{
    connection::Conn,
    error::Error,
    index::{Dictionary, Span, spans_of},
    query::labels::{self, Targets},
    rows::{Stored, StoredRow, content_of_revision},
    schema::{past_contents, records, revisions},
    types::{DbId, DbMoment},
    write::row_set::{RecordMeta, RowSet, prepare},
};
use diesel::prelude::*;
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindFunction, with_kind},
};

/// The number of revisions in memory at a time.
const BATCH: i64 = 500;

/// A revision of a record that exists.
#[derive(Clone, Debug, Queryable)]
struct Revision {
    seq: i64,
    record: DbId,
    kind: String,
    status: String,
    visible: bool,
    version: i64,
    at: DbMoment,
    updated_at: DbMoment,
    content: String,
    /// Whether the record is public today.
    shown: bool,
}

/// The state after the last revision read, while the next ones are read.
#[derive(Debug)]
struct Current {
    state: Replaced,
    kind: Kind,
    visible: bool,
    shown: bool,
    terms: Vec<Span>,
    /// Its public references, each with the moment at which it began.
    references: Vec<(Span, DbMoment)>,
}

/// Rebuilds the past of the records after `first`, up to and including `last`. The caller must hold the lock on
/// revisions.
pub(crate) fn rebuild(conn: &mut Conn, (first, last): (DbId, DbId)) -> Result<(), Error> {
    let (mut edits, mut dictionary) = (Edits::default(), Dictionary::default());
    let mut current: Option<Current> = None;
    let mut after = (first, i64::MAX);
    loop {
        let revisions = batch(conn, after, last)?;
        let Some(end) = revisions.last() else { break };
        after = (end.record, end.version);
        let moment = end.at;
        for revision in revisions {
            let same = current.take_if(|current| current.state.record == revision.record);
            if let Some(done) = current.take() {
                close(&mut edits, done, None);
            }
            let kind = Kind::parse(&revision.kind)
                .ok_or_else(|| Error::Corrupt(format!("kind {}", revision.kind)))?;
            let read = with_kind(kind, Read { conn, dictionary: &mut dictionary, revision })?;
            current = Some(follow(&mut edits, &dictionary, same, read));
        }
        edits.write(conn, moment)?;
    }
    if let Some(done) = current.take() {
        let moment = done.state.since;
        close(&mut edits, done, None);
        edits.write(conn, moment)?;
    }
    Ok(())
}

/// Returns revisions after one, ordered by record and version, up to the record `last`. Erased records have none.
fn batch(conn: &mut Conn, (record, version): (DbId, i64), last: DbId) -> Result<Vec<Revision>, Error> {
    Ok(revisions::table
        .inner_join(records::table.on(records::id.eq(revisions::record)))
        .left_join(past_contents::table.on(past_contents::seq.eq(revisions::seq)))
        .filter(revisions::record.between(record, last))
        .filter(revisions::record.gt(record).or(revisions::version.gt(version)))
        .order((revisions::record, revisions::version))
        .limit(BATCH)
        .select((
            revisions::seq,
            revisions::record,
            revisions::kind,
            revisions::status,
            revisions::visible,
            revisions::version,
            revisions::at,
            revisions::updated_at,
            content_of_revision(),
            records::visible,
        ))
        .load(conn)?)
}

/// Applies a state after the previous one.
fn follow(edits: &mut Edits, dictionary: &Dictionary, before: Option<Current>, mut now: Current) -> Current {
    let mut open = Vec::new();
    if let Some(mut before) = before {
        open = std::mem::take(&mut before.references);
        close(edits, before, Some(now.state.since));
    }
    let is_kept =
        |span: &&Span| dictionary.name(span.term).is_some_and(|name| is_kept(name.kind, name.facet));
    let terms = if now.visible { now.terms.as_slice() } else { &[] };
    for span in terms.iter().filter(is_kept) {
        let since = open.iter().find(|(open, _)| open == span).map(|(_, since)| *since);
        now.references.push((*span, since.unwrap_or(now.state.since)));
    }
    for (span, since) in open.iter().filter(|open| !now.references.contains(open)) {
        edits.reach(now.state.record, span, (*since, Some(now.state.since)), now.shown);
    }
    now
}

/// Stores a state that was replaced at a moment, or, for the last state, its open references.
fn close(edits: &mut Edits, current: Current, until: Option<DbMoment>) {
    let Current { state, kind, visible, shown, terms, references } = current;
    match until {
        Some(until) if visible => edits.keep(kind, state, &terms, shown, until),
        Some(_) => {}
        None => {
            for (span, since) in references {
                edits.reach(state.record, &span, (since, None), shown);
            }
        }
    }
}

/// Computes the state that a revision wrote.
struct Read<'a> {
    conn: &'a mut Conn,
    dictionary: &'a mut Dictionary,
    revision: Revision,
}

impl KindFunction for Read<'_> {
    type Output = Result<Current, Error>;

    fn call<C: Content>(self) -> Self::Output {
        let Self { conn, dictionary, revision } = self;
        let Revision { seq, record, visible, at, updated_at, shown, .. } = revision;
        let mut stored = Stored::<C>::read(StoredRow {
            id: record,
            number: 0,
            slug: None,
            status: revision.status,
            visible,
            was_visible: true,
            version: revision.version,
            sort_name: String::new(),
            starts_at: None,
            content: revision.content,
            content_hash: Vec::new(),
            created_at: updated_at,
            updated_at,
        })?;
        let mut targets = Targets::default();
        targets.look_up(conn, &labels::keys(&mut stored.content))?;
        let heading = RecordMeta::of(&stored)?;
        let RowSet { record: row, terms, .. } =
            prepare(heading, &mut stored.content, &|id| targets.kind_of(id), false)?;
        dictionary.assign(conn, terms.iter().map(|term| (C::KIND, term.facet, term.value.as_str())))?;
        Ok(Current {
            terms: spans_of(C::KIND, &terms, dictionary),
            state: Replaced {
                seq,
                record,
                sort_name: row.sort_name,
                since: at,
                updated_at,
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                lat: row.lat,
                lon: row.lon,
            },
            kind: C::KIND,
            visible,
            shown,
            references: Vec::new(),
        })
    }
}
