//! What was done with tokens and keys. Part of the audit, and of nothing else.

use crate::{
    audience::Actor,
    connection::Conn,
    dialect,
    error::Error,
    schema::credential_events,
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::id::Id;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A token.
    Token,
    /// A key that verifies tokens.
    Key,
}

impl CredentialKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Token, Self::Key];

    /// Returns the stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Key => "key",
        }
    }
}

/// An action on a token or key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialAction {
    /// A token was issued.
    Issue,
    /// A token was revoked.
    Revoke,
    /// A key was created.
    Create,
    /// A key was replaced. It verifies tokens until the last one expires.
    Rotate,
    /// A key was retired, and all its tokens were revoked.
    Retire,
}

impl CredentialAction {
    /// Every action.
    pub const ALL: [Self; 5] = [Self::Issue, Self::Revoke, Self::Create, Self::Rotate, Self::Retire];

    /// Returns the stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Revoke => "revoke",
            Self::Create => "create",
            Self::Rotate => "rotate",
            Self::Retire => "retire",
        }
    }

    fn kind(self) -> CredentialKind {
        match self {
            Self::Issue | Self::Revoke => CredentialKind::Token,
            Self::Create | Self::Rotate | Self::Retire => CredentialKind::Key,
        }
    }
}

/// Appends an event. Requires the lock on revisions, so that numbers appear in commit order.
pub(crate) fn append(
    conn: &mut Conn,
    actor: &Actor,
    action: CredentialAction,
    subject: Id,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let seq = dialect::next_seq(conn)?;
    diesel::insert_into(credential_events::table)
        .values((
            credential_events::seq.eq(seq),
            credential_events::at.eq(DbMoment(now)),
            credential_events::action.eq(action.as_str()),
            credential_events::actor.eq(&actor.subject),
            credential_events::role.eq(&actor.role),
            credential_events::token.eq(actor.token.map(DbId::from)),
            credential_events::kind.eq(action.kind().as_str()),
            credential_events::subject.eq(DbId::from(subject)),
        ))
        .execute(conn)?;
    Ok(())
}
