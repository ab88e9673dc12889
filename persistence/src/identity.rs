//! What distinguishes a database from every other one, from its creation on.

use crate::{connection::Conn, error::Error, schema::facts};
use diesel::prelude::*;
use domain::id::Id;
use std::fmt;

/// The identity of a database. All instances of the program that use the database share it.
pub(crate) struct Identity {
    /// The name in cursors of the change feed. Public.
    pub(crate) name: String,
    /// The secret from which the keys of instances follow.
    pub(crate) secret: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.name)
    }
}

impl Identity {
    /// Reads the identity.
    pub(crate) fn read(conn: &mut Conn) -> Result<Self, Error> {
        let mut fact = |name| facts::table.find(name).select(facts::value).first(conn);
        Ok(Self { name: fact("identity")?, secret: fact("secret")? })
    }

    /// Replaces the name, so that cursors of the change feed are not taken for those of another history.
    pub(crate) fn rename(conn: &mut Conn, id: Id) -> Result<(), Error> {
        let name = &id.0.simple().to_string()[16..];
        diesel::update(facts::table.find("identity")).set(facts::value.eq(name)).execute(conn)?;
        Ok(())
    }
}
