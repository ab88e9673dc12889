//! Erasure for good, under Article 17 of the GDPR (Regulation (EU) 2016/679): of a member, its history, and everything
//! that follows from them. Feed and audit keep its id, the moments, and that it was removed.

use crate::{
    action::Action,
    audience::{Actor, Audience},
    dialect,
    error::Error,
    reading::Found,
    rows::{RevisionRow, Stored},
    schema::{facts, idempotency_keys, links, records, revisions, sync_rejections, sync_runs},
    store::Store,
    types::DbId,
    writing::{Imported, SaveError, Transaction},
};
use diesel::prelude::*;
use domain::{
    content::Content,
    fault::Faults,
    id::Id,
    kind::{Kind, KindFunction, with_kind},
    member::Member,
    record::{Draft, Status},
    reference::Link,
    scalar::ExternalId,
    slug::Key,
    vocabulary::ChamberCode,
};

/// What stands where content was.
const NOTHING: &str = "{}";

/// The fact that the files of the database may still hold what was erased: the id of what was erased last.
const UNSCRUBBED: &str = "unscrubbed";

impl Store {
    /// Erases the member that a chamber calls so, deleted or not, for good; `check` looks at it before. Whether there was
    /// one.
    ///
    /// # Errors
    /// What `check` refuses, or the database.
    pub fn erase_member<E: From<Error>>(
        &self,
        actor: &Actor,
        chamber: ChamberCode,
        external_id: &ExternalId,
        check: impl FnOnce(&Stored<Member>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let is_erased = self.write::<_, E>(actor, Audience::Chamber(chamber), |transaction| {
            let Some(stored) = transaction.member(chamber, external_id)? else { return Ok(false) };
            check(&stored)?;
            transaction.erase(stored)?;
            Ok(true)
        })?;
        self.finish_erasures()?;
        Ok(is_erased)
    }

    /// Takes what was erased out of the files of the database, unless that is done: whoever erased it may have died
    /// before. Whether there was something to do.
    ///
    /// # Errors
    /// When the database fails.
    pub fn finish_erasures(&self) -> Result<bool, Error> {
        let conn = &mut *self.connections.writer()?;
        let erased: Option<String> =
            facts::table.find(UNSCRUBBED).select(facts::value).first(conn).optional()?;
        let Some(erased) = erased else { return Ok(false) };
        dialect::scrub(conn)?;
        // What was erased meanwhile is not in `erased`, and waits.
        let done = facts::table.filter(facts::name.eq(UNSCRUBBED).and(facts::value.eq(erased)));
        diesel::delete(done).execute(conn)?;
        Ok(true)
    }
}

/// Takes the references to a record out of one that refers to it.
struct LetGo<'t, 'a> {
    transaction: &'t mut Transaction<'a>,
    from: Id,
    target: Id,
}

impl KindFunction for LetGo<'_, '_> {
    type Output = Result<(), Error>;

    fn call<C: Content>(self) -> Self::Output {
        let Self { transaction, from, target } = self;
        let Found::Here(stored) = transaction.find::<C>(&Key::Id(from))? else { return Ok(()) };
        let mut content = stored.content.clone();
        content.visit_links(&mut |link: Link<'_>| link.reference.id() != Some(target));
        let draft = Draft { slug: None, status: Some(stored.status()?), content };
        let resolved = transaction.resolve(draft, &mut Faults::new())?;
        match transaction.save(Some(stored), from, resolved, Action::Update, Imported::default()) {
            Ok(_) => Ok(()),
            Err(SaveError::Database(error)) => Err(error),
            Err(SaveError::Conflict(_)) => Err(Error::Collision(format!("{} {from}", C::KIND))),
        }
    }
}

impl Transaction<'_> {
    /// Erases a member for good.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn erase(&mut self, stored: Stored<Member>) -> Result<(), Error> {
        self.let_go_of(stored.id())?;
        self.flush()?;
        dialect::lock_revisions(self.conn)?;
        let (id, row) = (stored.row.id, &stored.row);
        self.derivations.forget(self.conn, Kind::Member, row)?;
        diesel::delete(records::table.find(id)).execute(self.conn)?;
        diesel::update(revisions::table.filter(revisions::record.eq(id)))
            .set((
                revisions::content.eq(NOTHING),
                revisions::slug.eq(None::<String>),
                revisions::public_slug.eq(None::<String>),
            ))
            .execute(self.conn)?;
        let path = format!("/api/v1/{}/{}", Member::KIND.plural(), stored.id());
        diesel::delete(idempotency_keys::table.filter(idempotency_keys::location.eq(path)))
            .execute(self.conn)?;
        if let Some((chamber, Some(external_id))) = stored.content.chamber_key() {
            let runs =
                sync_runs::table.filter(sync_runs::chamber.eq(&chamber.entry().slug)).select(sync_runs::id);
            diesel::delete(sync_rejections::table)
                .filter(sync_rejections::external_id.eq(external_id.as_str()))
                .filter(sync_rejections::run.eq_any(runs))
                .execute(self.conn)?;
        }
        self.waiting.push(RevisionRow {
            record: id,
            kind: Kind::Member.as_str(),
            version: row.version + 1,
            at: self.now.into(),
            action: Action::Erase.as_str(),
            actor: self.actor.subject.clone(),
            role: self.actor.role.clone(),
            token: self.actor.token.map(DbId::from),
            slug: None,
            status: Status::Archived.as_str(),
            visible: false,
            effect: row.visible.then_some("removed"),
            public_slug: None,
            updated_at: self.now.into(),
            content: NOTHING.to_owned(),
        });
        diesel::delete(facts::table.find(UNSCRUBBED)).execute(self.conn)?;
        diesel::insert_into(facts::table)
            .values((facts::name.eq(UNSCRUBBED), facts::value.eq(stored.id().to_string())))
            .execute(self.conn)?;
        self.flush()
    }

    /// Takes the references to a record out of all that refer to it, whoever may see them.
    fn let_go_of(&mut self, target: Id) -> Result<(), Error> {
        let referring: Vec<(DbId, String)> = links::table
            .inner_join(records::table.on(records::id.eq(links::from_record)))
            .filter(links::to_record.eq(DbId::from(target)))
            .select((records::id, records::kind))
            .distinct()
            .order(records::id)
            .load(self.conn)?;
        let audience = std::mem::replace(&mut self.audience, Audience::Staff);
        for (from, kind) in referring {
            let kind = Kind::parse(&kind).ok_or_else(|| Error::Corrupt(format!("kind {kind}")))?;
            with_kind(kind, LetGo { transaction: self, from: from.into(), target })?;
        }
        self.audience = audience;
        Ok(())
    }
}
