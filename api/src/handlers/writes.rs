//! Checks that all writes of content share.

use crate::{
    auth::{Identity, Role},
    problem::Problem,
};
use domain::{content::Content, fault::Faults, record::Draft};
use persistence::write::{resolving::Resolved, transaction::Transaction};

/// Resolves the references of a draft. Returns `None` if there is no draft because the body could not be parsed.
pub(super) fn resolve<C: Content>(
    transaction: &mut Transaction<'_>,
    draft: Option<Draft<C>>,
    faults: &mut Faults,
) -> Result<Option<Resolved<C>>, Problem> {
    Ok(draft.map(|draft| transaction.resolve(draft, faults)).transpose()?)
}

/// Returns the result if there are no faults, otherwise a problem with all of them.
pub(super) fn complete<T>(read: Option<T>, faults: Faults) -> Result<T, Problem> {
    match read {
        Some(read) if faults.is_empty() => Ok(read),
        _ => Err(Problem::of_body(faults)),
    }
}

/// Reports a fault if anyone but an administrator assigns a member to a chamber.
pub(super) fn refuse_assigning_chamber<C: Content>(
    identity: &Identity,
    draft: Option<&Draft<C>>,
    faults: &mut Faults,
) {
    let has_chamber = draft.is_some_and(|draft| draft.content.chamber_key().is_some());
    if has_chamber && identity.role != Role::Admin {
        faults.broken("/chamber", "must be null: members of a chamber are maintained by that chamber");
    }
}
