//! The reading side of a run: turns the body into chunks of classified lines.

use super::{
    known_members::{KnownMembers, Mention},
    line_classifier::{Candidate, ClassifiedChunk, LineClassifier},
    lines::{Lines, RawLine},
    starting::Context,
    working::Failure,
};
use crate::{error::Error, hash::hash};
use domain::{
    scalar::ExternalId,
    sync::{Line, LineId, Mode, Refusal, Run, too_long},
};
use std::{io::BufRead, sync::mpsc::SyncSender};

/// The largest number of lines in a chunk.
const CHUNK: usize = 1_000;
/// A chunk takes no more lines once it has this many bytes.
const CHUNK_BYTES: usize = 1024 * 1024;
/// The number of changed lines that are classified together.
const JUDGED: usize = 100;

/// The result of reading the whole body.
pub(super) struct Read {
    pub(super) known_members: KnownMembers,
    /// The first line whose member could not be identified, and why.
    pub(super) unreadable: Option<(u64, String)>,
}

/// A body that is being read.
pub(super) struct Reading<'a> {
    run: &'a Context,
    classifier: LineClassifier,
    known_members: KnownMembers,
    unreadable: Option<(u64, String)>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(run: &'a Context) -> Self {
        let classifier = LineClassifier::new(run.chamber, run.store.clock.clone());
        Self { run, classifier, known_members: KnownMembers::default(), unreadable: None }
    }

    /// Reads the body to its end, and sends the classified lines.
    pub(super) fn read(
        mut self,
        body: impl BufRead,
        chunks: &SyncSender<ClassifiedChunk>,
    ) -> Result<Read, Failure> {
        let mut lines = Lines::of(body);
        if self.run.options.mode == Mode::Full {
            self.look_up()?;
        }
        let mut is_first = true;
        loop {
            let (chunk, end) = gather(&mut lines);
            // For a few lines, loading all members is not worth it.
            if !is_first
                && !chunk.is_empty()
                && self.run.options.mode == Mode::Delta
                && !self.known_members.is_known()
            {
                self.look_up()?;
            }
            is_first = false;
            self.classify(chunk, chunks)?;
            match end {
                None => {}
                Some(Ok(())) => {
                    return Ok(Read { known_members: self.known_members, unreadable: self.unreadable });
                }
                Some(Err(cause)) => return Err(Failure::Body(cause)),
            }
        }
    }

    fn look_up(&mut self) -> Result<(), Failure> {
        let named = std::mem::take(&mut self.known_members);
        let conn = &mut *self.run.store.connections.run_reader()?;
        self.known_members = KnownMembers::look_up(conn, self.run.chamber, named, self.run.began_after)?;
        Ok(())
    }

    /// Classifies some lines and sends the results, in small portions so that a batch can end after any of them.
    fn classify(&mut self, chunk: Vec<RawLine>, chunks: &SyncSender<ClassifiedChunk>) -> Result<(), Failure> {
        let mut classified = ClassifiedChunk::default();
        let mut lines = Vec::new();
        self.known_members.refresh(
            &mut *self.run.store.connections.run_reader()?,
            self.run.chamber,
            &self.run.written,
        )?;
        for RawLine { number, text } in chunk {
            classified.counts.received += 1;
            match text {
                None => classified.reject(number, too_long()),
                Some(text) => lines.extend(self.first_look(number, text, &mut classified)),
            }
            if lines.len() == JUDGED {
                self.hand_on(std::mem::take(&mut lines), std::mem::take(&mut classified), chunks)?;
            }
        }
        self.hand_on(lines, classified, chunks)
    }

    /// Classifies lines that need the database, and sends the results. The connection is released before sending,
    /// because that may block for long.
    fn hand_on(
        &mut self,
        lines: Vec<(Candidate, Line)>,
        mut classified: ClassifiedChunk,
        chunks: &SyncSender<ClassifiedChunk>,
    ) -> Result<(), Failure> {
        if !lines.is_empty() {
            let conn = &mut *self.run.store.connections.run_reader()?;
            self.classifier.classify(conn, lines, &mut classified)?;
        }
        if self.unreadable.is_none() {
            self.unreadable.clone_from(&classified.unreadable);
        }
        let closed = |_| Error::Collision("the writing side of the run has ended".to_owned());
        Ok(chunks.send(classified).map_err(closed)?)
    }

    /// Classifies a line without the database. Returns it if that is not sufficient.
    fn first_look(
        &mut self,
        line: u64,
        text: Vec<u8>,
        classified: &mut ClassifiedChunk,
    ) -> Option<(Candidate, Line)> {
        let hash = line_hash(&text);
        let naming = LineId::peek(&text).map(|id| self.known_members.name(&id));
        if naming == Some(Mention::First(Some(hash))) {
            classified.counts.unchanged += 1;
            return None;
        }
        let mut read = self.classifier.read(&text);
        if naming.is_none() && named(&read).is_some() {
            // The line has several external ids, so it is unclear which member it means.
            read = Err(Refusal::new(None, "/external_id", "stands in the line more than once"));
        }
        let named = named(&read);
        let refuse = |reason: String| Refusal::new(named.cloned(), "/external_id", reason);
        let refusal = match (naming, named) {
            (Some(Mention::Repeated), Some(_)) => refuse("duplicate external_id in this body".to_owned()),
            (Some(Mention::TooMany), Some(_)) => refuse(format!(
                "is new, and {} new ones is all that one run takes: send the rest in another",
                Run::MOST_NEW
            )),
            _ => match read {
                Ok(read) => return Some((Candidate { line, text, hash }, read)),
                Err(refusal) => refusal,
            },
        };
        classified.reject(line, refusal);
        None
    }
}

/// Returns the external id of a line, if it could be parsed.
fn named(read: &Result<Line, Refusal>) -> Option<&ExternalId> {
    match read {
        Ok(line) => Some(line.external_id()),
        Err(refusal) => refusal.external_id.as_ref(),
    }
}

/// Reads the next lines. At the end of the body, also returns how it ended.
fn gather(lines: &mut Lines<impl BufRead>) -> (Vec<RawLine>, Option<std::io::Result<()>>) {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < CHUNK && bytes < CHUNK_BYTES {
        match lines.next() {
            Ok(Some(line)) => {
                bytes += line.text.as_ref().map_or(0, Vec::len);
                chunk.push(line);
            }
            Ok(None) => return (chunk, Some(Ok(()))),
            Err(cause) => return (chunk, Some(Err(cause))),
        }
    }
    (chunk, None)
}

/// The hash of a line and of the rules for reading it. Raise `RULES` with every change of these rules, so that a
/// line whose meaning changes is not treated as unchanged.
fn line_hash(text: &[u8]) -> i64 {
    const RULES: i64 = 2;
    hash(text) ^ RULES
}
