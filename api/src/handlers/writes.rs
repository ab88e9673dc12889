//! Checks that all writes of content share.

use crate::{
    auth::{Extent, Identity, Right},
    problem::{FORBIDDEN, Problem},
};
use domain::{
    content::Content,
    fault::Faults,
    id::Id,
    record::{Draft, Status},
};
use persistence::{
    Stored,
    write::{resolving::Resolved, transaction::Transaction},
};

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
    if has_chamber && identity.extent(Right::WriteMembers) != Extent::All {
        faults.broken("/chamber", "must be null: members of a chamber are maintained by that chamber");
    }
}

/// Rejects a write to a record that its caller sees, but may not write: a member that a chamber maintains, a record that
/// does not belong to the organisation of a manager, or an event that a manager may no longer edit.
pub(super) fn refuse_foreign<C: Content>(
    identity: &Identity,
    right: Right,
    transaction: &mut Transaction<'_>,
    stored: &Stored<C>,
) -> Result<(), Problem> {
    if let Some((chamber, _)) = stored.content.chamber_key()
        && identity.extent(Right::WriteMembers) != Extent::All
    {
        let chamber = &chamber.entry().name;
        return Err(forbidden(format!("This member is maintained by its chamber, {chamber}.")));
    }
    let Some(organisation) = organisation_of(identity, right, transaction)? else { return Ok(()) };
    if stored.id() != organisation && !is_owned(&stored.content, organisation) {
        return Err(forbidden("This record does not belong to the organisation of the token."));
    }
    let status = stored.status()?;
    if right == Right::WriteEvents && status != Status::Draft && !may_publish(identity) {
        return Err(forbidden(format!(
            "The event is {}, and managers may edit drafts only. Ask an editor, or ask the operator to let managers \
             publish (CLUSTERPORTAL_MANAGERS_PUBLISH).",
            status.as_str()
        )));
    }
    Ok(())
}

/// Rejects a draft with which a manager would do more than its right allows: give away an event, or change a status.
/// `previous` is the current status, or `None` for a new record.
pub(super) fn refuse_excess<C: Content>(
    identity: &Identity,
    right: Right,
    draft: &Draft<C>,
    previous: Option<Status>,
) -> Result<(), Problem> {
    let (Extent::Own, Some(organisation)) = (identity.extent(right), identity.organisation) else {
        return Ok(());
    };
    let is_event = right == Right::WriteEvents;
    let mut faults = Faults::new();
    if is_event && !is_owned(&draft.content, organisation) {
        faults.broken("/organisers", "must contain the organisation of the token");
    }
    if let Some(fault) = status_fault(identity, is_event, previous, draft.status) {
        faults.broken("/status", fault);
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::of_refusal(faults)) }
}

/// Says why a manager may not set a status. `None` if it may. New records are drafts.
fn status_fault(
    identity: &Identity,
    is_event: bool,
    previous: Option<Status>,
    wanted: Option<Status>,
) -> Option<String> {
    let previous = previous.unwrap_or(Status::Draft);
    let wanted = wanted.filter(|wanted| *wanted != previous)?;
    let publishes = is_event && (previous, wanted) == (Status::Draft, Status::Published);
    match publishes {
        true if may_publish(identity) => None,
        true => Some(
            "must be draft: editors publish, unless the operator lets managers publish \
             (CLUSTERPORTAL_MANAGERS_PUBLISH)"
                .to_owned(),
        ),
        false => Some(format!("must be {}: only editors may change it", previous.as_str())),
    }
}

/// Returns the organisation to whose records a right is limited, or `None` if it is not. Rejects all writes for an
/// organisation that was archived or erased.
pub(super) fn organisation_of(
    identity: &Identity,
    right: Right,
    transaction: &mut Transaction<'_>,
) -> Result<Option<Id>, Problem> {
    let (Extent::Own, Some(organisation)) = (identity.extent(right), identity.organisation) else {
        return Ok(None);
    };
    match transaction.organisation_status(organisation)? {
        Some(Status::Draft | Status::Published) => Ok(Some(organisation)),
        Some(Status::Archived) => Err(forbidden("The organisation of the token is archived. Ask an editor.")),
        None => Err(forbidden("The organisation of the token does not exist any more.")),
    }
}

/// Whether a record belongs to an organisation.
fn is_owned<C: Content>(content: &C, organisation: Id) -> bool {
    content.owners().iter().any(|owner| owner.id() == Some(organisation))
}

fn may_publish(identity: &Identity) -> bool {
    identity.extent(Right::PublishEvents) != Extent::Nothing
}

fn forbidden(detail: impl Into<String>) -> Problem {
    Problem::new(&FORBIDDEN, detail)
}
