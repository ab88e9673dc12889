//! Facets: the dimensions by which records are filtered and counted. Each is declared once, here.

use crate::{
    kind::Kind,
    reference::Role,
    vocabulary::{Chamber, Entry, EntryName, Industry, Label, PlanningRegion, Region, TechnologyField},
    words::{EventFormat, Fund, MeasureKind, MemberKind, Scope, SizeClass, Visibility},
};

/// The declaration of a facet.
#[derive(Clone, Copy, Debug)]
pub struct FacetSpec {
    /// The name, as used for the filter, in the database and in responses.
    pub name: &'static str,
    /// The values.
    pub values: Values,
    /// Whether a value may apply on certain days only.
    pub may_have_days: bool,
    /// Describes the filter, for the OpenAPI document. Empty if the facet is not a filter.
    pub description: &'static str,
    /// An example value.
    pub example: &'static str,
}

/// The values of a facet.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// Codes of a vocabulary.
    Vocabulary {
        /// Resolves any accepted spelling to the code of an entry.
        code: fn(&str) -> Option<&'static str>,
        /// Returns the name of the entry with a code.
        name: fn(&str) -> Option<EntryName>,
        /// Path segment of the vocabulary.
        path: &'static str,
    },
    /// A fixed set of words. Some have a German name.
    Words(fn(Kind) -> Words),
    /// Ids of records of these kinds.
    Records(&'static [Kind]),
    /// Years, in four digits.
    Years,
    /// For internal use. Not a filter.
    Internal,
}

/// The words of a facet, and pairs of word and German name.
pub type Words = (&'static [&'static str], &'static [(&'static str, &'static str)]);

/// The entries of a vocabulary as values.
fn vocabulary<E: Entry>() -> Values {
    Values::Vocabulary {
        code: |text| E::find(text).map(Entry::code),
        name: |code| E::find(code).map(Entry::name),
        path: E::PATH,
    }
}

