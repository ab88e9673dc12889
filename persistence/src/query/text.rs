//! The text of a filter: expanded, corrected, and looked up in the search index.

use crate::{
    audience::{Audience, View},
    connection::Conn,
    dialect,
    error::Error,
    index::Set,
    past::{self, Past},
    query::{
        conditions::{filtered, filtered_among},
        resolved::ResolvedFilter,
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
    kind::Kind,
    query::Filter,
    search::{Reach, SearchQuery},
};
use std::collections::HashMap;

/// A text search.
pub(crate) struct ResolvedText {
    /// The query, as expanded for public records.
    pub(crate) question: SearchQuery,
    /// The expression for the search index, if too many records match for a set.
    pub(crate) expression: Option<String>,
}

impl ResolvedText {
    /// Expands a query, or corrects it if it finds nothing. Also returns the matching records, unless there are too many.
    pub(super) fn resolve(
        conn: &mut Conn,
        view: View<'_>,
        kind: Kind,
        question: &SearchQuery,
    ) -> Result<(Self, Option<Set>), Error> {
        let View { audience, past, .. } = view;
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
        Self::new(conn, &expanded, &scope)
    }

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
