//! The names of actions on records, as stored in revisions.

/// An action on a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The record was created.
    Create,
    /// The record was changed.
    Update,
    /// The record was archived.
    Archive,
    /// The record was restored.
    Restore,
    /// The record was created or changed by an import.
    Import,
    /// The record was reset to an earlier version.
    Revert,
    /// The record was erased, with its history.
    Erase,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 7] =
        [Self::Create, Self::Update, Self::Archive, Self::Restore, Self::Import, Self::Revert, Self::Erase];

    /// Returns the stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Archive => "archive",
            Self::Restore => "restore",
            Self::Import => "import",
            Self::Revert => "revert",
            Self::Erase => "erase",
        }
    }
}
