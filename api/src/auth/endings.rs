//! Ends what outlives its token: streams, long polls, exports and sync runs.
//!
//! While anyone waits, one task reads which tokens were revoked, a few times in two seconds, with one statement however
//! many wait. Expiries need no statement.

use super::{Caller, Identity};
use crate::app::App;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use domain::id::Id;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

/// Maximum delay for revocations by other instances and commands.
const EVERY: Duration = Duration::from_millis(750);

/// The tokens of requests that take long.
#[derive(Debug, Default)]
pub struct Endings {
    tokens: Mutex<HashMap<Id, Token>>,
    changed: Notify,
}

#[derive(Debug)]
struct Token {
    expires_at: DateTime<Utc>,
    /// Whether the token has ended.
    ended: watch::Sender<bool>,
}

/// The end of a token. Anonymous requests have none.
#[derive(Clone, Debug)]
pub struct Ending(Option<watch::Receiver<bool>>);

impl Endings {
    /// Follows the token of a caller.
    pub fn of(&self, caller: &Caller) -> Ending {
        match caller {
            Caller::Anonymous => Ending(None),
            Caller::Known(identity) => self.of_identity(identity),
        }
    }

    /// Follows a token.
    pub fn of_identity(&self, identity: &Identity) -> Ending {
        let mut tokens = self.tokens();
        if tokens.is_empty() {
            self.changed.notify_one();
        }
        let token = tokens
            .entry(identity.token)
            .or_insert_with(|| Token { expires_at: identity.expires_at, ended: watch::Sender::new(false) });
        Ending(Some(token.ended.subscribe()))
    }

    /// Reports a revocation by this instance.
    pub fn revoked(&self) {
        self.changed.notify_one();
    }

    /// Ends the tokens that have expired or are in `revoked`. Returns how long until the next one expires, at most
    /// [`EVERY`], or `None` if nobody waits.
    fn end(&self, now: DateTime<Utc>, revoked: &[Id]) -> Option<Duration> {
        let mut tokens = self.tokens();
        tokens.retain(|_, token| token.ended.receiver_count() > 0);
        for id in revoked {
            if let Some(token) = tokens.remove(id) {
                token.ended.send_replace(true);
            }
        }
        tokens.retain(|_, token| {
            let is_over = token.expires_at <= now;
            if is_over {
                token.ended.send_replace(true);
            }
            !is_over
        });
        let next = tokens.values().map(|token| token.expires_at).min()?;
        Some((next - now).to_std().unwrap_or_default().min(EVERY))
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<Id, Token>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ending {
    /// Whether the token has ended.
    pub fn is_over(&self) -> bool {
        self.0.as_ref().is_some_and(|ended| *ended.borrow())
    }

    /// Waits until the token ends.
    pub async fn over(&mut self) {
        let Some(ended) = &mut self.0 else { return std::future::pending().await };
        // Without a sender, the server is stopping.
        if ended.wait_for(|ended| *ended).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Ends tokens until the server stops.
pub async fn watch(app: Data<App>) {
    loop {
        let revoked = app.run(|store| Ok(store.revoked_tokens()?)).await.unwrap_or_else(|problem| {
            log::warn!("cannot check for revoked tokens: {}", problem.cause.as_deref().unwrap_or_default());
            Vec::new()
        });
        match app.endings.end(app.store.now(), &revoked) {
            Some(pause) => drop(timeout(pause, app.endings.changed.notified()).await),
            None => app.endings.changed.notified().await,
        }
    }
}
