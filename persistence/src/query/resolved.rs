//! Resolving a filter: looks up all records and words that it names, and combines its terms into one set.

use crate::{
    audience::{Audience, View},
    connection::Conn,
    error::{Error, QueryError},
    index::{self, Set, TermGroup},
    past::Past,
    query::{
        labels::{Targets, dangling},
        own,
        text::ResolvedText,
    },
    rows::StoredRow,
    schema::records,
    types::DbId,
};
use diesel::prelude::*;
use domain::{cells::Cover, fault::Faults, kind::Kind, query::Filter, slug::Key, terms::Facet};

/// A filter whose references, terms and words have been looked up.
pub(crate) struct ResolvedFilter<'a> {
    pub(crate) view: View<'a>,
    pub(crate) kind: Kind,
    pub(crate) filter: &'a Filter,
    /// The text search, if any.
    pub(crate) text: Option<ResolvedText>,
    /// The hidden records of the kind that belong to the manager who reads. Empty for everyone else.
    pub(crate) own: Vec<i32>,
    /// The term groups. A record must have a term of each.
    pub(crate) terms: Vec<TermGroup>,
    /// The visible records that have these terms, lie in the area and match the text. `None` if the filter has none
    /// of the three, only an area that is too large for cells, or only a text that matches too many records.
    pub(crate) set: Option<Set>,
    /// The records of the set that lie in cells at the edge of the area. Their coordinates must be checked. `None`
    /// if the set does not cover the area.
    pub(crate) at_edge: Option<Set>,
    /// With `as_of`, the records that have not changed since that moment, if they are few enough to be looked up
    /// one by one.
    pub(crate) few_unchanged: Option<Vec<DbId>>,
}

impl<'a> ResolvedFilter<'a> {
    /// Selects all records of a kind. `filter` must be empty.
    pub(crate) fn all(
        conn: &mut Conn,
        view: View<'a>,
        kind: Kind,
        filter: &'a Filter,
    ) -> Result<Self, Error> {
        let few_unchanged = view.past.map(|past| few_unchanged(conn, kind, past)).transpose()?.flatten();
        Ok(Self {
            view,
            kind,
            filter,
            text: None,
            own: Vec::new(),
            terms: Vec::new(),
            set: None,
            at_edge: None,
            few_unchanged,
        })
    }

    /// Looks up the records and words that a filter names. Takes a few statements, or none if it names none.
    ///
    /// # Errors
    /// [`QueryError::Faults`] for a reference that names nothing the audience may see, or a status that it may not
    /// ask for.
    pub(crate) fn resolve(
        conn: &mut Conn,
        view: View<'a>,
        kind: Kind,
        filter: &'a Filter,
    ) -> Result<Self, QueryError> {
        let View { audience, past, .. } = view;
        let mut faults = Faults::new();
        if filter.statuses.iter().any(|&status| !audience.may_ask_for(status, kind)) {
            faults.malformed(
                "status",
                match past {
                    Some(_) => "must be published with as_of, which shows what the public saw",
                    None => "needs a token that may see drafts",
                },
            );
        }
        let mut wanted = filter.terms.clone();
        wanted.extend(references(conn, audience, filter, &mut faults)?);
        faults.or(()).map_err(QueryError::Faults)?;
        let own = own::hidden(conn, audience, kind)?;
        let view = own::view(view, &own);
        let audience = view.audience;
        let covers = filter.covers().unwrap_or_default();
        let is_by_set = !wanted.is_empty() || filter.question.is_some() || !covers.is_empty();
        if let (Audience::Chamber(chamber), true) = (audience, is_by_set) {
            wanted.push((Facet::Chamber, vec![chamber.entry().slug.clone()]));
        }
        let mut set = own::visible(conn, view, kind, &own)?;
        let mut terms = Vec::new();
        if !wanted.is_empty() {
            terms = index::look_up(conn, kind, &wanted)?;
            set = Some(narrow(set, index::having(conn, view, &terms)?));
        }
        let mut at_edge = None;
        for Cover { inside, edge } in covers {
            let cells = index::look_up(conn, kind, &[(Facet::Cell, inside), (Facet::Cell, edge)])?;
            let sets = index::of_terms(conn, view, &cells)?;
            let [inside, edge] =
                [0, 1].map(|group| cells.get(group).map(|group| group.any_of(&sets)).unwrap_or_default());
            let within = &inside | &edge;
            set = Some(narrow(set, within));
            *at_edge.get_or_insert_with(Set::new) |= edge;
        }
        let text = match &filter.question {
            Some(question) => {
                let (text, found) = ResolvedText::resolve(conn, view, kind, question)?;
                if let Some(found) = found {
                    set = Some(narrow(set, found));
                }
                Some(text)
            }
            None => None,
        };
        let few_unchanged = past.map(|past| few_unchanged(conn, kind, past)).transpose()?.flatten();
        Ok(Self { view, kind, filter, text, own, terms, set, at_edge, few_unchanged })
    }

