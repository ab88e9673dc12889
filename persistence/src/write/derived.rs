//! [`IndexWriter`]: everything derived from records, such as term sets, search documents and word counts. It is
//! written with every change, and rebuilt when `INDEX_VERSION` changes (`rebuild`).

use crate::{
    connection::Conn,
    dialect,
    error::Error,
    index::{self, Dictionary, Entry, spans_of},
    past,
    rows::StoredRow,
    search::documents::{Documents, PendingDocument},
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

/// What is written at the end: terms and words, whose rows are spread over those of all other records, and in a group the
/// documents.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    sets: index::Edits,
    documents: Documents,
}

impl Derived {
    /// Adds what a later write of the group leaves.
    pub(crate) fn absorb(&mut self, Later { derived, has_written_earlier_sets }: Later) {
        if has_written_earlier_sets {
            self.sets = index::Edits::default();
        }
        self.sets.absorb(derived.sets);
        self.documents.absorb(derived.documents);
    }

    /// Writes everything. Requires the lock of [`IndexWriter::flush`].
    pub(crate) fn write(self, conn: &mut Conn) -> Result<(), Error> {
        self.sets.write(conn)?;
        self.documents.write(conn)
    }

    fn len(&self) -> usize {
        self.sets.len().max(self.documents.words())
    }
}

/// What a write leaves for the end of its group.
#[derive(Debug)]
pub(crate) struct Later {
    derived: Derived,
    /// Whether it has written the terms that earlier writes left.
    has_written_earlier_sets: bool,
}

/// Collects everything derived from records and writes it in bulk. Documents and past states are written with the records,
/// and the rest at the end. In a group, documents are written at its end as well.
#[derive(Debug)]
pub(crate) struct IndexWriter<'a> {
    today: NaiveDate,
    dictionary: Dictionary,
    pending: Vec<Pending>,
    /// The number of pending states whose documents are collected.
    documented: usize,
    derived: Derived,
    /// What earlier writes of the group leave for its end. `None` outside of groups.
    earlier: Option<&'a Derived>,
    has_written_earlier_sets: bool,
    past: past::Edits,
    /// The records with pending states.
    records: HashSet<DbId>,
}

impl<'a> IndexWriter<'a> {
    /// `earlier` is what earlier writes of the group leave for its end. `None` outside of groups.
    pub(crate) fn new(today: NaiveDate, earlier: Option<&'a Derived>) -> Self {
        Self {
            today,
            dictionary: Dictionary::default(),
            pending: Vec::new(),
            documented: 0,
            derived: Derived::default(),
            earlier,
            has_written_earlier_sets: false,
            past: past::Edits::default(),
            records: HashSet::new(),
        }
    }

    /// Adds public states that are about to be replaced.
    pub(crate) fn replace(&mut self, states: Vec<past::Replaced>) {
        self.past.replace(states);
    }

    /// Whether a state of a record is pending.
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

    /// Removes a record from the index and the search. Requires the lock of [`Self::flush`]. Not in a group.
    pub(crate) fn remove(&mut self, conn: &mut Conn, kind: Kind, row: &StoredRow) -> Result<(), Error> {
        let Self { today, dictionary, derived: Derived { sets, documents }, .. } = self;
        dialect::unindex(conn, row.number)?;
        documents.remove(kind, row.visible, &row.content)?;
        let terms = terms_of(conn, &[(kind, row.id, row.content.as_str())])?.concat();
        dictionary.assign(conn, terms.iter().map(|term| (kind, term.facet, term.value.as_str())))?;
        let had = spans_of(kind, &terms, dictionary);
        sets.change(*today, row.number, Some((row.visible, &had)), None);
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
        self.records.clear();
        if self.derived.len() < WAITING { Ok(()) } else { self.finish(conn) }
    }

    /// Writes the pending documents, or leaves them for the end of the group.
    pub(crate) fn write_documents(&mut self, conn: &mut Conn) -> Result<(), Error> {
        let waiting = self.pending.iter_mut().skip(self.documented);
        let documents = waiting.filter_map(|Pending { entry, document, previous }| {
            Some((document.take()?, previous.as_ref().map(|previous| (entry.kind, previous))))
        });
        let earlier = self.earlier.map(|earlier| &earlier.documents);
        self.derived.documents.add(conn, documents.collect(), earlier)?;
        self.documented = self.pending.len();
        match self.earlier {
            Some(_) => Ok(()),
            None => self.derived.documents.write_rows(conn),
        }
    }

    /// Collects changes of terms, and writes past states.
    fn index(&mut self, conn: &mut Conn, moment: Option<DbMoment>) -> Result<(), Error> {
        let Self { today, dictionary, pending, derived: Derived { sets, .. }, past, .. } = self;
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
            sets.change(*today, entry.number, had, Some((entry.visible, &has)));
            if let Some(moment) = moment {
                past.add(entry, had, &has, dictionary, moment);
            }
        }
        moment.map_or(Ok(()), |moment| past.write(conn, moment))
    }

    /// Writes what is left at the end of a transaction, but not in a group. Requires the lock of [`Self::flush`].
    pub(crate) fn finish(&mut self, conn: &mut Conn) -> Result<(), Error> {
        match self.earlier {
            Some(_) => Ok(()),
            None => std::mem::take(&mut self.derived).write(conn),
        }
    }

    /// Writes the terms that earlier writes of the group leave for its end, so that they can be counted now. Requires the lock of
    /// [`Self::flush`].
    pub(crate) fn write_earlier_sets(&mut self, conn: &mut Conn) -> Result<(), Error> {
        if let Some(earlier) = self.earlier.filter(|_| !self.has_written_earlier_sets) {
            earlier.sets.clone().write(conn)?;
            self.has_written_earlier_sets = true;
        }
        Ok(())
    }

    /// Returns what it leaves for the end of the group.
    pub(crate) fn leave(self) -> Later {
        Later { derived: self.derived, has_written_earlier_sets: self.has_written_earlier_sets }
    }
}
