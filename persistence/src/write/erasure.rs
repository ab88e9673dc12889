//! Permanent erasure of a member, its history and everything derived from them, under Article 17 of the GDPR
//! (Regulation (EU) 2016/679). Feed and audit keep its id, the moments of its revisions, and the fact that it was
//! removed.

use crate::{
    audience::{Actor, Audience},
    connection::Conn,
    dialect,
    error::Error,
    query::record::Found,
    rows::{RevisionRow, Stored, content_of_revision},
    schema::{links, past_contents, records, revisions},
    store::Store,
    types::DbId,
    write::{
        action::Action,
        erasures::Erasure,
        transaction::{Imported, SaveError, Transaction},
    },
};
use diesel::prelude::*;
use domain::{
    content::Content,
    fault::Faults,
    id::Id,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    member::Member,
    record::{Draft, Status},
    reference::Link,
    scalar::{ExternalId, WebUrl},
    slug::Key,
    text::Name,
    vocabulary::ChamberCode,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Shorter texts are not searched for in rejections, because they occur in those of other members too.
const LEAST_TELLING: usize = 4;

impl Store {
    /// Erases a member of a chamber permanently, including a deleted one. If there is none, erases the rejections of the
    /// lines that named it. `check` may refuse. Returns `None` if there was nothing to erase. No answer shows it from the
    /// commit on. The database files may contain its data until [`Store::scrub`] has run.
    ///
    /// # Errors
    /// The error of `check` or of the database.
    pub fn erase_member<E: From<Error>>(
        &self,
        actor: &Actor,
        chamber: ChamberCode,
        external_id: &ExternalId,
        check: impl FnOnce(Option<&Stored<Member>>) -> Result<(), E>,
    ) -> Result<Option<Erasure>, E> {
        self.write(actor, Audience::Chamber(chamber), |transaction| {
            transaction.lock_chamber(&chamber.entry().slug)?;
            if let Some(id) = transaction.member_id(chamber, external_id)? {
                transaction.lock_referring(id)?;
            }
            let id = if let Some(stored) = transaction.member(chamber, external_id)? {
                check(Some(&stored))?;
                let id = stored.id();
                transaction.erase(stored)?;
                id
            } else {
                if !transaction.erase_rejections(chamber, external_id)? {
                    return Ok(None);
                }
                check(None)?;
                transaction.clock.new_id()
            };
            let erasure = Erasure { id, chamber, at: transaction.now };
            transaction.record_erasure(&erasure)?;
            Ok(Some(erasure))
        })
    }
}

/// Removes the references to a record from one that refers to it.
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
    /// Erases a member permanently. [`Self::record_erasure`] belongs to it.
    pub(super) fn erase(&mut self, stored: Stored<Member>) -> Result<(), Error> {
        self.let_go_of(stored.id())?;
        self.flush()?;
        self.lock_revisions()?;
        let (id, row) = (stored.row.id, &stored.row);
        self.index_writer.remove(self.conn, Kind::Member, row)?;
        let states = self.states_of(id)?;
        diesel::delete(records::table.find(id)).execute(self.conn)?;
        let of_record = revisions::table.filter(revisions::record.eq(id));
        let contents =
            past_contents::table.filter(past_contents::seq.eq_any(of_record.select(revisions::seq)));
        diesel::delete(contents).execute(self.conn)?;
        diesel::update(of_record)
            .set((revisions::slug.eq(None::<String>), revisions::public_slug.eq(None::<String>)))
            .execute(self.conn)?;
        self.delete_rejections(&states)?;
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
        });
        self.flush()
    }

    /// Erases the rejections of lines that named a member which there is not: none of them was accepted. Returns whether
    /// there were any. The audit tells of records only, so it does not tell of this.
    fn erase_rejections(&mut self, chamber: ChamberCode, external_id: &ExternalId) -> Result<bool, Error> {
        let text = Some(external_id.as_str()).filter(|text| text.len() >= LEAST_TELLING);
        let member =
            Rejected { external_ids: [external_id.as_str()].into(), texts: text.into_iter().collect() };
        member.delete(self.conn, &chamber.entry().slug)
    }

    /// Finds a member without locking it. The lock on its chamber keeps it what it is.
    fn member_id(&mut self, chamber: ChamberCode, external_id: &ExternalId) -> Result<Option<Id>, Error> {
        let ids = dialect::member_ids(self.conn, &chamber.entry().slug, &[external_id.as_str()])?;
        Ok(ids.first().copied().map(Id::from))
    }

    /// Locks the records that refer to a member. This comes before the lock on revisions, as in every other write
    /// of these records.
    pub(super) fn lock_referring(&mut self, member: Id) -> Result<(), Error> {
        let referring: Vec<DbId> = links::table
            .filter(links::to_record.eq(DbId::from(member)))
            .select(links::from_record)
            .distinct()
            .order(links::from_record)
            .load(self.conn)?;
        for record in referring {
            dialect::lock_record(self.conn, record)?;
        }
        Ok(())
    }

    /// Removes the references to a record from all records, whoever may see them.
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

    /// Returns every state of a member.
    fn states_of(&mut self, member: DbId) -> Result<Vec<Member>, Error> {
        let contents: Vec<String> = revisions::table
            .inner_join(records::table.on(records::id.eq(revisions::record)))
            .left_join(past_contents::table.on(past_contents::seq.eq(revisions::seq)))
            .filter(revisions::record.eq(member))
            .select(content_of_revision())
            .load(self.conn)?;
        contents.iter().map(|content| Ok(serde_json::from_str(content)?)).collect()
    }

    /// Deletes rejections that concern a member: of lines that named it, and of lines of other members that quote
    /// its data.
    fn delete_rejections(&mut self, states: &[Member]) -> Result<(), Error> {
        let mut chambers: BTreeMap<&str, Rejected<'_>> = BTreeMap::new();
        for state in states {
            let Some((chamber, external_id)) = state.chamber_key() else { continue };
            let rejected = chambers.entry(&chamber.entry().slug).or_default();
            rejected.external_ids.extend(external_id.map(ExternalId::as_str));
            let street = state.address.as_ref().and_then(|address| address.street.as_ref());
            let known = [
                Some(state.name.as_str()),
                street.map(Name::as_str),
                state.website.as_ref().map(WebUrl::as_str),
            ];
            let known = known.into_iter().chain([external_id.map(ExternalId::as_str)]).flatten();
            rejected.texts.extend(known.filter(|text| text.len() >= LEAST_TELLING));
        }
        for (chamber, rejected) in chambers {
            rejected.delete(self.conn, chamber)?;
        }
        Ok(())
    }
}

/// What rejections of lines hold of a member.
#[derive(Default)]
struct Rejected<'a> {
    external_ids: BTreeSet<&'a str>,
    texts: BTreeSet<&'a str>,
}

impl Rejected<'_> {
    /// Deletes the rejections of a chamber that hold any of it. Returns whether there were any.
    fn delete(&self, conn: &mut Conn, chamber: &str) -> Result<bool, Error> {
        let Self { external_ids, texts } = self;
        let member = json!({ "chamber": chamber, "external_ids": external_ids, "texts": texts });
        Ok(dialect::delete_rejections(conn, &member.to_string())? > 0)
    }
}
