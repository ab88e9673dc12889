//! Migrations of the schema.

use super::{native, postgres, sqlite};
use crate::connection::Conn;
use diesel::{migration::MigrationSource, prelude::*, sql_query, sql_types::Text};

/// Runs pending migrations, once even if several instances start at the same time.
pub(crate) fn migrate(conn: &mut Conn) -> Result<(), String> {
    match conn {
        Conn::Pg(conn) => postgres::migrate(conn),
        Conn::Sqlite(conn) => sqlite::migrate(conn),
    }
}

/// Returns the versions of the applied migrations, or none if there is no schema. Changes nothing.
pub(crate) fn applied_migrations(conn: &mut Conn) -> QueryResult<Vec<String>> {
    let has_some = match conn {
        Conn::Pg(_) => postgres::HAS_MIGRATIONS,
        Conn::Sqlite(_) => sqlite::HAS_MIGRATIONS,
    };
    native!(conn, |conn| {
        if sql_query(has_some).load::<Step>(conn)?.is_empty() {
            return Ok(Vec::new());
        }
        let steps: Vec<Step> = sql_query("SELECT version FROM __diesel_schema_migrations").load(conn)?;
        Ok(steps.into_iter().map(|Step { version }| version).collect())
    })
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Returns the versions of the migrations in this release.
pub(crate) fn known_migrations(conn: &Conn) -> Result<Vec<String>, String> {
    match conn {
        Conn::Pg(_) => versions::<diesel::pg::Pg>(&postgres::MIGRATIONS),
        Conn::Sqlite(_) => versions::<diesel::sqlite::Sqlite>(&sqlite::MIGRATIONS),
    }
}

fn versions<B: diesel::backend::Backend>(source: &impl MigrationSource<B>) -> Result<Vec<String>, String> {
    let steps = source.migrations().map_err(|cause| cause.to_string())?;
    Ok(steps.iter().map(|step| step.name().version().to_string()).collect())
}
