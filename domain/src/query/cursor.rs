//! Pagination cursors.

use super::{Parameters, Sort, SortKey};
use crate::{fault::Faults, id::Id};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The sort key of the last record on a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Position {
    /// A folded name.
    Name(String),
    /// A moment.
    Moment(DateTime<Utc>),
}

/// A position in a list. Opaque to clients, and valid only for the filter and sort order that it was created for.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// The sort key of the last record.
    pub position: Position,
    /// The id of the last record.
    pub id: Id,
}

/// Lengths of the fingerprint and the id, with which an encoded cursor begins.
const FINGERPRINT: usize = 8;
const ID: usize = 16;

impl Cursor {
    /// The name of the parameter of every list that takes a cursor.
    pub const PARAMETER: &str = "cursor";

    /// Encodes the cursor as URL-safe base64.
    pub fn encode(&self, fingerprint: [u8; 8]) -> String {
        let mut bytes = fingerprint.to_vec();
        bytes.extend_from_slice(self.id.0.as_bytes());
        match &self.position {
            Position::Name(name) => bytes.extend_from_slice(name.as_bytes()),
            Position::Moment(moment) => bytes.extend_from_slice(&moment.timestamp_micros().to_be_bytes()),
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Takes the cursor from the parameters. Records a fault if it cannot be decoded.
    pub(super) fn take(
        parameters: &mut Parameters,
        fingerprint: [u8; 8],
        sort: Sort,
        faults: &mut Faults,
    ) -> Option<Self> {
        let refusal = "is not a cursor of this list with this filter and order: omit it to start again, and use the \
                       address in 'next' unchanged";
        parameters.one(Self::PARAMETER, faults, |text| {
            Self::decode(text, fingerprint, sort).ok_or_else(|| refusal.to_owned())
        })
    }

    /// Decodes a cursor. Returns `None` if it is invalid, or was created for another filter or sort order.
    pub fn decode(text: &str, fingerprint: [u8; 8], sort: Sort) -> Option<Self> {
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
