//! [`Transaction`]: every write of a record ends in `Transaction::save`.

use crate::{
    audience::{Actor, Audience, View},
    connection::Conn,
    error::Error,
    index_state,
    query::labels::Targets,
    rows::{RevisionRow, Stored, StoredRow},
    schema::records,
    types::DbId,
    write::{
        action::Action,
        commit::{Numbers, Queue},
        derived::{Derived, IndexWriter},
        grouped::Grouped,
        resolving::Resolved,
        row_set::{RecordMeta, prepare},
    },
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    content::Content,
    fault::Faults,
    id::{Clock, Id},
    kind::Kind,
    record::{Draft, Status},
    slug::Slug,
    time::today,
};

/// Why a record was not saved.
#[derive(Debug)]
pub enum SaveError {
    /// It conflicts with an existing record. The faults say where and how.
    Conflict(Faults),
    /// The database failed.
    Database(Error),
}

impl<E: Into<Error>> From<E> for SaveError {
    fn from(error: E) -> Self {
        Self::Database(error.into())
    }
}

/// What an import provides about a record beside its content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Imported {
    pub(crate) version: Option<i64>,
    pub(crate) created_at: Option<DateTime<Utc>>,
    pub(crate) updated_at: Option<DateTime<Utc>>,
    pub(crate) was_public: bool,
    pub(crate) former_slugs: Vec<Slug>,
    /// The slugs by which the public never knew the record.
    pub(crate) hidden_slugs: Vec<Slug>,
}

impl Imported {
    /// Returns the current and former slugs, each with whether the public knows the record by it.
    fn slugs<'s>(&'s self, present: Option<&'s Slug>, visible: bool) -> Vec<(&'s Slug, bool)> {
        let was_known = |slug: &Slug| visible || self.was_public && !self.hidden_slugs.contains(slug);
        let present = present.map(|slug| (slug, was_known(slug)));
        present.into_iter().chain(self.former_slugs.iter().map(|slug| (slug, was_known(slug)))).collect()
    }
}

/// A write transaction. Either all of it is committed or nothing.
#[derive(Debug)]
pub struct Transaction<'a> {
    pub(crate) conn: &'a mut Conn,
    pub(crate) clock: &'a Clock,
    pub(crate) actor: &'a Actor,
    pub(crate) audience: Audience,
    pub(crate) now: DateTime<Utc>,
    /// Whether the lock on revisions is held. It is kept until the end.
    pub(crate) has_lock: bool,
    /// What is known of the group that the write belongs to.
    pub(super) group: Option<Grouped>,
    /// The chambers whose members are locked until the end.
    pub(super) locked_chambers: Vec<String>,
    /// Numbers for new records.
    pub(crate) numbers: Numbers,
    /// Records to be written in bulk.
    pub(crate) queue: Queue,
    /// Revisions to be appended at the end.
    pub(crate) waiting: Vec<RevisionRow>,
    /// Data derived from the new states.
    pub(crate) index_writer: IndexWriter<'a>,
}

impl<'a> Transaction<'a> {
    /// Starts a write. The database transaction must have begun.
    pub(crate) fn new(
        conn: &'a mut Conn,
        clock: &'a Clock,
        actor: &'a Actor,
        audience: Audience,
    ) -> Result<Self, Error> {
        index_state::check(conn)?;
        Ok(Self::begun(conn, clock, actor, audience, None))
    }

    pub(super) fn begun(
        conn: &'a mut Conn,
        clock: &'a Clock,
        actor: &'a Actor,
        audience: Audience,
        earlier: Option<&'a Derived>,
    ) -> Self {
        let now = clock.now();
        let index_writer = IndexWriter::new(today(now), earlier);
        Self {
            conn,
            clock,
            actor,
            audience,
            now,
            has_lock: false,
            group: None,
            locked_chambers: Vec::new(),
            numbers: Numbers::default(),
            queue: Queue::default(),
            waiting: Vec::new(),
            index_writer,
        }
    }

