//! The next items of a list, and whether more follow.

use crate::{connection::Conn, error::Error};
use diesel::{
    prelude::*,
    query_dsl::methods::{LimitDsl, LoadQuery},
};

/// The next items of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Whether more follow.
    pub more: bool,
}

impl<T> Batch<T> {
    /// Takes at most `limit` items. The caller has read one more if there is one.
    pub(crate) fn of(mut items: Vec<T>, limit: usize) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        Self { items, more }
    }

    /// Loads at most `limit` rows of a statement.
    pub(crate) fn load<'q, Q>(statement: Q, limit: usize, conn: &mut Conn) -> QueryResult<Self>
    where
        Q: LimitDsl,
        Q::Output: LoadQuery<'q, Conn, T>,
    {
        Ok(Self::of(statement.limit(rows(limit + 1)).load(conn)?, limit))
    }

    /// Returns the last item if more follow it: the position at which the next batch starts.
    pub fn last(&self) -> Option<&T> {
        self.items.last().filter(|_| self.more)
    }

    /// Converts the items.
    pub(crate) fn try_map<U>(self, item: impl FnMut(T) -> Result<U, Error>) -> Result<Batch<U>, Error> {
        Ok(Batch { items: self.items.into_iter().map(item).collect::<Result<_, _>>()?, more: self.more })
    }
}

/// Returns a number of rows as the limit of a statement.
pub(crate) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_batch_starts_behind_the_last_item_if_more_follow() {
        let batch = |count| Batch::of((0..count).collect::<Vec<usize>>(), 3);
        assert_eq!(batch(0), Batch { items: vec![], more: false });
        assert_eq!((batch(3).items, batch(3).last()), (vec![0, 1, 2], None));
        assert_eq!((batch(4).items, batch(4).last()), (vec![0, 1, 2], Some(&2)));
    }
}
