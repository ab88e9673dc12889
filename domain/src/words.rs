//! Enumerations, and those of them by whose words records are filtered and counted.

/// An enumeration whose words are the same in code, JSON and terms; behind `de`, what a word is called in German, where
/// it is counted as a facet.
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

            /// The words that have a name in German, and that name.
            pub const NAMES: &'static [(&'static str, &'static str)] = &[$($(($word, $german),)?)+];

            /// The word for this value.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The value of a word.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        // By hand, since the derive does not see words that a macro passes on.
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
    Visibility, "How far something is seen." {
        /// In the state.
        Regional = "regional" de "Regional",
        /// In Germany.
        National = "national" de "National",
        /// Beyond.
        International = "international" de "International",
    }
);

words!(
    Scope, "How far an event reaches." {
        /// A region of the state.
        Regional = "regional" de "Regional",
        /// The state.
        Statewide = "statewide" de "Landesweit",
        /// Germany.
        National = "national" de "Bundesweit",
        /// Beyond.
        International = "international" de "International",
    }
);

words!(
    EventFormat, "Whether one is there in person." {
        /// In person.
        Onsite = "onsite" de "Vor Ort",
        /// By network.
        Online = "online" de "Online",
        /// Both.
        Hybrid = "hybrid" de "Hybrid",
    }
);

words!(
    MeasureKind, "The seven kinds of measure." {
        /// Money for projects.
        Funding = "funding" de "Förderung",
        /// Work across borders.
        Internationalisation = "internationalisation" de "Internationalisierung",
        /// Events and series of events.
        Event = "event" de "Veranstaltung",
        /// Studies.
        Study = "study" de "Studie",
        /// Training of cluster managements.
        Qualification = "qualification" de "Qualifizierung",
        /// Publications.
        Publication = "publication" de "Veröffentlichung",
        /// Databases, portals, atlases.
        Transparency = "transparency" de "Transparenz",
    }
);

words!(
    MemberKind, "Which kind of body a member is." {
        /// A company, sole traders included.
        Company = "company" de "Unternehmen",
        /// A research institution outside of universities.
        ResearchInstitution = "research_institution" de "Forschungseinrichtung",
        /// A university.
        University = "university" de "Hochschule",
        /// A public body.
        PublicBody = "public_body" de "Öffentliche Einrichtung",
        /// An association.
        Association = "association" de "Verband oder Verein",
        /// Something else.
        Other = "other" de "Sonstige",
    }
);

words!(
    SizeClass, "Size of an enterprise, by Commission Recommendation 2003/361/EC." {
        /// Fewer than 10 people.
        Micro = "micro" de "Kleinstunternehmen",
        /// Fewer than 50 people.
        Small = "small" de "Kleines Unternehmen",
        /// Fewer than 250 people.
        Medium = "medium" de "Mittleres Unternehmen",
        /// 250 people or more.
        Large = "large" de "Großunternehmen",
    }
);
