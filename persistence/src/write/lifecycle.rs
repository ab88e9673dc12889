//! Archiving and restoring records.

use crate::{
    rows::Stored,
    schema::revisions,
    write::{
        action::Action,
        transaction::{Imported, SaveError, Transaction},
    },
};
use diesel::prelude::*;
use domain::{
    content::Content,
    fault::Faults,
    record::{Draft, Status},
};

impl Transaction<'_> {
    /// Archives a record.
    ///
    /// # Errors
    /// If the database fails.
    pub fn archive<C: Content>(&mut self, previous: Stored<C>) -> Result<Stored<C>, SaveError> {
        self.set_status(previous, Status::Archived, Action::Archive)
    }

    /// Restores an archived record to its last status before that. Other records are returned unchanged.
    ///
    /// # Errors
    /// If the database fails.
    pub fn restore<C: Content>(&mut self, previous: Stored<C>) -> Result<Stored<C>, SaveError> {
        if previous.status()? != Status::Archived {
            return Ok(previous);
        }
        let before: Option<String> = revisions::table
            .filter(
                revisions::record.eq(previous.row.id).and(revisions::status.ne(Status::Archived.as_str())),
            )
            .order(revisions::version.desc())
            .select(revisions::status)
            .first(self.conn)
            .optional()?;
        let status = before.and_then(|word| Status::parse(&word)).unwrap_or(Status::Draft);
        self.set_status(previous, status, Action::Restore)
    }

    fn set_status<C: Content>(
        &mut self,
        previous: Stored<C>,
        status: Status,
        action: Action,
    ) -> Result<Stored<C>, SaveError> {
        let id = previous.id();
        let draft = Draft { slug: None, status: Some(status), content: previous.content.clone() };
        // Faults are ignored: a record can be archived even if something that it refers to is no longer visible.
        let resolved = self.resolve(draft, &mut Faults::new())?;
        self.save(Some(previous), id, resolved, action, Imported::default()).map(|(stored, _)| stored)
    }
}
