//! A write in a group: how it begins, and what it leaves (`store/group.rs`).

use crate::{
    audience::{Actor, Audience},
    connection::Conn,
    error::Error,
    index_state,
    write::{
        derived::{Derived, Later},
        transaction::Transaction,
    },
};
use domain::id::Clock;

/// A write in a group, whose transaction may hold locks of other writes.
#[derive(Debug, Default)]
pub(crate) struct Grouped {
    /// Whether another transaction holds a lock that the write needs. It must then run alone.
    pub(super) is_blocked: bool,
}

impl Grouped {
    /// Fails if a lock was not granted. The error reaches nobody, because the write then runs alone.
    pub(super) fn granted<T>(&mut self, lock: Option<T>) -> Result<T, Error> {
        self.is_blocked |= lock.is_none();
        lock.ok_or_else(|| Error::Collision("another transaction holds a lock".to_owned()))
    }
}

/// What a write leaves to its group.
#[derive(Debug)]
pub(crate) struct Left {
    /// Whether it must run alone, because another transaction holds a lock that it needs.
    pub(crate) is_blocked: bool,
    /// Whether the lock on revisions is held.
    pub(crate) has_lock: bool,
    /// What is to be written at the end of the group.
    pub(crate) derived: Later,
}

impl<'a> Transaction<'a> {
    /// Starts a write in a group, which may hold the lock on revisions already. `earlier` is what earlier writes leave for the
    /// end of the group. A savepoint must have begun.
    pub(crate) fn in_group(
        conn: &'a mut Conn,
        clock: &'a Clock,
        actor: &'a Actor,
        audience: Audience,
        (has_lock, earlier): (bool, &'a Derived),
    ) -> Result<Self, Error> {
        // An earlier write that holds the lock has checked, and each checks again at its end.
        if !has_lock {
            index_state::check(conn)?;
        }
        let group = Some(Grouped::default());
        Ok(Self { has_lock, group, ..Self::begun(conn, clock, actor, audience, Some(earlier)) })
    }

    /// Ends a write in a group.
    pub(crate) fn leave(self) -> Left {
        let is_blocked = self.group.is_some_and(|group| group.is_blocked);
        Left { is_blocked, has_lock: self.has_lock, derived: self.index_writer.leave() }
    }
}
