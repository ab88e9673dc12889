//! The command line.

mod documents;
mod files;
mod keys;
mod progress;
mod tokens;

use crate::{
    auth::Provider,
    config::{Overrides, Settings},
    database,
    erasures::{self, ErasureLog},
    logging, openapi, server, tls,
};
use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use domain::id::Clock;
use files::Existing;
use keys::KeyCommand;
use persistence::{store::Store, write::rebuild};
use progress::Progress;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};
use tokens::TokenCommand;

/// The cluster landscape of Baden-Württemberg as a JSON API.
#[derive(Debug, Parser)]
#[command(name = "clusterportal", version, about)]
struct Cli {
    /// Settings file (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API. Creates the database if it does not exist, and migrates its schema. Derived data of another
    /// release are rebuilt in the background; until then, requests get 503
    Serve {
        /// Load the demo landscape into an empty database
        #[arg(long)]
        demo: bool,
    },
    /// Create the database if it does not exist, migrate its schema, rebuild its derived data if needed, and exit.
    /// Resumes an interrupted rebuild
    Migrate,
    /// Import records from NDJSON files ('-' is standard input), all or none. Creates the database if it does not exist
    Import {
        /// Files with one record per line, as written by `export`
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Export all content as NDJSON. The file is readable by its owner only
    Export {
        /// Output file (default: standard output)
        file: Option<PathBuf>,
        /// Replace an existing file
        #[arg(long, requires = "file")]
        force: bool,
    },
    /// Copy the database to a new file while others use it: a SQLite database, or an archive for `pg_restore`, which needs
    /// `pg_dump`. The file is readable by its owner only. Keep the data folder beside it
    Backup {
        /// Output file. An existing file is never replaced
        file: PathBuf,
    },
    /// Make a restored backup ready, before any instance starts: erase again what was erased since the backup, and reject
    /// older cursors of the change feed
    Restored {
        /// The `erasures.ndjson` of other instances. That of the data folder is always read
        erasures: Vec<PathBuf>,
    },
    /// Issue, list and revoke tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Rotate, list and retire the keys that sign tokens
    #[command(subcommand)]
    Key(KeyCommand),
    /// Print the OpenAPI document
    Openapi,
    /// Print the effective settings, errors, and what the next start would do. Changes nothing
    Check,
    /// Print a completion script
    Completion {
        /// Shell that reads it
        shell: Shell,
    },
    /// Print the main page of the manual, or write the pages of all commands to a folder
    Man {
        /// Existing folder, such as /usr/local/share/man/man1
        folder: Option<PathBuf>,
    },
}

/// Runs the command line. Failures are one line on standard error, with exit code 1.
pub fn run() -> ExitCode {
    execute(Cli::parse()).map_or_else(|fault| fail(&fault), |()| ExitCode::SUCCESS)
}

fn fail(fault: &str) -> ExitCode {
    // Some libraries return messages of several lines.
    let words: Vec<&str> = fault.split_whitespace().collect();
    let _ = tell(&format!("clusterportal: {}", words.join(" ")));
    ExitCode::FAILURE
}

fn execute(cli: Cli) -> Result<(), String> {
    let settings = || start(cli.config.as_deref(), &cli.overrides);
    match cli.command {
        Command::Serve { demo } => serve(settings()?, demo),
        Command::Migrate => {
            let settings = settings()?;
            replay(&open_rebuilt(&settings)?, &settings).map(drop)
        }
        Command::Import { files } => {
            let settings = settings()?;
            let store = open_rebuilt(&settings)?;
            let report = files::import(&store, &files)?;
            // An older file may hold what was erased since.
            replay(&store, &settings)?;
            say(&files::describe(report))
        }
        Command::Export { file, force } => {
            let settings = settings()?;
            let existing = if force { Existing::Replace } else { Existing::Keep };
            files::refuse_existing(file.as_deref(), existing)
                .map_err(|fault| format!("{fault}; use --force to replace it"))?;
            let store = database::open_existing(&settings, Clock::of_the_system())?;
            files::export(&store, file.as_deref(), existing)
        }
        Command::Backup { file } => {
            let settings = settings()?;
            files::refuse_existing(Some(&file), Existing::Keep)?;
            files::backup(&database::existing(&settings)?, &file)
        }
        Command::Restored { erasures } => restored(&settings()?, &erasures),
        Command::Token(command) => tokens::execute(command, &settings()?),
        Command::Key(command) => keys::execute(command, &settings()?),
        Command::Openapi => say(openapi::text().map_err(|error| error.to_string())?.trim_end()),
        Command::Check => check(&settings()?),
        // These need no settings, so that faulty ones keep no shell from completing.
        Command::Completion { shell } => documents::complete(Cli::command(), shell),
        Command::Man { folder } => documents::write_manual(Cli::command(), folder.as_deref()),
    }
}

/// Reads the settings, and starts to log by them.
fn start(config: Option<&Path>, overrides: &Overrides) -> Result<Settings, String> {
    let (settings, warnings) = Settings::load(config, overrides)?;
    logging::start(&settings);
    for warning in warnings {
        log::warn!("{warning}");
    }
    Ok(settings)
}

/// Prints a line on standard output.
fn say(line: &str) -> Result<(), String> {
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}

/// Prints a line on standard error.
fn tell(line: &str) -> Result<(), String> {
    writeln!(std::io::stderr(), "{line}").map_err(|error| error.to_string())
}

/// Opens the database, and rebuilds its derived data if they are those of another release.
fn open_rebuilt(settings: &Settings) -> Result<Store, String> {
    let store = database::open_or_make(settings, Clock::of_the_system())?;
    let progress = Progress::new("rebuilding derived data");
    let rebuilt = store
        .rebuild(rebuild::BATCH, &|rebuilt| progress.rebuilt(rebuilt))
        .map_err(|error| error.to_string())?;
    drop(progress);
    if let Some(records) = rebuilt {
        log::info!("rebuilt the derived data of {records} records");
    }
    Ok(store)
}

/// Erases again what the data folder names, for databases that were filled from older files.
fn replay(store: &Store, settings: &Settings) -> Result<usize, String> {
    let (_, erasures) = ErasureLog::open(&settings.data_dir)?;
    erasures::replay(store, erasures)
}

fn restored(settings: &Settings, files: &[PathBuf]) -> Result<(), String> {
    let (_, mut erasures) = ErasureLog::open(&settings.data_dir)?;
    for file in files {
        erasures.extend(erasures::read(file)?);
    }
    database::existing(settings)?;
    let store = open_rebuilt(settings)?;
    let replayed = erasures::replay(&store, erasures)?;
    store.reject_older_cursors().map_err(|error| error.to_string())?;
    say(&format!("replayed {replayed} erasures; older cursors of the change feed are rejected"))
}

fn serve(settings: Settings, demo: bool) -> Result<(), String> {
    server::check_address(&settings)?;
    let store = database::open_or_make(&settings, Clock::of_the_system())?;
    let warnings = database::open_to_others(&settings);
    let bound = server::bind(settings, store, Clock::of_the_system())?;
    for warning in warnings {
        log::warn!("{warning}");
    }
    if demo {
        files::load_demo(&bound.store)?;
    }
    if bound.store.is_demo().map_err(|error| error.to_string())? {
        log::warn!("this database was filled by the demo; its members and events are invented");
    }
    let url = bound.app().public_url.clone();
    log::info!("listening on {}", bound.address);
    log::info!("the API is at {url}/api/v1, its documentation at {url}/docs/");
    if demo {
        log::info!("to issue a token: clusterportal token issue --role editor --subject YOU --expires 8h");
    }
    let run = actix_web::rt::System::new().block_on(async move { bound.serve()?.await });
    run.map_err(|error| error.to_string())
}

fn check(settings: &Settings) -> Result<(), String> {
    say(settings.describe().trim_end())?;
    let tls = settings.tls()?.map(|files| tls::foresee(&files, Clock::of_the_system().now())).transpose();
    let database = database::foresee(settings);
    let provider = Provider::foresee(&settings.provider);
    tls.iter().flatten().chain(database.iter().flatten()).chain(&provider).try_for_each(|line| say(line))?;
    let faults: Vec<String> = tls.err().into_iter().chain(database.err()).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}
