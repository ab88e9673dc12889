//! Who reads and who writes.

use crate::{index::CacheAccess, past::Past, types::DbId};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{id::Id, kind::Kind, record::Status, time::today, vocabulary::ChamberCode};

/// Who reads. Nothing is read without an audience, which becomes part of every statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Anyone. Sees published records and, of members, the public ones.
    Public,
    /// A chamber. Also sees its own members where these are requested.
    Chamber(ChamberCode),
    /// The manager of an initiative or network. Also sees everything of its profile and of the events that it
    /// organises.
    Manager(Id),
    /// Editors, auditors and administrators. See everything.
    Staff,
}

impl Audience {
    /// Whether the audience may see what a reference names. Events, which managers see by their organisers, are named
    /// by no reference.
    pub fn may_see(self, id: Id, visible: bool) -> bool {
        match self {
            Self::Public | Self::Chamber(_) => visible,
            Self::Manager(organisation) => visible || organisation == id,
            Self::Staff => true,
        }
    }

    /// Whether the audience may filter records of a kind by a status.
    pub fn may_ask_for(self, status: Status, kind: Kind) -> bool {
        match self {
            Self::Public => status == Status::Published,
            Self::Manager(_) => status == Status::Published || kind.is_managed(),
            Self::Chamber(_) | Self::Staff => true,
        }
    }

    /// The initiative or network of a manager.
    pub(crate) fn organisation(self) -> Option<DbId> {
        match self {
            Self::Manager(organisation) => Some(organisation.into()),
            Self::Public | Self::Chamber(_) | Self::Staff => None,
        }
    }
}

/// Who reads, and at which moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) audience: Audience,
    /// The current moment, or that of `as_of`.
    pub(crate) now: DateTime<Utc>,
    /// The moment of `as_of`, or `None` for the current state.
    pub(crate) past: Option<Past>,
    /// The facet cache. `None` in write transactions and with `as_of`.
    pub(crate) cache: Option<CacheAccess<'a>>,
}

impl View<'_> {
    /// The visibilities of the sets to read: public records, or all. Further restrictions for chambers and managers are
    /// part of each filter.
    pub(crate) fn visibilities(self) -> &'static [bool] {
        match self.audience {
            Audience::Public => &[true],
            Audience::Chamber(_) | Audience::Manager(_) | Audience::Staff => &[true, false],
        }
    }

    /// The day of the view: the current one, or that of `as_of`.
    pub(crate) fn today(self) -> NaiveDate {
        today(self.now)
    }

    /// The day that decides whether personal data that may be shown for a time is still shown. For an earlier state,
    /// the last of all days: what it held may have been removed since.
    pub(crate) fn personal_data_day(self) -> NaiveDate {
        if self.past.is_some() { NaiveDate::MAX } else { self.today() }
    }
}

/// Who writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The subject of the token, or the name of the command.
    pub subject: String,
    /// The role.
    pub role: String,
    /// The token, or `None` for commands.
    pub token: Option<Id>,
}

impl Actor {
    /// The role of commands.
    pub const OPERATOR: &str = "operator";

    /// A command of the operator.
    pub fn command(name: &str) -> Self {
        Self { subject: name.to_owned(), role: Self::OPERATOR.to_owned(), token: None }
    }
}
