//! Writes the search documents of records, and the counts of their words.

use crate::{
    connection::Conn,
    dialect::{self, DocumentRow, WordCount},
    error::Error,
    hash::hash,
    index::Entry,
    search::partition::Partition,
    write::derived::PreviousState,
};
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    search::Document,
    terms::Terms,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The search document of a new state, before it is written.
#[derive(Debug)]
pub(crate) struct PendingDocument {
    row: DocumentRow,
    words: IndexedWords,
}

/// The words of a document, and the dictionary that they belong to.
#[derive(Debug)]
pub(crate) struct IndexedWords {
    dictionary: String,
    words: BTreeSet<String>,
}

impl IndexedWords {
    /// Computes the words of a stored record.
    pub(crate) fn of(kind: Kind, visible: bool, content: &str) -> Result<Self, Error> {
        with_kind(kind, WordsOf { visible, content })
    }
}

struct WordsOf<'a> {
    visible: bool,
    content: &'a str,
}

impl KindFunction for WordsOf<'_> {
    type Output = Result<IndexedWords, Error>;

    fn call<C: Content>(self) -> Self::Output {
        let content: C = serde_json::from_str(self.content)?;
        let mut terms = Terms::default();
        content.terms(&mut terms);
        let terms = terms.into_sorted();
        let partition = Partition { kind: C::KIND, visible: self.visible };
        let words = Document::of(&content, &terms).words;
        Ok(IndexedWords { dictionary: partition.dictionary(&terms), words })
    }
}

impl PendingDocument {
    /// Computes the document of a state.
    pub(crate) fn new(entry: &Entry, document: Document) -> Self {
        let Document { tokens, words, names } = document;
        let partition = Partition { kind: entry.kind, visible: entry.visible };
        let (prefix, dictionary) = (partition.prefix(), partition.dictionary(&entry.terms));
        let length = tokens.iter().map(|token| prefix.len() + token.len() + 1).sum();
        let mut joined = String::with_capacity(length);
        for token in &tokens {
            joined.extend([if joined.is_empty() { "" } else { " " }, prefix.as_str(), token.as_str()]);
        }
        let tokens = joined;
        let sort_name = entry.sort_name.clone();
        let whole = [dictionary.as_str(), &sort_name, &names, &tokens].join("\n\n");
        Self {
            row: DocumentRow {
                number: entry.number,
                record: entry.record,
                kind: entry.kind.as_str(),
                hash: hash(whole.as_bytes()),
                sort_name,
                names,
                tokens,
            },
            words: IndexedWords { dictionary, words },
        }
    }
}

/// A document, with the previous state of its record, if there was one.
pub(crate) type Successor<'a> = (PendingDocument, Option<(Kind, &'a PreviousState)>);

/// Documents that are not written yet, by the number of their record, and the counts of their words. Of several documents of
/// a record, the last one is written.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    rows: BTreeMap<i32, DocumentRow>,
    words: WordCounts,
}

impl Documents {
    /// Adds the documents that have changed, since they were written or in those that will be written `earlier`.
    pub(crate) fn add(
        &mut self,
        conn: &mut Conn,
        documents: Vec<Successor<'_>>,
        earlier: Option<&Self>,
    ) -> Result<(), Error> {
        let waits = |number: &i32| earlier.is_some_and(|earlier| earlier.rows.contains_key(number));
        let present = documents.iter().filter(|(_, previous)| previous.is_some());
        let present = present.map(|(document, _)| document.row.number).filter(|number| !waits(number));
        let hashes = dialect::document_hashes(conn, &present.collect::<Vec<_>>())?;
        for (PendingDocument { row, words }, previous) in documents {
            if hashes.get(&row.number) == Some(&row.hash) {
                continue;
            }
            if let Some((kind, PreviousState { visible, content })) = previous {
                self.words.count(IndexedWords::of(kind, *visible, content)?, -1);
            }
            self.words.count(words, 1);
            self.rows.insert(row.number, row);
        }
        Ok(())
    }

    /// Subtracts the words of a record that is removed.
    pub(crate) fn remove(&mut self, kind: Kind, visible: bool, content: &str) -> Result<(), Error> {
        self.words.count(IndexedWords::of(kind, visible, content)?, -1);
        Ok(())
    }

    /// Adds those that come after it.
    pub(crate) fn absorb(&mut self, later: Self) {
        self.rows.extend(later.rows);
        self.words.absorb(later.words);
    }

    /// Returns the number of pending words.
    pub(crate) fn words(&self) -> usize {
        self.words.len()
    }

    /// Writes the documents, but not the counts of words.
    pub(crate) fn write_rows(&mut self, conn: &mut Conn) -> Result<(), Error> {
        let rows: Vec<DocumentRow> = std::mem::take(&mut self.rows).into_values().collect();
        Ok(dialect::index(conn, &rows)?)
    }

    /// Writes everything.
    pub(crate) fn write(mut self, conn: &mut Conn) -> Result<(), Error> {
        self.write_rows(conn)?;
        self.words.write(conn)
    }
}

/// By dictionary and word, the change in the number of records that have it.
#[derive(Debug, Default)]
struct WordCounts(BTreeMap<String, HashMap<String, i32>>);

impl WordCounts {
    /// Adds (`step` 1) or subtracts (-1) the words of a document.
    fn count(&mut self, document: IndexedWords, step: i32) {
        let counts = self.0.entry(document.dictionary).or_default();
        for word in document.words {
            *counts.entry(word).or_default() += step;
        }
    }

    /// Returns the number of pending words.
    fn len(&self) -> usize {
        self.0.values().map(HashMap::len).sum()
    }

    /// Adds the counts of others.
    fn absorb(&mut self, others: Self) {
        for (dictionary, counts) in others.0 {
            let known = self.0.entry(dictionary).or_default();
            for (word, step) in counts {
                *known.entry(word).or_default() += step;
            }
        }
    }

    /// Writes the counts in key order.
    fn write(self, conn: &mut Conn) -> Result<(), Error> {
        let mut rows: Vec<WordCount<'_>> = Vec::new();
        for (dictionary, counts) in &self.0 {
            let changed = counts.iter().filter(|(_, step)| **step != 0);
            rows.extend(changed.map(|(word, &step)| WordCount { dictionary, word, step }));
        }
        rows.sort_unstable_by_key(|row| (row.dictionary, row.word));
        Ok(dialect::count_words(conn, &rows)?)
    }
}
