//! `key rotate`, `key list` and `key retire`.

use super::{say, tell};
use crate::{auth::Keyring, config::Settings, database};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Subcommand;
use domain::id::{Clock, Id};
use persistence::{audience::Actor, signing_keys::PublishedKey};

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Replace the signing key of this data folder, and print the id of the new one. Issued tokens stay valid until they
    /// expire. A running server signs with the new key at once
    Rotate,
    /// List the keys of all instances: id, state, creation, retirement
    List,
    /// Retire a stolen key: all its tokens end at once, on every instance
    Retire {
        /// Id of the key, as shown by `list`: the `kid` of its tokens
        id: String,
    },
}

/// Executes a key command in an existing database.
pub(super) fn execute(command: KeyCommand, settings: &Settings) -> Result<(), String> {
    let store = database::open_existing(settings, Clock::of_the_system())?;
    let actor = Actor::command("key");
    match command {
        KeyCommand::Rotate => {
            let keyring = Keyring::open(&settings.data_dir, settings.issuer(), &store, &actor)?;
            let (old, new, retired_at) = keyring.rotate(&store, &actor)?;
            tell(&format!("the key {old} verifies its tokens until {}", seconds(retired_at)))?;
            say(&new.to_string())
        }
        KeyCommand::List => {
            let keys = store.keys().map_err(|error| error.to_string())?;
            keys.iter().try_for_each(|key| say(&line(key, store.now())))
        }
        KeyCommand::Retire { id } => {
            let id = Id::parse(&id).ok_or("not a key id (a UUID)")?;
            let revoked = store.retire_key(&actor, id).map_err(|error| error.to_string())?;
            let revoked = revoked.ok_or("unknown key")?;
            tell(&format!("revoked {revoked} tokens"))
        }
    }
}

/// A key as a line of `list`.
fn line(key: &PublishedKey, now: DateTime<Utc>) -> String {
    let state = match key.retired_at {
        None => "signs".to_owned(),
        Some(moment) if key.is_retired(now) => format!("retired {}", seconds(moment)),
        Some(moment) => format!("verifies until {}", seconds(moment)),
    };
    format!("{}  created {}  {state}", key.key.id, seconds(key.created_at))
}

fn seconds(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}
