//! Databases for tests, copied from a template that is migrated once.

use super::{Stage, postgres::Server, scratch};
use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection,
    connection::SimpleConnection as _,
    sql_query,
    sql_types::{BigInt, Text},
};
use domain::id::Clock;
use persistence::{Target, store::Store, write::rebuild};
use std::{
    path::PathBuf,
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The database system of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A file.
    Sqlite,
    /// A database on the test server.
    Postgres,
}

impl Engine {
    /// The other engine.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Sqlite => Self::Postgres,
            Self::Postgres => Self::Sqlite,
        }
    }
}

/// A database for one test. Deleted when dropped.
pub(crate) struct Database {
    /// The engine.
    pub(crate) engine: Engine,
    /// The URL, as in `DATABASE_URL`.
    pub(crate) url: String,
    /// A folder for files beside the database.
    pub(crate) folder: TempDir,
    name: String,
}

#[expect(clippy::disallowed_methods, reason = "the one setting that tests have")]
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The template on PostgreSQL, and the connection that copies it.
const TEMPLATE: &str = "clusterportal_test_template";
static ADMIN: LazyLock<Result<Mutex<PgConnection>, String>> =
    LazyLock::new(|| make_template().map(Mutex::new));

fn make_template() -> Result<PgConnection, String> {
    let server = Server::get()?;
    let mut admin = PgConnection::establish(&server.url("postgres"))
        .map_err(|cause| format!("the PostgreSQL server of the tests cannot be reached: {cause}"))?;
    if !server.is_ours {
        // Test runs on one server share the template, so they run one after the other.
        admin.batch_execute("SELECT pg_advisory_lock(7020614)").unwrap();
    }
    admin.batch_execute("SET client_min_messages = warning").unwrap();
    admin.batch_execute(&format!("DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")).unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {TEMPLATE}")).unwrap();
    migrate(&server.url(TEMPLATE));
    // A template with open connections cannot be copied.
    admin.batch_execute(&format!("ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false")).unwrap();
    hang_up(&mut admin, TEMPLATE);
    Ok(admin)
}

/// Closes the connections of others to a database, and waits until their processes have ended. A process disappears
/// from `pg_stat_activity` before its socket is closed.
fn hang_up(conn: &mut PgConnection, name: &str) {
    const PATIENCE: Duration = Duration::from_secs(60);
    let remaining = format!(
        "SELECT count(*) FILTER (WHERE NOT pg_terminate_backend(pid, {})) AS n FROM pg_stat_activity
         WHERE datname = '{name}' AND pid <> pg_backend_pid()",
        PATIENCE.as_millis()
    );
    let started = Instant::now();
    // A process that ends meanwhile cannot be terminated and is counted. The next query does not list it.
    while sql_query(&remaining).get_result::<Number>(conn).unwrap().n > 0 {
        assert!(started.elapsed() < PATIENCE, "others are still connected to {name}");
    }
}

/// The template on SQLite: the bytes of its file.
static SQLITE_TEMPLATE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = scratch::folder();
    let file = folder.path().join("template.db");
    let file = file.to_str().unwrap();
    migrate(&format!("sqlite://{file}"));
    let mut conn = SqliteConnection::establish(file).unwrap();
    conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    std::fs::read(file).unwrap()
});

