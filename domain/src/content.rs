//! The trait that every kind of record implements.

use crate::{
    calendar::CalendarEntry,
    dataset::Dataset,
    fault::Faults,
    kind::Kind,
    parse,
    place::Location,
    reference::{LinkVisitor, Reference},
    scalar::{ExternalId, OperationCode, PostalCode, WebUrl},
    search::Language,
    terms::{Facet, Terms},
    text::{Local, Name},
    time::{Date, Span},
    vocabulary::{ChamberCode, RegionCode, TechnologyFieldCode},
};
use chrono::NaiveDate;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

/// A field that the server computes for each response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// Number of public, published members with a current affiliation to an organisation.
    MemberCount,
    /// Initiatives of a cluster.
    Initiatives,
    /// First day of an event, in its time zone.
    FirstDay,
    /// Last day of an event, in its time zone.
    LastDay,
    /// Number of public operations under a measure.
    OperationCount,
    /// Day by which the list of operations is updated again at the latest.
    NextUpdate,
}

impl Derived {
    /// Whether it counts the records that refer to one.
    pub fn counts(self) -> bool {
        matches!(self, Self::MemberCount | Self::OperationCount)
    }

    /// The JSON name of the field.
    pub fn field(self) -> &'static str {
        match self {
            Self::MemberCount => "member_count",
            Self::Initiatives => "initiatives",
            Self::FirstDay => "first_day",
            Self::LastDay => "last_day",
            Self::OperationCount => "operation_count",
            Self::NextUpdate => "next_update",
        }
    }

    /// Whether a value sent for the field has the right type. Records a fault if not.
    pub(crate) fn has_type(self, sent: &Value, pointer: &str, faults: &mut Faults) -> bool {
        match self {
            Self::MemberCount | Self::OperationCount => parse::value::<i64>(sent, pointer, faults).is_some(),
            Self::Initiatives => parse::value::<Vec<Reference>>(sent, pointer, faults).is_some(),
            Self::FirstDay | Self::LastDay | Self::NextUpdate => {
                parse::value::<String>(sent, pointer, faults).is_some()
            }
        }
    }
}

/// The content of a kind of record: its fields, and what storage, search and the API need to know about them.
///
/// The struct is the only place that lists the fields. Storage, filters, formats and the OpenAPI document are
/// derived from it and from these methods.
pub trait Content:
    Clone + std::fmt::Debug + PartialEq + Serialize + DeserializeOwned + ToSchema + Send + Sync + 'static
{
    /// The kind.
    const KIND: Kind;
    /// Describes the kind in one or two sentences, for the OpenAPI document.
    const ABOUT: &'static str;
    /// What catalogues of open data say about the collection.
    const DATASET: Dataset;
    /// Key of a record in the demo landscape, used in examples: the slug, or the id if the kind has no slugs.
    const EXAMPLE_KEY: &'static str;
    /// Facets by which records are filtered and counted.
    const FACETS: &'static [Facet];
    /// Whether records have a location. Enables `bbox` and `near`.
    const LOCATED: bool = false;
    /// The field that starts the period of a record, if the kind has one. Enables `from` and `to`.
    const DATED: Option<&'static str> = None;
    /// Whether lists are sorted by the start of the period by default, instead of by name.
    const SORTED_BY_DATE: bool = false;
    /// Fields that the server computes.
    const DERIVED: &'static [Derived] = &[];
    /// Fields of the struct that only the server sets.
    const SERVER_OWNED: &'static [&'static str] = &[];
    /// Whether facet counts include the sum of an amount ([`Terms::amount`]).
    const SUMMED: bool = false;
    /// The field with the name or title.
    const NAME_FIELD: &'static str = "name";

    /// The name or title, in German if it is bilingual.
    fn name(&self) -> &str;

    /// The code that no other record of the kind may have, now or later. It leads to the record like a former slug.
    fn code(&self) -> Option<&OperationCode> {
        None
    }

    /// Collects the texts to index for search.
    fn text<'a>(&'a self, text: &mut SearchText<'a>);

    /// Collects the values by which the record is filtered and counted. Terms of references are added from
    /// [`Content::visit_links`].
    fn terms(&self, terms: &mut Terms);

    /// Visits every reference. Removes those for which the visitor returns `false`.
    fn visit_links(&mut self, visit: &mut LinkVisitor<'_>);

    /// The organisations to which the record belongs: the organisers of an event. Their managers may maintain it.
    fn owners(&self) -> &[Reference] {
        &[]
    }

    /// Converts the content to the form in which it is stored. Records a fault where this fails.
    fn normalise(&mut self, _faults: &mut Faults) {}

    /// Records a fault for each rule that the content breaks.
    fn check(&self, faults: &mut Faults);

    /// Records a fault for each rule that depends on the day of the write.
    fn check_on(&self, _today: NaiveDate, _faults: &mut Faults) {}

    /// Removes what nobody may see any more on a day. Applied to all content that is read or written.
    fn withhold(&mut self, _today: NaiveDate) {}

    /// Sets the fields that the server maintains, based on the previous version.
    fn inherit_from(&mut self, _previous: Option<&Self>) {}

    /// The location, if there is one.
    fn location(&self) -> Option<Location> {
        None
    }

    /// The period that the record covers.
    fn span(&self) -> Span {
        Span::default()
    }

    /// First and last day, in the record's own time zone.
    fn days(&self) -> Option<(Date, Date)> {
        None
    }

    /// What a calendar shows of the record, if the kind belongs into calendars.
    fn calendar_entry(&self) -> Option<CalendarEntry<'_>> {
        None
    }

    /// Whether the record is public once it is published.
    fn is_public(&self) -> bool {
        true
    }

    /// The chamber that maintains the record, and the chamber's id for it.
    fn chamber_key(&self) -> Option<(ChamberCode, Option<&ExternalId>)> {
        None
    }

    /// A realistic example. Every field is set and no list is empty.
    fn example() -> Self;
}

