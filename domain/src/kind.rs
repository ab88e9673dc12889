//! Kinds of record and their names.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A regional concentration of companies and institutes in one field.
    Cluster,
    /// An organised, managed alliance of actors, usually within one cluster.
    Initiative,
    /// A state-wide alliance that spans regions.
    Network,
    /// A measure of cluster policy, such as a funding programme.
    Measure,
    /// An event with a date, such as a conference.
    Event,
    /// A funded project under a measure.
    Operation,
    /// A company, institute, university or other body.
    Member,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Cluster,
        Self::Initiative,
        Self::Network,
        Self::Measure,
        Self::Event,
        Self::Operation,
        Self::Member,
    ];

    /// The singular, as used in the database, in files and in responses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Initiative => "initiative",
            Self::Network => "network",
            Self::Measure => "measure",
            Self::Event => "event",
            Self::Operation => "operation",
            Self::Member => "member",
        }
    }

    /// The plural, as used in the path of the collection.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Cluster => "clusters",
            Self::Initiative => "initiatives",
            Self::Network => "networks",
            Self::Measure => "measures",
            Self::Event => "events",
            Self::Operation => "operations",
            Self::Member => "members",
        }
    }

    /// A letter that identifies the kind in the search index. Unique per kind.
    pub fn letter(self) -> char {
        match self {
            Self::Cluster => 'c',
            Self::Initiative => 'i',
            Self::Network => 'n',
            Self::Measure => 's',
            Self::Event => 'e',
            Self::Operation => 'o',
            Self::Member => 'm',
        }
    }

    /// Whether a manager may maintain records of this kind: the profile of the organisation, and its events.
    pub fn is_managed(self) -> bool {
        match self {
            Self::Initiative | Self::Network | Self::Event => true,
            Self::Cluster | Self::Measure | Self::Operation | Self::Member => false,
        }
    }

    /// Parses the singular.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The namespace in which slugs of this kind are unique, or `None` for a kind without slugs.
    ///
    /// Initiatives and networks share one, because an affiliation may refer to either.
    pub fn slug_space(self) -> Option<&'static str> {
        match self {
            Self::Cluster => Some("cluster"),
            Self::Initiative | Self::Network => Some("organisation"),
            Self::Measure => Some("measure"),
            Self::Event => Some("event"),
            Self::Operation => Some("operation"),
            Self::Member => None,
        }
    }

    /// The kinds that share a slug namespace with this one, including itself.
    pub fn sharing_slugs(self) -> &'static [Self] {
        match self {
            Self::Cluster => &[Self::Cluster],
            Self::Initiative | Self::Network => &[Self::Initiative, Self::Network],
            Self::Measure => &[Self::Measure],
            Self::Event => &[Self::Event],
            Self::Operation => &[Self::Operation],
            Self::Member => &[Self::Member],
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
