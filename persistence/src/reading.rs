//! Asking for records: one, a page, all, how many.

use crate::{
    audience::Audience,
    connection::{Conn, MultiBackend},
    error::{Error, QueryError},
    filtering::{Meaning, filtered},
    labels,
    rows::{Stored, StoredRow},
    schema::{records, slugs, terms},
    types::{DbId, DbMoment},
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{dsl::count_star, prelude::*};
use domain::{
    content::{Content, Derived},
    id::Id,
    kind::Kind,
    query::{Cursor, Position, Query, Sort, SortKey},
    record::Record,
    reference::Role,
    slug::{Key, Slug},
    terms::Facet,
    time::today,
};
use std::collections::HashMap;

/// What is found under a key.
#[derive(Debug)]
pub enum Found<T> {
    /// The record.
    Here(T),
    /// The record has another slug now.
    Moved(Slug),
    /// The record was public and no longer is.
    Gone,
    /// Nothing, as far as the audience may know.
    Nowhere,
}

/// A page of a list.
#[derive(Debug)]
pub struct List<C> {
    /// The records of the page.
    pub items: Vec<Record<C>>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
    /// How many records there are on all pages, when that was asked.
    pub total: Option<i64>,
}

/// Finds a record as it is kept.
pub(crate) fn find<C: Content>(
    conn: &mut Conn,
    audience: Audience,
    key: &Key,
) -> Result<Found<Stored<C>>, Error> {
    let columns = <StoredRow as Selectable<MultiBackend>>::construct_selection();
    let of_kind = records::kind.eq(C::KIND.as_str());
    let row: Option<StoredRow> = match (key, C::KIND.slug_space()) {
        (Key::Id(id), _) => records::table
            .filter(records::id.eq(DbId::from(*id)).and(of_kind))
            .select(columns)
            .first(conn)
            .optional()?,
        (Key::Slug(slug), Some(space)) => slugs::table
            .inner_join(records::table)
            .filter(slugs::space.eq(space).and(slugs::slug.eq(slug.as_str())).and(of_kind))
            .select(columns)
            .first(conn)
            .optional()?,
        (Key::Slug(_), None) => None,
    };
    let Some(row) = row else { return Ok(Found::Nowhere) };
    if !audience.may_see(row.visible) {
        return Ok(if row.was_visible { Found::Gone } else { Found::Nowhere });
    }
    let stored = Stored::read(row)?;
    Ok(match (key, stored.slug()) {
        (Key::Slug(asked), Some(slug)) if *asked != slug => Found::Moved(slug),
        _ => Found::Here(stored),
    })
}

/// Turns what is kept into what is answered: labels of references, derived values. At most one statement for each.
pub(crate) fn complete<C: Content>(
    conn: &mut Conn,
    audience: Audience,
    now: DateTime<Utc>,
    stored: Vec<Stored<C>>,
) -> Result<Vec<Record<C>>, Error> {
    let ids: Vec<DbId> = stored.iter().map(|stored| stored.row.id).collect();
    let mut stored = stored;
    let mut has_links = false;
    for stored in &mut stored {
        stored.content.visit_links(&mut |_| {
            has_links = true;
            true
        });
    }
    let labels = if has_links { labels::of_links(conn, audience, &ids)? } else { HashMap::new() };
    let mut items = Vec::with_capacity(stored.len());
    for mut stored in stored {
        labels::apply(&mut stored.content, &labels);
        items.push(stored.into_record()?);
    }
    for derived in C::DERIVED {
        match derived {
            Derived::MemberCount => {
                let counts = member_counts(conn, C::KIND, &ids, today(now))?;
                for item in &mut items {
                    item.derived.member_count = Some(counts.get(&item.id).copied().unwrap_or_default());
                }
            }
            Derived::Initiatives => {
                let mut initiatives = labels::referring(conn, audience, Role::Cluster, &ids)?;
                for item in &mut items {
                    item.derived.initiatives = Some(initiatives.remove(&item.id).unwrap_or_default());
                }
            }
        }
    }
    Ok(items)
}

/// How many public, published members are affiliated today to each organisation.
fn member_counts(
    conn: &mut Conn,
    kind: Kind,
    organisations: &[DbId],
    today: NaiveDate,
) -> Result<HashMap<Id, i64>, Error> {
    let Some(facet) = Facet::of_reference(Role::Affiliation, kind) else { return Ok(HashMap::new()) };
    let values: Vec<String> = organisations.iter().map(|id| Id::from(*id).to_string()).collect();
    let rows: Vec<(String, i64)> = terms::table
        .filter(terms::kind.eq(Kind::Member.as_str()).and(terms::facet.eq(facet.as_str())))
        .filter(terms::value.eq_any(values).and(terms::visible.eq(true)))
        .filter(terms::since.le(today).and(terms::until.ge(today)))
        .group_by(terms::value)
        .select((terms::value, count_star()))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(value, count)| Some((Id::parse(&value)?, count))).collect())
}

