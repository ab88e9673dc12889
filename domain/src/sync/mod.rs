//! Sync runs of chambers: options, results, the meaning of a line, and the deletion guard.

mod line;

pub use line::{Line, LineId, MAX_LINE, Refusal, member, too_long};

use crate::{id::Id, words::words};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

words!(
    Mode, "Whether the body contains changed members only, or all members." {
        /// Members not named in the body are kept.
        Delta = "delta",
        /// Members not named in the body are deleted.
        Full = "full",
    }
);

words!(
    RunState, "Progress or result of a run." {
        /// In progress.
        Running = "running",
        /// The whole body was received and all lines were classified.
        Completed = "completed",
        /// Like `completed`, but the deletion guard stopped the deletions. None was made.
        Stopped = "stopped",
        /// The body broke off or is damaged. Changes committed before that remain.
        Failed = "failed",
        /// The server crashed, was stopped, or lost its database. Changes committed before that remain.
        Interrupted = "interrupted",
    }
);

words!(
    SweepState, "Result of deleting members that the body does not name." {
        /// Waiting for the end of the body.
        Pending = "pending",
        /// Not requested: the mode is `delta`.
        None = "none",
        /// Done.
        Done = "done",
        /// More deletions than `max_deletion_percent` allows. None was made.
        Stopped = "stopped",
        /// The members named in the body could not be determined. None was deleted.
        Skipped = "skipped",
    }
);

/// The options of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// Whether the body contains all members.
    pub mode: Mode,
    /// Whether to write nothing.
    pub dry_run: bool,
    /// The percentage of the chamber's members that the run may delete because the body does not name them.
    pub max_deletion_percent: u8,
}

impl RunOptions {
    /// This many deletions are always allowed, except at 0 percent or without a valid line.
    pub const HARMLESS: u64 = 10;
    /// The default for `max_deletion_percent`.
    pub const DEFAULT_PERCENT: u8 = 10;

    /// Whether the deletion guard stops this many deletions.
    ///
    /// `held` is the number of members that the chamber had before the run. If the body has no valid line, any
    /// deletion is too much, because the export may have failed.
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

/// Results of the lines of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncCounts)]
pub struct Counts {
    /// Lines that are not blank.
    pub received: u64,
    /// Members created, including those that had been deleted before.
    pub created: u64,
    /// Members updated.
    pub updated: u64,
    /// Lines that changed nothing.
    pub unchanged: u64,
    /// Members deleted, either by a line or because the body does not name them.
    pub deleted: u64,
    /// Lines rejected.
    pub rejected: u64,
}

impl Counts {
    /// Adds other counts.
    pub fn add(&mut self, other: Self) {
        self.received += other.received;
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.deleted += other.deleted;
        self.rejected += other.rejected;
    }
}

/// A rejected line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncRejection)]
pub struct Rejection {
    /// Line number in the body, starting at 1. Blank lines count.
    pub line: u64,
    /// The member that the line names. Null if it cannot be read.
    pub external_id: Option<String>,
    /// JSON Pointer (RFC 6901) to the first fault. Empty for the line as a whole.
    pub pointer: String,
    /// What is wrong, and how to fix it.
    pub reason: String,
}

/// Deletion of members that the body does not name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncSweep)]
pub struct Sweep {
    /// Result.
    #[schema(inline)]
    pub state: SweepState,
    /// Why nothing was deleted.
    pub reason: Option<String>,
}

/// A sync run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncRun)]
pub struct Run {
    /// Id of the run.
    #[schema(inline)]
    pub id: Id,
    /// Progress or result.
    #[schema(inline)]
    pub state: RunState,
    /// Whether the body contains changed members only, or all members.
    #[schema(inline)]
    pub mode: Mode,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Percentage of the chamber's members that the run may delete because the body does not name them.
    #[schema(maximum = 100)]
    pub max_deletion_percent: u8,
    /// Results of the lines so far.
    pub counts: Counts,
    /// The first rejections, up to 1,000. Empty in lists of runs. `…/sync-runs/{run}/rejections` lists all that
    /// are stored.
    #[schema(max_items = 1000)]
    pub rejections: Vec<Rejection>,
    /// Deletion of members that the body does not name.
    pub sweep: Sweep,
    /// Start of the run.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: DateTime<Utc>,
    /// End of the run. Null while it is in progress.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<DateTime<Utc>>,
    /// Duration so far, in milliseconds.
    pub duration_ms: i64,
}

impl Run {
    /// Maximum number of rejections in the run itself.
    pub const LISTED: usize = 1_000;
    /// Maximum number of rejections stored.
    pub const KEPT: u64 = 100_000;
    /// Maximum number of new members in a run.
    ///
    /// Their ids are kept until its end, and memory use must not grow with the body.
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
