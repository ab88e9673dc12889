//! The extent of a collection in space and time.

use crate::{
    audience::View,
    connection::Conn,
    dialect::number_list,
    error::{Error, QueryError},
    index::{self, Amounts},
    query::{conditions::filtered_among, resolved::ResolvedFilter},
    schema::records,
    types::DbMoment,
};
use diesel::{
    dsl::{max, min},
    prelude::*,
};
use domain::{
    cells::outermost,
    kind::Kind,
    place::BoundingBox,
    query::{Filter, Scope},
    terms::Facet,
    time::Span,
};

/// The extent of the records of a kind that have a location.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The smallest box around their locations. It never spans the 180th meridian.
    pub area: BoundingBox,
    /// The period from the first start to the last end. `None` if the kind has no periods.
    pub period: Option<Span>,
}

/// Returns the extent of the visible records of a kind. `None` if none has a location.
pub(crate) fn extent(conn: &mut Conn, view: View<'_>, kind: Kind) -> Result<Option<Extent>, QueryError> {
    let Some(area) = area(conn, view, kind)? else { return Ok(None) };
    let is_dated = Scope::of_kind(kind).dated.is_some();
    let period = is_dated.then(|| period(conn, view, kind)).transpose()?;
    Ok(Some(Extent { area, period }))
}

/// The smallest box around all locations. Only the records in the outermost cells of the grid are looked up.
///
/// ```text
/// 200,000 members in 1,500 cells   →   100 cells at the edges   →   some hundred locations
/// ```
fn area(conn: &mut Conn, view: View<'_>, kind: Kind) -> Result<Option<BoundingBox>, QueryError> {
    let cells = index::count(conn, view, kind, &[Facet::Cell], None, &Amounts::default())?;
    let cells: Vec<String> = cells.into_iter().map(|counted| counted.value).collect();
    let filter = Filter { terms: vec![(Facet::Cell, outermost(&cells))], ..Filter::default() };
    let resolved = ResolvedFilter::resolve(conn, view, kind, &filter)?;
    let among = number_list(conn, &resolved.set.clone().unwrap_or_default());
    let found: (Option<f64>, Option<f64>, Option<f64>, Option<f64>) = filtered_among(&resolved, &among)
        .select((min(records::lon), min(records::lat), max(records::lon), max(records::lat)))
        .first(conn)
        .map_err(Error::from)?;
    Ok(match found {
        (Some(west), Some(south), Some(east), Some(north)) => Some(BoundingBox { west, south, east, north }),
        _ => None,
    })
}

/// The period from the first start to the last end of the records that have a location.
fn period(conn: &mut Conn, view: View<'_>, kind: Kind) -> Result<Span, QueryError> {
    let filter = Filter { terms: vec![(Facet::Located, vec![String::new()])], ..Filter::default() };
    let resolved = ResolvedFilter::resolve(conn, view, kind, &filter)?;
    let among = number_list(conn, &resolved.set.clone().unwrap_or_default());
    let periods: Vec<(DbMoment, DbMoment)> = filtered_among(&resolved, &among)
        .select((records::starts_at.assume_not_null(), records::ends_at))
        .load(conn)
        .map_err(Error::from)?;
    let start =
        periods.iter().map(|(start, _)| *start).min().filter(|start| *start != DbMoment::open_start());
    let end = periods.iter().map(|(_, end)| *end).max().filter(|end| *end != DbMoment::open_end());
    Ok(Span { start: start.map(|start| start.0), end: end.map(|end| end.0) })
}
