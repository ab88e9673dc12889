//! Looking up the targets of references.

use crate::{
    audience::Audience,
    connection::Conn,
    error::Error,
    schema::{links, records, slugs},
    types::DbId,
};
use diesel::prelude::*;
use domain::{
    content::Content,
    fault::Faults,
    id::Id,
    kind::Kind,
    reference::{Link, Reference, ReferenceLabel, Role},
    slug::{Key, Slug},
};
use std::collections::{BTreeSet, HashMap};

/// The record that a key names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) id: Id,
    pub(crate) kind: Kind,
    pub(crate) visible: bool,
}

/// Records by id and slug, including records of an import that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    by_id: HashMap<Id, Found>,
    by_slug: HashMap<(&'static str, String), Found>,
}

impl Targets {
    /// Adds a record that is about to be written.
    pub(crate) fn announce(&mut self, id: Id, kind: Kind, slug: Option<&Slug>) {
        let found = Found { id, kind, visible: false };
        self.by_id.insert(id, found);
        if let (Some(space), Some(slug)) = (kind.slug_space(), slug) {
            self.by_slug.insert((space, slug.as_str().to_owned()), found);
        }
    }

    /// Returns the record that a key names, if it is of one of the kinds.
    pub(crate) fn find(&self, key: &Key, kinds: &[Kind]) -> Option<Found> {
        let found = match key {
            Key::Id(id) => self.by_id.get(id),
            Key::Slug(slug) => kinds
                .iter()
                .filter_map(|kind| kind.slug_space())
                .find_map(|space| self.by_slug.get(&(space, slug.as_str().to_owned()))),
        };
        found.copied().filter(|found| kinds.contains(&found.kind))
    }

    /// Returns a record that was looked up.
    pub(crate) fn find_any(&self, id: Id) -> Option<Found> {
        self.by_id.get(&id).copied()
    }

    /// Returns the kind of a record that was looked up.
    pub(crate) fn kind_of(&self, id: Id) -> Option<Kind> {
        self.by_id.get(&id).map(|found| found.kind)
    }

