//! Rows of records.

use crate::{
    connection::{Conn, MultiBackend},
    error::Error,
    schema::{links, records, revisions},
    types::{DbId, DbMoment},
};
use chrono::NaiveDate;
use diesel::{dsl::sql, expression::SqlLiteral, prelude::*, sql_types::Text};
use domain::{
    content::Content,
    difference::are_same_sets,
    id::Id,
    kind::Kind,
    query::{Cursor, Position, SortKey},
    record::{DerivedValues, Record, Status},
    slug::Slug,
};
use serde_json::{Map, Value};

/// The columns needed to return a record.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = records)]
pub(crate) struct StoredRow {
    pub(crate) id: DbId,
    pub(crate) number: i32,
    pub(crate) slug: Option<String>,
    pub(crate) status: String,
    pub(crate) visible: bool,
    pub(crate) was_visible: bool,
    pub(crate) version: i64,
    pub(crate) sort_name: String,
    pub(crate) starts_at: Option<DbMoment>,
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
    /// Identifies the record in the index. Assigned when the record is first written, and never changed.
    #[diesel(skip_update)]
    pub(crate) number: i32,
    pub(crate) kind: &'static str,
    pub(crate) slug: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) visible: bool,
    pub(crate) was_visible: bool,
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) sort_name: String,
    /// `None` if the kind has no periods.
    pub(crate) starts_at: Option<DbMoment>,
    pub(crate) ends_at: DbMoment,
    pub(crate) lat: Option<f64>,
    pub(crate) lon: Option<f64>,
    pub(crate) x: Option<f64>,
    pub(crate) y: Option<f64>,
    pub(crate) z: Option<f64>,
    pub(crate) chamber: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) content: String,
    pub(crate) content_hash: Vec<u8>,
    pub(crate) created_at: DbMoment,
    pub(crate) updated_at: DbMoment,
    /// The moment of its revision.
    pub(crate) changed_at: DbMoment,
    /// Hash of the sync line that last wrote it, if any.
    pub(crate) line_hash: Option<i64>,
}

impl StoredRow {
    /// Returns the cursor of a page that ends with this row.
    pub(crate) fn cursor(&self, key: SortKey) -> Cursor {
        let position = match key {
            SortKey::Name => Position::Name(self.sort_name.clone()),
            SortKey::UpdatedAt => Position::Moment(self.updated_at.0),
            SortKey::Start => Position::Moment(self.starts_at.unwrap_or_else(DbMoment::open_start).0),
        };
        Cursor { position, id: self.id.into() }
    }
}

impl From<RecordRow> for StoredRow {
    fn from(row: RecordRow) -> Self {
        Self {
            id: row.id,
            number: row.number,
            slug: row.slug,
            status: row.status.to_owned(),
            visible: row.visible,
            was_visible: row.was_visible,
            version: row.version,
            sort_name: row.sort_name,
            starts_at: row.starts_at,
            content: row.content,
            content_hash: row.content_hash,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Returns records of a kind after one, by id, to iterate over all.
pub(crate) fn batch(conn: &mut Conn, kind: Kind, after: DbId) -> Result<Vec<StoredRow>, Error> {
    /// The number of records in memory at a time.
    const BATCH: i64 = 500;
    Ok(records::table
        .filter(records::kind.eq(kind.as_str()).and(records::id.gt(after)))
        .order(records::id)
        .limit(BATCH)
        .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
        .load(conn)?)
}

/// A reference of a record.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = links, treat_none_as_default_value = false)]
pub(crate) struct LinkRow {
    pub(crate) from_record: DbId,
    pub(crate) role: &'static str,
    pub(crate) ordinal: i32,
    pub(crate) to_record: DbId,
}

/// A write and its author.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = revisions, treat_none_as_default_value = false)]
pub(crate) struct RevisionRow {
    pub(crate) record: DbId,
    pub(crate) kind: &'static str,
    pub(crate) version: i64,
    pub(crate) at: DbMoment,
    pub(crate) action: &'static str,
    pub(crate) actor: String,
    pub(crate) role: String,
    pub(crate) token: Option<DbId>,
    pub(crate) slug: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) visible: bool,
    pub(crate) effect: Option<&'static str>,
    pub(crate) public_slug: Option<String>,
    pub(crate) updated_at: DbMoment,
}

/// The content of a revision. Replaced content is in `past_contents`, current content in `records`, and erased
/// content nowhere. For statements that left-join both.
pub(crate) fn content_of_revision() -> SqlLiteral<Text> {
    sql("coalesce(past_contents.content, records.content, '{}')")
}

/// A stored record. Its references have no labels yet.
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

    /// The id.
    pub fn id(&self) -> Id {
        self.row.id.into()
    }

    /// The version.
    pub fn version(&self) -> i64 {
        self.row.version
    }

    /// The status.
    pub fn status(&self) -> Result<Status, Error> {
        Status::parse(&self.row.status).ok_or_else(|| Error::Corrupt(format!("status {}", self.row.status)))
    }

    /// The slug.
    pub fn slug(&self) -> Option<Slug> {
        self.row.slug.clone().and_then(|slug| Slug::try_from(slug).ok())
    }

    /// Whether the record has this content, regardless of the order of codes and references. A different hash is
    /// not sufficient, because a release that knows more fields writes the same content differently.
    pub(crate) fn has(&self, content: &C) -> Result<bool, Error> {
        let (_, hash) = document(content)?;
        if self.row.content_hash == hash || self.content == *content {
            return Ok(true);
        }
        Ok(are_same_sets(&serde_json::to_value(&self.content)?, &serde_json::to_value(content)?))
    }

    /// Whether the record has this slug, status and content.
    pub(crate) fn is_same(&self, slug: Option<&Slug>, status: Status, content: &C) -> Result<bool, Error> {
        Ok(self.has(content)? && self.status()? == status && self.slug().as_ref() == slug)
    }

    /// Returns the server-set fields, as in responses.
    pub(crate) fn server_owned(&self) -> Map<String, Value> {
        let StoredRow { created_at, updated_at, .. } = &self.row;
        let mut owned = Map::new();
        owned.insert("id".to_owned(), self.id().to_string().into());
        owned.insert("version".to_owned(), self.version().into());
        owned.insert("created_at".to_owned(), created_at.0.to_rfc3339().into());
        owned.insert("updated_at".to_owned(), updated_at.0.to_rfc3339().into());
        owned
    }

    /// Converts to a record without labels, and without values derived from other records. What nobody may see on
    /// `day` is removed.
    pub(crate) fn into_record(mut self, day: NaiveDate) -> Result<Record<C>, Error> {
        self.content.withhold(day);
        Ok(Record {
            id: self.id(),
            slug: self.slug(),
            status: self.status()?,
            version: self.row.version,
            created_at: self.row.created_at.0,
            updated_at: self.row.updated_at.0,
            derived: DerivedValues::of(&self.content),
            content: self.content,
        })
    }
}

/// Returns the document in which content is stored, and its hash.
pub(crate) fn document<C: Content>(content: &C) -> Result<(String, Vec<u8>), Error> {
    let document = serde_json::to_string(content)?;
    let hash = blake3::hash(document.as_bytes()).as_bytes().to_vec();
    Ok((document, hash))
}
