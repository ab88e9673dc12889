//! The command line.

use crate::{
    auth::{Grant, Keyring, Role},
    config::{Overrides, Settings},
    logging, openapi, server,
};
use chrono::TimeDelta;
use clap::{Args, Parser, Subcommand};
use domain::{
    demo,
    id::{Clock, Id},
    vocabulary::ChamberCode,
};
use persistence::{
    Target,
    audience::Actor,
    store::Store,
    transfer::{ImportReport, Source},
};
use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Cursor, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

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
    /// Serve the API; brings the database's schema up to date first
    Serve {
        /// Load the demo landscape into an empty database
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database's schema up to date, and stop
    Migrate,
    /// Write records from files (NDJSON; '-' is standard input): all of them, or none
    Import {
        /// One record a line, as `export` writes them or written by hand
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Write all content as one file (NDJSON)
    Export {
        /// Where to; standard output when it is left out
        file: Option<PathBuf>,
    },
    /// Issue, list and revoke tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Print the OpenAPI document
    Openapi,
    /// Print the effective settings, and what is wrong with them
    Check,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Issue a token and print it, alone, on standard output
    Issue(Issue),
    /// List the tokens that have not run out
    List,
    /// Revoke a token
    Revoke {
        /// Its id, as `list` shows it
        id: String,
    },
}

#[derive(Debug, Args)]
struct Issue {
    /// What it may do
    #[arg(long)]
    role: Role,
    /// Whose it is
    #[arg(long)]
    subject: String,
    /// How long it is valid: 30s, 15m, 8h, 90d
    #[arg(long, value_parser = parse_life)]
    expires: TimeDelta,
    /// The chamber that it is bound to
    #[arg(long, value_name = "SLUG")]
    chamber: Option<String>,
}

/// Reads a duration such as `30s`, `15m`, `8h` or `90d`.
fn parse_life(text: &str) -> Result<TimeDelta, String> {
    let fault = || "must be a number and a unit, as 30s, 15m, 8h or 90d".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(fault)?;
    let number: i64 = number.parse().ok().filter(|number| *number > 0).ok_or_else(fault)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(fault()),
    };
    number.checked_mul(seconds).and_then(TimeDelta::try_seconds).ok_or_else(fault)
}

/// Runs the command that was given. Failures are one line on standard error, and exit code 1.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let settings = match Settings::load(cli.config.as_deref(), &cli.overrides) {
        Ok(settings) => settings,
        Err(fault) => return fail(&fault),
    };
    logging::start(&settings);
    match execute(cli.command, settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => fail(&fault),
    }
}

#[expect(clippy::print_stderr, reason = "what a command has to say to its user")]
fn fail(fault: &str) -> ExitCode {
    // Some libraries speak in several lines.
    let words: Vec<&str> = fault.split_whitespace().collect();
    eprintln!("clusterportal: {}", words.join(" "));
    ExitCode::FAILURE
}

fn execute(command: Command, settings: Settings) -> Result<(), String> {
    match command {
        Command::Serve { demo } => serve(settings, demo),
        Command::Migrate => open(&settings).map(drop),
        Command::Import { files } => {
            let report = import(&open(&settings)?, &files)?;
            say(&describe(report))
        }
        Command::Export { file } => export(&open(&settings)?, file.as_deref()),
        Command::Token(command) => token(command, &settings),
        Command::Openapi => say(openapi::text().trim_end()),
        Command::Check => check(&settings),
    }
}

/// Prints a line on standard output.
fn say(line: &str) -> Result<(), String> {
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}

fn open(settings: &Settings) -> Result<Store, String> {
    let target = Target::parse(&settings.database_url)?;
    Store::open(&target, Clock::of_the_system()).map_err(|error| error.to_string())
}

fn serve(settings: Settings, demo: bool) -> Result<(), String> {
    let bound = server::bind(settings, Clock::of_the_system())?;
    if demo {
        load_demo(&bound.store)?;
    }
    let url = bound.app().public_url.clone();
    log::info!("listening on {}", bound.address);
    log::info!("the API is at {url}/api/v1, its documentation at {url}/docs/");
    if demo {
        log::info!("for a token: clusterportal token issue --role editor --subject YOU --expires 8h");
    }
    let run = actix_web::rt::System::new().block_on(async move { bound.serve()?.await });
    run.map_err(|error| error.to_string())
}