    /// All public records of a kind at a moment, or those that match a text.
    pub(super) fn of_all(
        kind: Kind,
        view: View<'a>,
        filter: &'a Filter,
        text: Option<(ResolvedText, Option<Set>)>,
    ) -> Self {
        let (text, set) = text.map_or((None, None), |(text, set)| (Some(text), set));
        Self {
            view,
            kind,
            filter,
            text,
            own: Vec::new(),
            terms: Vec::new(),
            set,
            at_edge: None,
            few_unchanged: None,
        }
    }

    /// Whether the audience may see a row of a record that was found by number.
    pub(crate) fn shows(&self, row: &StoredRow) -> bool {
        match self.view.audience {
            Audience::Public => row.visible,
            Audience::Manager(_) => row.visible || self.own.contains(&row.number),
            Audience::Chamber(_) | Audience::Staff => true,
        }
    }

    /// Whether the set alone determines the matches, except for records at the edge of an area.
    pub(crate) fn is_of_its_set(&self) -> bool {
        let Filter { bbox, near, .. } = self.filter;
        let is_narrowed = match self.set {
            None => bbox.is_some() || near.is_some() || matches!(self.view.audience, Audience::Chamber(_)),
            Some(_) => self.at_edge.is_none() && (bbox.is_some() || near.is_some()),
        };
        let is_text_in_set = self.text.as_ref().is_none_or(|text| text.expression.is_none());
        self.filter.is_of_sets() && is_text_in_set && self.view.past.is_none() && !is_narrowed
    }
}

/// Resolves the references of a filter to terms.
fn references(
    conn: &mut Conn,
    audience: Audience,
    filter: &Filter,
    faults: &mut Faults,
) -> Result<Vec<(Facet, Vec<String>)>, Error> {
    let keys: Vec<(Key, &'static [Kind])> = filter
        .references
        .iter()
        .flat_map(|(facet, keys)| keys.iter().map(|key| (key.clone(), facet.targets())))
        .collect();
    let mut targets = Targets::default();
    targets.look_up_as(conn, audience, &keys)?;
    let mut terms = Vec::new();
    for (facet, keys) in &filter.references {
        let mut values = Vec::new();
        for key in keys {
            match targets.find(key, facet.targets()).filter(|found| audience.may_see(found.id, found.visible))
            {
                Some(found) => values.push(found.id.to_string()),
                None => {
                    faults.malformed(facet.as_str(), format!("'{key}' {}", dangling(facet.targets())));
                }
            }
        }
        terms.push((*facet, values));
    }
    Ok(terms)
}

/// Intersects two sets, where `None` stands for all records.
fn narrow(set: Option<Set>, other: Set) -> Set {
    match set {
        Some(set) => set & other,
        None => other,
    }
}

/// Returns the public records of a kind that have not changed since a moment, if they are few.
fn few_unchanged(conn: &mut Conn, kind: Kind, past: Past) -> Result<Option<Vec<DbId>>, Error> {
    /// The largest number that counts as few.
    const FEW: i64 = 500;
    let old: Vec<DbId> = records::table
        .filter(records::kind.eq(kind.as_str()).and(records::visible.eq(true)))
        .filter(records::updated_at.le(past.moment))
        .order((records::updated_at, records::id))
        .limit(FEW + 1)
        .select(records::id)
        .load(conn)?;
    Ok(i64::try_from(old.len()).is_ok_and(|old| old <= FEW).then_some(old))
}
