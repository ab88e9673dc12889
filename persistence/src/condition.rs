//! The condition of a database. Inspecting it creates and changes nothing.

use crate::{connection::Conn, dialect, error::Error, index_state::IndexState, target::Target};
use std::path::Path;

/// The condition of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The file does not exist.
    Missing,
    /// It has no schema of this program.
    Empty,
    /// This many migrations are missing.
    Outdated(usize),
    /// It has migrations that this release does not know.
    Newer,
    /// The schema is current. The derived tables are of another version, or a rebuild is incomplete.
    Underived,
    /// It is ready for this release.
    Current,
}

impl Target {
    /// Inspects the database.
    ///
    /// # Errors
    /// If it cannot be reached, or is not a database.
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

/// Returns the condition of the database of a connection.
pub(crate) fn of(conn: &mut Conn) -> Result<Condition, Error> {
    let applied = dialect::applied_migrations(conn)?;
    Ok(match by_schema(&applied, &dialect::known_migrations(conn).map_err(Error::Migration)?) {
        Condition::Current if IndexState::read(conn)?.is_current() => Condition::Current,
        Condition::Current => Condition::Underived,
        other => other,
    })
}

/// Compares the applied migrations with the known ones.
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
