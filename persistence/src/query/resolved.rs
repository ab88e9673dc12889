//! Resolving a filter: looks up all records and words that it names, and combines its terms into one set.

use crate::{
    audience::{Audience, View},
    connection::Conn,
    dialect,
    error::{Error, QueryError},
    index::{self, Set, TermGroup},
    past::{self, Past},
    query::{
        conditions::{filtered, filtered_among},
        labels::{Targets, dangling},
        own,
    },
    schema::records,
    search::{
        partition::{Partition, Scope},
        query_expansion::{self, Expanded},
    },
    types::DbId,
};
use diesel::prelude::*;
use domain::{
    cells::Cover,
    fault::Faults,
    kind::Kind,
    query::Filter,
    search::{Reach, SearchQuery},
    slug::Key,
    terms::Facet,
};
use std::collections::HashMap;

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
                let scope = Scope::new(audience, &[kind], &[]);
                let corrected = match past {
                    None => query_expansion::corrected(conn, question, &scope, audience)?,
                    Some(past) => corrected_past(conn, question, &scope, view, past)?,
                };
                let mut expanded = match corrected {
                    Some(corrected) => corrected,
                    None => query_expansion::expand(conn, question, &scope)?,
                };
                if let Audience::Manager(_) = audience {
                    // Its own hidden records are found by whole words only. Dictionaries of hidden records would show what
                    // others' drafts contain.
                    expanded.insert(Partition { kind, visible: false }, question.clone());
                }
                let (text, found) = ResolvedText::new(conn, &expanded, &scope)?;
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
    fn of_all(
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

/// A text search.
pub(crate) struct ResolvedText {
    /// The query, as expanded for public records.
    pub(crate) question: SearchQuery,
    /// The expression for the search index, if too many records match for a set.
    pub(crate) expression: Option<String>,
}

impl ResolvedText {
    /// Also returns the matching records, unless there are too many.
    fn new(conn: &mut Conn, expanded: &Expanded, scope: &Scope) -> Result<(Self, Option<Set>), Error> {
        let question = expanded.iter().find(|(partition, _)| partition.visible).map(|(_, question)| question);
        let question =
            question.cloned().ok_or_else(|| Error::Corrupt("a search without partitions".to_owned()))?;
        let expressions = query_expansion::expressions(conn, scope, expanded, Reach::Anywhere);
        let expression = dialect::any_of(conn, &expressions);
        let found = dialect::matching_text(conn, &expression)?;
        Ok((Self { question, expression: found.is_none().then_some(expression) }, found))
    }
}

/// Like [`query_expansion::corrected`], but for everything that was public at a moment.
fn corrected_past(
    conn: &mut Conn,
    question: &SearchQuery,
    scope: &Scope,
    view: View,
    past: Past,
) -> Result<Option<Expanded>, Error> {
    let everything = Scope::everything(Audience::Public);
    let mut texts: HashMap<Kind, past::Texts> = HashMap::new();
    query_expansion::corrected_where(conn, question, scope, &everything, |conn, expanded, reach| {
        // Changed records are scanned once, with the widest reach.
        if reach != Reach::Anywhere {
            return Ok(false);
        }
        for (&partition, question) in expanded {
            if is_unchanged_anywhere(conn, partition, question, view)? {
                return Ok(true);
            }
        }
        for (Partition { kind, .. }, question) in expanded {
            let filter = Filter::default();
            let all = ResolvedFilter::of_all(*kind, view, &filter, None);
            if texts.entry(*kind).or_default().hold(conn, &all, past, question)? {
                return Ok(true);
            }
        }
        Ok(false)
    })
}

/// Whether a query finds a public record of a kind that has not changed since a moment.
fn is_unchanged_anywhere(
    conn: &mut Conn,
    partition: Partition,
    question: &SearchQuery,
    view: View,
) -> Result<bool, Error> {
    let (kind, filter) = (partition.kind, Filter::default());
    let scope = Scope::new(Audience::Public, &[kind], &[]);
    let expanded = Expanded::from([(partition, question.clone())]);
    let text = ResolvedText::new(conn, &expanded, &scope)?;
    let resolved = ResolvedFilter::of_all(kind, view, &filter, Some(text));
    let among = resolved.set.as_ref().map(|set| dialect::number_list(conn, set));
    let statement = match &among {
        Some(among) => filtered_among(&resolved, among),
        None => filtered(&resolved),
    };
    let found: Option<DbId> = statement.select(records::id).first(conn).optional()?;
    Ok(found.is_some())
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
