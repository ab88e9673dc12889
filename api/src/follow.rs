//! Waiting for changes.
//!
//! While anyone waits, one task reads the number of the last change: immediately after this instance has written, and
//! otherwise every 40 ms, because other instances and commands write too. This works with both databases.

use crate::app::App;
use actix_web::web::Data;
use std::time::Duration;
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

/// Maximum delay for changes of other instances.
const EVERY: Duration = Duration::from_millis(40);
/// Pause after a database error.
const REST: Duration = Duration::from_secs(1);

/// Notifies waiting requests of changes.
#[derive(Debug)]
pub struct Follow {
    /// The number of the last change, or `None` when the server is closing.
    last: watch::Sender<Option<i64>>,
    written: Notify,
}

/// A subscription to changes.
#[derive(Debug)]
pub struct Waiting(watch::Receiver<Option<i64>>);

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something has changed.
    ByChange,
    /// Timeout.
    ByTime,
    /// The server is closing.
    ByClosing,
}

impl Default for Follow {
    fn default() -> Self {
        Self { last: watch::Sender::new(Some(0)), written: Notify::new() }
    }
}

impl Follow {
    /// Subscribes to changes from now on. To miss none, read the feed after this call.
    pub fn wait(&self) -> Waiting {
        let mut receiver = self.last.subscribe();
        receiver.mark_unchanged();
        self.written.notify_one();
        Waiting(receiver)
    }

    /// Reports a write of this instance.
    pub fn wrote(&self) {
        self.written.notify_one();
    }

    /// Whether the server is closing.
    pub fn is_closed(&self) -> bool {
        self.last.borrow().is_none()
    }

    /// Ends all waits, so that the server can stop.
    pub fn close(&self) {
        self.last.send_replace(None);
        self.written.notify_one();
    }
}

impl Waiting {
    /// Waits for a change, at most for the given time.
    pub async fn next(&mut self, at_most: Duration) -> Woken {
        if self.0.borrow().is_none() {
            return Woken::ByClosing;
        }
        let woken = match timeout(at_most, self.0.changed()).await {
            Ok(Ok(())) => Woken::ByChange,
            Ok(Err(_)) => Woken::ByClosing,
            Err(_) => Woken::ByTime,
        };
        if self.0.borrow().is_none() { Woken::ByClosing } else { woken }
    }
}

/// Checks for changes until the server closes.
pub async fn watch(app: Data<App>) {
    let follow = &app.follow;
    let mut seen = 0;
    loop {
        let pause = if follow.last.receiver_count() == 0 {
            // Nobody is waiting, so there is nothing to check.
            follow.written.notified().await;
            Duration::ZERO
        } else {
            match app.run(|store| Ok(store.last_change()?)).await {
                Ok(last) if last != seen => {
                    seen = last;
                    follow.last.send_modify(|known| *known = known.map(|_| last));
                    EVERY
                }
                Ok(_) => EVERY,
                Err(problem) => {
                    log::warn!("cannot check for changes: {}", problem.cause.as_deref().unwrap_or_default());
                    REST
                }
            }
        };
        if follow.last.borrow().is_none() {
            return;
        }
        let _ = timeout(pause, follow.written.notified()).await;
    }
}

/// Ends all waits when the operator stops the server.
pub async fn close_on_signal(app: Data<App>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return log::warn!("cannot wait for signals: open streams may delay the shutdown");
    };
    futures_util::future::select(Box::pin(terminate.recv()), Box::pin(interrupt.recv())).await;
    app.follow.close();
}