/// Parses content. Records a fault for each wrong type, unknown field, missing field and broken rule.
///
/// Returns the content whenever it can be parsed, even if faults were recorded, so that the caller can check more.
/// A null field counts as absent.
pub fn read<C: Content>(json: Value, faults: &mut Faults) -> Option<C> {
    let mut content: C = parse::object(json, C::example, faults)?;
    content.normalise(faults);
    content.check(faults);
    Some(content)
}

/// Texts of a record, grouped by weight in search.
#[derive(Debug, Default)]
pub struct SearchText<'a> {
    /// Names and titles.
    pub names: Vec<Passage<'a>>,
    /// All other text.
    pub prose: Vec<Passage<'a>>,
    /// Codes that must match exactly.
    pub codes: Vec<Code<'a>>,
}

/// A code by which a record is found.
#[derive(Clone, Copy, Debug)]
pub enum Code<'a> {
    /// A postal code.
    PostalCode(&'a str),
    /// A website, found by its host.
    Website(&'a WebUrl),
}

/// A text in one language.
#[derive(Clone, Copy, Debug)]
pub struct Passage<'a> {
    /// The text.
    pub text: &'a str,
    /// Its language, or `None` for proper names.
    pub language: Option<Language>,
    /// Whether the record has the same text in the other language.
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

    /// Adds the names of technology fields and regions.
    pub fn fields_and_regions(&mut self, fields: &[TechnologyFieldCode], regions: &[RegionCode]) {
        fields.iter().for_each(|field| self.prose(&field.entry().name));
        regions.iter().for_each(|region| self.prose(&region.entry().name));
    }

    /// Adds a town and its postal code. Only the code must match exactly.
    pub fn place(&mut self, postal_code: Option<&'a PostalCode>, city: Option<&'a Name>) {
        self.codes.extend(postal_code.map(|code| Code::PostalCode(code.as_str())));
        city.into_iter().for_each(|city| self.mention(city.as_str()));
    }

    /// Adds websites.
    pub fn websites(&mut self, websites: impl IntoIterator<Item = &'a WebUrl>) {
        self.codes.extend(websites.into_iter().map(Code::Website));
    }

    /// Adds a proper name other than the record's own, such as a town or an organisation.
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

/// A type of text that can be indexed.
pub trait AsText {
    /// The text.
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
