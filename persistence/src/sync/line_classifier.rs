//! Classifies lines: compares them with stored members, and prepares the rows to be written.

use super::known_members::{Held, held_as};
use crate::{
    audience::Audience,
    connection::Conn,
    error::Error,
    query::labels::{self, Targets},
    rows::{Stored, StoredRow},
    write::{
        action::Action,
        row_set::{RecordMeta, RowSet, prepare},
    },
};
use domain::{
    fault::Faults,
    id::Clock,
    kind::Kind,
    member::Member,
    record::{Draft, ServerOwned, Status},
    scalar::ExternalId,
    sync::{Counts, Line, Refusal, Rejection},
    vocabulary::ChamberCode,
};
use std::collections::HashMap;

/// A line and its hash.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) line: u64,
    pub(super) text: Vec<u8>,
    pub(super) hash: i64,
}

/// A new state of a member.
#[derive(Debug)]
pub(super) struct Change {
    /// The line that requests it, or `None` for a deletion by the sweep.
    pub(super) candidate: Option<Candidate>,
    pub(super) prepared: RowSet,
    pub(super) previous: Option<StoredRow>,
    pub(super) action: Action,
}

impl Change {
    /// The external id of the member.
    pub(super) fn external_id(&self) -> Option<&str> {
        self.prepared.record.external_id.as_deref()
    }

    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        match self.action {
            Action::Archive => counts.deleted = 1,
            Action::Update => counts.updated = 1,
            _ => counts.created = 1,
        }
        counts
    }
}

/// The results of some lines.
#[derive(Debug, Default)]
pub(super) struct ClassifiedChunk {
    /// Counts received, unchanged and rejected lines. Changes are counted when they are written.
    pub(super) counts: Counts,
    pub(super) rejections: Vec<Rejection>,
    pub(super) changes: Vec<Change>,
    /// The first line whose member could not be identified, and why.
    pub(super) unreadable: Option<(u64, String)>,
}

impl ClassifiedChunk {
    /// The amount of work. At least 1, so that a batch of unchanged lines ends too.
    pub(super) fn weight(&self) -> usize {
        self.changes.len() + self.rejections.len() + 1
    }

    pub(super) fn reject(&mut self, line: u64, refusal: Refusal) {
        self.counts.rejected += 1;
        let Refusal { external_id, pointer, reason } = refusal;
        if external_id.is_none() && self.unreadable.is_none() {
            self.unreadable = Some((line, reason.clone()));
        }
        let external_id = external_id.map(|id| id.as_str().to_owned());
        self.rejections.push(Rejection { line, external_id, pointer, reason });
    }
}

/// A member as sent in a line.
struct IncomingMember {
    candidate: Candidate,
    external_id: ExternalId,
    draft: Draft<Member>,
    owned: ServerOwned,
    previous: Option<StoredRow>,
}

/// Classifies the lines of one chamber.
#[derive(Debug)]
pub(super) struct LineClassifier {
    chamber: ChamberCode,
    clock: Clock,
    /// Organisations that were looked up so far.
    targets: Targets,
}

impl LineClassifier {
    pub(super) fn new(chamber: ChamberCode, clock: Clock) -> Self {
        Self { chamber, clock, targets: Targets::default() }
    }

    /// Parses a line. Does not use the database.
    pub(super) fn read(&self, text: &[u8]) -> Result<Line, Refusal> {
        Line::read(text, self.chamber)
    }

