//! The seal of cursors: none is accepted that this server, or another instance on the same database, did not make.

use blake3::Hash;
use std::fmt;

/// Seals cursors with a message authentication code (BLAKE3, keyed).
///
/// ```text
/// Y3Vyc29y.4b1c…    the cursor, and the code in 64 hexadecimal digits
/// ```
pub struct Seal([u8; blake3::KEY_LEN]);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// The seal that follows from the secret of a database.
    pub fn new(secret: &str) -> Self {
        Self(blake3::derive_key("clusterportal 2026-11-30 seal of cursors", secret.as_bytes()))
    }

    /// Seals a cursor.
    pub fn close(&self, cursor: &str) -> String {
        format!("{cursor}.{}", self.code(cursor))
    }

    /// The cursor under an unbroken seal.
    pub fn open<'a>(&self, sealed: &'a str) -> Option<&'a str> {
        let (cursor, code) = sealed.rsplit_once('.')?;
        // Compares in constant time.
        (Hash::from_hex(code).ok()? == self.code(cursor)).then_some(cursor)
    }

    fn code(&self, cursor: &str) -> Hash {
        blake3::keyed_hash(&self.0, cursor.as_bytes())
    }
}
