//! Cursors: where a page ended, so that the next one begins behind it.

use super::{Sort, SortKey};
use crate::id::Id;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The value by which the last record of a page was sorted.
#[derive(Clone, Debug, PartialEq)]
pub enum Position {
    /// A folded name.
    Name(String),
    /// A moment.
    Moment(DateTime<Utc>),
}

/// Where a page ended: opaque to clients, and bound to the filter and order that it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// By what the last record was sorted.
    pub position: Position,
    /// Its id.
    pub id: Id,
}

/// Bytes of the fingerprint and of the id that a cursor begins with.
const FINGERPRINT: usize = 8;
const ID: usize = 16;

impl Cursor {
    /// The cursor as text that fits into a URL.
    pub fn encode(&self, fingerprint: [u8; 8]) -> String {
        let mut bytes = fingerprint.to_vec();
        bytes.extend_from_slice(self.id.0.as_bytes());
        match &self.position {
            Position::Name(name) => bytes.extend_from_slice(name.as_bytes()),
            Position::Moment(moment) => bytes.extend_from_slice(&moment.timestamp_micros().to_be_bytes()),
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor that came with this fingerprint and order.
    ///
    /// # Errors
    /// A sentence for the caller when it is not such a cursor.
    pub fn decode(text: &str, fingerprint: [u8; 8], sort: Sort) -> Result<Self, String> {
        let refusal = "is not a cursor of this list with this filter and order: begin again without it, and follow \
                       the address in 'next' as it is";
        Self::read(text, fingerprint, sort).ok_or_else(|| refusal.to_owned())
    }

    fn read(text: &str, fingerprint: [u8; 8], sort: Sort) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (sent, rest) = bytes.split_at_checked(FINGERPRINT)?;
        let (id, position) = rest.split_at_checked(ID)?;
        if sent != fingerprint {
            return None;
        }
        let position = match sort.key {
            SortKey::Name => Position::Name(
                std::str::from_utf8(position).ok().filter(|name| !name.contains('\0'))?.to_owned(),
            ),
            SortKey::UpdatedAt | SortKey::Start => {
                let micros = i64::from_be_bytes(position.try_into().ok()?);
                Position::Moment(
                    DateTime::from_timestamp_micros(micros)
                        .filter(|moment| (0..=9999).contains(&chrono::Datelike::year(moment)))?,
                )
            }
        };
        Some(Self { position, id: Id(Uuid::from_slice(id).ok()?) })
    }
}
