//! [`IndexWriter`]: everything derived from records, such as term sets, search documents and word counts. It is
//! written with every change, and rebuilt when `INDEX_VERSION` changes (`rebuild`).

use crate::{
    connection::Conn,
    dialect,
    error::Error,
    index::{self, Dictionary, Entry, spans_of},
    past,
    rows::StoredRow,
    search::documents::{self, IndexedWords, PendingDocument, WordCounts},
    types::{DbId, DbMoment},
    write::row_set::terms_of,
};
use chrono::NaiveDate;
use domain::{kind::Kind, search::Document, terms::Term};
use std::collections::HashSet;

/// The largest number of pending changes of sets, or of words.
const WAITING: usize = 250_000;

/// A new state of a record, and the previous one.
#[derive(Debug)]
struct Pending {
    entry: Entry,
    /// `None` once written.
    document: Option<PendingDocument>,
    previous: Option<PreviousState>,
}

/// What is needed of a state to remove what was derived from it.
#[derive(Debug)]
pub(crate) struct PreviousState {
    pub(crate) visible: bool,
    pub(crate) content: String,
}

/// Collects everything derived from records and writes it in bulk. Documents and past states are written with the
/// records. Terms and words are collected for longer, because their rows are spread over those of all other
/// records.
#[derive(Debug)]
pub(crate) struct IndexWriter {
    dictionary: Dictionary,
    pending: Vec<Pending>,
    /// The number of pending states whose documents are written.
    documented: usize,
    sets: index::Edits,
    words: WordCounts,
    past: past::Edits,
    /// The records with pending changes.
    records: HashSet<DbId>,
}

impl IndexWriter {
    pub(crate) fn new(today: NaiveDate) -> Self {
        Self {
            dictionary: Dictionary::default(),
            pending: Vec::new(),
            documented: 0,
            sets: index::Edits::new(today),
            words: WordCounts::default(),
            past: past::Edits::default(),
            records: HashSet::new(),
        }
    }

    /// Adds public states that are about to be replaced.
    pub(crate) fn replace(&mut self, states: Vec<past::Replaced>) {
        self.past.replace(states);
    }

    /// Whether changes of a record are pending.
    pub(crate) fn hold(&self, record: DbId) -> bool {
        self.records.contains(&record)
    }

    /// Adds a new state of a record. `previous` is the current state.
    pub(crate) fn add(&mut self, entry: Entry, document: Option<Document>, previous: Option<&StoredRow>) {
        self.records.insert(entry.record);
        let document = Some(PendingDocument::new(&entry, document.unwrap_or_default()));
        let previous =
            previous.map(|row| PreviousState { visible: row.visible, content: row.content.clone() });
        self.pending.push(Pending { entry, document, previous });
    }

    /// Removes a record from the index and the search. Requires the lock of [`Self::flush`].
    pub(crate) fn remove(&mut self, conn: &mut Conn, kind: Kind, row: &StoredRow) -> Result<(), Error> {
        let Self { dictionary, sets, words, .. } = self;
        dialect::unindex(conn, row.number)?;
        words.count(IndexedWords::of(kind, row.visible, &row.content)?, -1);
        let terms = terms_of(conn, &[(kind, row.id, row.content.as_str())])?.concat();
        dictionary.assign(conn, terms.iter().map(|term| (kind, term.facet, term.value.as_str())))?;
        let had = spans_of(kind, &terms, dictionary);
        sets.change(row.number, Some((row.visible, &had)), None);
        past::erase(conn, row.id, &had)
    }

    /// Exchanges the dictionary of terms, so that consecutive transactions share one.
    pub(crate) fn swap_dictionary(&mut self, dictionary: &mut Dictionary) {
        std::mem::swap(&mut self.dictionary, dictionary);
    }

    /// Writes what belongs to the pending records. The caller must hold the lock on revisions, so that transactions
    /// that write the same words do not deadlock. `now` is the moment of the revisions, or `None` if the states are
    /// not new.
    pub(crate) fn flush(&mut self, conn: &mut Conn, now: Option<DbMoment>) -> Result<(), Error> {
        self.write_documents(conn)?;
        self.index(conn, now)?;
        self.pending.clear();
        self.documented = 0;
        if self.sets.len().max(self.words.len()) < WAITING { Ok(()) } else { self.flush_sets(conn) }
    }

    /// Writes the pending documents.
    pub(crate) fn write_documents(&mut self, conn: &mut Conn) -> Result<(), Error> {
        let waiting = self.pending.iter_mut().skip(self.documented);
        let documents = waiting.filter_map(|Pending { entry, document, previous }| {
            Some((document.take()?, previous.as_ref().map(|previous| (entry.kind, previous))))
        });
        documents::write(conn, documents.collect(), &mut self.words)?;
        self.documented = self.pending.len();
        Ok(())
    }

    /// Collects changes of terms, and writes past states.
    fn index(&mut self, conn: &mut Conn, moment: Option<DbMoment>) -> Result<(), Error> {
        let Self { dictionary, pending, sets, past, .. } = self;
        let previous = pending.iter().filter_map(|Pending { entry, previous, .. }| {
            Some((entry.kind, entry.record, previous.as_ref()?.content.as_str()))
        });
        let before = terms_of(conn, &previous.collect::<Vec<_>>())?;
        let mut before = before.into_iter();
        let before: Vec<Vec<Term>> = pending
            .iter()
            .map(|pending| pending.previous.as_ref().and_then(|_| before.next()).unwrap_or_default())
            .collect();
        let terms = pending.iter().zip(&before).flat_map(|(Pending { entry, .. }, before)| {
            let terms = entry.terms.iter().chain(before);
            terms.map(|term| (entry.kind, term.facet, term.value.as_str()))
        });
        dictionary.assign(conn, terms)?;
        for (Pending { entry, previous, .. }, before) in pending.iter().zip(&before) {
            let had = spans_of(entry.kind, before, dictionary);
            let had = previous.as_ref().map(|previous| (previous.visible, had.as_slice()));
            let has = spans_of(entry.kind, &entry.terms, dictionary);
            sets.change(entry.number, had, Some((entry.visible, &has)));
            if let Some(moment) = moment {
                past.add(entry, had, &has, dictionary, moment);
            }
        }
        moment.map_or(Ok(()), |moment| past.write(conn, moment))
    }

    /// Writes terms and words: what is left to write at the end of a transaction. Requires the lock of
    /// [`Self::flush`].
    pub(crate) fn flush_sets(&mut self, conn: &mut Conn) -> Result<(), Error> {
        self.records.clear();
        self.sets.write(conn)?;
        std::mem::take(&mut self.words).write(conn)
    }
}
