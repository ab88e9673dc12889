//! Roles of callers.

use serde::{Deserialize, Serialize};

/// The role of a token. The strongest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Read drafts, write all content.
    Editor,
    /// Read everything, write nothing.
    Auditor,
    /// Maintain the members of one chamber.
    Chamber,
    /// Maintain one initiative or network.
    Manager,
    /// Read what is public: a bearer whom the identity provider knows, without a role of this server. Not issued here.
    #[serde(skip)]
    #[value(skip)]
    Guest,
}

impl Role {
    /// Every role that a token can be issued for.
    pub const ALL: [Self; 5] = [Self::Admin, Self::Editor, Self::Auditor, Self::Chamber, Self::Manager];

    /// The name, as in tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Auditor => "auditor",
            Self::Chamber => "chamber",
            Self::Manager => "manager",
            Self::Guest => "guest",
        }
    }
}
