//! Opens the configured database and reports its condition.

use crate::config::Settings;
use domain::id::Clock;
use persistence::{Replica, Target, condition::Condition, store::Store};
use std::{os::unix::fs::PermissionsExt as _, path::Path};

/// Opens the database. Creates it if it does not exist, and migrates its schema. Logs what was done.
///
/// # Errors
/// A message of one sentence.
pub fn open_or_make(settings: &Settings, clock: Clock) -> Result<Store, String> {
    let target = target(settings)?;
    let before = look(&target)?;
    let store = Store::open(&target, clock).map_err(|error| error.to_string())?;
    match before {
        Condition::Missing => log::info!("created the database {}", name(&target)),
        Condition::Empty => log::info!("created the schema in the database {}", name(&target)),
        Condition::Outdated(steps) => log::info!("migrated the database schema ({steps} steps)"),
        Condition::Newer | Condition::Underived | Condition::Current => {}
    }
    Ok(store)
}

/// Opens the database if it exists and its schema is current.
///
/// # Errors
/// A message that says what is missing, and how to create it.
pub fn open_existing(settings: &Settings, clock: Clock) -> Result<Store, String> {
    let target = target(settings)?;
    let name = name(&target);
    match look(&target)? {
        Condition::Missing => Err(missing(&name)),
        Condition::Empty => Err(empty(&name)),
        Condition::Outdated(_) => Err(format!(
            "the schema of the database {name} is that of an older release: run `clusterportal migrate`"
        )),
        Condition::Newer => Err(persistence::error::Error::Newer.to_string()),
        Condition::Underived | Condition::Current => {
            Store::open_existing(&target, clock).map_err(|error| error.to_string())
        }
    }
}

/// Returns the database if it exists, whatever the release that made it.
///
/// # Errors
/// A message that says what is missing.
pub fn existing(settings: &Settings) -> Result<Target, String> {
    let target = target(settings)?;
    match look(&target)? {
        Condition::Missing => Err(missing(&name(&target))),
        Condition::Empty => Err(empty(&name(&target))),
        _ => Ok(target),
    }
}

fn missing(name: &str) -> String {
    format!(
        "the database {name} does not exist: check the current folder and DATABASE_URL, or create it with \
        `clusterportal serve` or `clusterportal migrate`"
    )
}

fn empty(name: &str) -> String {
    format!(
        "the database {name} has no schema yet: create it with `clusterportal serve` or `clusterportal migrate`"
    )
}

/// What the next start would do to the database and the data folder, and warnings. One line each.
///
/// # Errors
/// A message if the start would fail.
pub fn foresee(settings: &Settings) -> Result<Vec<String>, String> {
    let target = target(settings)?;
    let name = name(&target);
    let mut lines = vec![match look(&target)? {
        Condition::Missing => {
            if let Target::Sqlite(file) = &target
                && !folder_of(file).is_dir()
            {
                return Err(format!("the folder of the database {name} does not exist"));
            }
            format!("the database {name} does not exist yet: serve, migrate and import would create it")
        }
        Condition::Empty => {
            format!("the database {name} has no schema yet: serve, migrate and import would create it")
        }
        Condition::Outdated(steps) => {
            format!(
                "the schema of the database {name} is that of an older release: serve, migrate and import would migrate it ({steps} steps)"
            )
        }
        Condition::Underived => format!(
            "the database {name} is reachable, and its schema is up to date: serve, migrate and import would rebuild its derived data"
        ),
        Condition::Current => format!("the database {name} is reachable, and its schema is up to date"),
        Condition::Newer => return Err(persistence::error::Error::Newer.to_string()),
    }];
    lines.extend(
        settings.replica_urls.replicas().enumerate().map(|(at, replica)| foresee_replica(at + 1, &replica)),
    );
    let folder = &settings.data_dir;
    if !folder.exists() {
        lines.push(format!(
            "there is no data folder {} yet: serve would create it, with a new signing key",
            folder.display()
        ));
    } else if !folder.is_dir() {
        return Err(format!("{} is not a folder", folder.display()));
    }
    lines.extend(open_to_others(settings).into_iter().map(|warning| format!("warning: {warning}")));
    Ok(lines)
}

/// Whether a replica can be used. A start does not need it.
fn foresee_replica(number: usize, replica: &Replica) -> String {
    let name = name(&Target::Postgres(replica.0.clone()));
    match replica.check() {
        Ok(()) => format!("replica {number} ({name}) is reachable"),
        Err(cause) => format!("warning: replica {number} ({name}) would not be used: {cause}"),
    }
}

/// Warnings about files that other users of this machine can read.
pub fn open_to_others(settings: &Settings) -> Vec<String> {
    let mut lines = Vec::new();
    let mut warn = |path: &Path, mode: &str| {
        let Ok(found) = std::fs::metadata(path) else { return };
        if found.permissions().mode() & 0o077 != 0 {
            let path = path.display();
            lines.push(format!("others on this machine can read {path}: chmod {mode} {path}"));
        }
    };
    if let Ok(Target::Sqlite(file)) = target(settings) {
        warn(Path::new(&file), "600");
    }
    warn(&settings.data_dir, "700");
    lines
}

fn target(settings: &Settings) -> Result<Target, String> {
    Target::parse(&settings.database_url)
}

fn look(target: &Target) -> Result<Condition, String> {
    target.condition().map_err(|error| match target {
        Target::Sqlite(file) if error.to_string().contains("file is not a database") => {
            format!("{file} is not a SQLite database")
        }
        _ => error.to_string(),
    })
}

/// The name of a database in messages: the absolute path of a file, or database and host without password.
fn name(target: &Target) -> String {
    match target {
        Target::Sqlite(file) => {
            std::path::absolute(file).map_or(file.clone(), |path| path.display().to_string())
        }
        Target::Postgres(url) => url::Url::parse(url).map_or_else(
            |_| "of PostgreSQL".to_owned(),
            |url| {
                format!(
                    "{} on {}",
                    url.path().trim_start_matches('/'),
                    url.host_str().unwrap_or("this machine")
                )
            },
        ),
    }
}

fn folder_of(file: &str) -> &Path {
    let folder = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}
