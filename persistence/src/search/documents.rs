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

/// Writes the documents that have changed, and counts their words. Each comes with the previous state, if there was
/// one.
pub(crate) fn write(
    conn: &mut Conn,
    documents: Vec<(PendingDocument, Option<(Kind, &PreviousState)>)>,
    words: &mut WordCounts,
) -> Result<(), Error> {
    let present: Vec<i32> =
        documents.iter().filter(|(_, previous)| previous.is_some()).map(|(it, _)| it.row.number).collect();
    let hashes = dialect::document_hashes(conn, &present)?;
    let mut rows = Vec::with_capacity(documents.len());
    for (PendingDocument { row, words: now }, previous) in documents {
        if hashes.get(&row.number) == Some(&row.hash) {
            continue;
        }
        if let Some((kind, PreviousState { visible, content })) = previous {
            words.count(IndexedWords::of(kind, *visible, content)?, -1);
        }
        words.count(now, 1);
        rows.push(row);
    }
    Ok(dialect::index(conn, &rows)?)
}

/// By dictionary and word, the change in the number of records that have it.
#[derive(Debug, Default)]
pub(crate) struct WordCounts(BTreeMap<String, HashMap<String, i32>>);

impl WordCounts {
    /// Adds (`step` 1) or subtracts (-1) the words of a document.
    pub(crate) fn count(&mut self, document: IndexedWords, step: i32) {
        let counts = self.0.entry(document.dictionary).or_default();
        for word in document.words {
            *counts.entry(word).or_default() += step;
        }
    }

    /// Returns the number of pending words.
    pub(crate) fn len(&self) -> usize {
        self.0.values().map(HashMap::len).sum()
    }

    /// Writes the counts in key order.
    pub(crate) fn write(self, conn: &mut Conn) -> Result<(), Error> {
        let mut rows: Vec<WordCount<'_>> = Vec::new();
        for (dictionary, counts) in &self.0 {
            let changed = counts.iter().filter(|(_, step)| **step != 0);
            rows.extend(changed.map(|(word, &step)| WordCount { dictionary, word, step }));
        }
        rows.sort_unstable_by_key(|row| (row.dictionary, row.word));
        Ok(dialect::count_words(conn, &rows)?)
    }
}