    pub(crate) fn view(&self) -> View<'static> {
        View { audience: self.audience, now: self.now, past: None, cache: None }
    }

    /// Returns the status of an initiative or network. `None` if there is none with this id.
    ///
    /// # Errors
    /// If the database fails.
    pub fn organisation_status(&mut self, id: Id) -> Result<Option<Status>, Error> {
        let kinds = [Kind::Initiative, Kind::Network].map(Kind::as_str);
        let status: Option<String> = records::table
            .find(DbId::from(id))
            .filter(records::kind.eq_any(kinds))
            .select(records::status)
            .first(self.conn)
            .optional()?;
        Ok(status.as_deref().and_then(Status::parse))
    }

    /// Creates a record.
    ///
    /// # Errors
    /// [`SaveError::Conflict`] if a slug or an external id is taken.
    pub fn create<C: Content>(&mut self, resolved: Resolved<C>) -> Result<Stored<C>, SaveError> {
        let id = self.clock.new_id();
        self.save(None, id, resolved, Action::Create, Imported::default()).map(|(stored, _)| stored)
    }

    /// Replaces a record. An archived record is restored if the draft has another status. Without a change, no
    /// version is written.
    ///
    /// # Errors
    /// See [`Transaction::create`].
    pub fn update<C: Content>(
        &mut self,
        previous: Stored<C>,
        resolved: Resolved<C>,
    ) -> Result<Stored<C>, SaveError> {
        let id = previous.id();
        let comes_back = previous.status()? == Status::Archived
            && resolved.draft.status.is_some_and(|status| status != Status::Archived);
        let action = if comes_back { Action::Restore } else { Action::Update };
        self.save(Some(previous), id, resolved, action, Imported::default()).map(|(stored, _)| stored)
    }

    /// Saves a state of a record: its row, terms, links, slug and revision. Unchanged records are skipped. Also
    /// returns the known targets, for the next record of an import.
    pub(crate) fn save<C: Content>(
        &mut self,
        previous: Option<Stored<C>>,
        id: Id,
        resolved: Resolved<C>,
        action: Action,
        imported: Imported,
    ) -> Result<(Stored<C>, Targets), SaveError> {
        let Resolved { draft: Draft { slug, status, mut content }, targets } = resolved;
        content.withhold(today(self.now));
        if action != Action::Import {
            content.inherit_from(previous.as_ref().map(|previous| &previous.content));
        }

        let status = match (status, &previous) {
            (Some(status), _) => status,
            (None, Some(previous)) => previous.status()?,
            (None, None) => Status::Draft,
        };
        let slug = self.choose_slug(id, slug, previous.as_ref(), &content)?;
        if let Some(previous) = &previous
            && previous.is_same(slug.as_ref(), status, &content)?
        {
            if action == Action::Update {
                self.confirm(&previous.content, id)?;
            }
            let visible = previous.row.visible;
            self.keep_slugs::<C>(id, imported.slugs(slug.as_ref(), visible))?;
            return Ok((previous.clone(), targets));
        }
        self.refuse_taken_external_id(id, &content)?;
        self.refuse_taken_code(id, &content)?;
        let heading = self.heading(id, slug.clone(), status, previous.as_ref(), &imported);
        let prepared = prepare(heading, &mut content, &|id| targets.kind_of(id), true)?;
        let previous = previous.map(|previous| previous.row);
        let visible = prepared.record.visible;
        let mut row = StoredRow::from(prepared.record.clone());
        row.number = self.enqueue(C::KIND, prepared, previous.as_ref(), action)?;
        if slug.is_some() || !imported.former_slugs.is_empty() {
            self.write_queue()?; // slugs have a foreign key to their record
            self.keep_slugs::<C>(id, imported.slugs(slug.as_ref(), visible))?;
            self.keep_code(id, &content, visible || imported.was_public)?;
            if visible && previous.is_some_and(|previous| !previous.visible) {
                self.reveal_slugs(id)?;
            }
        }
        Ok((Stored { row, content }, targets))
    }

    /// Returns the metadata of the state to be written.
    fn heading<C: Content>(
        &self,
        id: Id,
        slug: Option<Slug>,
        status: Status,
        previous: Option<&Stored<C>>,
        imported: &Imported,
    ) -> RecordMeta {
        let next_version = previous.map_or(1, |previous| previous.version() + 1);
        RecordMeta {
            id,
            slug,
            status,
            was_visible: imported.was_public || previous.is_some_and(|previous| previous.row.was_visible),
            version: imported.version.map_or(next_version, |version| version.max(next_version)),
            created_at: match previous {
                Some(previous) => previous.row.created_at.0,
                None => imported.created_at.unwrap_or(self.now),
            },
            updated_at: imported.updated_at.unwrap_or(self.now),
        }
    }

    fn refuse_taken_external_id<C: Content>(&mut self, id: Id, content: &C) -> Result<(), SaveError> {
        let Some((chamber, Some(external_id))) = content.chamber_key() else { return Ok(()) };
        self.lock_chamber(&chamber.entry().slug)?;
        self.write_queue_if(|record| record.external_id.as_deref() == Some(external_id.as_str()))?;
        let owner: Option<DbId> = records::table
            .filter(
                records::chamber.eq(&chamber.entry().slug).and(records::external_id.eq(external_id.as_str())),
            )
            .select(records::id)
            .first(self.conn)
            .optional()?;
        match owner {
            Some(owner) if Id::from(owner) != id => Err(SaveError::Conflict(Faults::one(
                "/external_id",
                "another member of this chamber has this external id",
            ))),
            _ => Ok(()),
        }
    }
}
