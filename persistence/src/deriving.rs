//! What is kept beside the records because it follows from them: how many records have which term, the search
//! documents, and the dictionary of words. It is written with every change, and made anew when its recipe changes.

use crate::{
    connection::Conn,
    counts::Tally,
    dialect,
    dictionary::Dictionary,
    documents::{self, IndexedWords, PendingDocument, WordCounts},
    error::Error,
    forward::{self, Blocks},
    index::{self, Edits, Entry, Place},
    labels::{self, Targets},
    past,
    preparing::{Heading, Prepared, prepare},
    rows::{self, Stored, StoredRow},
    schema::facts,
    types::{DbId, DbMoment},
};
use chrono::NaiveDate;
use diesel::prelude::*;
use domain::{
    content::Content,
    kind::{Kind, KindVisitor, every_kind},
    search::Document,
    terms::Facet,
};
use std::collections::HashSet;

/// Counts how terms and search documents are made: to be raised whenever the same content would give others, so that
/// the first start of a new release makes them anew.
const RECIPE: &str = "5";

/// So many postings, or words, wait at the most.
const WAITING: usize = 250_000;

/// What is to be written beside the records, gathered so that it is written in sets: documents and the terms of records
/// with the records, postings and words in larger ones, since they fall anywhere among those that are there, and counts
/// at the end.
#[derive(Debug)]
pub(crate) struct Derivations {
    dictionary: Dictionary,
    tally: Tally,
    entries: Vec<Entry>,
    documents: Vec<PendingDocument>,
    postings: Edits,
    words: WordCounts,
    past: past::Edits,
    /// Of which records something waits.
    records: HashSet<DbId>,
}

impl Derivations {
    pub(crate) fn new(today: NaiveDate) -> Self {
        Self {
            dictionary: Dictionary::default(),
            tally: Tally::new(today),
            entries: Vec::new(),
            documents: Vec::new(),
            postings: Edits::default(),
            words: WordCounts::default(),
            past: past::Edits::default(),
            records: HashSet::new(),
        }
    }

    /// Takes in public states that are about to be replaced.
    pub(crate) fn replace(&mut self, states: Vec<past::Replaced>) {
        self.past.replace(states);
    }

    /// Whether a state of a record was taken in that is not wholly written yet.
    pub(crate) fn hold(&self, record: DbId) -> bool {
        self.records.contains(&record)
    }

    /// Takes in what follows from a new state of a record; `previous` is the state before.
    pub(crate) fn add(&mut self, entry: Entry, document: Option<Document>, previous: Option<&StoredRow>) {
        self.documents.push(PendingDocument::new(&entry, document.unwrap_or_default(), previous));
        self.records.insert(entry.record);
        self.entries.push(entry);
    }

    /// Takes a record out of the index, the counts and the search. The lock is held as for [`Self::flush`].
    pub(crate) fn forget(&mut self, conn: &mut Conn, kind: Kind, row: &StoredRow) -> Result<(), Error> {
        let (record, place) = (row.id, &row.place());
        let Self { dictionary, tally, postings, words, .. } = self;
        dialect::unindex(conn, record)?;
        words.count(IndexedWords::of(kind, row.visible, &row.content)?, -1);
        dictionary.assign(conn, [(kind, Facet::Record, "")].into_iter())?;
        let mut blocks = Blocks::of(conn, &[record])?;
        dictionary.look_up_numbers(conn, blocks.terms())?;
        if let Some(forward::Entry { spans, .. }) = blocks.entry(record) {
            tally.count(dictionary, kind, place.visible, spans, -1)?;
            postings.remove(record, place, spans);
            past::erase(conn, record, spans)?;
        }
        blocks.take_out(conn, kind, record)?;
        blocks.write(conn)
    }

    /// Knows what is known of the dictionary already, for transactions that follow each other.
    pub(crate) fn swap_dictionary(&mut self, dictionary: &mut Dictionary) {
        std::mem::swap(&mut self.dictionary, dictionary);
    }

    /// Writes what goes with the records. Whoever calls it holds the lock of the revisions, so that two transactions that
    /// write the same words never wait for each other in a circle. `now` is the moment of the revisions; `None`: what is
    /// written was there already.
    pub(crate) fn flush(&mut self, conn: &mut Conn, now: Option<DbMoment>) -> Result<(), Error> {
        self.index(conn, now)?;
        documents::write(conn, std::mem::take(&mut self.documents), &mut self.words)?;
        if self.postings.len().max(self.words.len()) < WAITING { Ok(()) } else { self.flush_sets(conn) }
    }