    /// Looks up the keys that are not known yet. One statement for ids and one for slugs, or none.
    pub(crate) fn look_up(&mut self, conn: &mut Conn, keys: &[(Key, &'static [Kind])]) -> Result<(), Error> {
        self.look_up_as(conn, Audience::Staff, keys)
    }

    /// Like [`Self::look_up`], but omits records that the audience must not know of. They take as long as records
    /// that do not exist.
    pub(crate) fn look_up_as(
        &mut self,
        conn: &mut Conn,
        audience: Audience,
        keys: &[(Key, &'static [Kind])],
    ) -> Result<(), Error> {
        let (seen, own) = ([true, audience != Audience::Staff], audience.organisation());
        /// The largest number of values in one statement.
        const MOST: usize = 10_000;
        let mut ids: BTreeSet<DbId> = BTreeSet::new();
        let mut wanted_slugs: BTreeSet<&str> = BTreeSet::new();
        let mut spaces: BTreeSet<&'static str> = BTreeSet::new();
        for (key, kinds) in keys.iter().filter(|(key, kinds)| self.find(key, kinds).is_none()) {
            match key {
                Key::Id(id) => drop(ids.insert((*id).into())),
                Key::Slug(slug) => {
                    wanted_slugs.insert(slug.as_str());
                    spaces.extend(kinds.iter().filter_map(|kind| kind.slug_space()));
                }
            }
        }
        for ids in ids.into_iter().collect::<Vec<_>>().chunks(MOST) {
            let rows: Vec<(DbId, String, bool)> = records::table
                .filter(records::id.eq_any(ids))
                .filter(records::visible.eq_any(seen).or(records::id.eq_any(own)))
                .select((records::id, records::kind, records::visible))
                .load(conn)?;
            for (id, kind, visible) in rows {
                let found = found(id, &kind, visible)?;
                self.by_id.insert(found.id, found);
            }
        }
        for wanted in wanted_slugs.into_iter().collect::<Vec<_>>().chunks(MOST) {
            let rows: Vec<(String, bool, DbId, String, bool)> = slugs::table
                .inner_join(records::table)
                .filter(slugs::space.eq_any(&spaces).and(slugs::slug.eq_any(wanted)))
                .filter(slugs::known.eq_any(seen).or(slugs::record.eq_any(own)))
                .select((slugs::slug, slugs::known, records::id, records::kind, records::visible))
                .load(conn)?;
            for (slug, known, id, kind, visible) in rows {
                let found = found(id, &kind, visible)?;
                self.by_id.insert(found.id, found);
                // A slug that the public never knew does not lead the public to a visible record.
                let found = Found { visible: visible && known, ..found };
                if let Some(space) = found.kind.slug_space() {
                    self.by_slug.insert((space, slug), found);
                }
            }
        }
        Ok(())
    }
}

fn found(id: DbId, kind: &str, visible: bool) -> Result<Found, Error> {
    let kind = Kind::parse(kind).ok_or_else(|| Error::Corrupt(format!("kind {kind}")))?;
    Ok(Found { id: id.into(), kind, visible })
}

/// Returns the keys of all references of a record, each with the kinds that it may name.
pub(crate) fn keys<C: Content>(content: &mut C) -> Vec<(Key, &'static [Kind])> {
    let mut keys = Vec::new();
    content.visit_links(&mut |link: Link<'_>| {
        keys.push((link.reference.key(), link.role.targets()));
        true
    });
    keys
}

/// Resolves every reference of a record. References that name nothing, or nothing that the audience may see, become
/// faults. A reference that the `previous` state has too may stay, even if its target was withdrawn.
pub(crate) fn resolve<C: Content>(
    conn: &mut Conn,
    audience: Audience,
    targets: &mut Targets,
    previous: Option<&C>,
    content: &mut C,
    faults: &mut Faults,
) -> Result<(), Error> {
    let is_held = |id| {
        previous
            .is_some_and(|previous| keys(&mut previous.clone()).iter().any(|(key, _)| *key == Key::Id(id)))
    };
    targets.look_up(conn, &keys(content))?;
    content.visit_links(&mut |link: Link<'_>| {
        let found = targets.find(&link.reference.key(), link.role.targets());
        let may_name = |found: &Found| audience.may_see(found.id, found.visible) || is_held(found.id);
        match found.filter(may_name) {
            Some(found) => *link.reference = Reference::to(found.id),
            None if faults.is_mended_within(&link.pointer) => {}
            None => faults.broken(link.pointer, dangling(link.role.targets())),
        }
        true
    });
    Ok(())
}

/// The message for a reference that names nothing.
pub(crate) fn dangling(kinds: &[Kind]) -> String {
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    format!("names no {} that exists", kinds.join(" or "))
}

/// Returns the labels of everything that some records refer to and the audience may see. One statement.
pub(crate) fn of_links(
    conn: &mut Conn,
    audience: Audience,
    from: &[DbId],
) -> Result<HashMap<Id, ReferenceLabel>, Error> {
    macro_rules! targets {
        ($links:expr) => {
            records::table
                .filter(records::id.eq_any(links::table.filter($links).select(links::to_record)))
                .select((records::id, records::kind, records::slug, records::name, records::visible))
                .load(conn)?
        };
    }
    let rows: Vec<LabelRow> = match from {
        // Prepared once. A statement with a list is prepared each time.
        [from] => targets!(links::from_record.eq(from)),
        _ => targets!(links::from_record.eq_any(from)),
    };
    labels(audience, rows)
}

/// Returns the labels of those records that the audience may see. One statement.
pub(crate) fn of_records(
    conn: &mut Conn,
    audience: Audience,
    ids: &[DbId],
) -> Result<HashMap<Id, ReferenceLabel>, Error> {
    let rows: Vec<LabelRow> = records::table
        .filter(records::id.eq_any(ids))
        .select((records::id, records::kind, records::slug, records::name, records::visible))
        .load(conn)?;
    labels(audience, rows)
}

/// Id, kind, slug, name and visibility of a record.
type LabelRow = (DbId, String, Option<String>, String, bool);

fn labels(audience: Audience, rows: Vec<LabelRow>) -> Result<HashMap<Id, ReferenceLabel>, Error> {
    rows.into_iter()
        .filter(|(id, .., visible)| audience.may_see((*id).into(), *visible))
        .map(|(id, kind, slug, name, _)| Ok((id.into(), label(&kind, slug, name)?)))
        .collect()
}

pub(crate) fn label(kind: &str, slug: Option<String>, name: String) -> Result<ReferenceLabel, Error> {
    let kind = Kind::parse(kind).ok_or_else(|| Error::Corrupt(format!("kind {kind}")))?;
    Ok(ReferenceLabel { kind, slug: slug.and_then(|slug| Slug::try_from(slug).ok()), name })
}

/// Returns the records that refer to others in a role, by target, sorted by name. One statement.
pub(crate) fn referring(
    conn: &mut Conn,
    audience: Audience,
    role: Role,
    to: &[DbId],
) -> Result<HashMap<Id, Vec<Reference>>, Error> {
    let rows: Vec<(DbId, LabelRow)> = links::table
        .inner_join(records::table.on(records::id.eq(links::from_record)))
        .filter(links::to_record.eq_any(to).and(links::role.eq(role.as_str())))
        .order((links::to_record, records::sort_name, records::id))
        .select((
            links::to_record,
            (records::id, records::kind, records::slug, records::name, records::visible),
        ))
        .load(conn)?;
    let mut result: HashMap<Id, Vec<Reference>> = HashMap::new();
    for (to, (id, kind, slug, name, visible)) in rows {
        if audience.may_see(id.into(), visible) {
            let label = label(&kind, slug, name)?;
            let reference = Reference::Resolved { id: id.into(), label: Some(label) };
            result.entry(to.into()).or_default().push(reference);
        }
    }
    Ok(result)
}

/// Sets the label of every reference. References without a label are removed.
pub(crate) fn apply<C: Content>(content: &mut C, labels: &HashMap<Id, ReferenceLabel>) {
    content.visit_links(&mut |link: Link<'_>| match link.reference {
        Reference::Resolved { id, label } => {
            *label = labels.get(id).cloned();
            label.is_some()
        }
        Reference::Unresolved(_) => false,
    });
}
