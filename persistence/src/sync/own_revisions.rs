//! Tracks the revisions that a run writes itself. Those between them were written by others.

use std::sync::{Mutex, PoisonError};

/// A range of revisions: after the first number, up to and including the second.
pub(super) type SeqRange = (i64, i64);

/// The ranges that a run has written and that [`OwnRevisions::foreign_ranges`] has not consumed yet, in order.
#[derive(Debug, Default)]
pub(super) struct OwnRevisions(Mutex<Vec<SeqRange>>);

impl OwnRevisions {
    /// Adds the range of a batch. The batch holds the lock on revisions, so nobody else's are in the range. It may
    /// not be committed yet.
    pub(super) fn record(&self, range: SeqRange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(range);
    }

    /// Returns the parts of a range that others wrote. The end of the range must have been visible.
    ///
    /// ```text
    /// own batches     (5, 10]   (10, 20]             (22, 30]          (33, 40] not visible yet
    /// range           (5, ------------------------------------ 31]
    /// foreign                              (20, 22]           (30, 31]
    /// ```
    pub(super) fn foreign_ranges(&self, (after, last): SeqRange) -> Vec<SeqRange> {
        let mut gaps = Vec::new();
        let mut seen = after;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|&(before, end)| {
            let is_committed = end <= last;
            if is_committed {
                gaps.push((seen, before));
                seen = seen.max(end);
            }
            !is_committed
        });
        gaps.push((seen, last));
        gaps.retain(|(after, last)| after < last);
        gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_is_of_others() {
        let own = OwnRevisions::default();
        assert_eq!(own.foreign_ranges((3, 3)), []);
        assert_eq!(own.foreign_ranges((3, 5)), [(3, 5)]);
        own.record((1, 2)); // before the members were looked up
        own.record((5, 10));
        own.record((10, 20));
        own.record((22, 30));
        own.record((33, 40));
        assert_eq!(own.foreign_ranges((5, 31)), [(20, 22), (30, 31)]);
        assert_eq!(own.foreign_ranges((31, 32)), [(31, 32)]);
        assert_eq!(own.foreign_ranges((32, 40)), [(32, 33)]);
        assert_eq!(own.foreign_ranges((40, 40)), []);
    }
}
