//! `token issue`, `token list` and `token revoke`.

use super::say;
use crate::{
    auth::{Grant, Keyring, Role},
    config::Settings,
    database,
};
use chrono::{SecondsFormat, TimeDelta};
use clap::{Args, Subcommand};
use domain::{
    id::{Clock, Id},
    vocabulary::ChamberCode,
};
use persistence::{store::Store, tokens::IssuedToken};

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Issue a token and print it on standard output
    Issue(Issue),
    /// List tokens that have not expired: id, state, role, chamber or organisation, subject, expiry
    List,
    /// Revoke a token
    Revoke {
        /// Id of the token, as shown by `list`
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Issue {
    /// Role
    #[arg(long)]
    role: Role,
    /// Person or system that uses the token
    #[arg(long)]
    subject: String,
    /// Lifetime, such as 30s, 15m, 8h or 90d (at most 400d)
    #[arg(long, value_parser = parse_life)]
    expires: TimeDelta,
    /// Chamber whose members it may maintain. Only with the role `chamber`
    #[arg(long, value_name = "SLUG")]
    chamber: Option<String>,
}

/// Parses a duration such as `30s`, `15m`, `8h` or `90d`.
fn parse_life(text: &str) -> Result<TimeDelta, String> {
    let fault = || "must be a number and a unit, such as 30s, 15m, 8h or 90d".to_owned();
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

/// Executes a token command in an existing database.
pub(super) fn execute(command: TokenCommand, settings: &Settings) -> Result<(), String> {
    let store = database::open_existing(settings, Clock::of_the_system())?;
    match command {
        TokenCommand::Issue(grant) => issue(grant, &store, settings),
        TokenCommand::List => {
            let tokens = store.tokens().map_err(|error| error.to_string())?;
            tokens.iter().try_for_each(|token| say(&line(token)))
        }
        TokenCommand::Revoke { id } => {
            let id = Id::parse(&id).ok_or("not a token id (a UUID)")?;
            match store.revoke_token(id).map_err(|error| error.to_string())? {
                true => Ok(()),
                false => Err("unknown token, or already revoked".to_owned()),
            }
        }
    }
}

fn issue(issue: Issue, store: &Store, settings: &Settings) -> Result<(), String> {
    let chamber = match issue.chamber {
        Some(slug) => Some(ChamberCode::parse(&slug).ok_or_else(|| format!("unknown chamber '{slug}'"))?),
        None => None,
    };
    let grant = Grant {
        subject: domain::text::normalise(&issue.subject).into_owned(),
        role: issue.role,
        life: issue.expires,
        chamber,
        organisation: None,
    };
    let keyring = Keyring::open(&settings.data_dir, settings.issuer(), store)?;
    let (token, _) = keyring.issue(store, &Clock::of_the_system(), &grant)?;
    say(&token)
}

/// A token as a line of `list`.
fn line(token: &IssuedToken) -> String {
    let state = if token.revoked_at.is_some() { "revoked" } else { "valid" };
    let bound = match (&token.chamber, token.organisation) {
        (Some(chamber), _) => format!("chamber {chamber}"),
        (None, Some(organisation)) => format!("organisation {organisation}"),
        (None, None) => "-".to_owned(),
    };
    let until = token.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("{}  {state}  {}  {bound}  {}  until {until}", token.id, token.role, token.subject)
}
