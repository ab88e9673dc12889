//! The partitions of the search index.
//!
//! The public records of a kind are one partition, the hidden ones another. Tokens start with their partition, and
//! each partition has its own dictionary. Nothing about a search therefore depends on records of another kind or,
//! for the public, on hidden records: not its hits, completions, corrections or response time.

use crate::audience::Audience;
use domain::{
    kind::Kind,
    search::{WantedToken, tag},
    terms::{Facet, Term},
    vocabulary::{Chamber, Entry},
};

/// The public or the hidden records of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Partition {
    pub(crate) kind: Kind,
    pub(crate) visible: bool,
}

impl Partition {
    /// The prefix of its tokens: two letters.
    pub(crate) fn prefix(self) -> String {
        [self.kind.letter(), if self.visible { 'v' } else { 'h' }].iter().collect()
    }

    /// Returns the dictionary for the words of a record with these terms. Hidden members have one per chamber, so
    /// that no chamber's search depends on another's hidden members.
    pub(crate) fn dictionary(self, terms: &[Term]) -> String {
        let chamber = terms.iter().find(|term| term.facet == Facet::Chamber).map(|term| term.value.as_str());
        self.dictionary_of(chamber)
    }

    fn dictionary_of(self, chamber: Option<&str>) -> String {
        match chamber.filter(|_| !self.visible) {
            Some(chamber) => format!("{}-{chamber}", self.prefix()),
            None => self.prefix(),
        }
    }

    /// Returns all dictionaries that an audience may use.
    fn dictionaries(self, audience: Audience) -> Vec<String> {
        let own = std::iter::once(self.dictionary_of(None));
        match audience {
            _ if self.visible || self.kind != Kind::Member => own.collect(),
            Audience::Public | Audience::Manager(_) => Vec::new(),
            Audience::Chamber(chamber) => vec![self.dictionary_of(Some(&chamber.entry().slug))],
            Audience::Staff => {
                let chambers = Chamber::all().iter();
                own.chain(chambers.map(|chamber| self.dictionary_of(Some(&chamber.slug)))).collect()
            }
        }
    }
}

/// The partitions and tags that a search is limited to.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) partitions: Vec<Partition>,
    /// Tags that a document must have: one of each group.
    pub(crate) tags: Vec<Vec<WantedToken>>,
    audience: Audience,
}

impl Scope {
    /// The records of some kinds (all if empty) that an audience may see and that have one of the values of each
    /// facet. For a manager: the public ones.
    pub(crate) fn new(audience: Audience, kinds: &[Kind], terms: &[(Facet, Vec<String>)]) -> Self {
        let wanted = Kind::ALL.into_iter().filter(|kind| kinds.is_empty() || kinds.contains(kind));
        let visible: &[bool] = match audience {
            Audience::Public | Audience::Manager(_) => &[true],
            Audience::Chamber(_) | Audience::Staff => &[true, false],
        };
        let partitions =
            wanted.flat_map(|kind| visible.iter().map(move |&visible| Partition { kind, visible })).collect();
        let own = match audience {
            Audience::Chamber(chamber) => Some((Facet::Chamber, vec![chamber.entry().slug.clone()])),
            Audience::Public | Audience::Manager(_) | Audience::Staff => None,
        };
        let token = |facet: Facet, value: &String| {
            tag(facet, value).map(|text| WantedToken { text, is_prefix: false })
        };
        let tags = terms
            .iter()
            .chain(&own)
            .map(|(facet, values)| values.iter().filter_map(|value| token(*facet, value)).collect())
            .collect();
        Self { partitions, tags, audience }
    }

    /// Everything that an audience may see. For a chamber: its members. For a manager: everything public.
    pub(crate) fn everything(audience: Audience) -> Self {
        let kinds: &[Kind] = if let Audience::Chamber(_) = audience { &[Kind::Member] } else { &[] };
        Self::new(audience, kinds, &[])
    }

    /// Returns the dictionaries of all partitions that the audience may use.
    pub(crate) fn dictionaries(&self) -> Vec<String> {
        self.partitions.iter().flat_map(|partition| partition.dictionaries(self.audience)).collect()
    }
}
