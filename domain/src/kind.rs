//! What a kind of record is called.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A regional concentration of firms and institutes in one field.
    Cluster,
    /// An organised, managed alliance of actors, usually within one cluster.
    Initiative,
    /// A state-wide alliance across regions.
    Network,
    /// An instrument of cluster policy.
    Measure,
    /// A dated happening.
    Event,
    /// A company, institute, university or other body.
    Member,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Cluster, Self::Initiative, Self::Network, Self::Measure, Self::Event, Self::Member];

    /// The word for one: in the database, in files, in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Initiative => "initiative",
            Self::Network => "network",
            Self::Measure => "measure",
            Self::Event => "event",
            Self::Member => "member",
        }
    }

    /// The word for many: the collection's path segment.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Cluster => "clusters",
            Self::Initiative => "initiatives",
            Self::Network => "networks",
            Self::Measure => "measures",
            Self::Event => "events",
            Self::Member => "members",
        }
    }

    /// The letter for it where text is indexed; no two kinds share one.
    pub fn letter(self) -> char {
        match self {
            Self::Cluster => 'c',
            Self::Initiative => 'i',
            Self::Network => 'n',
            Self::Measure => 's',
            Self::Event => 'e',
            Self::Member => 'm',
        }
    }

    /// The kind with this word for one.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The space in which its slugs are unique; `None` when it has no slugs.
    ///
    /// Initiatives and networks share one, since an affiliation may name either.
    pub fn slug_space(self) -> Option<&'static str> {
        match self {
            Self::Cluster => Some("cluster"),
            Self::Initiative | Self::Network => Some("organisation"),
            Self::Measure => Some("measure"),
            Self::Event => Some("event"),
            Self::Member => None,
        }
    }

    /// The kinds whose slugs are unique together with its own, itself among them.
    pub fn sharing_slugs(self) -> &'static [Self] {
        match self {
            Self::Cluster => &[Self::Cluster],
            Self::Initiative | Self::Network => &[Self::Initiative, Self::Network],
            Self::Measure => &[Self::Measure],
            Self::Event => &[Self::Event],
            Self::Member => &[Self::Member],
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
