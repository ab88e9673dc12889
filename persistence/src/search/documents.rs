//! The search documents of records, and the counts of the words in them, on their way into the index.

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

/// The document of a new state of a record, before it is written.
#[derive(Debug)]
pub(crate) struct PendingDocument {
    row: DocumentRow,
    words: IndexedWords,
}

/// The words of a document, and the dictionary that holds them.
#[derive(Debug)]
pub(crate) struct IndexedWords {
    dictionary: String,
    words: BTreeSet<String>,
}

impl IndexedWords {
    /// Those of a record as it is kept.
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
    /// The document of a state of a record.
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

/// Writes documents, but for those that are as they were, and counts their words. With each goes the state before, if there
/// was one.
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

/// How many more records have which word of a dictionary, or fewer.
#[derive(Debug, Default)]
pub(crate) struct WordCounts(BTreeMap<String, HashMap<String, i32>>);

impl WordCounts {
    /// Counts the words of a document that comes (1) or goes (-1).
    pub(crate) fn count(&mut self, document: IndexedWords, step: i32) {
        let counts = self.0.entry(document.dictionary).or_default();
        for word in document.words {
            *counts.entry(word).or_default() += step;
        }
    }

    /// How many words wait.
    pub(crate) fn len(&self) -> usize {
        self.0.values().map(HashMap::len).sum()
    }

    /// Writes them, in the order of their key.
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
