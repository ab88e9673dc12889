//! Which record a line of an import means.

use super::{Line, import::LineError};
use crate::{query::labels::Targets, schema::records, types::DbId, write::transaction::Transaction};
use diesel::prelude::*;
use domain::{
    fault::Faults,
    id::Id,
    kind::Kind,
    scalar::ExternalId,
    slug::{Key, Slug},
    vocabulary::ChamberCode,
};
use serde_json::{Map, Value};

/// The record that a line means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Identity {
    /// A record that exists, or may exist.
    Known(Id),
    /// A new record with this id.
    New(Id),
}

/// Returns the record that a line means: by id, slug or external id, or a new one.
pub(super) fn identify(
    transaction: &mut Transaction<'_>,
    targets: &mut Targets,
    line: &Line<Map<String, Value>>,
) -> Result<Identity, LineError> {
    let text = |field: &str| line.record.get(field).and_then(Value::as_str);
    let slug = text("slug").and_then(|slug| Slug::try_from(slug.to_owned()).ok());
    let kinds = line.kind.sharing_slugs();
    let chamber = text("chamber").and_then(ChamberCode::parse);
    let external_id = text("external_id").and_then(|id| ExternalId::try_from(id.to_owned()).ok());
    let known = if let Some(id) = line.record.get("id").filter(|id| !id.is_null()) {
        let id = id.as_str().and_then(Id::parse).filter(|id| id.is_of_a_record());
        Some(id.ok_or_else(|| Faults::one("/id", "is not an id: it must be a UUIDv7 with hyphens"))?)
    } else if let Some(slug) = &slug {
        let key = Key::Slug(slug.clone());
        targets.look_up(transaction.conn, &[(key.clone(), kinds)])?;
        targets.find(&key, kinds).map(|found| found.id)
    } else if let (Some(chamber), Some(external_id)) = (chamber, external_id) {
        let id: Option<DbId> = records::table
            .filter(records::chamber.eq(&chamber.entry().slug))
            .filter(records::external_id.eq(external_id.as_str()))
            .select(records::id)
            .first(transaction.conn)
            .optional()?;
        id.map(Id::from)
    } else {
        None
    };
    let identity = match known {
        Some(id) => {
            refuse_other_kind(transaction, targets, id, line.kind, text("id").map_or("/slug", |_| "/id"))?;
            Identity::Known(id)
        }
        None => Identity::New(transaction.clock.new_id()),
    };
    let (Identity::Known(id) | Identity::New(id)) = identity;
    targets.announce(id, line.kind, slug.as_ref());
    Ok(identity)
}

/// Rejects a line whose id or slug belongs to a record of another kind.
fn refuse_other_kind(
    transaction: &mut Transaction<'_>,
    targets: &mut Targets,
    id: Id,
    kind: Kind,
    pointer: &str,
) -> Result<(), LineError> {
    targets.look_up(transaction.conn, &[(Key::Id(id), &Kind::ALL)])?;
    match targets.kind_of(id) {
        Some(other) if other != kind => {
            Err(Faults::one(pointer, format!("belongs to a record of kind '{other}'")).into())
        }
        _ => Ok(()),
    }
}
