//! Text search in past states. Their text is not indexed, so it is read.

use super::{
    Past,
    walking::{ANY, TEXTS, batch, few_replaced, standing},
};
use crate::{connection::Conn, error::Error, query::resolved::ResolvedFilter, schema::past_contents};
use diesel::prelude::*;
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    search::{Document, SearchQuery},
};
use std::collections::HashSet;

/// Reads the text of some states. Returns pairs of a state and the index of a query that matches it.
pub(super) fn matching(
    conn: &mut Conn,
    kind: Kind,
    questions: &[SearchQuery],
    seqs: &[i64],
) -> Result<HashSet<(i64, usize)>, Error> {
    with_kind(kind, Matching { conn, questions, seqs })
}

struct Matching<'a> {
    conn: &'a mut Conn,
    questions: &'a [SearchQuery],
    seqs: &'a [i64],
}

impl KindFunction for Matching<'_> {
    type Output = Result<HashSet<(i64, usize)>, Error>;

    fn call<C: Content>(self) -> Self::Output {
        let contents: Vec<(i64, String)> =
            past_contents::table.filter(past_contents::seq.eq_any(self.seqs)).load(self.conn)?;
        let mut found = HashSet::new();
        for (seq, content) in contents {
            let document = Document::of(&serde_json::from_str::<C>(&content)?, &[]);
            let matching =
                self.questions.iter().enumerate().filter(|(_, question)| question.matches(&document));
            found.extend(matching.map(|(index, _)| (seq, index)));
        }
        Ok(found)
    }
}

/// Which queries match a past state of a moment.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    questions: Vec<SearchQuery>,
    found: HashSet<usize>,
}

impl Texts {
    /// Whether a query matches any. The first call reads states until the query matches one. It also tests each of
    /// the query's words, so all states are read at most once.
    pub(crate) fn hold(
        &mut self,
        conn: &mut Conn,
        resolved: &ResolvedFilter<'_>,
        past: Past,
        asked: &SearchQuery,
    ) -> Result<bool, Error> {
        if let Some(index) = self.questions.iter().position(|question| question == asked) {
            return Ok(self.found.contains(&index));
        }
        let parts = (0..asked.words.len()).map(|index| asked.only(index));
        self.questions = [asked.clone()].into_iter().chain(parts).collect();
        self.found.clear();
        let replaced = few_replaced(conn, resolved.kind, past)?;
        let (mut after, mut is_last) = (None, false);
        while !is_last && !self.found.contains(&0) {
            let states = standing(resolved, past, replaced.as_deref());
            let states = batch(conn, states, ANY, after.as_ref(), TEXTS)?;
            let seqs: Vec<i64> = states.iter().map(|state| state.seq).collect();
            let found = matching(conn, resolved.kind, &self.questions, &seqs)?;
            self.found.extend(found.iter().map(|(_, index)| *index));
            is_last = states.len() < TEXTS;
            after = states.last().map(|last| last.cursor(ANY.key));
        }
        Ok(self.found.contains(&0))
    }
}
