//! Enumerations, including those whose words are facet values.

/// Declares an enumeration with one word per value, used in code, JSON and terms. After `de` comes the German name
/// of a facet value.
macro_rules! words {
    ($(#[$attribute:meta])* $name:ident, $about:literal { $($(#[$variant_attribute:meta])* $variant:ident = $word:literal $(de $german:literal)?),+ $(,)? }) => {
        $(#[$attribute])*
        #[doc = $about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_attribute])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// The words, in order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// Pairs of word and German name, for words that have one.
            pub const NAMES: &'static [(&'static str, &'static str)] = &[$($(($word, $german),)?)+];

            /// The word for this value.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// Parses a word.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        // Written by hand, because the derive does not see words passed through a macro.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some($about))
                    .enum_values(Some(Self::WORDS.iter().copied()))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use words;

words!(
    Visibility, "Geographic reach of the reputation." {
        /// Within the state.
        Regional = "regional" de "Regional",
        /// Within Germany.
        National = "national" de "National",
        /// Beyond Germany.
        International = "international" de "International",
    }
);

words!(
    Scope, "Geographic reach of an event." {
        /// A region of the state.
        Regional = "regional" de "Regional",
        /// The state.
        Statewide = "statewide" de "Landesweit",
        /// Germany.
        National = "national" de "Bundesweit",
        /// Beyond Germany.
        International = "international" de "International",
    }
);

words!(
    EventFormat, "Attendance of an event." {
        /// On site.
        Onsite = "onsite" de "Vor Ort",
        /// Online.
        Online = "online" de "Online",
        /// Both on site and online.
        Hybrid = "hybrid" de "Hybrid",
    }
);

words!(
    MeasureKind, "Type of a measure." {
        /// Funding of projects.
        Funding = "funding" de "Förderung",
        /// Cooperation across borders.
        Internationalisation = "internationalisation" de "Internationalisierung",
        /// Events and series of events.
        Event = "event" de "Veranstaltung",
        /// Studies.
        Study = "study" de "Studie",
        /// Training of cluster managers.
        Qualification = "qualification" de "Qualifizierung",
        /// Publications.
        Publication = "publication" de "Veröffentlichung",
        /// Databases, portals and atlases.
        Transparency = "transparency" de "Transparenz",
    }
);

words!(
    Fund, "Fund that supports an operation: a Union fund of Regulation (EU) 2021/1060 Article 1(1), or national money." {
        /// European Regional Development Fund.
        Erdf = "erdf" de "Europäischer Fonds für regionale Entwicklung",
        /// European Social Fund Plus.
        EsfPlus = "esf_plus" de "Europäischer Sozialfonds Plus",
        /// Cohesion Fund.
        CohesionFund = "cohesion_fund" de "Kohäsionsfonds",
        /// Just Transition Fund.
        Jtf = "jtf" de "Fonds für einen gerechten Übergang",
        /// European Maritime, Fisheries and Aquaculture Fund.
        Emfaf = "emfaf" de "Europäischer Meeres-, Fischerei- und Aquakulturfonds",
        /// Asylum, Migration and Integration Fund.
        Amif = "amif" de "Asyl-, Migrations- und Integrationsfonds",
        /// Internal Security Fund.
        Isf = "isf" de "Fonds für die innere Sicherheit",
        /// Instrument for Financial Support for Border Management and Visa Policy.
        Bmvi = "bmvi" de "Instrument für Grenzverwaltung und Visumpolitik",
        /// Money of the federal government only.
        Federal = "federal" de "Bundesmittel",
        /// Money of the state only.
        State = "state" de "Landesmittel",
    }
);

words!(
    BeneficiaryKind, "Whether a beneficiary is a legal entity or a natural person." {
        /// A legal entity.
        LegalEntity = "legal_entity",
        /// A natural person.
        NaturalPerson = "natural_person",
    }
);

words!(
    #[derive(Default)]
    LocationType, "Whether an operation has one location, covers several, or is mobile." {
        /// One location.
        #[default]
        Single = "single",
        /// Several locations.
        Several = "several",
        /// No fixed location.
        Mobile = "mobile",
    }
);

words!(
    MemberKind, "Type of a member." {
        /// A company or sole trader.
        Company = "company" de "Unternehmen",
        /// A research institution outside universities.
        ResearchInstitution = "research_institution" de "Forschungseinrichtung",
        /// A university.
        University = "university" de "Hochschule",
        /// A public body.
        PublicBody = "public_body" de "Öffentliche Einrichtung",
        /// An association.
        Association = "association" de "Verband oder Verein",
        /// Any other body.
        Other = "other" de "Sonstige",
    }
);

words!(
    SizeClass, "Size of an enterprise, as defined in Commission Recommendation 2003/361/EC." {
        /// Fewer than 10 employees.
        Micro = "micro" de "Kleinstunternehmen",
        /// Fewer than 50 employees.
        Small = "small" de "Kleines Unternehmen",
        /// Fewer than 250 employees.
        Medium = "medium" de "Mittleres Unternehmen",
        /// 250 employees or more.
        Large = "large" de "Großunternehmen",
    }
);
