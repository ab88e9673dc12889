//! [`Transaction`]: every write of a record ends in `Transaction::save`.

use crate::{
    audience::{Actor, Audience, View},
    connection::Conn,
    dialect,
    error::Error,
    index_state,
    query::{
        completing,
        labels::{self, Targets},
        record::{self, Found},
    },
    rows::{RevisionRow, Stored, StoredRow},
    schema::records,
    types::DbId,
    write::{
        action::Action,
        commit::{Numbers, Queue},
        derived::IndexWriter,
        hidden,
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
    member::Member,
    record::{Draft, Record, Status},
    reference::Link,
    scalar::ExternalId,
    slug::{Key, Slug},
    time::today,
    vocabulary::{Chamber, ChamberCode, Entry as _},
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

/// A draft whose references have been resolved.
#[derive(Debug)]
pub struct Resolved<C> {
    draft: Draft<C>,
    targets: Targets,
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
    /// The chambers whose members are locked until the end.
    locked_chambers: Vec<String>,
    /// Numbers for new records.
    pub(crate) numbers: Numbers,
    /// Records to be written in bulk.
    pub(crate) queue: Queue,
    /// Revisions to be appended at the end.
    pub(crate) waiting: Vec<RevisionRow>,
    /// Data derived from the new states.
    pub(crate) index_writer: IndexWriter,
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
        let now = clock.now();
        let index_writer = IndexWriter::new(today(now));
        Ok(Self {
            conn,
            clock,
            actor,
            audience,
            now,
            has_lock: false,
            locked_chambers: Vec::new(),
            numbers: Numbers::default(),
            queue: Queue::default(),
            waiting: Vec::new(),
            index_writer,
        })
    }

    pub(crate) fn view(&self) -> View<'static> {
        View { audience: self.audience, now: self.now, past: None, cache: None }
    }

    /// Finds a record and locks it until the transaction ends.
    ///
    /// # Errors
    /// If the database fails.
    pub fn find<C: Content>(&mut self, key: &Key) -> Result<Found<Stored<C>>, Error> {
        // Who holds the lock on revisions, the last one, has taken all earlier locks that it needs.
        if let (Kind::Member, Key::Id(id), false) = (C::KIND, key, self.has_lock) {
            let chamber: Option<Option<String>> =
                records::table.find(DbId::from(*id)).select(records::chamber).first(self.conn).optional()?;
            if let Some(chamber) = chamber.flatten() {
                self.lock_chamber(&chamber)?;
            }
        }
        if let Key::Id(id) = key {
            self.write_queue_if(|record| record.id == DbId::from(*id))?;
        }
        let found = record::find::<C>(self.conn, self.audience, key)?;
        match &found {
            Found::Here(stored) if dialect::lock_record(self.conn, stored.row.id)? => {
                record::find(self.conn, self.audience, key)
            }
            _ => Ok(found),
        }
    }

    /// Returns the member with an external id of a chamber, including deleted members. Locks it like
    /// [`Transaction::find`].
    ///
    /// # Errors
    /// If the database fails.
    pub fn member(
        &mut self,
        chamber: ChamberCode,
        external_id: &ExternalId,
    ) -> Result<Option<Stored<Member>>, Error> {
        self.lock_chamber(&chamber.entry().slug)?;
        dialect::lock_members(self.conn, &chamber.entry().slug, &[external_id.as_str()])?;
        record::member(self.conn, chamber, external_id)
    }

    /// Locks the members of a chamber, once. Writers of members take this lock before that of any record, as
    /// batches of the sync do. Another order could deadlock.
    pub(crate) fn lock_chamber(&mut self, chamber: &str) -> Result<(), Error> {
        if !self.locked_chambers.iter().any(|locked| locked == chamber) {
            dialect::lock_chambers(self.conn, &[chamber])?;
            self.locked_chambers.push(chamber.to_owned());
        }
        Ok(())
    }

    /// Locks the members of all chambers.
    pub(crate) fn lock_all_chambers(&mut self) -> Result<(), Error> {
        let all: Vec<&str> = Chamber::all().iter().map(|chamber| chamber.slug.as_str()).collect();
        dialect::lock_chambers(self.conn, &all)?;
        self.locked_chambers = all.into_iter().map(str::to_owned).collect();
        Ok(())
    }

    /// Locks the revisions, once. This is always the last lock.
    pub(crate) fn lock_revisions(&mut self) -> Result<(), Error> {
        if !self.has_lock {
            dialect::lock_revisions(self.conn)?;
            self.has_lock = true;
        }
        Ok(())
    }

    /// Returns the record as the audience sees it, after writing everything that is pending.
    ///
    /// # Errors
    /// If the database fails.
    pub fn answer<C: Content>(&mut self, mut stored: Stored<C>) -> Result<Record<C>, Error> {
        let began = self.now;
        self.flush()?;
        if stored.row.updated_at.0 == began {
            stored.row.updated_at = self.now.into();
        }
        let records = completing::complete(self.conn, self.view(), vec![stored])?;
        records.into_iter().next().ok_or_else(|| Error::Corrupt("a record vanished".to_owned()))
    }

    /// Resolves the references of a draft. References to nothing, or to nothing that the audience may see, become
    /// faults.
    ///
    /// # Errors
    /// If the database fails.
    pub fn resolve<C: Content>(
        &mut self,
        draft: Draft<C>,
        faults: &mut Faults,
    ) -> Result<Resolved<C>, Error> {
        self.resolve_among(draft, Targets::default(), (None, None), faults)
    }

    /// Like [`Transaction::resolve`], for an existing record. Its current references may stay, even if their target
    /// was withdrawn. References that the audience cannot see are kept. A reference to the record itself becomes a
    /// fault.
    ///
    /// # Errors
    /// If the database fails.
    pub fn resolve_over<C: Content>(
        &mut self,
        previous: Option<&Stored<C>>,
        draft: Draft<C>,
        faults: &mut Faults,
    ) -> Result<Resolved<C>, Error> {
        let Some(previous) = previous else { return self.resolve(draft, faults) };
        let own = Some(previous.id());
        let previous = &previous.content;
        let mut resolved = self.resolve_among(draft, Targets::default(), (own, Some(previous)), faults)?;
        hidden::keep(self.conn, self.audience, &mut resolved.targets, previous, &mut resolved.draft.content)?;
        Ok(resolved)
    }

    /// Like [`Transaction::resolve`], with targets that are known already, and the record's own id.
    pub(crate) fn resolve_among<C: Content>(
        &mut self,
        mut draft: Draft<C>,
        mut targets: Targets,
        (own, previous): (Option<Id>, Option<&C>),
        faults: &mut Faults,
    ) -> Result<Resolved<C>, Error> {
        labels::resolve(self.conn, self.audience, &mut targets, previous, &mut draft.content, faults)?;
        draft.content.check_on(today(self.now), faults);
        draft.content.visit_links(&mut |link: Link<'_>| {
            if own.is_some() && link.reference.id() == own {
                faults.broken(link.pointer, "must not refer to the record itself");
            }
            true
        });
        Ok(Resolved { draft, targets })
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