/// One page of a list, of at most `limit` records.
pub(crate) fn page<C: Content>(
    conn: &mut Conn,
    audience: Audience,
    now: DateTime<Utc>,
    query: &Query,
    limit: usize,
) -> Result<List<C>, QueryError> {
    let meaning = Meaning::look_up(conn, audience, C::KIND, &query.filter, now)?;
    let total =
        if query.page.with_total { Some(filtered(&meaning).select(count_star()).first(conn)?) } else { None };
    let (items, next) = slice(conn, &meaning, query, limit, now)?;
    Ok(List { items, next, total })
}

/// The next `limit` records behind the query's cursor, and the cursor behind them.
fn slice<C: Content>(
    conn: &mut Conn,
    meaning: &Meaning<'_>,
    query: &Query,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<(Vec<Record<C>>, Option<Cursor>), Error> {
    let mut select = filtered(meaning);
    if let Some(after) = &query.page.after {
        let id = DbId::from(after.id);
        // The first condition is implied by the second; it is there for the index.
        macro_rules! behind {
            ($column:expr, $value:expr, $id_column:expr) => {
                if query.sort.descending {
                    select.filter($column.le($value)).filter($column.lt($value).or($id_column.lt(id)))
                } else {
                    select.filter($column.ge($value)).filter($column.gt($value).or($id_column.gt(id)))
                }
            };
        }
        select = match (&after.position, query.sort.key) {
            (Position::Name(name), _) => behind!(records::sort_name, name.clone(), records::id),
            (Position::Moment(moment), SortKey::UpdatedAt) => {
                behind!(records::updated_at, DbMoment(*moment), records::id)
            }
            (Position::Moment(moment), _) => behind!(records::starts_at, DbMoment(*moment), records::id),
        };
    }
    let Sort { key, descending } = query.sort;
    let select = match (key, descending) {
        (SortKey::Name, false) => select.order((records::sort_name.asc(), records::id.asc())),
        (SortKey::Name, true) => select.order((records::sort_name.desc(), records::id.desc())),
        (SortKey::UpdatedAt, false) => select.order((records::updated_at.asc(), records::id.asc())),
        (SortKey::UpdatedAt, true) => select.order((records::updated_at.desc(), records::id.desc())),
        (SortKey::Start, false) => select.order((records::starts_at.asc(), records::id.asc())),
        (SortKey::Start, true) => select.order((records::starts_at.desc(), records::id.desc())),
    };
    // One more than asked, to learn whether another page follows.
    let mut rows: Vec<StoredRow> = select
        .limit(i64::try_from(limit + 1).unwrap_or(i64::MAX))
        .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
        .load(conn)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| Cursor {
        position: match key {
            SortKey::Name => Position::Name(last.sort_name.clone()),
            SortKey::UpdatedAt => Position::Moment(last.updated_at.0),
            SortKey::Start => Position::Moment(last.starts_at.0),
        },
        id: last.id.into(),
    });
    let stored = rows.into_iter().map(Stored::read).collect::<Result<Vec<_>, _>>()?;
    Ok((complete(conn, meaning.audience, now, stored)?, next))
}
