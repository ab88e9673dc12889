//! In what state a database is, before anything is done to it. Looking makes nothing and changes nothing.

use crate::{
    connection::{Conn, Target},
    dialect,
    error::Error,
    index_state::IndexState,
};
use std::path::Path;

/// In what state a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// There is no file.
    Missing,
    /// It has no schema of this program.
    Empty,
    /// So many steps of the schema are missing.
    Outdated(usize),
    /// Its schema has steps that this release does not know.
    Newer,
    /// Its schema is up to date; the derived tables are of another version, or their rebuild was not completed.
    Underived,
    /// It is as this release needs it.
    Current,
}

impl Target {
    /// Looks at the database.
    ///
    /// # Errors
    /// When it cannot be reached, or is none.
    pub fn condition(&self) -> Result<Condition, Error> {
        if let Self::Sqlite(file) = self
            && !Path::new(file).exists()
        {
            return Ok(Condition::Missing);
        }
        let conn = &mut self.look().map_err(|cause| Error::Unreachable(cause.to_string()))?;
        of(conn)
    }
}

/// The state of the database behind a connection.
pub(crate) fn of(conn: &mut Conn) -> Result<Condition, Error> {
    let applied = dialect::applied_migrations(conn)?;
    Ok(match by_schema(&applied, &dialect::known_migrations(conn).map_err(Error::Migration)?) {
        Condition::Current if IndexState::read(conn)?.is_current() => Condition::Current,
        Condition::Current => Condition::Underived,
        other => other,
    })
}

/// What the steps say that a schema was made by, and those that this release knows.
fn by_schema(applied: &[String], known: &[String]) -> Condition {
    let missing = known.iter().filter(|step| !applied.contains(step)).count();
    if applied.is_empty() {
        Condition::Empty
    } else if applied.iter().any(|step| !known.contains(step)) {
        Condition::Newer
    } else if missing > 0 {
        Condition::Outdated(missing)
    } else {
        Condition::Current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_say_how_old_a_schema_is() {
        let steps = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let known = steps(&["1", "2", "3"]);
        for (applied, condition) in [
            (steps(&[]), Condition::Empty),
            (steps(&["1"]), Condition::Outdated(2)),
            (steps(&["1", "3"]), Condition::Outdated(1)),
            (steps(&["1", "2", "3"]), Condition::Current),
            (steps(&["1", "2", "3", "4"]), Condition::Newer),
            (steps(&["1", "4"]), Condition::Newer),
        ] {
            assert_eq!(by_schema(&applied, &known), condition, "{applied:?}");
        }
    }
}
