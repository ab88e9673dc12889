//! The references of a draft, resolved before it is saved.

use crate::{
    error::Error,
    query::labels::{self, Targets},
    rows::Stored,
    write::{hidden, transaction::Transaction},
};
use domain::{content::Content, fault::Faults, id::Id, record::Draft, reference::Link, time::today};

/// A draft whose references have been resolved.
#[derive(Debug)]
pub struct Resolved<C> {
    pub(super) draft: Draft<C>,
    pub(super) targets: Targets,
}

impl<C> Resolved<C> {
    /// The draft.
    pub fn draft(&self) -> &Draft<C> {
        &self.draft
    }
}

impl Transaction<'_> {
    /// Resolves the references of a draft. References to nothing, or to nothing that the audience may see, become
    /// faults.
    ///
    /// # Errors
    /// If the database fails.
    pub fn resolve<C: Content>(
        &mut self,
        draft: Draft<C>,
        faults: &mut Faults,
    ) -> Result<Resolved<C>, Error> {
        self.resolve_among(draft, Targets::default(), (None, None), faults)
    }

    /// Like [`Transaction::resolve`], for an existing record. Its current references may stay, even if their target
    /// was withdrawn. References that the audience cannot see are kept. A reference to the record itself becomes a
    /// fault.
    ///
    /// # Errors
    /// If the database fails.
    pub fn resolve_over<C: Content>(
        &mut self,
        previous: Option<&Stored<C>>,
        draft: Draft<C>,
        faults: &mut Faults,
    ) -> Result<Resolved<C>, Error> {
        let Some(previous) = previous else { return self.resolve(draft, faults) };
        let own = Some(previous.id());
        let previous = &previous.content;
        let mut resolved = self.resolve_among(draft, Targets::default(), (own, Some(previous)), faults)?;
        hidden::keep(self.conn, self.audience, &mut resolved.targets, previous, &mut resolved.draft.content)?;
        Ok(resolved)
    }

    /// Like [`Transaction::resolve`], with targets that are known already, and the record's own id.
    pub(crate) fn resolve_among<C: Content>(
        &mut self,
        mut draft: Draft<C>,
        mut targets: Targets,
        (own, previous): (Option<Id>, Option<&C>),
        faults: &mut Faults,
    ) -> Result<Resolved<C>, Error> {
        labels::resolve(self.conn, self.audience, &mut targets, previous, &mut draft.content, faults)?;
        draft.content.check_on(today(self.now), faults);
        draft.content.visit_links(&mut |link: Link<'_>| {
            if own.is_some() && link.reference.id() == own {
                faults.broken(link.pointer, "must not refer to the record itself");
            }
            true
        });
        Ok(Resolved { draft, targets })
    }
}
