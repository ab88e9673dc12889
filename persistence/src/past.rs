//! The landscape as it stood at a moment.
//!
//! What has not changed since then is found in the tables; the rest is read from the revisions of that moment and
//! filtered here. Both together are what the public saw, as far as it may still see it.

use crate::{
    connection::Conn,
    dialect::Among,
    error::{Error, QueryError},
    filtering::{Meaning, matches},
    labels::{Targets, label},
    preparing::{Heading, Prepared, prepare},
    reading::Found,
    rows::{Stored, StoredRow},
    schema::{records, revisions, terms},
    types::{DbId, DbMoment},
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    dsl::{count_star, exists, not},
    prelude::*,
};
use domain::{
    content::Content,
    fault::Faults,
    fold,
    id::Id,
    initiative::Initiative,
    kind::{Kind, KindFunction, with_kind},
    member::Member,
    query::{Position, Query},
    reference::{Link, Reference, ReferenceLabel, Role},
    search::Document,
    terms::Facet,
};
use std::{cmp::Ordering, collections::HashMap};

/// The number of the last revision at a moment; 0 before the first.
///
/// # Errors
/// [`QueryError::Faults`] for a moment that has not come yet.
pub(crate) fn number_at(
    conn: &mut Conn,
    as_of: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<i64, QueryError> {
    if as_of > now {
        let mut faults = Faults::new();
        faults.malformed("as_of", "must not lie in the future");
        return Err(QueryError::Faults(faults));
    }
    let last: Option<i64> = revisions::table
        .filter(revisions::at.le(DbMoment(as_of)))
        .order((revisions::at.desc(), revisions::seq.desc()))
        .select(revisions::seq)
        .first(conn)
        .optional()?;
    Ok(last.unwrap_or_default())
}

/// A state of a record, out of the revisions.
#[derive(Debug, Queryable)]
struct State {
    record: DbId,
    kind: String,
    slug: Option<String>,
    status: String,
    visible: bool,
    version: i64,
    updated_at: DbMoment,
    content: String,
    created_at: DbMoment,
}

impl State {
    /// As the row of the record would be.
    fn into_row(self) -> StoredRow {
        StoredRow {
            id: self.record,
            slug: self.slug,
            status: self.status,
            visible: self.visible,
            was_visible: true,
            version: self.version,
            sort_name: String::new(),
            starts_at: DbMoment::open_start(),
            content: self.content,
            content_hash: Vec::new(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// The states of a moment that the public saw then and whose records it sees today, of some records.
macro_rules! states {
    ($number:expr) => {{
        let later = diesel::alias!(revisions as later);
        let replaced = later
            .filter(later.field(revisions::record).eq(revisions::record))
            .filter(later.field(revisions::seq).gt(revisions::seq))
            .filter(later.field(revisions::seq).le($number));
        revisions::table
            .inner_join(records::table.on(records::id.eq(revisions::record)))
            .filter(revisions::seq.le($number).and(revisions::visible.eq(true)))
            .filter(records::visible.eq(true))
            .filter(not(exists(replaced)))
            .select((
                revisions::record,
                revisions::kind,
                revisions::slug,
                revisions::status,
                revisions::visible,
                revisions::version,
                revisions::updated_at,
                revisions::content,
                records::created_at,
            ))
    }};
}

/// One record as it stood.
pub(crate) fn find<C: Content>(conn: &mut Conn, number: i64, id: DbId) -> Result<Found<Stored<C>>, Error> {
    let state: Option<State> = states!(number).filter(revisions::record.eq(id)).first(conn).optional()?;
    Ok(match state {
        Some(state) => Found::Here(Stored::read(state.into_row())?),
        None => Found::Nowhere,
    })
}

/// What records of a kind were at a moment, of those that have changed since.
fn changed<C: Content>(conn: &mut Conn, number: i64) -> Result<Vec<Stored<C>>, Error> {
    let since = diesel::alias!(revisions as since);
    let changed = since
        // Whatever happened first to what the public saw had an effect on it.
        .filter(since.field(revisions::effect).is_not_null())
        .filter(since.field(revisions::seq).gt(number))
        .filter(since.field(revisions::kind).eq(C::KIND.as_str()))
        .select(since.field(revisions::record));
    let states: Vec<State> = states!(number).filter(Among::new(revisions::record, changed)).load(conn)?;
    states.into_iter().map(|state| Stored::read(state.into_row())).collect()
}

/// As [`changed`], with everything that would be written for such a state, of those that a filter means.
fn matching<C: Content>(
    conn: &mut Conn,
    meaning: &Meaning<'_>,
    number: i64,
) -> Result<Vec<(StoredRow, Prepared)>, Error> {
    let mut states = changed::<C>(conn, number)?;
    let mut keys = Vec::new();
    for state in &mut states {
        state.content.visit_links(&mut |link: Link<'_>| {
            keys.push((link.reference.key(), link.role.targets()));
            true
        });
    }
    let mut targets = Targets::default();
    for keys in keys.chunks(10_000) {
        targets.look_up(conn, keys)?;
    }
    let mut found = Vec::new();
    for mut state in states {
        let prepared = prepare(Heading::of(&state)?, &mut state.content, &|id| targets.kind_of(id))?;
        if matches(meaning, &prepared) {
            found.push((state.row, prepared));
        }
    }
    Ok(found)
}

/// The rows of the records that have changed since a moment and that a filter meant then.
pub(crate) fn rows<C: Content>(
    conn: &mut Conn,
    meaning: &Meaning<'_>,
    number: i64,
) -> Result<Vec<StoredRow>, Error> {
    let found = matching::<C>(conn, meaning, number)?;
    Ok(found.into_iter().map(|(_, prepared)| prepared.record.into()).collect())
}

/// The search documents of the records of a kind that have changed since a moment, as they were then.
pub(crate) struct Documents<'a> {
    pub(crate) conn: &'a mut Conn,
    pub(crate) number: i64,
}

impl KindFunction for Documents<'_> {
    type Output = Result<Vec<Document>, Error>;

    fn call<C: Content>(self) -> Self::Output {
        let states = changed::<C>(self.conn, self.number)?;
        Ok(states.iter().map(|state| Document::of(&state.content, true, &[])).collect())
    }
}

/// As [`matching`], for a kind that is known at run time.
pub(crate) struct Matching<'a, 'b> {
    pub(crate) conn: &'a mut Conn,
    pub(crate) meaning: &'a Meaning<'b>,
    pub(crate) number: i64,
}

impl KindFunction for Matching<'_, '_> {
    type Output = Result<Vec<Prepared>, Error>;

    fn call<C: Content>(self) -> Self::Output {
        let found = matching::<C>(self.conn, self.meaning, self.number)?;
        Ok(found.into_iter().map(|(_, prepared)| prepared).collect())
    }
}

/// Adds the terms of past states to counts of terms.
pub(crate) fn add_terms(
    counts: &mut Vec<(String, String, i64)>,
    states: &[Prepared],
    facets: &[Facet],
    today: NaiveDate,
) {
    let mut numbers: HashMap<(String, String), i64> =
        counts.drain(..).map(|(facet, value, number)| ((facet, value), number)).collect();
    let names: Vec<&str> = facets.iter().map(|facet| facet.as_str()).collect();
    for term in states.iter().flat_map(|state| &state.terms) {
        if names.contains(&term.facet) && term.since <= today && today <= term.until {
            *numbers.entry((term.facet.to_owned(), term.value.clone())).or_default() += 1;
        }
    }
    counts.extend(numbers.into_iter().map(|((facet, value), number)| (facet, value, number)));
}

/// Puts past rows among those of a page, in its order, and leaves out those before it.
pub(crate) fn merge(rows: Vec<StoredRow>, past: Vec<StoredRow>, query: &Query) -> Vec<StoredRow> {
    let key = query.sort.key;
    let place = |row: &StoredRow| row.cursor(key);
    let order = |a: (&Position, Id), b: (&Position, Id)| {
        let order = match (a.0, b.0) {
            (Position::Name(a), Position::Name(b)) => a.cmp(b),
            (Position::Moment(a), Position::Moment(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
        .then(a.1.cmp(&b.1));
        if query.sort.descending { order.reverse() } else { order }
    };
    let is_behind = |row: &StoredRow| {
        query.page.after.as_ref().is_none_or(|after| {
            let here = place(row);
            order((&here.position, here.id), (&after.position, after.id)) == Ordering::Greater
        })
    };
    let mut rows: Vec<StoredRow> = rows.into_iter().chain(past.into_iter().filter(is_behind)).collect();
    rows.sort_by(|a, b| {
        let (a, b) = (place(a), place(b));
        order((&a.position, a.id), (&b.position, b.id))
    });
    rows
}

/// What records were called at a moment.
pub(crate) fn labels(
    conn: &mut Conn,
    number: i64,
    ids: &[DbId],
) -> Result<HashMap<Id, ReferenceLabel>, Error> {
    struct NameOf<'a>(&'a str);
    impl KindFunction for NameOf<'_> {
        type Output = Result<String, Error>;

        fn call<C: Content>(self) -> Self::Output {
            Ok(serde_json::from_str::<C>(self.0)?.name().to_owned())
        }
    }
    let mut labels = HashMap::new();
    for ids in ids.chunks(10_000) {
        let states: Vec<State> = states!(number).filter(revisions::record.eq_any(ids)).load(conn)?;
        for State { record, kind, slug, content, .. } in states {
            let kind = Kind::parse(&kind).ok_or_else(|| Error::Corrupt(format!("kind {kind}")))?;
            labels.insert(record.into(), label(slug, with_kind(kind, NameOf(&content))?));
        }
    }
    Ok(labels)
}

/// How many members organisations had at a moment.
pub(crate) fn member_counts(
    conn: &mut Conn,
    number: i64,
    kind: Kind,
    organisations: &[DbId],
    today: NaiveDate,
) -> Result<HashMap<Id, i64>, Error> {
    let Some(facet) = Facet::of_reference(Role::Affiliation, kind) else { return Ok(HashMap::new()) };
    let values: Vec<String> = organisations.iter().map(|id| Id::from(*id).to_string()).collect();
    let later = revisions::table.filter(revisions::record.eq(terms::record).and(revisions::seq.gt(number)));
    let rows: Vec<(String, i64)> = terms::table
        .filter(terms::kind.eq(Kind::Member.as_str()).and(terms::facet.eq(facet.as_str())))
        .filter(terms::value.eq_any(values).and(terms::visible.eq(true)))
        .filter(terms::since.le(today).and(terms::until.ge(today)))
        .filter(not(exists(later)))
        .group_by(terms::value)
        .select((terms::value, count_star()))
        .load(conn)?;
    let mut counts: HashMap<Id, i64> =
        rows.into_iter().filter_map(|(value, count)| Some((Id::parse(&value)?, count))).collect();
    for member in &mut changed::<Member>(conn, number)? {
        let mut joined = Vec::new();
        member.content.visit_links(&mut |link: Link<'_>| {
            if link.role == Role::Affiliation && link.days.cover(today) {
                joined.extend(link.reference.id());
            }
            true
        });
        joined.sort_unstable();
        joined.dedup();
        joined.into_iter().for_each(|id| *counts.entry(id).or_default() += 1);
    }
    Ok(counts)
}

/// The initiatives that worked in clusters at a moment.
pub(crate) fn initiatives(
    conn: &mut Conn,
    number: i64,
    clusters: &[DbId],
) -> Result<HashMap<Id, Vec<Reference>>, Error> {
    use crate::schema::links;
    let mut found: HashMap<Id, Vec<(String, Id, ReferenceLabel)>> = HashMap::new();
    let later = revisions::table.filter(revisions::record.eq(records::id).and(revisions::seq.gt(number)));
    let unchanged: Vec<(DbId, DbId, Option<String>, String)> = links::table
        .inner_join(records::table.on(records::id.eq(links::from_record)))
        .filter(links::to_record.eq_any(clusters).and(links::role.eq(Role::Cluster.as_str())))
        .filter(records::visible.eq(true).and(not(exists(later))))
        .select((links::to_record, records::id, records::slug, records::name))
        .load(conn)?;
    for (cluster, id, slug, name) in unchanged {
        let label = label(slug, name);
        found.entry(cluster.into()).or_default().push((fold::for_sort(&label.name), id.into(), label));
    }
    for initiative in &mut changed::<Initiative>(conn, number)? {
        let (id, slug) = (initiative.id(), initiative.row.slug.clone());
        let label = label(slug, initiative.content.name().to_owned());
        initiative.content.visit_links(&mut |link: Link<'_>| {
            if let Some(cluster) = link.reference.id().filter(|_| link.role == Role::Cluster) {
                let place = (fold::for_sort(&label.name), id, label.clone());
                found.entry(cluster).or_default().push(place);
            }
            true
        });
    }
    let in_order = |mut list: Vec<(String, Id, ReferenceLabel)>| {
        list.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        list.into_iter().map(|(_, id, label)| Reference::Resolved { id, label: Some(label) }).collect()
    };
    Ok(found.into_iter().map(|(cluster, list)| (cluster, in_order(list))).collect())
}
