//! A batch of a run: what is written in one transaction.

use super::{
    confirmed,
    line_classifier::{Change, ClassifiedChunk, KIND, LineClassifier},
    runs,
    starting::Context,
};
use crate::{
    audience::Audience, changes, connection::Conn, dialect, error::Error, index::Dictionary, schema::records,
    types::DbId, write::transaction::Transaction,
};
use diesel::prelude::*;
use domain::sync::{Counts, Run};
use std::collections::HashMap;

/// A batch while it is written.
pub(super) struct Batch<'a> {
    run: &'a Context,
    transaction: Transaction<'a>,
    classifier: LineClassifier,
}

impl<'a> Batch<'a> {
    /// Takes the dictionary of the batch before.
    pub(super) fn new(
        run: &'a Context,
        conn: &'a mut Conn,
        dictionary: &mut Dictionary,
    ) -> Result<Self, Error> {
        let mut transaction = Transaction::new(conn, &run.store.clock, &run.actor, Audience::Public)?;
        transaction.index_writer.swap_dictionary(dictionary);
        transaction.lock_chamber(&run.chamber.entry().slug)?;
        Ok(Self { run, transaction, classifier: LineClassifier::new(run.chamber, run.store.clock.clone()) })
    }

    /// Writes what was classified, and keeps rejections while `kept` is not too many. What was written, and what came of
    /// lines that had to be classified again; all else was counted before.
    pub(super) fn write(&mut self, classified: ClassifiedChunk, kept: &mut u64) -> Result<Counts, Error> {
        let ClassifiedChunk { changes, mut rejections, .. } = classified;
        let mut counts = Counts::default();
        if self.run.options.dry_run {
            changes.iter().for_each(|change| counts.add(change.counts()));
        } else {
            let outdated = self.enqueue(changes, &mut counts)?;
            // One more look is enough: the records are locked now.
            let again = self.classify_again(outdated)?;
            counts.add(again.counts);
            rejections.extend(again.rejections);
            self.enqueue(again.changes, &mut counts)?;
        }
        rejections.truncate(usize::try_from(Run::KEPT.saturating_sub(*kept)).unwrap_or_default());
        *kept += rejections.len() as u64;
        runs::reject(self.transaction.conn, self.run.id, rejections)?;
        Ok(counts)
    }

    /// Notes what is going to be written. Gives back what is out of date: others wrote the same records since.
    fn enqueue(&mut self, changes: Vec<Change>, counts: &mut Counts) -> Result<Vec<Change>, Error> {
        if changes.is_empty() {
            return Ok(changes);
        }
        let chamber = &self.run.chamber.entry().slug;
        let ids: Vec<&str> = changes.iter().filter_map(|change| change.external_id()).collect();
        let held: HashMap<String, (DbId, i64)> = dialect::lock_members(self.transaction.conn, chamber, &ids)?
            .into_iter()
            .map(|(external_id, id, version)| (external_id, (id, version)))
            .collect();
        // What was to be deleted for not being named, and was written since as it was.
        let unnamed = changes
            .iter()
            .filter(|change| change.candidate.is_none())
            .map(|change| change.prepared.record.id);
        let confirmed = confirmed::among(self.transaction.conn, self.run.id, &unnamed.collect::<Vec<_>>())?;
        let mut outdated = Vec::new();
        for mut change in changes {
            if change.candidate.is_none() && confirmed.contains(&change.prepared.record.id) {
                continue;
            }
            let seen = change.previous.as_ref().map(|row| (row.id, row.version));
            let present = match (change.external_id(), &change.previous) {
                (Some(id), _) => held.get(id).copied(),
                (None, previous) => previous.as_ref().map(|row| self.lock(row.id)).transpose()?.flatten(),
            };
            if present != seen {
                outdated.push(change);
                continue;
            }
            counts.add(change.counts());
            let now = self.transaction.now.into();
            change.prepared.record.updated_at = now;
            if change.previous.is_none() {
                change.prepared.record.created_at = now;
            }
            self.transaction.enqueue(KIND, change.prepared, change.previous.as_ref(), change.action)?;
        }
        Ok(outdated)
    }

    /// Locks a member that has no external id, and gives its id and version.
    fn lock(&mut self, id: DbId) -> Result<Option<(DbId, i64)>, Error> {
        dialect::lock_record(self.transaction.conn, id)?;
        let version = records::table.find(id).select(records::version).first(self.transaction.conn);
        Ok(version.optional()?.map(|version| (id, version)))
    }

    /// Classifies lines again. What was to be deleted for not being named stays when it was written since.
    fn classify_again(&mut self, outdated: Vec<Change>) -> Result<ClassifiedChunk, Error> {
        let mut classified = ClassifiedChunk::default();
        let mut lines = Vec::new();
        for candidate in outdated.into_iter().filter_map(|change| change.candidate) {
            match self.classifier.read(&candidate.text) {
                Ok(line) => lines.push((candidate, line)),
                Err(refusal) => classified.reject(candidate.line, refusal),
            }
        }
        self.classifier.classify(self.transaction.conn, lines, &mut classified)?;
        Ok(classified)
    }

    /// Writes what is left to be written, before the commit, and gives the dictionary back.
    pub(super) fn finish(mut self, dictionary: &mut Dictionary) -> Result<(), Error> {
        // From here on all others have to wait.
        self.transaction.lock_revisions()?;
        let before = changes::last(self.transaction.conn)?;
        self.transaction.finish()?;
        self.transaction.index_writer.swap_dictionary(dictionary);
        self.run.written.record((before, changes::last(self.transaction.conn)?));
        Ok(())
    }
}
