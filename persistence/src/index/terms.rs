//! The dictionary of terms. The index and counts refer to terms by number.

use crate::{connection::Conn, dialect::insert_all, error::Error, schema::terms};
use diesel::prelude::*;
use domain::{kind::Kind, terms::Facet};
use std::collections::{BTreeSet, HashMap};

/// The term that a number stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) kind: Kind,
    pub(crate) facet: Facet,
    pub(crate) value: String,
}

/// The terms that have been looked up, and their numbers.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    numbers: HashMap<(Kind, Facet), HashMap<String, i32>>,
    names: HashMap<i32, Name>,
}

impl Dictionary {
    /// Returns the number of a term that was looked up.
    pub(crate) fn number(&self, kind: Kind, facet: Facet, value: &str) -> Option<i32> {
        self.numbers.get(&(kind, facet))?.get(value).copied()
    }

    /// Returns the term of a number that was looked up.
    pub(crate) fn name(&self, number: i32) -> Option<&Name> {
        self.names.get(&number)
    }

    fn insert(&mut self, number: i32, name: Name) {
        self.numbers.entry((name.kind, name.facet)).or_default().insert(name.value.clone(), number);
        self.names.insert(number, name);
    }

    /// Looks up terms, and assigns numbers to new ones. The caller must hold the lock on revisions.
    pub(crate) fn assign<'a>(
        &mut self,
        conn: &mut Conn,
        wanted: impl Iterator<Item = (Kind, Facet, &'a str)>,
    ) -> Result<(), Error> {
        let unknown: BTreeSet<_> =
            wanted.filter(|(kind, facet, value)| self.number(*kind, *facet, value).is_none()).collect();
        self.look_up(conn, &unknown)?;
        let new: Vec<_> = unknown
            .iter()
            .filter(|(kind, facet, value)| self.number(*kind, *facet, value).is_none())
            .map(|(kind, facet, value)| {
                (terms::kind.eq(kind.as_str()), terms::facet.eq(facet.as_str()), terms::value.eq(*value))
            })
            .collect();
        insert_all!(&mut *conn, terms::table, &new)?;
        if new.is_empty() { Ok(()) } else { self.look_up(conn, &unknown) }
    }

    fn look_up(&mut self, conn: &mut Conn, wanted: &BTreeSet<(Kind, Facet, &str)>) -> Result<(), Error> {
        let mut by_facet: HashMap<(Kind, Facet), Vec<&str>> = HashMap::new();
        for (kind, facet, value) in wanted {
            by_facet.entry((*kind, *facet)).or_default().push(value);
        }
        for ((kind, facet), values) in by_facet {
            for values in values.chunks(10_000) {
                let rows: Vec<(i32, String)> = terms::table
                    .filter(terms::kind.eq(kind.as_str()).and(terms::facet.eq(facet.as_str())))
                    .filter(terms::value.eq_any(values))
                    .select((terms::number, terms::value))
                    .load(conn)?;
                for (number, value) in rows {
                    self.insert(number, Name { kind, facet, value });
                }
            }
        }
        Ok(())
    }
}