/// Loads the demo landscape, once, and never over anything else.
fn load_demo(store: &Store) -> Result<(), String> {
    let lines: Vec<String> = demo::lines(store.now()).iter().map(ToString::to_string).collect();
    let bytes = lines.join("\n").into_bytes();
    let source = Source {
        name: "demo landscape".to_owned(),
        open: Box::new(move || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn BufRead>)),
    };
    let report =
        store.import_if_empty(&Actor::command("demo"), &[source]).map_err(|error| error.to_string())?;
    match report {
        Some(report) => log::info!("demo landscape loaded: {}", describe(report)),
        None => log::info!("the database holds something already; the demo landscape was not loaded"),
    }
    Ok(())
}

fn describe(ImportReport { created, updated, unchanged }: ImportReport) -> String {
    format!("{created} created, {updated} updated, {unchanged} unchanged")
}

fn import(store: &Store, files: &[PathBuf]) -> Result<ImportReport, String> {
    let mut sources = Vec::new();
    for file in files {
        if file.as_os_str() == "-" {
            // It is read twice, so it must be kept.
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes)
                .map_err(|error| error.to_string())?;
            sources.push(Source {
                name: "standard input".to_owned(),
                open: Box::new(move || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn BufRead>)),
            });
        } else {
            let path = file.clone();
            sources.push(Source {
                name: file.display().to_string(),
                open: Box::new(move || Ok(Box::new(BufReader::new(File::open(&path)?)) as Box<dyn BufRead>)),
            });
        }
    }
    store.import(&Actor::command("import"), &sources).map_err(|error| error.to_string())
}

/// Writes everything; a file appears under its name only when it is whole.
fn export(store: &Store, file: Option<&Path>) -> Result<(), String> {
    let Some(file) = file else {
        let mut out = BufWriter::new(std::io::stdout().lock());
        store.export(&mut out).map_err(|error| error.to_string())?;
        return out.flush().map_err(|error| error.to_string());
    };
    let at = |error: std::io::Error| format!("{}: {error}", file.display());
    let part = file.with_extension("part");
    let mut out = BufWriter::new(File::create(&part).map_err(at)?);
    store.export(&mut out).map_err(|error| error.to_string())?;
    out.into_inner().map_err(|error| at(error.into_error()))?.sync_all().map_err(at)?;
    std::fs::rename(&part, file).map_err(at)
}

fn token(command: TokenCommand, settings: &Settings) -> Result<(), String> {
    let store = open(settings)?;
    match command {
        TokenCommand::Issue(issue) => {
            let chamber = match issue.chamber {
                Some(slug) => {
                    Some(ChamberCode::parse(&slug).ok_or_else(|| format!("there is no chamber '{slug}'"))?)
                }
                None => None,
            };
            let grant = Grant { subject: issue.subject, role: issue.role, life: issue.expires, chamber };
            let keyring = Keyring::open(&settings.data_dir, settings.issuer(), &store)?;
            let (token, _) = keyring.issue(&store, &Clock::of_the_system(), &grant)?;
            say(&token)
        }
        TokenCommand::List => {
            for token in store.tokens().map_err(|error| error.to_string())? {
                let state = if token.revoked_at.is_some() { "revoked" } else { "valid" };
                say(&format!(
                    "{}  {}  {}  {}  until {}",
                    token.id, state, token.role, token.subject, token.expires_at
                ))?;
            }
            Ok(())
        }
        TokenCommand::Revoke { id } => {
            let id = Id::parse(&id).ok_or("that is not the id of a token")?;
            match store.revoke_token(id).map_err(|error| error.to_string())? {
                true => Ok(()),
                false => Err("there is no such token, or it was revoked before".to_owned()),
            }
        }
    }
}

fn check(settings: &Settings) -> Result<(), String> {
    say(settings.describe().trim_end())?;
    let store = open(settings)?;
    store.check().map_err(|error| error.to_string())?;
    say("the database answers, and its schema is up to date")
}
