//! A batch of a run: everything that one transaction writes.

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

/// A batch that is being written.
pub(super) struct Batch<'a> {
    run: &'a Context,
    transaction: Transaction<'a>,
    classifier: LineClassifier,
}

impl<'a> Batch<'a> {
    /// Starts a batch, with the dictionary of the previous one.
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

    /// Writes classified lines, and stores rejections up to the limit per run. `kept` is the number stored so far.
    /// Returns the counts of what was written and of lines that were classified again. All others are counted by
    /// the caller.
    pub(super) fn write(&mut self, classified: ClassifiedChunk, kept: &mut u64) -> Result<Counts, Error> {
        let ClassifiedChunk { changes, mut rejections, .. } = classified;
        let mut counts = Counts::default();
        if self.run.options.dry_run {
            changes.iter().for_each(|change| counts.add(change.counts()));
        } else {
            let outdated = self.enqueue(changes, &mut counts)?;
            // Once is enough, because the records are locked now.
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

    /// Queues changes. Returns the outdated ones, whose records were written by others meanwhile.
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
        // Sweep deletions of members that a single write has confirmed unchanged meanwhile.
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

    /// Locks a member without an external id. Returns its id and version.
    fn lock(&mut self, id: DbId) -> Result<Option<(DbId, i64)>, Error> {
        dialect::lock_record(self.transaction.conn, id)?;
        let version = records::table.find(id).select(records::version).first(self.transaction.conn);
        Ok(version.optional()?.map(|version| (id, version)))
    }

    /// Classifies outdated lines again. Outdated sweep deletions are dropped, because their members were written
    /// meanwhile.
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

    /// Writes everything that is pending, before the commit, and returns the dictionary.
    pub(super) fn finish(mut self, dictionary: &mut Dictionary) -> Result<(), Error> {
        // All other writers wait from here on.
        self.transaction.lock_revisions()?;
        let before = changes::last(self.transaction.conn)?;
        self.transaction.finish()?;
        self.transaction.index_writer.swap_dictionary(dictionary);
        self.run.written.record((before, changes::last(self.transaction.conn)?));
        Ok(())
    }
}