fn migrate(url: &str) {
    Store::open(&Target::parse(url).unwrap(), Clock::of_the_system()).unwrap();
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

impl Stage for Database {
    fn set_up(engine: Engine) -> Self {
        let database = Self::without_content(engine);
        match engine {
            Engine::Sqlite => std::fs::write(database.file(), &*SQLITE_TEMPLATE).unwrap(),
            Engine::Postgres => administer(&format!("CREATE DATABASE {} TEMPLATE {TEMPLATE}", database.name)),
        }
        database
    }
}

impl Database {
    /// Creates a database without a schema.
    pub(crate) fn empty(engine: Engine) -> Self {
        let database = Self::without_content(engine);
        if engine == Engine::Postgres {
            administer(&format!("CREATE DATABASE {}", database.name));
        }
        database
    }

    /// Creates another database on the same engine.
    pub(crate) fn another(&self) -> Self {
        Self::set_up(self.engine)
    }

    fn without_content(engine: Engine) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("clusterportal_test_{}_{count}", std::process::id());
        let folder = scratch::folder();
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.path().join("test.db").display()),
            Engine::Postgres => Server::get().unwrap_or_else(|cause| panic!("{cause}")).url(&name),
        };
        Self { engine, url, folder, name }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("test.db")
    }

    /// Opens the database, and rebuilds its derived tables if needed, like `migrate`.
    pub(crate) fn store(&self, clock: Clock) -> Store {
        let store = Store::open(&Target::parse(&self.url).unwrap(), clock).unwrap();
        store.rebuild(rebuild::BATCH, &|_| ()).unwrap();
        store
    }

    /// Runs a statement that returns one row with a number `n`.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let numbers = self.numbers(sql);
        assert_eq!(numbers.len(), 1, "{sql}");
        numbers[0]
    }

    /// Runs a statement that returns rows with a number `n`.
    pub(crate) fn numbers(&self, sql: &str) -> Vec<i64> {
        let numbers: Vec<Number> = match self.engine {
            Engine::Sqlite => {
                let mut conn = SqliteConnection::establish(self.file().to_str().unwrap()).unwrap();
                sql_query(sql).load(&mut conn).unwrap()
            }
            Engine::Postgres => {
                let mut conn = PgConnection::establish(&self.url).unwrap();
                sql_query(sql).load(&mut conn).unwrap()
            }
        };
        numbers.into_iter().map(|number| number.n).collect()
    }

    /// Runs a statement that returns rows with a text `word`.
    pub(crate) fn words(&self, sql: &str) -> Vec<String> {
        let words: Vec<Word> = match self.engine {
            Engine::Sqlite => {
                let mut conn = SqliteConnection::establish(self.file().to_str().unwrap()).unwrap();
                sql_query(sql).load(&mut conn).unwrap()
            }
            Engine::Postgres => {
                let mut conn = PgConnection::establish(&self.url).unwrap();
                sql_query(sql).load(&mut conn).unwrap()
            }
        };
        words.into_iter().map(|word| word.word).collect()
    }

    /// The files of the database on disk, or none if they cannot be read.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let folder = match self.engine {
            Engine::Sqlite => self.folder.path().to_owned(),
            Engine::Postgres => {
                self.execute("CHECKPOINT");
                let path = "current_setting('data_directory') || '/' || pg_relation_filepath('pg_class')";
                let path = self.words(&format!("SELECT {path} AS word")).remove(0);
                PathBuf::from(path).parent().unwrap().to_owned()
            }
        };
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
    }

    /// Runs a statement that bypasses the server.
    pub(crate) fn execute(&self, sql: &str) {
        match self.engine {
            Engine::Sqlite => {
                let mut conn = SqliteConnection::establish(self.file().to_str().unwrap()).unwrap();
                conn.batch_execute(sql).unwrap();
            }
            Engine::Postgres => {
                PgConnection::establish(&self.url).unwrap().batch_execute(sql).unwrap();
            }
        }
    }

    /// Closes all connections of others, as a restart does. On SQLite there are none.
    pub(crate) fn hang_up(&self) {
        if self.engine == Engine::Postgres {
            hang_up(&mut PgConnection::establish(&self.url).unwrap(), &self.name);
        }
    }

    /// The number of revisions.
    pub(crate) fn revisions(&self) -> i64 {
        self.number("SELECT count(*) AS n FROM revisions")
    }
}

fn try_to_administer(sql: &str) -> Result<(), String> {
    let mut admin =
        ADMIN.as_ref().map_err(String::clone)?.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    admin.batch_execute(sql).map_err(|cause| format!("{sql}: {cause}"))
}

fn administer(sql: &str) {
    try_to_administer(sql).unwrap_or_else(|cause| panic!("{cause}"));
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.engine == Engine::Postgres {
            // Errors are ignored: the database is removed with the server.
            let _ = try_to_administer(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}
