//! Waiting for changes.
//!
//! One task looks for the number of the last change while anyone waits for one: at once when this instance has
//! written, and otherwise every 40 ms, since other instances and commands write too. Both databases need no more.

use crate::app::App;
use actix_web::web::Data;
use std::time::Duration;
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

/// How long a change of another instance may go unnoticed.
const EVERY: Duration = Duration::from_millis(40);
/// How long the task rests when the database cannot be reached.
const REST: Duration = Duration::from_secs(1);

/// Tells those who wait of changes.
#[derive(Debug)]
pub struct Follow {
    /// The number of the last change; `None` once the server is closing.
    last: watch::Sender<Option<i64>>,
    written: Notify,
}

/// What those who wait have.
#[derive(Debug)]
pub struct Waiting(watch::Receiver<Option<i64>>);

/// Why waiting came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something has changed.
    ByChange,
    /// The time is over.
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
    /// Begins to wait. Changes from here on wake the one who waits, so the feed is to be read after this.
    pub fn wait(&self) -> Waiting {
        let mut receiver = self.last.subscribe();
        receiver.mark_unchanged();
        self.written.notify_one();
        Waiting(receiver)
    }

    /// This instance has written.
    pub fn wrote(&self) {
        self.written.notify_one();
    }

    /// Whether the server is closing.
    pub fn is_closed(&self) -> bool {
        self.last.borrow().is_none()
    }

    /// Ends all waiting, so that the server can stop.
    pub fn close(&self) {
        self.last.send_replace(None);
        self.written.notify_one();
    }
}

impl Waiting {
    /// Waits for a change, at most so long.
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

/// Looks for changes until the server closes.
pub async fn watch(app: Data<App>) {
    let follow = &app.follow;
    let mut seen = 0;
    loop {
        let pause = if follow.last.receiver_count() == 0 {
            // Nobody waits: there is nothing to look for until someone does.
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
                    log::warn!(
                        "changes cannot be followed: {}",
                        problem.cause.as_deref().unwrap_or_default()
                    );
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

/// Ends all waiting when the operator stops the server.
pub async fn close_on_signal(app: Data<App>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return log::warn!("signals cannot be waited for: open streams may delay the end of the server");
    };
    futures_util::future::select(Box::pin(terminate.recv()), Box::pin(interrupt.recv())).await;
    app.follow.close();
}
