//! Which revisions a run writes itself: what lies between them was written by others.

use std::sync::{Mutex, PoisonError};

/// A range of revisions: those behind the first number, up to the second.
pub(super) type SeqRange = (i64, i64);

/// The stretches that a run has written, as far as nobody has asked yet what lies between them; in their order.
#[derive(Debug, Default)]
pub(super) struct OwnRevisions(Mutex<Vec<SeqRange>>);

impl OwnRevisions {
    /// Notes what a batch has written. It holds the lock of the revisions, so nobody else's are among them; and it may
    /// be about to commit.
    pub(super) fn record(&self, range: SeqRange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(range);
    }

    /// What others have written in a range, whose end is a revision that was seen.
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
