//! Keeps the keys of the provider current, on a thread of its own.

use super::{
    fetch::{self, Fetched},
    keys::KeySet,
};
use crate::config::SecureUrl;
use chrono::{DateTime, TimeDelta, Utc};
use domain::id::Clock;
use std::{
    ops::RangeInclusive,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};
use tokio::{sync::watch, time::timeout};

/// How long keys are used without asking again, whatever the provider says.
const FRESH: RangeInclusive<TimeDelta> = TimeDelta::minutes(5)..=TimeDelta::hours(1);
/// How long keys are used while the provider cannot be reached.
const VALID: TimeDelta = TimeDelta::hours(24);
/// Pauses after failures: the first, which doubles up to the last.
const PAUSES: RangeInclusive<TimeDelta> = TimeDelta::seconds(1)..=TimeDelta::minutes(1);
/// Time between two requests for keys because of unknown key ids.
const BETWEEN_DEMANDS: TimeDelta = TimeDelta::minutes(1);
/// How long a request waits for keys. Longer than two requests to the provider may take.
const PATIENCE: Duration = Duration::from_secs(11);
/// How often the thread looks at the clock.
const TICK: Duration = Duration::from_secs(1);

/// The keys of the provider. They are loaded until this is dropped.
#[derive(Debug)]
pub(super) struct Keys {
    state: Arc<watch::Sender<State>>,
    wakening: SyncSender<()>,
    clock: Clock,
}

#[derive(Debug, Default)]
struct State {
    /// The keys that were loaded last, and when.
    loaded: Option<(Arc<KeySet>, DateTime<Utc>)>,
    /// Whether they are being loaded, or about to be.
    is_loading: bool,
    /// When an unknown key id last made them be loaded.
    demanded_at: Option<DateTime<Utc>>,
}

/// When keys are loaded again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Schedule {
    since: DateTime<Utc>,
    pause: TimeDelta,
}

impl Schedule {
    /// The schedule after a success. A zero `max_age` means as soon as possible.
    fn after_success(now: DateTime<Utc>, max_age: Duration) -> Self {
        let max_age = TimeDelta::from_std(max_age).unwrap_or(TimeDelta::MAX);
        Self { since: now, pause: max_age.clamp(*FRESH.start(), *FRESH.end()) }
    }

    /// The schedule after a failure. Failures in a row double the pause.
    fn after_failure(now: DateTime<Utc>, before: Option<Self>) -> Self {
        let pause = match before {
            Some(Self { pause, .. }) if PAUSES.contains(&pause) => (pause * 2).min(*PAUSES.end()),
            _ => *PAUSES.start(),
        };
        Self { since: now, pause }
    }

    /// Whether the pause is over, or the clock was set back.
    fn is_due(self, now: DateTime<Utc>) -> bool {
        !(self.since..self.since + self.pause).contains(&now)
    }
}

impl Keys {
    /// Starts to load the keys.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(super) fn watch(
        issuer: SecureUrl,
        jwks_url: Option<SecureUrl>,
        clock: Clock,
    ) -> std::io::Result<Self> {
        let (wakening, wakened) = sync_channel(1);
        let state = Arc::new(watch::Sender::new(State { is_loading: true, ..State::default() }));
        let loader = Loader { state: state.clone(), clock: clock.clone(), issuer, jwks_url };
        thread::Builder::new().name("provider-keys".to_owned()).spawn(move || loader.run(&wakened))?;
        Ok(Self { state, wakening, clock })
    }

    /// The current keys. `None` if there are none, or if they are too old.
    pub(super) fn current(&self) -> Option<Arc<KeySet>> {
        let state = self.state.borrow();
        let (keys, loaded_at) = state.loaded.as_ref()?;
        (self.clock.now() - *loaded_at < VALID).then(|| keys.clone())
    }

    /// Has the keys loaded because a token needs other ones, at most once a minute, and waits until they are. Returns
    /// at once, with false, if it is too early for that.
    pub(super) async fn demand(&self) -> bool {
        let mut changes = self.state.subscribe();
        let now = self.clock.now();
        let (mut is_loading, mut is_demanded) = (true, false);
        self.state.send_if_modified(|state| {
            let is_early = state.demanded_at.is_some_and(|at| (now - at).abs() < BETWEEN_DEMANDS);
            is_demanded = !state.is_loading && !is_early;
            if is_demanded {
                (state.is_loading, state.demanded_at) = (true, Some(now));
            }
            is_loading = state.is_loading;
            is_demanded
        });
        if is_demanded {
            // If the channel is full, the thread is about to look.
            let _ = self.wakening.try_send(());
        }
        is_loading && timeout(PATIENCE, changes.wait_for(|state| !state.is_loading)).await.is_ok()
    }
}

/// The thread that loads the keys.
struct Loader {
    state: Arc<watch::Sender<State>>,
    clock: Clock,
    issuer: SecureUrl,
    jwks_url: Option<SecureUrl>,
}

impl Loader {
    fn run(&self, wakened: &Receiver<()>) {
        let mut schedule = None;
        loop {
            let is_due = schedule.is_none_or(|schedule: Schedule| schedule.is_due(self.clock.now()));
            if is_due || self.state.borrow().is_loading {
                schedule = Some(self.load(schedule));
            }
            match wakened.recv_timeout(TICK) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Loads the keys, and says when to do it again. Keeps the old ones if that fails.
    fn load(&self, before: Option<Schedule>) -> Schedule {
        self.state.send_modify(|state| state.is_loading = true);
        let fetched = fetch::fetch(&self.issuer, self.jwks_url.as_ref());
        let now = self.clock.now();
        let (keys, schedule) = match fetched {
            Ok(Fetched { keys, max_age }) => (Some(keys), Schedule::after_success(now, max_age)),
            Err(fault) => {
                log::warn!("cannot load the keys of the identity provider: {fault}");
                (None, Schedule::after_failure(now, before))
            }
        };
        self.state.send_modify(|state| {
            state.is_loading = false;
            if let Some(keys) = keys {
                let names = keys.names();
                if state.loaded.as_ref().is_none_or(|(before, _)| before.names() != names) {
                    log::info!("keys of the identity provider: {names}");
                }
                state.loaded = Some((Arc::new(keys), now));
            }
        });
        schedule
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_loaded_again_when_they_are_old_and_after_failures() {
        let now: DateTime<Utc> = "2026-05-12T10:00:00Z".parse().unwrap();
        for (max_age, minutes) in [(0, 5), (60, 5), (600, 10), (86_400, 60), (u64::MAX, 60)] {
            let schedule = Schedule::after_success(now, Duration::from_secs(max_age));
            assert_eq!(schedule.pause, TimeDelta::minutes(minutes), "{max_age}");
        }
        let mut schedule = Some(Schedule::after_success(now, Duration::ZERO));
        let pauses = [(); 9].map(|()| {
            let next = Schedule::after_failure(now, schedule);
            schedule = Some(next);
            next.pause.num_seconds()
        });
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(Schedule::after_failure(now, None).pause, TimeDelta::seconds(1));
    }

    #[test]
    fn a_pause_ends_in_time_and_when_the_clock_is_set_back() {
        let now: DateTime<Utc> = "2026-05-12T10:00:00Z".parse().unwrap();
        let schedule = Schedule { since: now, pause: TimeDelta::minutes(5) };
        for (seconds, expected) in [(0, false), (299, false), (300, true), (-1, true)] {
            assert_eq!(schedule.is_due(now + TimeDelta::seconds(seconds)), expected, "{seconds}");
        }
    }
}
