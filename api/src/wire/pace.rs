//! The pace of bytes: an average rate that a client must keep while the server waits for it.

use crate::limits::{MIN_RATE, SENDER_PATIENCE, SENDER_START};
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep};

/// How far a client may still fall behind [`MIN_RATE`]. Time passes only while the server waits for the client, so a
/// server that is slow itself, and a stream with little to say, cost nothing.
///
/// ```text
/// starts with 10 s → waits 4 s for 3,000 bytes → 10 - 4 + 3 = 9 s are left
/// ```
#[derive(Debug)]
pub(crate) struct Pace {
    left: Duration,
    most: Duration,
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    since: Instant,
    until: Pin<Box<Sleep>>,
}

impl Pace {
    /// A pace with so much time at its start. Fast clients gain up to `most`.
    pub(super) fn new(start: Duration, most: Duration) -> Self {
        Self { left: start, most, waiting: None }
    }

    /// The pace of a request body at its start.
    pub(crate) fn of_body() -> Self {
        Self::new(SENDER_START, SENDER_PATIENCE)
    }

    /// Bytes were transferred.
    pub(crate) fn advance(&mut self, bytes: usize) {
        if let Some(waiting) = self.waiting.take() {
            self.left = self.left.saturating_sub(waiting.since.elapsed());
        }
        let gained = Duration::from_secs(bytes as u64) / MIN_RATE as u32;
        self.left = self.most.min(self.left + gained);
    }

    /// Nothing can be transferred at the moment. Ready if the client is too slow.
    pub(crate) fn poll_too_slow(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let left = self.left;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Waiting { since: Instant::now(), until: Box::pin(sleep(left)) });
        waiting.until.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::time::timeout;

    const START: Duration = Duration::from_secs(10);
    const MOST: Duration = Duration::from_secs(60);

    /// For how many seconds a client that sends so many bytes a second, in pieces each so many seconds, is served.
    async fn seconds_served(rate: usize, every: u64, at_most: u64) -> u64 {
        let (mut pace, began) = (Pace::new(START, MOST), Instant::now());
        while began.elapsed().as_secs() < at_most {
            let late = poll_fn(|context| pace.poll_too_slow(context));
            if timeout(Duration::from_secs(every), late).await.is_ok() {
                break;
            }
            pace.advance(rate * usize::try_from(every).unwrap());
        }
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn an_average_must_be_kept_after_the_start() {
        assert_eq!(seconds_served(0, 1, 1_000).await, 10);
        assert_eq!(seconds_served(1, 1, 1_000).await, 10);
        assert!((18..=20).contains(&seconds_served(500, 1, 1_000).await));
        assert!((90..=92).contains(&seconds_served(900, 1, 1_000).await));
        assert_eq!(seconds_served(1_000, 1, 1_000).await, 1_000);
        assert_eq!(seconds_served(1_100, 9, 1_000).await, 1_008);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fast_client_may_pause_but_not_for_ever() {
        let mut pace = Pace::new(START, MOST);
        pace.advance(100_000_000);
        let began = Instant::now();
        poll_fn(|context| pace.poll_too_slow(context)).await;
        assert_eq!(began.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn time_of_the_server_does_not_count() {
        let mut pace = Pace::new(START, MOST);
        for _ in 0..100 {
            let late = poll_fn(|context| pace.poll_too_slow(context));
            assert!(timeout(Duration::from_millis(500), late).await.is_err());
            pace.advance(500);
            sleep(Duration::from_secs(100)).await;
        }
    }
}
