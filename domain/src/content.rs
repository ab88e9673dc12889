//! What every kind can say about itself.

use crate::{
    fault::Faults,
    kind::Kind,
    parse,
    place::Location,
    reference::{LinkVisitor, Reference},
    scalar::{ExternalId, PostalCode, WebUrl},
    search::Language,
    terms::{Facet, Terms},
    text::{Local, Name},
    time::{Date, Span},
    vocabulary::{ChamberCode, RegionCode, TechnologyFieldCode},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

/// A field that the server computes when it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// How many public, published, current members an organisation has.
    MemberCount,
    /// The initiatives that work in a cluster.
    Initiatives,
    /// The first local day that an event touches.
    FirstDay,
    /// The last local day that an event touches.
    LastDay,
}

impl Derived {
    /// The field's name.
    pub fn field(self) -> &'static str {
        match self {
            Self::MemberCount => "member_count",
            Self::Initiatives => "initiatives",
            Self::FirstDay => "first_day",
            Self::LastDay => "last_day",
        }
    }

    /// Whether what a body says of it has its type; notes where not.
    pub(crate) fn has_type(self, sent: &Value, pointer: &str, faults: &mut Faults) -> bool {
        match self {
            Self::MemberCount => parse::value::<i64>(sent, pointer, faults).is_some(),
            Self::Initiatives => parse::value::<Vec<Reference>>(sent, pointer, faults).is_some(),
            Self::FirstDay | Self::LastDay => parse::value::<String>(sent, pointer, faults).is_some(),
        }
    }
}

/// The content of a kind of record: its fields, and what the rest of the house needs to know about them.
///
/// The struct is the only place that lists the fields. Storage, filters, formats and the API's description are
/// derived from it and from these methods.
pub trait Content:
    Clone + std::fmt::Debug + PartialEq + Serialize + DeserializeOwned + ToSchema + Send + Sync + 'static
{
    /// Which kind it is.
    const KIND: Kind;
    /// What the kind is, in a sentence or two, for the API's description.
    const ABOUT: &'static str;
    /// The slug, or without slugs the id, of a record of the demo landscape: what examples of addresses name.
    const EXAMPLE_KEY: &'static str;
    /// The facets by which it is filtered and counted.
    const FACETS: &'static [Facet];
    /// Whether it can have a place, so that `bbox` and `near` make sense.
    const LOCATED: bool = false;
    /// Whether it has a period, so that `from` and `to` make sense, and which field begins it.
    const DATED: Option<&'static str> = None;
    /// Whether lists are sorted by the beginning of the period unless asked otherwise.
    const SORTED_BY_DATE: bool = false;
    /// The fields that the server computes.
    const DERIVED: &'static [Derived] = &[];
    /// Fields of the struct that only the server sets.
    const SERVER_OWNED: &'static [&'static str] = &[];
    /// The field that holds the name or title.
    const NAME_FIELD: &'static str = "name";

    /// The name or title, German where bilingual.
    fn name(&self) -> &str;

    /// What a search finds it by.
    fn text<'a>(&'a self, text: &mut SearchText<'a>);

    /// The values by which it is found and counted; references are added from [`Content::visit_links`].
    fn terms(&self, terms: &mut Terms);

    /// Visits every reference; those that the visitor lets go are removed.
    fn visit_links(&mut self, visit: &mut LinkVisitor<'_>);

    /// Brings it into the one form in which it is stored, and notes where that is impossible.
    fn normalise(&mut self, _faults: &mut Faults) {}

    /// Notes the rules of the domain that it breaks.
    fn check(&self, faults: &mut Faults);

    /// Takes over what the server counts by itself from the version before.
    fn inherit_from(&mut self, _previous: Option<&Self>) {}

    /// Where it is.
    fn location(&self) -> Option<Location> {
        None
    }

    /// From when until when.
    fn span(&self) -> Span {
        Span::default()
    }

    /// The first and the last day that it touches, as a calendar at its place shows them.
    fn days(&self) -> Option<(Date, Date)> {
        None
    }

    /// Whether the public may see it once it is published.
    fn is_public(&self) -> bool {
        true
    }

    /// The chamber that maintains it, and what that chamber calls it.
    fn chamber_key(&self) -> Option<(ChamberCode, Option<&ExternalId>)> {
        None
    }

    /// A true-to-life example, with every field filled and every list non-empty.
    fn example() -> Self;
}

