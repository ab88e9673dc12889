//! Who is asking.

use crate::{index::CacheAccess, past::Past};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{record::Status, time::today, vocabulary::ChamberCode};

/// Who is asking. Nothing is read without one; it becomes part of every statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Anyone: sees what is published and, of members, public.
    Public,
    /// A chamber: sees its own members too, where these are asked for.
    Chamber(ChamberCode),
    /// Editors, auditors and administrators: see everything.
    Staff,
}

impl Audience {
    /// Whether it may see a record that is not its own.
    pub fn may_see(self, visible: bool) -> bool {
        match self {
            Self::Public | Self::Chamber(_) => visible,
            Self::Staff => true,
        }
    }

    /// Whether it may ask for records in this state.
    pub fn may_ask_for(self, status: Status) -> bool {
        match self {
            Self::Public => status == Status::Published,
            Self::Chamber(_) | Self::Staff => true,
        }
    }
}

/// Who looks, and at which moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) audience: Audience,
    /// The moment that is now, as far as anything depends on it.
    pub(crate) now: DateTime<Utc>,
    /// The moment that is looked back at; `None`: things are looked at as they are.
    pub(crate) past: Option<Past>,
    /// Sets that were read before; `None` inside a transaction that writes.
    pub(crate) cache: Option<CacheAccess<'a>>,
}

impl View<'_> {
    /// Of which records the sets are looked at: those that the public sees, or all; whatever else narrows what a chamber may
    /// see is part of each filter.
    pub(crate) fn visibilities(self) -> &'static [bool] {
        match self.audience {
            Audience::Public => &[true],
            Audience::Chamber(_) | Audience::Staff => &[true, false],
        }
    }

    pub(crate) fn today(self) -> NaiveDate {
        today(self.now)
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
    /// The role of commands.
    pub const OPERATOR: &str = "operator";

    /// A command of the operator's.
    pub fn command(name: &str) -> Self {
        Self { subject: name.to_owned(), role: Self::OPERATOR.to_owned(), token: None }
    }
}
