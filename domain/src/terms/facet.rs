//! The facets: by what records are filtered and counted. Each is declared here, once.

use crate::{
    kind::Kind,
    reference::Role,
    vocabulary::{Chamber, Entry, EntryName, Industry, Label, PlanningRegion, Region, TechnologyField},
    words::{EventFormat, MeasureKind, MemberKind, Scope, SizeClass, Visibility},
};

/// What there is to say about a facet.
#[derive(Clone, Copy, Debug)]
pub struct FacetSpec {
    /// Its name: of the filter, in the database, in answers.
    pub name: &'static str,
    /// Which values it has.
    pub values: Values,
    /// Whether a record may have its values from or until a day.
    pub may_have_days: bool,
    /// What the filter finds; empty where it is no filter.
    pub description: &'static str,
    /// An example of a value.
    pub example: &'static str,
}

/// Which values a facet has.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// The codes of a vocabulary.
    Vocabulary {
        /// The code of the entry that a text names, in any of the spellings that are in use.
        code: fn(&str) -> Option<&'static str>,
        /// What the entry of a code is called.
        name: fn(&str) -> Option<EntryName>,
        /// The path segment of the vocabulary.
        path: &'static str,
    },
    /// Words, some of them with a name in German.
    Words(fn(Kind) -> Words),
    /// Records of these kinds, by their ids.
    Records(&'static [Kind]),
    /// What only this program asks for: it is no filter.
    Internal,
}

/// The words that a facet has, and the names of those that have one.
pub type Words = (&'static [&'static str], &'static [(&'static str, &'static str)]);

/// The entries of a vocabulary as the values of a facet.
fn vocabulary<E: Entry>() -> Values {
    Values::Vocabulary {
        code: |text| E::find(text).map(Entry::code),
        name: |code| E::find(code).map(Entry::name),
        path: E::PATH,
    }
}