/// Declares the facets: name, `dated` if values may apply on certain days, values, description and example of the
/// filter.
macro_rules! facets {
    (@days) => { false };
    (@days dated) => { true };
    ($($(#[$about:meta])+ $facet:ident = $name:literal $($days:ident)?, $values:expr, $description:expr, $example:expr;)+) => {
        /// A dimension by which records are filtered and counted. Its name is also the name of the filter.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Facet {
            $($(#[$about])+ $facet),+
        }

        impl Facet {
            /// Every facet.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$facet),+];

            /// The declaration of the facet.
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
    /// Region: a NUTS code and its ancestors.
    Region = "region", vocabulary::<Region>(),
        "Region, by NUTS code (case-insensitive), AGS or slug. Includes the regions below it.", "DE111";
    /// Planning region.
    PlanningRegion = "planning_region", vocabulary::<PlanningRegion>(), "Planning region, by slug.", "stuttgart";
    /// Technology field.
    TechnologyField = "technology_field", vocabulary::<TechnologyField>(),
        "Technology field, by slug.", "mikrosystemtechnik";
    /// Industry: a division and its section.
    Industry = "industry", vocabulary::<Industry>(),
        "Industry, by WZ 2008 code in any depth and spelling (`26`, `26.11`, `C26`). A section includes its divisions. A \
         code below a division stands for its division.", "C";
    /// Geographic reach.
    Visibility = "visibility", Values::Words(|_| (Visibility::WORDS, Visibility::NAMES)),
        "Geographic reach of its reputation.", "regional";
    /// Label ever awarded, including expired ones.
    Label = "label", vocabulary::<Label>(), "Label ever awarded, including expired ones, by slug.", "cluster-exzellenz-bw";
    /// Label valid today.
    LabelValid = "label_valid" dated, vocabulary::<Label>(),
        "Label valid today, by slug.", "cluster-exzellenz-bw";
    /// Cluster in which an initiative works.
    Cluster = "cluster", Values::Records(&[Kind::Cluster]),
        "Cluster in which the initiative works, by slug or id.", "cluster-medizintechnik-tuttlingen";
    /// Initiative that takes part, benefits, or has the member.
    Initiative = "initiative" dated, Values::Records(&[Kind::Initiative]),
        "Initiative that takes part, benefits, or has the member today, by slug or id.", "cyberforum";
    /// Network that benefits or has the member.
    Network = "network" dated, Values::Records(&[Kind::Network]),
        "Network that benefits or has the member today, by slug or id.", "afbw";
    /// Organiser of an event.
    Organiser = "organiser", Values::Records(Role::Organiser.targets()),
        "Organiser, by slug or id.", "microtec-suedwest";
    /// Measure to which an event or an operation belongs.
    Measure = "measure", Values::Records(Role::Measure.targets()),
        "Measure to which it belongs, by slug or id.", "cluster-forum";
    /// Fund of an operation.
    Fund = "fund", Values::Words(|_| (Fund::WORDS, Fund::NAMES)), "Fund.", "erdf";
    /// Geographic reach of an event.
    Scope = "scope", Values::Words(|_| (Scope::WORDS, Scope::NAMES)), "Geographic reach.", "statewide";
    /// Attendance of an event.
    EventFormat = "event_format", Values::Words(|_| (EventFormat::WORDS, EventFormat::NAMES)),
        "Attendance: on site, online, or both.", "online";
    /// Type of measure or member.
    Kind = "kind", Values::Words(|kind| match kind {
        Kind::Measure => (MeasureKind::WORDS, MeasureKind::NAMES),
        Kind::Member => (MemberKind::WORDS, MemberKind::NAMES),
        _ => (&[], &[]),
    }), "Type of measure or of member.", "company";
    /// Size of a member.
    SizeClass = "size_class", Values::Words(|_| (SizeClass::WORDS, SizeClass::NAMES)), "Size of the enterprise.", "small";
    /// Chamber that maintains a member.
    Chamber = "chamber", vocabulary::<Chamber>(), "Chamber that maintains the member, by slug.", "ihk-region-stuttgart";
    /// Regions that the record names, without ancestors. Counted, but not a filter.
    Coverage = "coverage", Values::Internal, "", "";
    /// Regions of the seat, with ancestors. Counted, but not a filter.
    Seat = "seat", Values::Internal, "", "";
    /// Year of the start.
    Year = "year", Values::Years, "Year of the start.", "2023";
    /// Grid cells that contain the location. Used for areas, but not a filter.
    Cell = "cell", Values::Internal, "", "";
    /// Present on every record with a location. Has no value. Not a filter.
    Located = "located", Values::Internal, "", "";
    /// Bits of an amount, in cents. Summed, but not a filter.
    AmountBit = "amount_bit", Values::Internal, "", "";
    /// Present on every record, to count all of a kind. Has no value.
    Record = "record", Values::Internal, "", "";
}

impl Facet {
    /// The name, as used for the filter, in the database and in responses.
    pub fn as_str(self) -> &'static str {
        self.spec().name
    }

    /// Parses a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.as_str() == name)
    }

    /// The kinds of record that the values refer to. Empty if they are not records.
    pub fn targets(self) -> &'static [Kind] {
        match self.spec().values {
            Values::Records(kinds) => kinds,
            _ => &[],
        }
    }

    /// The words of this facet for a kind. Empty if the values are a vocabulary or records.
    pub fn words(self, kind: Kind) -> &'static [&'static str] {
        match self.spec().values {
            Values::Words(words) => words(kind).0,
            _ => &[],
        }
    }

    /// Validates a value, and returns it in the form that terms use.
    ///
    /// # Errors
    /// Returns a message for the caller if the facet has no such value.
    pub fn check(self, kind: Kind, value: &str) -> Result<String, String> {
        match self.spec().values {
            Values::Vocabulary { code, path, .. } => code(value).map(str::to_owned).ok_or_else(|| {
                let shown: String = value.chars().take(60).collect();
                format!("'{shown}' is not known; see /api/v1/{path}")
            }),
            Values::Years => {
                let is_year = value.len() == 4 && value.bytes().all(|b| b.is_ascii_digit());
                is_year.then(|| value.to_owned()).ok_or_else(|| "must be a year, as in 2023".to_owned())
            }
            _ => {
                let words = self.words(kind);
                match words.contains(&value) {
                    true => Ok(value.to_owned()),
                    false => Err(format!("must be one of {}", words.join(", "))),
                }
            }
        }
    }

    /// The name of a value: from the vocabulary, in German for a word, otherwise the value itself.
    pub fn name_of(self, kind: Kind, value: &str) -> EntryName {
        let name = match self.spec().values {
            Values::Vocabulary { name, .. } => name(value),
            Values::Words(words) => {
                let named = words(kind).1.iter().find(|(word, _)| *word == value);
                named.map(|(_, name)| EntryName::Proper((*name).to_owned()))
            }
            Values::Records(_) | Values::Years | Values::Internal => None,
        };
        name.unwrap_or_else(|| EntryName::Proper(value.to_owned()))
    }

    /// The facet that a reference with this role belongs to, if any.
    pub fn of_reference(role: Role, target: Kind) -> Option<Self> {
        match (role, target) {
            (Role::Cluster, _) => Some(Self::Cluster),
            (Role::Organiser, _) => Some(Self::Organiser),
            (Role::Measure, _) => Some(Self::Measure),
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