/// Reads content, and notes everything that is wrong with it: types, unknown and missing fields, rules.
///
/// Gives the content whenever it can be made out, even when faults were noted, since more may be found on it.
/// A field that is null counts as absent.
pub fn read<C: Content>(json: Value, faults: &mut Faults) -> Option<C> {
    let mut content: C = parse::object(json, C::example, faults)?;
    content.normalise(faults);
    content.check(faults);
    Some(content)
}

/// The texts of a record, by weight.
#[derive(Debug, Default)]
pub struct SearchText<'a> {
    /// Names and titles.
    pub names: Vec<Passage<'a>>,
    /// Everything else that people wrote.
    pub prose: Vec<Passage<'a>>,
    /// What must be typed exactly.
    pub codes: Vec<Code<'a>>,
}

/// A code that finds a record.
#[derive(Clone, Copy, Debug)]
pub enum Code<'a> {
    /// A postal code.
    PostalCode(&'a str),
    /// A website, which is found by its host.
    Website(&'a WebUrl),
}

/// A text in one language.
#[derive(Clone, Copy, Debug)]
pub struct Passage<'a> {
    /// The text.
    pub text: &'a str,
    /// Its language; `None` for proper names.
    pub language: Option<Language>,
    /// Whether the same text is there in the other language too.
    pub is_translated: bool,
}

impl<'a> SearchText<'a> {
    /// Adds a proper name.
    pub fn name(&mut self, name: &'a str) {
        self.names.push(Passage { text: name, language: None, is_translated: false });
    }

    /// Adds a bilingual name or title.
    pub fn title<T: AsText>(&mut self, title: &'a Local<T>) {
        self.names.extend(Passage::of(title));
    }

    /// Adds bilingual prose.
    pub fn prose<T: AsText>(&mut self, prose: &'a Local<T>) {
        self.prose.extend(Passage::of(prose));
    }

    /// Adds what technology fields and regions are called.
    pub fn fields_and_regions(&mut self, fields: &[TechnologyFieldCode], regions: &[RegionCode]) {
        fields.iter().for_each(|field| self.prose(&field.entry().name));
        regions.iter().for_each(|region| self.prose(&region.entry().name));
    }

    /// Adds a town and its postal code.
    pub fn place(&mut self, postal_code: Option<&'a PostalCode>, city: Option<&'a Name>) {
        self.codes.extend(postal_code.map(|code| Code::PostalCode(code.as_str())));
        city.into_iter().for_each(|city| self.mention(city.as_str()));
    }

    /// Adds websites.
    pub fn websites(&mut self, websites: impl IntoIterator<Item = &'a WebUrl>) {
        self.codes.extend(websites.into_iter().map(Code::Website));
    }

    /// Adds a proper name that is not the record's own: of a place, of a body.
    pub fn mention(&mut self, name: &'a str) {
        self.prose.push(Passage { text: name, language: None, is_translated: false });
    }
}

impl<'a> Passage<'a> {
    fn of<T: AsText>(text: &'a Local<T>) -> impl Iterator<Item = Self> {
        let is_translated = text.en.is_some();
        let passage =
            move |text: &'a T, language| Self { text: text.text(), language: Some(language), is_translated };
        let english = text.en.as_ref().map(|text| passage(text, Language::En));
        std::iter::once(passage(&text.de, Language::De)).chain(english)
    }
}

/// A type of text.
pub trait AsText {
    /// The text itself.
    fn text(&self) -> &str;
}

impl AsText for Name {
    fn text(&self) -> &str {
        self.as_str()
    }
}
impl AsText for crate::text::Brief {
    fn text(&self) -> &str {
        self.as_str()
    }
}
impl AsText for crate::text::Prose {
    fn text(&self) -> &str {
        self.as_str()
    }
}
