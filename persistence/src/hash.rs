//! A stable hash for values in the database. It must never change.

/// Returns the first 64 bits of BLAKE3.
pub(crate) fn hash(bytes: &[u8]) -> i64 {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(bytes).as_bytes()[..8]);
    i64::from_le_bytes(first)
}