/// Declares the facets: the name of each, its values, what its filter finds, and an example.
macro_rules! facets {
    (@days) => { false };
    (@days dated) => { true };
    ($($(#[$about:meta])+ $facet:ident = $name:literal $($days:ident)?, $values:expr, $description:expr, $example:expr;)+) => {
        /// A dimension along which records are filtered and counted. Its name is that of the filter.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Facet {
            $($(#[$about])+ $facet),+
        }

        impl Facet {
            /// Every facet.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$facet),+];

            /// What there is to say about it.
            pub fn spec(self) -> FacetSpec {
                match self {
                    $(Self::$facet => FacetSpec {
                        name: $name,
                        values: $values,
                        may_have_days: facets!(@days $($days)?),
                        description: $description,
                        example: $example,
                    }),+
                }
            }
        }
    };
}

facets! {
    /// Where: a NUTS code and those above it.
    Region = "region", vocabulary::<Region>(),
        "A region by its NUTS code (in any case), AGS or slug; finds what lies in it or below it.", "DE111";
    /// Where: a planning region.
    PlanningRegion = "planning_region", vocabulary::<PlanningRegion>(), "Slug of a planning region.", "stuttgart";
    /// In which technology field.
    TechnologyField = "technology_field", vocabulary::<TechnologyField>(),
        "Slug of a technology field.", "mikrosystemtechnik";
    /// In which industry: a division and its section.
    Industry = "industry", vocabulary::<Industry>(),
        "Code of an industry, WZ 2008 in any depth and spelling (`26`, `26.11`, `C26`); a section finds its divisions \
         too, and what is finer than a division means its division.", "C";
    /// How far it is seen.
    Visibility = "visibility", Values::Words(|_| (Visibility::WORDS, Visibility::NAMES)),
        "How far it is seen.", "regional";
    /// Which label it was ever awarded.
    Label = "label", vocabulary::<Label>(), "Slug of a label that it was ever awarded.", "cluster-exzellenz-bw";
    /// Which label it holds today.
    LabelValid = "label_valid" dated, vocabulary::<Label>(),
        "Slug of a label that is valid today.", "cluster-exzellenz-bw";
    /// In which cluster an initiative works.
    Cluster = "cluster", Values::Records(&[Kind::Cluster]),
        "Slug or id of a cluster in which it works.", "cluster-medizintechnik-tuttlingen";
    /// Which initiative takes part, benefits, or has the member.
    Initiative = "initiative" dated, Values::Records(&[Kind::Initiative]),
        "Slug or id of an initiative that takes part, benefits, or has the member today.", "cyberforum";
    /// Which network benefits, or has the member.
    Network = "network" dated, Values::Records(&[Kind::Network]),
        "Slug or id of a network that benefits or has the member today.", "afbw";
    /// Who organises an event.
    Organiser = "organiser", Values::Records(Role::Organiser.targets()),
        "Slug or id of an organiser.", "microtec-suedwest";
    /// How far an event reaches.
    Scope = "scope", Values::Words(|_| (Scope::WORDS, Scope::NAMES)), "How far it reaches.", "statewide";
    /// Whether one is there in person.
    EventFormat = "event_format", Values::Words(|_| (EventFormat::WORDS, EventFormat::NAMES)),
        "Whether one is there in person.", "online";
    /// Which kind of measure or member.
    Kind = "kind", Values::Words(|kind| match kind {
        Kind::Measure => (MeasureKind::WORDS, MeasureKind::NAMES),
        Kind::Member => (MemberKind::WORDS, MemberKind::NAMES),
        _ => (&[], &[]),
    }), "Which kind it is.", "company";
    /// How large a member is.
    SizeClass = "size_class", Values::Words(|_| (SizeClass::WORDS, SizeClass::NAMES)), "How large it is.", "small";
    /// Which chamber maintains a member.
    Chamber = "chamber", vocabulary::<Chamber>(), "Slug of the chamber that maintains it.", "ihk-region-stuttgart";
    /// Which regions a record names itself, without those above; it is counted, and no filter.
    Coverage = "coverage", Values::Internal, "", "";
    /// Where it has its seat, with the regions above; it is counted, and no filter.
    Seat = "seat", Values::Internal, "", "";
    /// In which year it began; it is counted, and no filter.
    Year = "year", Values::Internal, "", "";
    /// In which cells of a grid its place lies; it is found by them, and they are no filter.
    Cell = "cell", Values::Internal, "", "";
    /// What every record has once, so that all of a kind are counted; it has no value.
    Record = "record", Values::Internal, "", "";
}

impl Facet {
    /// Its name: of the filter, in the database, in answers.
    pub fn as_str(self) -> &'static str {
        self.spec().name
    }

    /// The facet with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.as_str() == name)
    }

    /// The kinds of record that its values name; empty when they name none.
    pub fn targets(self) -> &'static [Kind] {
        match self.spec().values {
            Values::Records(kinds) => kinds,
            _ => &[],
        }
    }

    /// The words that it has for a kind; empty where its values are a vocabulary or records.
    pub fn words(self, kind: Kind) -> &'static [&'static str] {
        match self.spec().values {
            Values::Words(words) => words(kind).0,
            _ => &[],
        }
    }

    /// A value as terms have it, however it is spelled.
    ///
    /// # Errors
    /// What is wrong, when the facet has no such value.
    pub fn check(self, kind: Kind, value: &str) -> Result<String, String> {
        match self.spec().values {
            Values::Vocabulary { code, path, .. } => code(value).map(str::to_owned).ok_or_else(|| {
                let shown: String = value.chars().take(60).collect();
                format!("'{shown}' is not known; see /api/v1/{path}")
            }),
            _ => {
                let words = self.words(kind);
                match words.contains(&value) {
                    true => Ok(value.to_owned()),
                    false => Err(format!("must be one of {}", words.join(", "))),
                }
            }
        }
    }

    /// What a value is called: by its vocabulary, in German where it is a word, and as it stands otherwise.
    pub fn name_of(self, kind: Kind, value: &str) -> EntryName {
        let name = match self.spec().values {
            Values::Vocabulary { name, .. } => name(value),
            Values::Words(words) => {
                let named = words(kind).1.iter().find(|(word, _)| *word == value);
                named.map(|(_, name)| EntryName::Proper((*name).to_owned()))
            }
            Values::Records(_) | Values::Internal => None,
        };
        name.unwrap_or_else(|| EntryName::Proper(value.to_owned()))
    }

    /// The facet under which a reference is found.
    pub fn of_reference(role: Role, target: Kind) -> Option<Self> {
        match (role, target) {
            (Role::Cluster, _) => Some(Self::Cluster),
            (Role::Organiser, _) => Some(Self::Organiser),
            (Role::Participant | Role::Beneficiary | Role::Affiliation, Kind::Initiative) => {
                Some(Self::Initiative)
            }
            (Role::Participant | Role::Beneficiary | Role::Affiliation, Kind::Network) => Some(Self::Network),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_facet_has_a_german_name() {
        for (kind, facet) in Kind::ALL.into_iter().flat_map(|kind| Facet::ALL.map(|facet| (kind, facet))) {
            for word in facet.words(kind) {
                let EntryName::Proper(name) = facet.name_of(kind, word) else { panic!("{kind} {word}") };
                assert!(name != *word && name.starts_with(char::is_uppercase), "{kind} {word}");
            }
        }
    }

    #[test]
    fn names_are_told_apart_and_filters_are_described() {
        for facet in Facet::ALL {
            assert_eq!(Facet::parse(facet.as_str()), Some(facet));
            let FacetSpec { values, description, example, .. } = facet.spec();
            let is_internal = matches!(values, Values::Internal);
            assert_eq!(description.is_empty() || example.is_empty(), is_internal, "{facet:?}");
        }
    }
}
