//! Which revisions a run writes itself: what lies between them was written by others.

use std::sync::{Mutex, PoisonError};

/// A stretch of revisions: those behind the first number, up to the second.
pub(super) type Stretch = (i64, i64);

/// The stretches that a run has written, as far as nobody has asked yet what lies between them; in their order.
#[derive(Debug, Default)]
pub(super) struct Written(Mutex<Vec<Stretch>>);

impl Written {
    /// Notes what a batch has written. It holds the lock of the revisions, so nobody else's are among them; and it may
    /// be about to commit.
    pub(super) fn note(&self, stretch: Stretch) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(stretch);
    }

    /// What others have written in a stretch, whose end is a revision that was seen.
    pub(super) fn by_others(&self, (after, last): Stretch) -> Vec<Stretch> {
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
        let written = Written::default();
        assert_eq!(written.by_others((3, 3)), []);
        assert_eq!(written.by_others((3, 5)), [(3, 5)]);
        written.note((1, 2)); // before the members were looked up
        written.note((5, 10));
        written.note((10, 20));
        written.note((22, 30));
        written.note((33, 40));
        assert_eq!(written.by_others((5, 31)), [(20, 22), (30, 31)]);
        assert_eq!(written.by_others((31, 32)), [(31, 32)]);
        assert_eq!(written.by_others((32, 40)), [(32, 33)]);
        assert_eq!(written.by_others((40, 40)), []);
    }
}
