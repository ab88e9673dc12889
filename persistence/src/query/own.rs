//! What a manager sees beside what is public: its profile, and the events that it organises.

use crate::{
    audience::{Audience, View},
    connection::Conn,
    error::Error,
    index::{self, Set, sets::element},
    schema::{links, records, slugs},
    types::DbId,
};
use diesel::{dsl::exists, prelude::*, select};
use domain::{content::Content, kind::Kind, reference::Role, slug::Key, terms::Facet};

/// Whether a key names the profile of a manager, or an event that it organises. One statement, which takes as long for
/// records of others as for keys that name nothing.
pub(crate) fn is_own<C: Content>(conn: &mut Conn, audience: Audience, key: &Key) -> Result<bool, Error> {
    let Some(organisation) = audience.organisation().filter(|_| C::KIND.is_managed()) else {
        return Ok(false);
    };
    let organised =
        links::table.filter(links::to_record.eq(organisation).and(links::role.eq(Role::Organiser.as_str())));
    Ok(match (key, C::KIND.slug_space()) {
        (Key::Id(id), _) if DbId::from(*id) == organisation => true,
        (Key::Id(id), _) => {
            select(exists(organised.filter(links::from_record.eq(DbId::from(*id))))).get_result(conn)?
        }
        (Key::Slug(slug), Some(space)) => {
            let organised = organised.filter(links::from_record.eq(slugs::record));
            let named = slugs::table.filter(slugs::space.eq(space).and(slugs::slug.eq(slug.as_str())));
            select(exists(named.filter(slugs::record.eq(organisation).or(exists(organised)))))
                .get_result(conn)?
        }
        (Key::Slug(_), None) => false,
    })
}

/// Returns the hidden records of a kind that belong to the manager who reads. Empty for all other audiences.
pub(crate) fn hidden(conn: &mut Conn, audience: Audience, kind: Kind) -> Result<Vec<i32>, Error> {
    let Some(organisation) = audience.organisation().filter(|_| kind.is_managed()) else {
        return Ok(Vec::new());
    };
    let mut ids: Vec<DbId> = links::table
        .filter(links::to_record.eq(organisation).and(links::role.eq(Role::Organiser.as_str())))
        .select(links::from_record)
        .load(conn)?;
    ids.push(organisation);
    Ok(records::table
        .filter(records::id.eq_any(ids))
        .filter(records::kind.eq(kind.as_str()).and(records::visible.eq(false)))
        .select(records::number)
        .load(conn)?)
}

/// The view by which records of a kind are read. A manager without hidden records of the kind reads as the public does.
pub(crate) fn view<'a>(view: View<'a>, own: &[i32]) -> View<'a> {
    match view.audience {
        Audience::Manager(_) if own.is_empty() => View { audience: Audience::Public, ..view },
        _ => view,
    }
}

/// Returns everything that a manager sees of a kind: the public records, and its own hidden ones. `None` for all other
/// audiences, whose sets hold nothing else.
pub(crate) fn visible(
    conn: &mut Conn,
    view: View<'_>,
    kind: Kind,
    own: &[i32],
) -> Result<Option<Set>, Error> {
    let Audience::Manager(_) = view.audience else { return Ok(None) };
    let all = index::look_up(conn, kind, &[(Facet::Record, vec![String::new()])])?;
    let public = index::having(conn, View { audience: Audience::Public, ..view }, &all)?;
    Ok(Some(public | own.iter().copied().map(element).collect::<Set>()))
}
