//! `token issue`, `token list` and `token revoke`.

use super::say;
use crate::{
    auth::{Expiry, Grant, Keyring, Role},
    config::Settings,
    database,
};
use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use domain::{
    id::{Clock, Id},
    slug::Key,
    text::normalise,
    vocabulary::ChamberCode,
};
use persistence::{
    audience::Actor,
    store::Store,
    tokens::{IssuedToken, TokenFilter, TokenState},
};

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Issue a token and print it on standard output
    Issue(Issue),
    /// List valid and revoked tokens: id, state, role, chamber or organisation, subject, expiry, last use
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
    /// Lifetime, such as 30s, 15m, 8h or 90d (at most 400d), or the time of expiry (RFC 3339)
    #[arg(long)]
    expires: Expiry,
    /// Chamber whose members it may maintain. Only with the role `chamber`
    #[arg(long, value_name = "SLUG")]
    chamber: Option<String>,
    /// Initiative or network that it may maintain. Only with the role `manager`
    #[arg(long, value_name = "SLUG")]
    organisation: Option<String>,
}

/// Executes a token command in an existing database.
pub(super) fn execute(command: TokenCommand, settings: &Settings) -> Result<(), String> {
    let store = database::open_existing(settings, Clock::of_the_system())?;
    match command {
        TokenCommand::Issue(grant) => issue(grant, &store, settings),
        TokenCommand::List => list(&store),
        TokenCommand::Revoke { id } => {
            let id = Id::parse(&id).ok_or("not a token id (a UUID)")?;
            match store.revoke_token(&actor(), id).map_err(|error| error.to_string())? {
                Some(true) => Ok(()),
                _ => Err("unknown token, or already revoked".to_owned()),
            }
        }
    }
}

/// The author of these commands in the audit.
fn actor() -> Actor {
    Actor::command("token")
}

fn issue(issue: Issue, store: &Store, settings: &Settings) -> Result<(), String> {
    let chamber = match issue.chamber {
        Some(slug) => Some(ChamberCode::parse(&slug).ok_or_else(|| format!("unknown chamber '{slug}'"))?),
        None => None,
    };
    let organisation = match issue.organisation {
        Some(slug) => Some(organisation(store, &slug)?),
        None => None,
    };
    let grant = Grant {
        subject: normalise(&issue.subject).into_owned(),
        role: issue.role,
        life: issue.expires.life(store.now()),
        chamber,
        organisation,
    };
    let keyring = Keyring::open(&settings.data_dir, settings.issuer(), store, &actor())?;
    let issued = keyring.issue(store, &Clock::of_the_system(), &actor(), &grant);
    let (token, _) = issued.map_err(|error| error.to_string())?;
    say(&token)
}

/// The initiative or network with a slug or id.
fn organisation(store: &Store, text: &str) -> Result<Id, String> {
    let unknown = || format!("unknown initiative or network '{text}'");
    let key = Key::parse(text).ok_or_else(unknown)?;
    store.organisation(&key).map_err(|error| error.to_string())?.ok_or_else(unknown)
}

fn list(store: &Store) -> Result<(), String> {
    const PAGE: usize = 200;
    let states = vec![TokenState::Valid, TokenState::Revoked];
    let mut filter = TokenFilter { states, ..TokenFilter::default() };
    loop {
        let page = store.tokens(&filter, PAGE).map_err(|error| error.to_string())?;
        page.items.iter().try_for_each(|token| say(&line(token, token.state(store.now()))))?;
        match page.last() {
            Some(last) => filter.before = Some(last.id),
            None => return Ok(()),
        }
    }
}

/// A token as a line of `list`.
fn line(token: &IssuedToken, state: TokenState) -> String {
    let bound = match (&token.chamber, token.organisation) {
        (Some(chamber), _) => format!("chamber {chamber}"),
        (None, Some(organisation)) => format!("organisation {organisation}"),
        (None, None) => "-".to_owned(),
    };
    let until = token.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let used = match token.last_used_at {
        Some(moment) => format!("last used {}", moment.to_rfc3339_opts(SecondsFormat::Secs, true)),
        None => "never used".to_owned(),
    };
    let IssuedToken { id, role, subject, .. } = token;
    format!("{id}  {}  {role}  {bound}  {subject}  until {until}  {used}", state.as_str())
}
