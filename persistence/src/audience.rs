//! Who is asking.

use domain::record::Status;

/// Who is asking. Nothing is read without one; it becomes part of every statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Anyone: sees what is published and, of members, public.
    Public,
    /// Editors, auditors and administrators: see everything.
    Staff,
}

impl Audience {
    /// Whether it may see a record.
    pub fn may_see(self, visible: bool) -> bool {
        match self {
            Self::Public => visible,
            Self::Staff => true,
        }
    }

    /// Whether it may ask for records in this state.
    pub fn may_ask_for(self, status: Status) -> bool {
        match self {
            Self::Public => status == Status::Published,
            Self::Staff => true,
        }
    }
}

/// On whose behalf something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who: the subject of a token, or the name of a command.
    pub subject: String,
    /// In which role.
    pub role: String,
    /// By which token; `None` for commands.
    pub token: Option<domain::id::Id>,
}

impl Actor {
    /// A command of the operator's.
    pub fn command(name: &str) -> Self {
        Self { subject: name.to_owned(), role: "operator".to_owned(), token: None }
    }
}
