//! All that a database holds, as text.

use super::{Database, Engine};

impl Database {
    /// Every row of every table, in a fixed order. Tables of SQLite's full-text index are those that it is made of.
    pub(crate) fn dump(&self) -> Vec<String> {
        let tables = self.words(match self.engine {
            Engine::Sqlite => {
                "SELECT name AS word FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY 1"
            }
            Engine::Postgres => "SELECT tablename::text AS word FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
        });
        assert!(tables.iter().any(|table| table == "records"), "{tables:?}");
        let rows = |table: &String| {
            let mut rows = self.words(&format!("SELECT {} AS word FROM {table}", self.row(table)));
            rows.sort();
            rows.into_iter().map(|row| format!("{table}: {row}")).collect::<Vec<_>>()
        };
        tables.iter().flat_map(rows).collect()
    }

    /// A row as a text, in SQL.
    fn row(&self, table: &str) -> String {
        match self.engine {
            Engine::Sqlite => {
                let columns = self.words(&format!("SELECT name AS word FROM pragma_table_info('{table}')"));
                columns
                    .iter()
                    .map(|column| format!("quote(\"{column}\")"))
                    .collect::<Vec<_>>()
                    .join(" || ',' || ")
            }
            Engine::Postgres => format!("{table}::text"),
        }
    }
}