    /// Writes the terms, and counts them.
    fn index(&mut self, conn: &mut Conn, moment: Option<DbMoment>) -> Result<(), Error> {
        let Self { dictionary, tally, entries, postings, past, .. } = self;
        let terms = entries.iter().flat_map(|entry| {
            let terms = entry.terms.iter().map(|term| (entry.kind, term.facet, term.value.as_str()));
            terms.chain([(entry.kind, Facet::Record, "")])
        });
        dictionary.assign(conn, terms)?;
        let had = entries.iter().filter(|entry| entry.previous.is_some()).map(|entry| entry.record);
        let mut blocks = Blocks::of(conn, &had.collect::<Vec<_>>())?;
        dictionary.look_up_numbers(conn, blocks.terms())?;
        for entry in entries.drain(..) {
            let before = blocks.entry(entry.record).map(|before| before.spans.as_slice()).unwrap_or_default();
            if let Some(previous) = &entry.previous {
                tally.count(dictionary, entry.kind, previous.visible, before, -1)?;
            }
            let now = index::spans_of(&entry, dictionary);
            tally.count(dictionary, entry.kind, entry.place.visible, &now, 1)?;
            postings.add(&entry, before, &now);
            if let Some(moment) = moment {
                past.add(&entry, before, &now, dictionary, moment);
            }
            let kept = forward::Entry { visible: entry.place.visible, spans: now };
            blocks.put(conn, entry.kind, entry.record, kept)?;
        }
        blocks.write(conn)?;
        moment.map_or(Ok(()), |moment| past.write(conn, moment))
    }

    /// Writes postings and words. The lock is held as for [`Self::flush`].
    pub(crate) fn flush_sets(&mut self, conn: &mut Conn) -> Result<(), Error> {
        self.records.clear();
        std::mem::take(&mut self.postings).write(conn)?;
        std::mem::take(&mut self.words).write(conn)
    }

    /// Writes all that is left, at the end of the transaction. The lock is held as for [`Self::flush`].
    pub(crate) fn finish(&mut self, conn: &mut Conn) -> Result<(), Error> {
        self.flush_sets(conn)?;
        self.tally.write(conn, &self.dictionary)
    }
}

/// Whether everything was made by the recipe of this release.
pub(crate) fn is_current(conn: &mut Conn) -> Result<bool, Error> {
    let recipe: Option<String> = facts::table.find("recipe").select(facts::value).first(conn).optional()?;
    Ok(recipe.as_deref() == Some(RECIPE))
}

/// Makes everything anew when it was made by another recipe; `progress` hears of how many records it has been. In a
/// transaction that holds the lock of the revisions.
pub(crate) fn refresh(conn: &mut Conn, today: NaiveDate, progress: &dyn Fn(u64)) -> Result<(), Error> {
    if is_current(conn)? {
        return Ok(());
    }
    struct Rebuild<'a> {
        conn: &'a mut Conn,
        today: NaiveDate,
        progress: &'a dyn Fn(u64),
        done: u64,
        result: Result<(), Error>,
    }
    impl KindVisitor for Rebuild<'_> {
        fn visit<C: Content>(&mut self) {
            if self.result.is_ok() {
                let Self { conn, today, progress, done, .. } = self;
                self.result = derive_kind::<C>(conn, *today, &mut |records| {
                    *done += records;
                    progress(*done);
                });
            }
        }
    }
    dialect::forget(conn)?;
    let mut rebuild = Rebuild { conn, today, progress, done: 0, result: Ok(()) };
    every_kind(&mut rebuild);
    rebuild.result?;
    past::rebuild(conn)?;
    diesel::update(facts::table.find("recipe")).set(facts::value.eq(RECIPE)).execute(conn)?;
    Ok(())
}

/// Makes anew what follows from the records of one kind: these in batches, and postings and words in the large sets in
/// which every transaction writes them.
fn derive_kind<C: Content>(
    conn: &mut Conn,
    today: NaiveDate,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Error> {
    let mut after = DbId(uuid::Uuid::nil());
    let mut derivations = Derivations::new(today);
    loop {
        let rows = rows::batch(conn, C::KIND, after)?;
        let Some(last) = rows.last() else { return derivations.finish(conn) };
        after = last.id;
        let count = rows.len() as u64;
        for row in rows {
            let mut stored = Stored::<C>::read(row)?;
            let mut targets = Targets::default();
            targets.look_up(conn, &labels::keys(&mut stored.content))?;
            let heading = Heading::of(&stored)?;
            let prepared = prepare(heading, &mut stored.content, &|id| targets.kind_of(id), true)?;
            let Prepared { record, terms, document, .. } = prepared;
            let place = Place { visible: record.visible, sort_name: record.sort_name };
            let entry = Entry { kind: C::KIND, record: record.id, place, previous: None, terms };
            derivations.add(entry, document, None);
        }
        derivations.flush(conn, None)?;
        progress(count);
    }
}

/// Looks up a fact about the database.
pub(crate) fn identity(conn: &mut Conn) -> Result<String, Error> {
    Ok(facts::table.find("identity").select(facts::value).first(conn)?)
}
