//! How records lie in the database.

use crate::{
    error::Error,
    schema::{links, records, terms},
    types::{DbId, DbMoment, days},
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use domain::{
    content::{Content, SearchText},
    fold,
    id::Id,
    kind::Kind,
    record::{DerivedValues, Record, Status},
    reference::Link,
    slug::Slug,
    terms::{Facet, Terms},
};

/// The columns from which a record is answered.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = records)]
pub(crate) struct StoredRow {
    pub(crate) id: DbId,
    pub(crate) slug: Option<String>,
    pub(crate) status: String,
    pub(crate) visible: bool,
    pub(crate) was_visible: bool,
    pub(crate) version: i64,
    pub(crate) sort_name: String,
    pub(crate) starts_at: DbMoment,
    pub(crate) content: String,
    pub(crate) content_hash: Vec<u8>,
    pub(crate) created_at: DbMoment,
    pub(crate) updated_at: DbMoment,
}

/// All columns of a record.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = records, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct RecordRow {
    pub(crate) id: DbId,
    pub(crate) kind: &'static str,
    pub(crate) slug: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) visible: bool,
    pub(crate) was_visible: bool,
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) sort_name: String,
    pub(crate) starts_at: DbMoment,
    pub(crate) ends_at: DbMoment,
    pub(crate) lat: Option<f64>,
    pub(crate) lon: Option<f64>,
    pub(crate) x: Option<f64>,
    pub(crate) y: Option<f64>,
    pub(crate) z: Option<f64>,
    pub(crate) chamber: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) folded: String,
    pub(crate) content: String,
    pub(crate) content_hash: Vec<u8>,
    pub(crate) created_at: DbMoment,
    pub(crate) updated_at: DbMoment,
}

/// One value by which a record is found.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = terms)]
pub(crate) struct TermRow {
    pub(crate) kind: &'static str,
    pub(crate) facet: &'static str,
    pub(crate) value: String,
    pub(crate) visible: bool,
    pub(crate) sort_name: String,
    pub(crate) record: DbId,
    pub(crate) since: NaiveDate,
    pub(crate) until: NaiveDate,
}

/// One reference of a record.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = links)]
pub(crate) struct LinkRow {
    pub(crate) from_record: DbId,
    pub(crate) role: &'static str,
    pub(crate) ordinal: i32,
    pub(crate) to_record: DbId,
}

/// A record as it is kept, with references that have no labels yet.
#[derive(Clone, Debug)]
pub struct Stored<C> {
    pub(crate) row: StoredRow,
    /// The fields of its kind.
    pub content: C,
}

impl<C: Content> Stored<C> {
    pub(crate) fn read(row: StoredRow) -> Result<Self, Error> {
        let content = serde_json::from_str(&row.content)
            .map_err(|cause| Error::Corrupt(format!("{} {}: {cause}", C::KIND, row.id.0)))?;
        Ok(Self { row, content })
    }

    /// Its identity.
    pub fn id(&self) -> Id {
        self.row.id.into()
    }

    /// How many changes it has seen.
    pub fn version(&self) -> i64 {
        self.row.version
    }

    /// Where it is in its life.
    pub fn status(&self) -> Result<Status, Error> {
        Status::parse(&self.row.status).ok_or_else(|| Error::Corrupt(format!("status {}", self.row.status)))
    }

    /// Its readable address.
    pub fn slug(&self) -> Option<Slug> {
        self.row.slug.clone().and_then(|slug| Slug::try_from(slug).ok())
    }

    /// The record as it is answered, without labels and derived values.
    pub(crate) fn into_record(self) -> Result<Record<C>, Error> {
        Ok(Record {
            id: self.id(),
            slug: self.slug(),
            status: self.status()?,
            version: self.row.version,
            created_at: self.row.created_at.0,
            updated_at: self.row.updated_at.0,
            content: self.content,
            derived: DerivedValues::default(),
        })
    }
}

/// What identifies one state of a record beside its content.
pub(crate) struct Heading {
    pub(crate) id: Id,
    pub(crate) slug: Option<Slug>,
    pub(crate) status: Status,
    pub(crate) was_visible: bool,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Everything that is written for one state of a record.
pub(crate) struct Prepared {
    pub(crate) record: RecordRow,
    pub(crate) terms: Vec<TermRow>,
    pub(crate) links: Vec<LinkRow>,
}

/// The document in which content is kept, and its hash.
pub(crate) fn document<C: Content>(content: &C) -> Result<(String, Vec<u8>), Error> {
    let document = serde_json::to_string(content)?;
    let hash = blake3::hash(document.as_bytes()).as_bytes().to_vec();
    Ok((document, hash))
}

/// Works out every row of a record whose references have been looked up; `kind_of` tells what they point to.
pub(crate) fn prepare<C: Content>(
    heading: Heading,
    content: &mut C,
    kind_of: &dyn Fn(Id) -> Option<Kind>,
) -> Result<Prepared, Error> {
    let Heading { id, slug, status, was_visible, version, created_at, updated_at } = heading;
    let visible = status == Status::Published && content.is_public();
    let sort_name = fold::for_sort(content.name());
    let (document, content_hash) = document(content)?;

    let mut terms = Terms::default();
    content.terms(&mut terms);
    let mut links = Vec::new();
    content.visit_links(&mut |link: Link<'_>| {
        if let Some(target) = link.reference.id() {
            if let Some(facet) = kind_of(target).and_then(|kind| Facet::of_reference(link.role, kind)) {
                terms.add_for(facet, target.to_string(), link.days);
            }
            let ordinal = i32::try_from(links.len()).unwrap_or(i32::MAX);
            links.push(LinkRow {
                from_record: id.into(),
                role: link.role.as_str(),
                ordinal,
                to_record: target.into(),
            });
        }
        true
    });
    let term_row = |term: domain::terms::Term| {
        let (since, until) = days(term.days);
        TermRow {
            kind: C::KIND.as_str(),
            facet: term.facet.as_str(),
            value: term.value,
            visible,
            sort_name: sort_name.clone(),
            record: id.into(),
            since,
            until,
        }
    };
    let terms = terms.into_sorted().into_iter().map(term_row).collect();

    let location = content.location();
    let [x, y, z] = location.map_or([None; 3], |place| place.unit_vector().map(Some));
    let span = content.span();
    let (chamber, external_id) = content
        .chamber_key()
        .map(|(chamber, external_id)| {
            (chamber.entry().slug.clone(), external_id.map(|id| id.as_str().to_owned()))
        })
        .unzip();
    let record = RecordRow {
        id: id.into(),
        kind: C::KIND.as_str(),
        slug: slug.map(String::from),
        status: status.as_str(),
        visible,
        was_visible: was_visible || visible,
        version,
        name: content.name().to_owned(),
        starts_at: span.start.map_or_else(DbMoment::open_start, DbMoment),
        ends_at: span.end.map_or_else(DbMoment::open_end, DbMoment),
        lat: location.map(|place| place.lat),
        lon: location.map(|place| place.lon),
        x,
        y,
        z,
        chamber,
        external_id: external_id.flatten(),
        folded: folded(content),
        content: document,
        content_hash,
        created_at: created_at.into(),
        updated_at: updated_at.into(),
        sort_name,
    };
    Ok(Prepared { record, terms, links })
}

/// All text of a record, folded, in one string.
fn folded<C: Content>(content: &C) -> String {
    let mut text = SearchText::default();
    content.text(&mut text);
    let texts: Vec<String> =
        text.names.iter().chain(&text.prose).map(|text| fold::for_search(text)).collect();
    texts.join(" ")
}