    /// Compares lines with the stored members.
    pub(super) fn classify(
        &mut self,
        conn: &mut Conn,
        lines: Vec<(Candidate, Line)>,
        classified: &mut ClassifiedChunk,
    ) -> Result<(), Error> {
        if lines.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = lines.iter().map(|(_, line)| line.external_id().as_str()).collect();
        let mut held: HashMap<String, Held> = held_as(conn, self.chamber, &ids)?.into_iter().collect();
        let (mut sent, mut keys) = (Vec::new(), Vec::new());
        for (candidate, line) in lines {
            let held = held.remove(line.external_id().as_str());
            let present = held.as_ref().filter(|(row, _)| row.status != Status::Archived.as_str());
            match line {
                Line::Member(..) if present.is_some_and(|(_, line)| *line == Some(candidate.hash)) => {
                    classified.counts.unchanged += 1;
                }
                Line::Member(external_id, mut draft, owned) => {
                    keys.extend(labels::keys(&mut draft.content));
                    let previous = held.map(|(row, _)| row);
                    sent.push(IncomingMember { candidate, external_id, draft: *draft, owned, previous });
                }
                Line::Deletion(_) => match present {
                    Some((row, _)) => {
                        classified.changes.push(self.deletion(conn, row.clone(), Some(candidate))?);
                    }
                    None => classified.counts.unchanged += 1,
                },
            }
        }
        self.targets.look_up(conn, &keys)?;
        sent.into_iter().try_for_each(|sent| {
            // Threads of a run are busy for long. Lets requests have the processor in between.
            std::thread::yield_now();
            self.compare(conn, sent, classified)
        })
    }

    /// Compares a member with its stored state.
    fn compare(
        &mut self,
        conn: &mut Conn,
        sent: IncomingMember,
        classified: &mut ClassifiedChunk,
    ) -> Result<(), Error> {
        let IncomingMember {
            candidate,
            external_id,
            draft: Draft { status, mut content, .. },
            owned,
            previous,
        } = sent;
        let status = status.unwrap_or(Status::Published);
        let previous = previous.map(Stored::<Member>::read).transpose()?;
        let mut faults = Faults::new();
        if !owned.is_empty() {
            owned.check(previous.as_ref().map(Stored::server_owned).as_ref(), &mut faults);
        }
        let before = previous.as_ref().map(|previous| &previous.content);
        labels::resolve(conn, Audience::Public, &mut self.targets, before, &mut content, &mut faults)?;
        if !faults.is_empty() {
            classified.reject(candidate.line, Refusal::of_faults(external_id, &faults));
            return Ok(());
        }
        let action = match &previous {
            None => Action::Create,
            Some(previous) if previous.status()? == Status::Archived => Action::Restore,
            Some(previous) if previous.status()? == status && previous.has(&content)? => {
                classified.counts.unchanged += 1;
                return Ok(());
            }
            Some(_) => Action::Update,
        };
        let previous = previous.map(|previous| previous.row);
        let heading = self.heading(previous.as_ref(), status);
        let mut prepared = prepare(heading, &mut content, &|id| self.targets.kind_of(id), true)?;
        prepared.record.line_hash = Some(candidate.hash);
        classified.changes.push(Change { candidate: Some(candidate), prepared, previous, action });
        Ok(())
    }

    /// Prepares the deletion of a member.
    pub(super) fn deletion(
        &mut self,
        conn: &mut Conn,
        row: StoredRow,
        candidate: Option<Candidate>,
    ) -> Result<Change, Error> {
        let heading = self.heading(Some(&row), Status::Archived);
        let mut stored = Stored::<Member>::read(row)?;
        self.targets.look_up(conn, &labels::keys(&mut stored.content))?;
        let prepared = prepare(heading, &mut stored.content, &|id| self.targets.kind_of(id), true)?;
        Ok(Change { candidate, prepared, previous: Some(stored.row), action: Action::Archive })
    }

    fn heading(&self, previous: Option<&StoredRow>, status: Status) -> RecordMeta {
        let now = self.clock.now();
        RecordMeta {
            id: previous.map_or_else(|| self.clock.new_id(), |row| row.id.into()),
            slug: None,
            status,
            was_visible: previous.is_some_and(|row| row.was_visible),
            version: previous.map_or(1, |row| row.version + 1),
            created_at: previous.map_or(now, |row| row.created_at.0),
            updated_at: now,
        }
    }
}

/// The kind of the records that chambers send.
pub(super) const KIND: Kind = Kind::Member;
