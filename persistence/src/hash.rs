//! A hash that stays the same for ever, since it is kept in databases.

/// 64 bits that stand for some bytes: the first of BLAKE3.
pub(crate) fn hash(bytes: &[u8]) -> i64 {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(bytes).as_bytes()[..8]);
    i64::from_le_bytes(first)
}
