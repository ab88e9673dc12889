//! The end of a full run: members that its body did not name are deleted, unless the guard stops it.

use super::{
    confirmed,
    known_members::{KnownMembers, nameless_rows},
    line_classifier::{Change, ClassifiedChunk, LineClassifier},
    working::{Failure, Work},
};
use crate::{connection::Conn, rows::StoredRow, types::DbId};
use domain::sync::{Sweep, SweepState};
use std::sync::mpsc::sync_channel;
use uuid::Uuid;

impl Work<'_> {
    /// Deletes members that the body did not name, unless the guard stops it.
    pub(super) fn sweep(&mut self, known_members: &mut KnownMembers) -> Result<Sweep, Failure> {
        let run = self.run;
        {
            let conn = &mut *run.store.connections.run_reader()?;
            known_members.refresh(conn, run.chamber, &run.written)?;
            known_members.protect(&confirmed::external_ids(conn, run.id)?);
        }
        let (deletions, held) = (known_members.unnamed(), known_members.len());
        let valid_lines = self.counts.received - self.counts.rejected;
        if run.options.are_too_many(deletions, held, valid_lines) {
            let percent = run.options.max_deletion_percent;
            let reason = match valid_lines {
                0 => format!(
                    "{deletions} of {held} members would be deleted after a body without a valid line: send it again \
                    with max_deletion_percent=100 if that is meant"
                ),
                _ => format!(
                    "{deletions} of {held} members would be deleted, more than {percent} %: send it again with a \
                    higher max_deletion_percent if that is meant"
                ),
            };
            return Ok(Sweep { state: SweepState::Stopped, reason: Some(reason) });
        }
        let done = Ok(Sweep { state: SweepState::Done, reason: None });
        if run.options.dry_run {
            self.counts.deleted += deletions;
        }
        if run.options.dry_run || deletions == 0 {
            return done;
        }
        let mut after = Some(String::new());
        while let Some(last) = after {
            let conn = &mut *run.store.connections.run_reader()?;
            let (rows, next) = known_members.unnamed_rows(conn, run.chamber, &last)?;
            after = next;
            self.delete(conn, rows)?;
        }
        let mut last = DbId(Uuid::nil());
        loop {
            let conn = &mut *run.store.connections.run_reader()?;
            let rows = nameless_rows(conn, run.chamber, last)?;
            let Some(row) = rows.last() else { return done };
            last = row.id;
            self.delete(conn, rows)?;
        }
    }

    /// Deletes unnamed members.
    fn delete(&mut self, conn: &mut Conn, rows: Vec<StoredRow>) -> Result<(), Failure> {
        self.check_token()?;
        let mut classifier = LineClassifier::new(self.run.chamber, self.run.store.clock.clone());
        let deletions = rows.into_iter().map(|row| classifier.deletion(conn, row, None));
        let changes = deletions.collect::<Result<Vec<Change>, _>>()?;
        let (_, nothing_more) = sync_channel(0);
        if changes.is_empty() {
            Ok(())
        } else {
            Ok(self.batch(ClassifiedChunk { changes, ..ClassifiedChunk::default() }, &nothing_more)?)
        }
    }
}
