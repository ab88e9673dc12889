//! The chambers' sync: what a run is asked to do, what a line means, and when deletions are too many.

mod line;

pub use line::{Line, LineId, MAX_LINE, Refusal, member, too_long};

use crate::{id::Id, words::words};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

words!(
    Mode, "Whether the body names what changed, or everything." {
        /// What it does not name stays as it is.
        Delta = "delta",
        /// What it does not name is deleted.
        Full = "full",
    }
);

words!(
    RunState, "How far a run is, or how it ended." {
        /// It is under way.
        Running = "running",
        /// The whole body was received and its lines were classified.
        Completed = "completed",
        /// As `completed`, but the deletions were too many, and none was made.
        Stopped = "stopped",
        /// The body broke off or is damaged; what was valid before the break stays written.
        Failed = "failed",
        /// The server died, was stopped, or lost its database; what was committed before stays written.
        Interrupted = "interrupted",
    }
);

words!(
    SweepState, "What became of the deletion of members that the body does not name." {
        /// It comes when the whole body was received.
        Pending = "pending",
        /// None was asked for: the mode is `delta`.
        None = "none",
        /// It was made.
        Done = "done",
        /// More were to be deleted than `max_deletion_percent` allows; none was.
        Stopped = "stopped",
        /// It could not be known which members the body names; none was deleted.
        Skipped = "skipped",
    }
);

/// What a run is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// Whether the body names everything.
    pub mode: Mode,
    /// Whether nothing is to be written.
    pub dry_run: bool,
    /// How many of what the chamber holds may be deleted for not being named, in percent.
    pub max_deletion_percent: u8,
}

impl RunOptions {
    /// So many deletions are never too many.
    pub const HARMLESS: u64 = 10;
    /// How many percent may be deleted when nothing is said.
    pub const DEFAULT_PERCENT: u8 = 10;

    /// Whether so many deletions of what the chamber holds need to be confirmed, after a body of so many valid lines.
    /// Where there is none, any deletion does: the export may have failed.
    pub fn are_too_many(&self, deletions: u64, held: u64, valid_lines: u64) -> bool {
        match self.max_deletion_percent {
            _ if deletions == 0 => false,
            0 => true,
            100.. => false,
            _ if valid_lines == 0 => true,
            percent => {
                deletions > Self::HARMLESS
                    && u128::from(deletions) * 100 > u128::from(held) * u128::from(percent)
            }
        }
    }
}

/// How many lines came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncCounts)]
pub struct Counts {
    /// Lines that hold anything.
    pub received: u64,
    /// Members that came into being, those among them that had been deleted.
    pub created: u64,
    /// Members that changed.
    pub updated: u64,
    /// Unchanged lines.
    pub unchanged: u64,
    /// Members deleted, by a marker or for not being named.
    pub deleted: u64,
    /// Lines that were not taken.
    pub rejected: u64,
}

impl Counts {
    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.received += other.received;
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.deleted += other.deleted;
        self.rejected += other.rejected;
    }
}

/// A line that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncRejection)]
pub struct Rejection {
    /// Which line of the body, from 1; blank ones count.
    pub line: u64,
    /// The member that it names; null when that cannot be read.
    pub external_id: Option<String>,
    /// JSON Pointer (RFC 6901) to the first fault; empty: the line as a whole.
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// What became of the deletion of members that the body does not name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncSweep)]
pub struct Sweep {
    /// How it ended.
    #[schema(inline)]
    pub state: SweepState,
    /// Why it was not made.
    pub reason: Option<String>,
}

/// A run of the sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncRun)]
pub struct Run {
    /// Identity.
    #[schema(inline)]
    pub id: Id,
    /// How far it is, or how it ended.
    #[schema(inline)]
    pub state: RunState,
    /// Whether the body names everything.
    #[schema(inline)]
    pub mode: Mode,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// How many percent of what the chamber held could be deleted.
    #[schema(maximum = 100)]
    pub max_deletion_percent: u8,
    /// What became of the lines so far.
    pub counts: Counts,
    /// The first rejections, at most 1,000; all others have an address of their own.
    #[schema(max_items = 1000)]
    pub rejections: Vec<Rejection>,
    /// What became of the members that the body does not name.
    pub sweep: Sweep,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: DateTime<Utc>,
    /// When it ended; null while it is under way.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<DateTime<Utc>>,
    /// How long it took so far, in milliseconds.
    pub duration_ms: i64,
}

impl Run {
    /// So many rejections stand in the run itself.
    pub const LISTED: usize = 1_000;
    /// So many rejections are kept.
    pub const KEPT: u64 = 100_000;
    /// So many members that the portal does not hold yet may be named in one run: their ids are remembered until its
    /// end, and memory shall not grow with the body.
    pub const MOST_NEW: usize = 1_500_000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_are_too_many_beyond_the_percentage_and_ten() {
        let options =
            |max_deletion_percent| RunOptions { mode: Mode::Full, dry_run: false, max_deletion_percent };
        assert!(!options(10).are_too_many(10, 10, 1), "ten are harmless");
        assert!(options(10).are_too_many(11, 11, 1));
        assert!(!options(10).are_too_many(20, 200, 180), "as many as allowed");
        assert!(options(10).are_too_many(21, 200, 179));
        assert!(!options(100).are_too_many(500, 500, 1));
        assert!(options(0).are_too_many(11, 1_000_000, 999_989));
    }

    #[test]
    fn without_a_valid_line_only_all_may_be_deleted_and_at_zero_percent_nothing() {
        for (deletions, held) in [(1, 1), (1, 1_000), (10, 10), (500, 500)] {
            for percent in 0..=100 {
                let options = RunOptions { mode: Mode::Full, dry_run: false, max_deletion_percent: percent };
                assert_eq!(
                    options.are_too_many(deletions, held, 0),
                    percent < 100,
                    "{deletions}, {percent} %"
                );
                assert!(!options.are_too_many(0, held, 0), "none are never too many");
            }
            let options = RunOptions { mode: Mode::Full, dry_run: false, max_deletion_percent: 0 };
            assert!(options.are_too_many(deletions, held, held));
        }
    }
}
