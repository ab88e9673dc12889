//! The table of rights: what each role may do, and with which records.
//!
//! What handlers require ([`Bearer`](super::Bearer)), what callers may see, the texts of refusals, the OpenAPI document and
//! `docs/roles.md` all follow from it.

use super::Role;
use domain::{content::Content, kind::Kind};
use std::marker::PhantomData;

#[cfg(test)]
pub(crate) mod page;
#[cfg(test)]
mod tests;

/// The records to which a role may apply a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// None: the role does not have the right.
    Nothing,
    /// Those of the chamber or organisation that the token is bound to.
    Own,
    /// As [`Extent::Own`] if the operator lets managers publish, otherwise none.
    OwnIfPublishing,
    /// All.
    All,
}

/// Something that a caller may do. Each is a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Read what is public.
    ReadPublic,
    /// Read drafts and archived records.
    ReadDrafts,
    /// Read the versions of records.
    ReadHistory,
    /// Read the audit log.
    ReadAudit,
    /// Edit the profile of an initiative or network.
    EditProfiles,
    /// Create and edit events.
    WriteEvents,
    /// Publish events.
    PublishEvents,
    /// All other writes of content.
    WriteContent,
    /// Read all members of a chamber.
    ReadMembers,
    /// Write the members of a chamber.
    WriteMembers,
    /// Issue, list and revoke tokens.
    AdministerTokens,
}

/// The table. Each row has a right, its description, and its extent for the columns of [`COLUMNS`].
#[rustfmt::skip]
const TABLE: [(Right, &str, [Extent; 6]); 11] = {
    use Extent::{All, Nothing, Own, OwnIfPublishing as IfPublishing};
    [
        //                                                                       anonym.  chamber  manager       auditor  editor   admin
        (Right::ReadPublic, "Read everything that is public",                   [All,     All,     All,          All,     All,     All]),
        (Right::ReadDrafts, "Read drafts and archived records",                 [Nothing, Nothing, Own,          All,     All,     All]),
        (Right::ReadHistory, "Read the versions of records",                    [Nothing, Nothing, Nothing,      All,     All,     All]),
        (Right::ReadAudit, "Read the audit log",                                [Nothing, Nothing, Nothing,      All,     Nothing, All]),
        (Right::EditProfiles, "Edit initiatives and networks",                  [Nothing, Nothing, Own,          Nothing, All,     All]),
        (Right::WriteEvents, "Create events, and edit them",                    [Nothing, Nothing, Own,          Nothing, All,     All]),
        (Right::PublishEvents, "Publish events, and edit published ones",       [Nothing, Nothing, IfPublishing, Nothing, All,     All]),
        (Right::WriteContent, "All other writes of content",                    [Nothing, Nothing, Nothing,      Nothing, All,     All]),
        (Right::ReadMembers, "Read the members and sync runs of a chamber",     [Nothing, Own,     Nothing,      All,     All,     All]),
        (Right::WriteMembers, "Write, sync and erase the members of a chamber", [Nothing, Own,     Nothing,      Nothing, Nothing, All]),
        (Right::AdministerTokens, "Issue, list and revoke tokens",              [Nothing, Nothing, Nothing,      Nothing, Nothing, All]),
    ]
};

/// The columns of the table: anonymous callers, then the roles.
const COLUMNS: [Option<Role>; 6] = [
    None,
    Some(Role::Chamber),
    Some(Role::Manager),
    Some(Role::Auditor),
    Some(Role::Editor),
    Some(Role::Admin),
];

impl Right {
    /// The right to create records of a kind.
    pub const fn to_create(kind: Kind) -> Self {
        match kind {
            Kind::Event => Self::WriteEvents,
            _ => Self::WriteContent,
        }
    }

    /// The right to edit records of a kind.
    pub const fn to_edit(kind: Kind) -> Self {
        match kind {
            Kind::Initiative | Kind::Network => Self::EditProfiles,
            Kind::Event => Self::WriteEvents,
            _ => Self::WriteContent,
        }
    }

    /// The extent of the right for a role. `None` stands for callers without a token.
    pub fn extent(self, role: Option<Role>) -> Extent {
        let (_, _, extents) = TABLE[self as usize];
        let column = COLUMNS.into_iter().position(|column| column == role);
        column.map_or(Extent::Nothing, |column| extents[column])
    }

    /// Whether callers without a token have the right.
    pub fn is_open(self) -> bool {
        self.extent(None) == Extent::All
    }

    /// The roles that have the right, `admin` last.
    pub fn roles(self) -> impl Iterator<Item = Role> {
        let has_right = move |role: &Role| self.extent(Some(*role)) != Extent::Nothing;
        COLUMNS.into_iter().flatten().filter(has_right)
    }

    /// What a token must be bound to if the right extends to its own records only.
    pub fn binding(self) -> &'static str {
        match self {
            Self::ReadMembers | Self::WriteMembers => "bound to this chamber",
            Self::WriteEvents | Self::PublishEvents => "bound to one of the organisers",
            _ => "bound to this record",
        }
    }

    /// The text of the refusal for a role that does not have the right.
    pub fn refusal(self, role: Role) -> String {
        let mut roles: Vec<&str> = self.roles().map(Role::as_str).collect();
        let last = roles.pop().unwrap_or_default();
        let roles =
            if roles.is_empty() { last.to_owned() } else { format!("{} or {last}", roles.join(", ")) };
        format!("The role '{}' does not permit this. Required: {roles}.", role.as_str())
    }
}

/// A right as the parameter of a type, such as [`Bearer`](super::Bearer).
pub trait Needs: 'static {
    /// The right.
    const RIGHT: Right;
}

/// Needs the right to create records of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Create<C>(PhantomData<C>);

impl<C: Content> Needs for Create<C> {
    const RIGHT: Right = Right::to_create(C::KIND);
}

/// Needs the right to edit records of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Edit<C>(PhantomData<C>);

impl<C: Content> Needs for Edit<C> {
    const RIGHT: Right = Right::to_edit(C::KIND);
}

/// Declares a type for each right.
macro_rules! needs {
    ($($right:ident)+) => {
        $(
            #[doc = concat!("Needs [`Right::", stringify!($right), "`].")]
            #[derive(Clone, Copy, Debug)]
            pub struct $right;

            impl Needs for $right {
                const RIGHT: Right = Right::$right;
            }
        )+
    };
}

needs!(ReadHistory ReadAudit WriteContent ReadMembers WriteMembers AdministerTokens);
