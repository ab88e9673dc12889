//! The words for what is done to records, as revisions keep them.

/// What was done to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It came into being.
    Create,
    /// It was changed.
    Update,
    /// It was withdrawn.
    Archive,
    /// It was brought back.
    Restore,
    /// It came or changed by a file.
    Import,
    /// It was set back to an earlier version.
    Revert,
    /// It was erased for good, with its history.
    Erase,
}

impl Action {
    /// Every sort.
    pub const ALL: [Self; 7] =
        [Self::Create, Self::Update, Self::Archive, Self::Restore, Self::Import, Self::Revert, Self::Erase];

    /// The word for it.
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
