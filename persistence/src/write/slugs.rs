//! Slugs. Each belongs to one record forever, so the meaning of an address never changes.

use crate::{
    error::Error,
    rows::Stored,
    schema::slugs,
    types::DbId,
    write::transaction::{SaveError, Transaction},
};
use diesel::prelude::*;
use domain::{content::Content, fault::Faults, fold, id::Id, slug::Slug};

impl Transaction<'_> {
    /// Returns the requested slug, else the current one, else one made from the name.
    pub(crate) fn choose_slug<C: Content>(
        &mut self,
        id: Id,
        asked: Option<Slug>,
        previous: Option<&Stored<C>>,
        content: &C,
    ) -> Result<Option<Slug>, SaveError> {
        let Some(space) = C::KIND.slug_space() else { return Ok(None) };
        let present = previous.and_then(Stored::slug);
        if present.is_some() && asked.as_ref().is_none_or(|asked| Some(asked) == present.as_ref()) {
            return Ok(present);
        }
        // Nobody else can take a slug from here until the commit.
        self.lock_revisions()?;
        if let Some(asked) = asked {
            return match self.owner_of(space, asked.as_str())? {
                Some(owner) if owner != id => Err(SaveError::Conflict(Faults::one(
                    "/slug",
                    format!("the slug '{asked}' is or was used by another record: choose another"),
                ))),
                _ => Ok(Some(asked)),
            };
        }
        let made = Slug::of_name(content.name())
            .or_else(|| Slug::of_name(&format!("{} {}", C::KIND, &id.to_string()[24..])))
            .ok_or_else(|| Error::Corrupt("no slug can be made".to_owned()))?;
        let mut slug = made.clone();
        let mut number = 1;
        while self.owner_of(space, slug.as_str())?.is_some() {
            number += 1;
            slug = made.numbered(number);
        }
        Ok(Some(slug))
    }

    /// Returns the record that has or had a slug.
    fn owner_of(&mut self, space: &str, slug: &str) -> Result<Option<Id>, Error> {
        let owner: Option<DbId> = slugs::table
            .filter(slugs::space.eq(space).and(slugs::slug.eq(slug)))
            .select(slugs::record)
            .first(self.conn)
            .optional()?;
        Ok(owner.map(Id::from))
    }

    /// Refuses a code that another record of the kind has or had. Codes are kept among the slugs, spelled like these:
    /// case and separators do not tell them apart, and a code leads to its record.
    pub(crate) fn refuse_taken_code<C: Content>(&mut self, id: Id, content: &C) -> Result<(), SaveError> {
        let Some((space, code)) = C::KIND.slug_space().zip(content.code()) else { return Ok(()) };
        let key = fold::for_slug(code.as_str());
        if self.owner_of(space, &key)? == Some(id) {
            return Ok(());
        }
        // Nobody else can take a code from here until the commit.
        self.lock_revisions()?;
        match self.owner_of(space, &key)? {
            Some(owner) if owner != id => Err(SaveError::Conflict(Faults::one(
                "/code",
                format!(
                    "the code '{}' is or was used by another {}, as code or as slug: choose another",
                    code.as_str(),
                    C::KIND
                ),
            ))),
            _ => Ok(()),
        }
    }

    /// Assigns the code of a record to it forever.
    pub(crate) fn keep_code<C: Content>(&mut self, id: Id, content: &C, known: bool) -> Result<(), Error> {
        let Some((space, code)) = C::KIND.slug_space().zip(content.code()) else { return Ok(()) };
        let key = fold::for_slug(code.as_str());
        match self.owner_of(space, &key)? {
            Some(_) => Ok(()),
            None => self.insert_slug(id, space, &key, known),
        }
    }

    fn insert_slug(&mut self, id: Id, space: &str, slug: &str, known: bool) -> Result<(), Error> {
        diesel::insert_into(slugs::table)
            .values((
                slugs::space.eq(space),
                slugs::slug.eq(slug),
                slugs::record.eq(DbId::from(id)),
                slugs::known.eq(known),
            ))
            .execute(self.conn)?;
        Ok(())
    }

    /// Marks all slugs of a record as known, once the public sees the record.
    pub(crate) fn reveal_slugs(&mut self, id: Id) -> Result<(), Error> {
        let hidden = slugs::record.eq(DbId::from(id)).and(slugs::known.eq(false));
        diesel::update(slugs::table.filter(hidden)).set(slugs::known.eq(true)).execute(self.conn)?;
        Ok(())
    }

    /// Assigns slugs to a record forever. Each comes with whether the public knows the record by it. A slug that is
    /// known stays known.
    pub(crate) fn keep_slugs<'s, C: Content>(
        &mut self,
        id: Id,
        kept: impl IntoIterator<Item = (&'s Slug, bool)>,
    ) -> Result<(), SaveError> {
        let Some(space) = C::KIND.slug_space() else { return Ok(()) };
        for (slug, known) in kept {
            match self.owner_of(space, slug.as_str())? {
                None => self.insert_slug(id, space, slug.as_str(), known)?,
                Some(owner) if owner != id => {
                    return Err(SaveError::Conflict(Faults::one(
                        "/former_slugs",
                        format!("the slug '{slug}' is or was used by another record"),
                    )));
                }
                Some(_) if known => {
                    let unknown = slugs::space.eq(space).and(slugs::slug.eq(slug.as_str()));
                    diesel::update(slugs::table.filter(unknown.and(slugs::known.eq(false))))
                        .set(slugs::known.eq(true))
                        .execute(self.conn)?;
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}
