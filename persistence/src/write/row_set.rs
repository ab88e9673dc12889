//! From content to rows: everything that is written for a state of a record.

use crate::{
    connection::Conn,
    error::Error,
    query::labels::{self, Targets},
    rows::{LinkRow, RecordRow, Stored, document},
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use domain::{
    content::Content,
    fold,
    id::Id,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    record::Status,
    reference::Link,
    search::Document,
    slug::Slug,
    terms::{Facet, Term, Terms},
};

/// Everything about a state of a record except its content.
pub(crate) struct RecordMeta {
    pub(crate) id: Id,
    pub(crate) slug: Option<Slug>,
    pub(crate) status: Status,
    pub(crate) was_visible: bool,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl RecordMeta {
    /// Returns the metadata of a stored record.
    pub(crate) fn of<C: Content>(stored: &Stored<C>) -> Result<Self, Error> {
        Ok(Self {
            id: stored.id(),
            slug: stored.slug(),
            status: stored.status()?,
            was_visible: stored.row.was_visible,
            version: stored.version(),
            created_at: stored.row.created_at.0,
            updated_at: stored.row.updated_at.0,
        })
    }
}

/// Everything that is written for a state of a record.
#[derive(Debug)]
pub(crate) struct RowSet {
    pub(crate) record: RecordRow,
    pub(crate) terms: Vec<Term>,
    pub(crate) links: Vec<LinkRow>,
    /// Optional, because it is the most expensive part.
    pub(crate) document: Option<Document>,
}

/// Computes the rows of a record. Its references must be resolved, and `kind_of` returns the kinds of their
/// targets.
pub(crate) fn prepare<C: Content>(
    heading: RecordMeta,
    content: &mut C,
    kind_of: &dyn Fn(Id) -> Option<Kind>,
    wants_document: bool,
) -> Result<RowSet, Error> {
    let (terms, links) = terms_and_links(heading.id, content, kind_of);
    let record = record_row(heading, content)?;
    let document = wants_document.then(|| Document::of(content, &terms));
    Ok(RowSet { record, terms, links, document })
}

/// Computes the terms of a record, and its links. A link is also a term if it is a filter.
fn terms_and_links<C: Content>(
    id: Id,
    content: &mut C,
    kind_of: &dyn Fn(Id) -> Option<Kind>,
) -> (Vec<Term>, Vec<LinkRow>) {
    let (mut terms, mut links) = (Terms::default(), Vec::new());
    terms.add(Facet::Record, "");
    terms.place(content.location());
    content.terms(&mut terms);
    content.visit_links(&mut |link: Link<'_>| {
        if let Some(target) = link.reference.id() {
            if let Some(facet) = kind_of(target).and_then(|kind| Facet::of_reference(link.role, kind)) {
                terms.add_for(facet, target.to_string(), link.days);
            }
            links.push(LinkRow {
                from_record: id.into(),
                role: link.role.as_str(),
                ordinal: i32::try_from(links.len()).unwrap_or(i32::MAX),
                to_record: target.into(),
            });
        }
        true
    });
    (terms.into_sorted(), links)
}

/// Computes the terms of states from their content. The targets of their references must exist.
pub(crate) fn terms_of(conn: &mut Conn, states: &[(Kind, DbId, &str)]) -> Result<Vec<Vec<Term>>, Error> {
    let mut found = vec![Vec::new(); states.len()];
    for kind in Kind::ALL {
        let (places, of_kind): (Vec<usize>, Vec<(DbId, &str)>) = states
            .iter()
            .enumerate()
            .filter(|(_, (of, ..))| *of == kind)
            .map(|(place, (_, id, content))| (place, (*id, *content)))
            .unzip();
        let terms = with_kind(kind, TermsOf { conn, states: &of_kind })?;
        places.into_iter().zip(terms).for_each(|(place, terms)| found[place] = terms);
    }
    Ok(found)
}

struct TermsOf<'a> {
    conn: &'a mut Conn,
    states: &'a [(DbId, &'a str)],
}

impl KindFunction for TermsOf<'_> {
    type Output = Result<Vec<Vec<Term>>, Error>;

    fn call<C: Content>(self) -> Self::Output {
        let Self { conn, states } = self;
        let mut contents: Vec<(Id, C)> = Vec::with_capacity(states.len());
        for (id, content) in states {
            contents.push(((*id).into(), serde_json::from_str(content)?));
        }
        let mut targets = Targets::default();
        let keys: Vec<_> = contents.iter_mut().flat_map(|(_, content)| labels::keys(content)).collect();
        targets.look_up(conn, &keys)?;
        let kind_of = |id| targets.kind_of(id);
        Ok(contents.iter_mut().map(|(id, content)| terms_and_links(*id, content, &kind_of).0).collect())
    }
}

/// Placeholder for the number, which is assigned when the row is written.
const NO_NUMBER: i32 = 0;

/// Computes the row of a record.
fn record_row<C: Content>(heading: RecordMeta, content: &C) -> Result<RecordRow, Error> {
    let RecordMeta { id, slug, status, was_visible, version, created_at, updated_at } = heading;
    let visible = status == Status::Published && content.is_public();
    let (document, content_hash) = document(content)?;
    let location = content.location();
    let [x, y, z] = location.map_or([None; 3], |place| place.unit_vector().map(Some));
    let span = content.span();
    let key = content.chamber_key();
    Ok(RecordRow {
        id: id.into(),
        number: NO_NUMBER,
        kind: C::KIND.as_str(),
        slug: slug.map(String::from),
        status: status.as_str(),
        visible,
        was_visible: was_visible || visible,
        version,
        name: content.name().to_owned(),
        sort_name: fold::for_sort(content.name()),
        starts_at: C::DATED.map(|_| span.start.map_or_else(DbMoment::open_start, DbMoment)),
        ends_at: span.end.map_or_else(DbMoment::open_end, DbMoment),
        lat: location.map(|place| place.lat),
        lon: location.map(|place| place.lon),
        x,
        y,
        z,
        chamber: key.map(|(chamber, _)| chamber.entry().slug.clone()),
        external_id: key.and_then(|(_, external_id)| external_id).map(|id| id.as_str().to_owned()),
        content: document,
        content_hash,
        created_at: created_at.into(),
        updated_at: updated_at.into(),
        changed_at: updated_at.into(),
        line_hash: None,
    })
}
